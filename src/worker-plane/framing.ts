/**
 * Frames: one JSON value a line, UTF-8, ended by a line feed, bounded in bytes.
 *
 * The reader gives values or one problem, and nothing after the problem. It does not know messages.
 */
import { TextDecoder } from "node:util";

import { type Problem, problemOf } from "./errors.js";

/** Longest frame in bytes, its line feed included. */
export const frameBytesMax = 1_048_576;

/** Longest first frame: who has not shown a token has no right to our memory. */
export const helloBytesMax = 4_096;

const lineFeed = 0x0a;

export interface FrameReader {
  /** Takes bytes, gives the frames that are whole now. `false` when there was a problem: end the connection. */
  push(chunk: Buffer): boolean;
  /** Another limit from the next frame on. */
  allow(bytesMax: number): void;
}

export function createFrameReader(
  bytesMax: number,
  on: { frame(value: unknown): void; problem(problem: Problem): void },
): FrameReader {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let limit = bytesMax;
  let parts: Buffer[] = [];
  let length = 0;
  let broken = false;

  const fail = (problem: Problem): false => {
    broken = true;
    parts = [];
    on.problem(problem);
    return false;
  };
  const take = (last: Buffer): boolean => {
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    length = 0;
    const read = readFrame(decoder, bytes);
    if ("problem" in read) return fail(read.problem);
    on.frame(read.value);
    return true;
  };
  const tooLarge = (): false =>
    fail(problemOf("worker-plane/frame-too-large", `a frame was read: it is longer than ${limit} bytes`));

  return {
    push: (chunk) => {
      let from = 0;
      while (!broken) {
        const end = chunk.indexOf(lineFeed, from);
        const piece = chunk.subarray(from, end === -1 ? chunk.length : end);
        length += piece.length;
        if (length >= limit) return tooLarge();
        if (end === -1) {
          if (piece.length > 0) parts.push(piece);
          return true;
        }
        from = end + 1;
        if (!take(piece)) return false;
      }
      return false;
    },
    allow: (most) => {
      limit = most;
    },
  };
}

function readFrame(
  decoder: TextDecoder,
  bytes: Buffer,
): { readonly value: unknown } | { readonly problem: Problem } {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return {
      problem: problemOf("worker-plane/invalid-utf8", `a frame of ${bytes.length} bytes is not UTF-8`),
    };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The parser's own message quotes the text, which may hold a token.
    return {
      problem: problemOf("worker-plane/invalid-json", `a frame of ${bytes.length} bytes is not JSON`),
    };
  }
}

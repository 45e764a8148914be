/** One end of a socket: frames in, frames out through one bounded queue, and an end that is told once. */
import type { Socket } from "node:net";

import { type Problem, problemOf } from "./errors.js";
import { type FrameReader, createFrameReader } from "./framing.js";

/** Bytes that wait to be written to a peer that does not read. One more frame ends the connection. */
export const queueBytesMax = 8 * 1_048_576;

/** How long the other end has to take the last frame, in milliseconds. */
const lingerMs = 1_000;

export interface SocketPipe {
  send(frame: object): void;
  /** Sends the problem as the last frame. `closed` is not called for it at this end. */
  close(problem?: Problem): void;
  readonly reader: FrameReader;
}

export interface PipeEvents {
  frame(value: unknown): void;
  /** The other end went away, broke the rules, or does not read. Once. */
  closed(problem: Problem | null): void;
}

export function socketPipe(socket: Socket, bytesMax: number, events: PipeEvents): SocketPipe {
  let over = false;
  const finish = (problem: Problem | null): void => {
    if (over) return;
    over = true;
    events.closed(problem);
  };
  const close = (problem?: Problem): void => {
    socket.removeAllListeners("data");
    socket.resume();
    if (problem === undefined) socket.end();
    else socket.end(`${JSON.stringify({ type: "error", problem })}\n`);
    socket.setTimeout(lingerMs, () => socket.destroy());
  };
  const reader = createFrameReader(bytesMax, {
    frame: (value) => {
      if (!over) events.frame(value);
    },
    problem: (problem) => {
      close(problem);
      finish(problem);
    },
  });
  socket.setNoDelay(true);
  socket.on("data", (chunk: Buffer) => {
    if (!over) reader.push(chunk);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => finish(null));
  return {
    reader,
    send: (frame) => {
      if (over || !socket.writable) return;
      const text = `${JSON.stringify(frame)}\n`;
      if (socket.writableLength + text.length > queueBytesMax) {
        socket.destroy();
        const found = `writing to a peer: ${socket.writableLength} bytes wait and it does not read`;
        finish(problemOf("worker-plane/slow-peer", found));
        return;
      }
      socket.write(text);
    },
    close: (problem) => {
      over = true;
      close(problem);
    },
  };
}

/** Reads a JSON file that a schema describes. Whatever is wrong with it becomes one UsageError. */
import { readFile, stat } from "node:fs/promises";

import type { z } from "zod";

import { bytes } from "../report/index.js";
import { UsageError } from "./exit.js";
import { issueText } from "./issues.js";
import { jsonFault } from "./json-position.js";

/** Largest file that is read. */
const fileBytesMax = 64 * 1024 * 1024;

export async function readDocument<S extends z.ZodType>(
  file: string,
  schema: S,
  what: string,
): Promise<z.output<S>> {
  const document = parseJson(file, await readText(file, what));
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file}: ${issueText(parsed.error, document)}`);
}

async function readText(file: string, what: string): Promise<string> {
  const contents = await readBytes(file, what);
  if (contents.length === 0) throw new UsageError(`${file}: found an empty file, expected ${what}`);
  const text = decoded(contents);
  if (text === null) throw new UsageError(`${file}: found binary data, expected ${what} in UTF-8`);
  return text;
}

async function readBytes(file: string, what: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) {
      throw new UsageError(`${file}: found ${bytes(size)}, expected at most ${bytes(fileBytesMax)}`);
    }
    return await readFile(file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new UsageError(`${file}: ${refusal(String(error.code))}, expected a file with ${what}`);
  }
}

function refusal(code: string): string {
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "found a directory";
    case "EACCES":
      return "it may not be read";
    default:
      return `it cannot be read (${code})`;
  }
}

/** `null` for bytes that are no UTF-8 text. A byte order mark is dropped. */
function decoded(contents: Uint8Array): string | null {
  if (contents.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(contents);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = jsonFault(text);
    const place =
      fault === null ? error.message : `line ${fault.line}, column ${fault.column}: found ${fault.found}`;
    throw new UsageError(`${file}: not JSON: ${place}`);
  }
}

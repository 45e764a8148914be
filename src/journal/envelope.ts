/**
 * Reads the fields around the data of a line that is written as this program writes it, without a parser.
 *
 * A quick way and no other truth: a line that is written in another way gives null and goes through
 * `JSON.parse`, with the same result. It halves the time to open a long log.
 */
import type { Stamp } from "./types.js";

export interface Envelope {
  readonly seq: number;
  readonly prev: number;
  readonly durable: number;
  readonly at: Stamp;
  readonly type: string;
  /** Where the text of the data begins. */
  readonly dataStart: number;
}

const texts = {
  seq: Buffer.from('{"v":1,"seq":', "latin1"),
  prev: Buffer.from(',"prev":"', "latin1"),
  durable: Buffer.from('","durable":', "latin1"),
  bootId: Buffer.from(',"at":{"bootId":"', "latin1"),
  monotonicMs: Buffer.from('","monotonicMs":', "latin1"),
  wallMs: Buffer.from(',"wallMs":', "latin1"),
  type: Buffer.from('},"type":"', "latin1"),
  data: Buffer.from('","data":{', "latin1"),
} as const;

const zero = 0x30;
const quote = 0x22;
/** Sixteen digits may be more than a number holds exactly. */
const digitsMax = 15;
const wordBytesMax = 64;

/** Place of the next byte; -1 once the line turned out to be written in another way. */
let cursor = 0;
/** The last words seen, newest first: most lines of a log share them. */
const words: Readonly<Record<"bootId" | "type", Word[]>> = { bootId: [], type: [] };
const wordsMax = 8;

interface Word {
  readonly text: string;
  readonly bytes: Buffer;
}

/** `bytes[start, end)` is the line without its checksum field. */
export function readEnvelope(bytes: Buffer, start: number, end: number): Envelope | null {
  cursor = start;
  skip(bytes, texts.seq);
  const seq = digits(bytes);
  skip(bytes, texts.prev);
  const prev = checksum(bytes);
  skip(bytes, texts.durable);
  const durable = digits(bytes);
  skip(bytes, texts.bootId);
  const bootId = wordAt(bytes, words.bootId);
  skip(bytes, texts.monotonicMs);
  const monotonicMs = digits(bytes);
  skip(bytes, texts.wallMs);
  const wallMs = digits(bytes);
  skip(bytes, texts.type);
  const type = wordAt(bytes, words.type);
  skip(bytes, texts.data);
  if (cursor < 0 || cursor > end || durable > seq) return null;
  return { seq, prev, durable, at: { bootId, monotonicMs, wallMs }, type, dataStart: cursor - 1 };
}

function skip(bytes: Buffer, text: Buffer): void {
  if (cursor < 0) return;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[cursor + index] !== text[index]) {
      cursor = -1;
      return;
    }
  }
  cursor += text.length;
}

function digits(bytes: Buffer): number {
  if (cursor < 0) return -1;
  const start = cursor;
  let value = 0;
  for (; cursor - start <= digitsMax; cursor += 1) {
    const digit = (bytes[cursor] as number) - zero;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  const length = cursor - start;
  const leadingZero = bytes[start] === zero && length > 1;
  if (length === 0 || length > digitsMax || leadingZero) cursor = -1;
  return value;
}

/** Value of a lower-case hexadecimal digit, -1 for every other byte. */
export const digitValues = Int8Array.from({ length: 256 }, (_, byte) =>
  "0123456789abcdef".indexOf(String.fromCharCode(byte)),
);

function checksum(bytes: Buffer): number {
  if (cursor < 0) return -1;
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const digit = digitValues[bytes[cursor + index] as number] as number;
    if (!(digit >= 0)) {
      cursor = -1;
      return -1;
    }
    value = (value << 4) | digit;
  }
  cursor += 8;
  return value >>> 0;
}

/** Letters, digits, `.`, `_` and `-` up to a quotation mark. */
function wordAt(bytes: Buffer, last: Word[]): string {
  if (cursor < 0) return "";
  for (const known of last) {
    if (!isAtCursor(bytes, known.bytes)) continue;
    cursor += known.bytes.length;
    return known.text;
  }
  const end = bytes.indexOf(quote, cursor);
  const text = end - cursor <= wordBytesMax ? bytes.toString("latin1", cursor, end) : "";
  if (end < 0 || !/^[A-Za-z0-9._-]+$/.test(text)) {
    cursor = -1;
    return "";
  }
  cursor = end;
  if (last.unshift({ text, bytes: Buffer.from(text, "latin1") }) > wordsMax) last.pop();
  return text;
}

function isAtCursor(bytes: Buffer, word: Buffer): boolean {
  if (bytes[cursor + word.length] !== quote) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[cursor + index] !== word[index]) return false;
  }
  return true;
}

/**
 * One line of the log: record to bytes and back. The format, byte by byte, is in docs/journal-format.md.
 *
 * `decodeLine` is total (JL5): any bytes give a record or a fault with a reason, nothing is thrown.
 */
import { crc32c } from "./crc32c.js";
import { digitValues, readEnvelope } from "./envelope.js";
import { JournalError } from "./errors.js";
import {
  bootIdLengthMax,
  nestingMax,
  recordBytesMax,
  recordEventsMax,
  typeLengthMax,
} from "./limits.js";
import type { JournalEvent, JournalRecord, JsonObject, JsonValue, Stamp } from "./types.js";

export const formatVersion = 1;

/** Types of the journal's own records. */
export const ownTypes = {
  /** First line of every file: the fold up to its `seq`. */
  checkpoint: "journal.checkpoint",
  /** Several events in one record: `data.events`. */
  batch: "journal.batch",
  /** Left by a repair in place of damaged records: its `seq` is the last one that is missing. */
  gap: "journal.gap",
} as const;

/** A sound line. `prev` is the checksum of the record before it, `durable` a `seq` known to be on the disk. */
export interface LogRecord {
  readonly kind: "record";
  readonly seq: number;
  readonly prev: number;
  readonly durable: number;
  readonly at: Stamp;
  readonly type: string;
  readonly data: JsonObject;
  readonly crc: number;
}

export type LineFault =
  | { readonly kind: "bad"; readonly detail: string }
  | { readonly kind: "newer"; readonly version: number };

/** `,"crc":"` + 8 digits + `"}`. */
export const crcFieldBytes = 18;
/** Fewer bytes hold no record, its line end included: what a lost stretch of the file can hide at most. */
export const lineBytesMin = 130;

export interface LineParts {
  readonly seq: number;
  readonly prev: number;
  readonly durable: number;
  readonly at: Stamp;
  readonly type: string;
  /** JSON text of the data, ASCII only. */
  readonly dataText: string;
}

/** The line with its end, and its checksum. */
export function encodeLine(parts: LineParts): { readonly bytes: Buffer; readonly crc: number } {
  const writer = new LineWriter();
  const crc = writer.add(parts);
  return { bytes: writer.bytes, crc };
}

/** Lines behind one another in one buffer. */
export class LineWriter {
  #buffer = Buffer.allocUnsafe(1 << 12);
  #length = 0;
  #stamp: Stamp | null = null;
  #stampText = "";

  /** Forgets the lines: what `bytes` gave before is written over. */
  clear(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Returns the checksum of the line. */
  add({ seq, prev, durable, at, type, dataText }: LineParts): number {
    if (at !== this.#stamp) {
      const { bootId, monotonicMs, wallMs } = at;
      this.#stamp = at;
      this.#stampText = `{"bootId":${asciiJson(bootId)},"monotonicMs":${monotonicMs},"wallMs":${wallMs}}`;
    }
    const body =
      `{"v":${formatVersion},"seq":${seq},"prev":"${hex(prev)}","durable":${durable},` +
      `"at":${this.#stampText},"type":"${type}","data":${dataText}`;
    const start = this.#length;
    const end = start + body.length;
    this.#grow(end + crcFieldBytes + 1);
    this.#buffer.write(body, start, "latin1");
    const crc = crc32c(this.#buffer, start, end);
    this.#buffer.write(`,"crc":"${hex(crc)}"}\n`, end, "latin1");
    this.#length = end + crcFieldBytes + 1;
    return crc;
  }

  #grow(length: number): void {
    if (length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** What the events of one record become: its type and the JSON text of its data. */
export function encodeEvents(events: readonly JournalEvent[]): { type: string; dataText: string } {
  if (events.length > recordEventsMax) {
    throw badEvent(`${events.length} events in one record, ${recordEventsMax} is the most`);
  }
  for (const { type, data } of events) {
    if (!callerType(type)) throw badEvent(`${JSON.stringify(type)} is no type of an event`);
    const fault = faultOfData(data, 0);
    if (fault !== null) throw badEvent(`the data of ${type} holds ${fault}`);
  }
  const [only] = events;
  const single = only !== undefined && events.length === 1;
  const type = single ? only.type : ownTypes.batch;
  const dataText = asciiJson(single ? only.data : { events });
  if (dataText.length > recordBytesMax - 512) {
    throw badEvent(`${dataText.length} bytes of data, a record holds ${recordBytesMax - 512}`);
  }
  return { type, dataText };
}

/** JSON in ASCII: what lies beyond is escaped, so that any tool splits lines at the same places. */
export function asciiJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The record of `bytes[start, end)`, the line end left out. */
export function decodeLine(bytes: Buffer, start: number, end: number): LogRecord | LineFault {
  const body = end - crcFieldBytes;
  if (body - start < 2) return bad("too short for a record");
  const stated = checksumField(bytes, body);
  if (stated === null) return bad("it does not end in a checksum");
  const crc = crc32c(bytes, start, body);
  if (crc !== stated) return bad(`its checksum is ${hex(crc)}, it says ${hex(stated)}`);
  return quickRecord(bytes, start, body, crc) ?? parseLine(bytes.toString("latin1", start, end), crc);
}

/** Of a line in the form this program writes; null for any other, and for data that cannot stand. */
function quickRecord(bytes: Buffer, start: number, body: number, crc: number): LogRecord | null {
  const envelope = readEnvelope(bytes, start, body);
  if (envelope === null) return null;
  const { seq, prev, durable, at, type, dataStart } = envelope;
  if (type.startsWith("journal.")) return null;
  let data: unknown;
  try {
    data = JSON.parse(bytes.toString("latin1", dataStart, body));
  } catch {
    return null;
  }
  if (!isObject(data) || faultOfData(data, 0) !== null) return null;
  return { kind: "record", seq, prev, durable, at, type, data, crc };
}

/** The record that a line with this checksum holds. */
export function parseLine(text: string, crc: number): LogRecord | LineFault {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return bad("it is not JSON");
  }
  return parseRecord(line, crc);
}

/** What the caller of the journal sees of a record. */
export function publicRecord({ seq, at, type, data }: LogRecord): JournalRecord {
  return { v: formatVersion, seq, at, events: eventsOf(type, data) };
}

/** Of a record that `decodeLine` gave. */
export function eventsOf(type: string, data: JsonObject): readonly JournalEvent[] {
  return type === ownTypes.batch ? (data["events"] as unknown as JournalEvent[]) : [{ type, data }];
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Eight hexadecimal digits. */
export function hex(checksum: number): string {
  return (
    (hexBytes[checksum >>> 24] as string) +
    (hexBytes[(checksum >>> 16) & 255] as string) +
    (hexBytes[(checksum >>> 8) & 255] as string) +
    (hexBytes[checksum & 255] as string)
  );
}

function parseRecord(line: unknown, crc: number): LogRecord | LineFault {
  if (!isObject(line)) return bad("it is not an object");
  const { v, seq, prev, durable, at, type, data } = line;
  if (!isCount(v) || v < 1) return bad("it has no version");
  if (v > formatVersion) return { kind: "newer", version: v };
  if (!isCount(seq) || !isCount(durable) || durable > seq) return bad("seq or durable is no count");
  const link = typeof prev === "string" ? hexNumber(prev) : null;
  if (link === null) return bad("prev is no checksum");
  if (!isStamp(at)) return bad("at is no stamp");
  if (typeof type !== "string" || !isType(type)) return bad("type is no type");
  if (!isObject(data)) return bad("data is no object");
  const fault = type === ownTypes.checkpoint ? null : faultOfData(data, type === ownTypes.batch ? -3 : 0);
  if (fault !== null) return bad(`data holds ${fault}`);
  if (type === ownTypes.batch && !isBatch(data["events"])) return bad("events are no events");
  return { kind: "record", seq, prev: link, durable, at, type, data, crc };
}

function isBatch(events: JsonValue | undefined): boolean {
  return (
    Array.isArray(events) &&
    events.length >= 1 &&
    events.length <= recordEventsMax &&
    events.every(
      (event: unknown) =>
        isObject(event) &&
        typeof event["type"] === "string" &&
        callerType(event["type"]) &&
        isObject(event["data"]),
    )
  );
}

function isStamp(at: unknown): at is Stamp {
  return (
    isObject(at) &&
    typeof at["bootId"] === "string" &&
    at["bootId"].length >= 1 &&
    at["bootId"].length <= bootIdLengthMax &&
    isCount(at["monotonicMs"]) &&
    isCount(at["wallMs"])
  );
}

/** Whether a clock's answer can stand in a record. */
export function checkedStamp(stamp: Stamp): Stamp {
  if (isStamp(stamp)) return stamp;
  throw badEvent(`${JSON.stringify(stamp)} is no stamp`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Types seen to be well formed: there are few, and each is asked about in every record. */
const soundTypes = new Set<string>();
const soundTypesMax = 1_000;

function isType(type: string): boolean {
  if (soundTypes.has(type)) return true;
  const sound = type.length <= typeLengthMax && /^[A-Za-z0-9._-]+$/.test(type);
  if (sound && soundTypes.size < soundTypesMax) soundTypes.add(type);
  return sound;
}

function callerType(type: string): boolean {
  return isType(type) && !type.startsWith("journal.");
}

/** What of a JSON value cannot stand in the log: it would not come back as it went in, or not be bounded. */
function faultOfData(value: unknown, depth: number): string | null {
  if (typeof value === "number") {
    const sound = Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
    return sound ? null : `the number ${value}`;
  }
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" || typeof value === "function" ? `a ${typeof value}` : null;
  }
  if (depth >= nestingMax) return `more than ${nestingMax} levels`;
  for (const key in value) {
    const part: unknown = (value as Record<string, unknown>)[key];
    if (typeof part === "string") continue;
    const fault = faultOfData(part, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

const crcFieldStart = Buffer.from(',"crc":"', "latin1");
/** The checksum that stands in the last field, which begins at `at`; null when it is no such field. */
export function checksumField(bytes: Buffer, at: number): number | null {
  for (let index = 0; index < crcFieldStart.length; index += 1) {
    if (bytes[at + index] !== crcFieldStart[index]) return null;
  }
  if (bytes[at + 16] !== 0x22 || bytes[at + 17] !== 0x7d) return null;
  let value = 0;
  for (let index = at + 8; index < at + 16; index += 1) {
    const digit = digitValues[bytes[index] as number] as number;
    if (digit < 0) return null;
    value = (value << 4) | digit;
  }
  return value >>> 0;
}

/** The number that eight hexadecimal digits stand for; null when they are something else. */
export function hexNumber(digits: string): number | null {
  if (digits.length !== 8) return null;
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const digit = digitValues[digits.charCodeAt(index) & 255] as number;
    if (digit < 0 || digits.charCodeAt(index) > 127) return null;
    value = (value << 4) | digit;
  }
  return value >>> 0;
}

function bad(detail: string): LineFault {
  return { kind: "bad", detail };
}

function badEvent(found: string): JournalError {
  return new JournalError({ code: "journal/bad-event", found });
}

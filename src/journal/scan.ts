/**
 * Reads a log file line by line and feeds a chain, which judges.
 *
 * Total (JL5): whatever the bytes, it throws nothing but errors of the disk, holds no more than one
 * record at a time, and looks at each byte a bounded number of times.
 */
import { Chain, faultDetail, headerOf, type Rest, type ScanSink, type Tail } from "./chain.js";
import type { Disk, FileHandle } from "./disk.js";
import { checkpointBytesMax, recordBytesMax } from "./limits.js";
import { looksLost } from "./lost-sectors.js";
import { checksumField, crcFieldBytes, decodeLine } from "./record.js";
import type { Damage } from "./types.js";

const lineEnd = 0x0a;
/** The end of a line as it stands in the file: its checksum and the line end. */
const suffixBytes = crcFieldBytes + 1;
const windowBytes = recordBytesMax + (1 << 18);
/** Enough for what others appended since the last look, most times. */
const firstReadBytes = 1 << 14;

/** One for all scans: they are synchronous and keep nothing that points into it. */
let sharedWindow: Buffer | null = null;

/** `rewritten`: bytes that were read are not there any more; read the file anew. */
export type Progress = "end" | "more" | "rewritten";

export class LogScanner {
  readonly chain: Chain;
  tail: Tail = { kind: "clean" };

  readonly #disk: Disk;
  readonly #file: FileHandle;
  /** Where reading goes on. */
  #next = 0;
  #ended = true;
  /** Inside a line longer than any record: where it began, and whether a sector of it is lost. */
  #skipping: { readonly offset: number; lost: boolean } | null = null;

  constructor(disk: Disk, file: FileHandle, sink: ScanSink) {
    this.chain = new Chain(sink);
    this.#disk = disk;
    this.#file = file;
  }

  get damage(): readonly Damage[] {
    return this.chain.damage;
  }

  /**
   * Reads on for about `bytesMax` bytes. At `end`, `tail` says what stands behind `chain.position`. Who knows the `size`
   * that the file had just now spares the question whether more is there.
   */
  advance(bytesMax: number, size = Number.POSITIVE_INFINITY): Progress {
    if (this.chain.header === null) return this.#readHeader() ? "more" : "end";
    const window = (sharedWindow ??= Buffer.allocUnsafe(windowBytes));
    if (this.#ended) {
      const progress = this.#news(window, size);
      if (progress !== "more") return progress;
    }
    let length = firstReadBytes;
    for (let left = bytesMax; left > 0; ) {
      const got = fill(this.#disk, this.#file, window.subarray(0, length), this.#next);
      const used = this.#lines(window, got);
      left -= got;
      if (used === "again") {
        this.#next = this.chain.position;
      } else if (got < length) {
        this.#atEnd(window, used, got);
        return "end";
      } else {
        this.#next += used;
        if (used === 0 && length === windowBytes) this.#skip(window, got);
      }
      length = windowBytes;
    }
    return "more";
  }

  /** At the end of what was read: what others appended since then, in one read if it is whole lines and not many. */
  #news(window: Buffer, size: number): Progress {
    const first = this.chain.position - suffixBytes;
    const got = this.#disk.read(this.#file, window.subarray(0, firstReadBytes), first);
    if (!this.#suffixStands(window, got)) return "rewritten";
    this.chain.restart();
    this.#next = first;
    const used = this.#lines(window, got, suffixBytes);
    if (used === got && (got === suffixBytes || first + got >= size)) {
      this.tail = this.chain.atEnd(nothingBehind(first + got));
      return "end";
    }
    this.#next = used === "again" ? this.chain.position : first + used;
    this.#ended = false;
    return "more";
  }

  /** The line before `position` must be the one that was read: truncating and rewriting changes it. */
  #suffixStands(window: Buffer, got: number): boolean {
    const { lineCrc } = this.chain;
    if (got < suffixBytes) return false;
    return lineCrc < 0 || (window[suffixBytes - 1] === lineEnd && checksumField(window, 0) === lineCrc);
  }

  #readHeader(): boolean {
    const bytes = readFirstLine(this.#disk, this.#file);
    const last = bytes.length - 1;
    const line = bytes[last] === lineEnd ? decodeLine(bytes, 0, last) : null;
    if (line?.kind === "record") {
      const header = headerOf(line, bytes.length);
      if (typeof header !== "string") {
        this.chain.begin(header);
        return true;
      }
      this.tail = this.chain.refuseHeader(bytes.length, header, null);
      return false;
    }
    const newer = line?.kind === "newer" ? line.version : null;
    const detail = line === null ? "the first line has no end" : faultDetail(line);
    this.tail = this.chain.refuseHeader(bytes.length, detail, newer);
    return false;
  }

  /** Takes the whole lines in `window[from, got)`; returns where the last of them ends. */
  #lines(window: Buffer, got: number, from = 0): number | "again" {
    // Behind what was read is the rest of a large window: a search that goes on there costs more than all else.
    const read = window.subarray(0, got);
    for (let start = from; ; ) {
      const end = read.indexOf(lineEnd, start);
      if (end < 0) return start;
      if (!this.#line(window, start, end)) return "again";
      start = end + 1;
    }
  }

  #line(window: Buffer, start: number, end: number): boolean {
    const offset = this.#skipping?.offset ?? this.#next + start;
    const place = { offset, length: this.#next + end + 1 - offset };
    const before = this.#skipping?.lost ?? false;
    this.#skipping = null;
    const lost = (): boolean => before || this.#lost(window, start, end, offset, false);
    const line = place.length > recordBytesMax ? tooLong(place.length) : decodeLine(window, start, end);
    return this.chain.line(line, place, lost) === "on";
  }

  #lost(window: Buffer, start: number, end: number, lineStart: number, fileEnd: boolean): boolean {
    return looksLost(window, start, end, { offset: this.#next, lineStart, fileEnd });
  }

  /** The window is full and there is no line end in it. */
  #skip(window: Buffer, got: number): void {
    const skipping = (this.#skipping ??= { offset: this.#next, lost: false });
    skipping.lost ||= this.#lost(window, 0, got, skipping.offset, false);
    this.#next += got;
  }

  #atEnd(window: Buffer, used: number, got: number): void {
    const offset = this.#skipping?.offset ?? this.#next + used;
    const length = this.#next + got - offset;
    const before = this.#skipping?.lost ?? false;
    const lost = before || this.#lost(window, used, got, offset, true);
    const whole = this.#skipping === null && length > 1;
    const badEnd = whole && decodeLine(window, used, got - 1).kind === "record";
    this.#skipping = null;
    this.#ended = true;
    this.tail = this.chain.atEnd({ offset, length, lost, badEnd });
  }
}

function nothingBehind(offset: number): Rest {
  return { offset, length: 0, lost: false, badEnd: false };
}

/** A line that is longer than any record. */
export function tooLong(length: number): { readonly kind: "bad"; readonly detail: string } {
  return { kind: "bad", detail: `${length} bytes in one line, a record has at most ${recordBytesMax}` };
}

/** Reads until `into` is full or the file ends. */
function fill(disk: Disk, file: FileHandle, into: Buffer, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const got = disk.read(file, filled === 0 ? into : into.subarray(filled), position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** The first line with its end; without one when the file, or the longest checkpoint, ends before. */
function readFirstLine(disk: Disk, file: FileHandle): Buffer {
  for (let size = 1 << 16; ; size *= 8) {
    const bytes = Buffer.allocUnsafe(Math.min(size, checkpointBytesMax));
    const got = fill(disk, file, bytes, 0);
    const end = bytes.subarray(0, got).indexOf(lineEnd);
    if (end >= 0) return bytes.subarray(0, end + 1);
    if (got < bytes.length || size >= checkpointBytesMax) return bytes.subarray(0, got);
  }
}

/**
 * Judges the lines of one file in their order: which are accepted, which are damage, what the tail is.
 *
 * A file is one checkpoint, then the records that a compaction kept, then the tail, in which every
 * record names its predecessor's checksum and has the next `seq`. What follows the last record that
 * does so is judged at the end of the file:
 *
 * - a line without an end, or a line in which sectors are lost and behind which no record says that it
 *   was on the disk, is a *torn tail*: a crash leaves that, and nobody was told that it is durable;
 * - anything else is *damage*: reported, skipped, never folded, and reading goes on behind it.
 *
 * A sound record behind damage is taken up when so many records may be missing as the damaged bytes
 * can have held, or when its successor confirms it. Pure: no disk, no clock.
 */
import { damageMax, recordBytesMax } from "./limits.js";
import { formatVersion, hexNumber, type LineFault, lineBytesMin, type LogRecord, ownTypes } from "./record.js";
import type { Damage, JsonObject } from "./types.js";

export interface LinePlace {
  readonly offset: number;
  /** Line end included. */
  readonly length: number;
}

/** The checkpoint that opens a file. `kept` records stand between it and the tail. */
export interface Header {
  readonly seq: number;
  readonly fold: string;
  readonly foldVersion: number;
  readonly state: JsonObject;
  readonly kept: number;
  readonly record: LogRecord;
  readonly place: LinePlace;
}

export interface ScanSink {
  /** The checkpoint, first and once. */
  header(header: Header): void;
  /** A record that the checkpoint already answers for. */
  kept(record: LogRecord, place: LinePlace): void;
  record(record: LogRecord, place: LinePlace): void;
}

export type Tail =
  | { readonly kind: "clean" }
  | { readonly kind: "torn"; readonly offset: number; readonly length: number }
  | { readonly kind: "damaged"; readonly damage: readonly Damage[] };

/** What stands behind the last line end. `lost`: sectors are missing in it. */
export interface Rest {
  readonly offset: number;
  readonly length: number;
  readonly lost: boolean;
  /** All but the last byte is a record: its line end is damaged, not missing. */
  readonly badEnd: boolean;
}

interface Bad {
  readonly kind: Damage["kind"];
  readonly offset: number;
  readonly detail: string;
  end: number;
}

interface Candidate {
  readonly record: LogRecord;
  readonly place: LinePlace;
}

export class Chain {
  /** Where the last accepted record ends; what is behind it is read again when more is there. */
  position = 0;
  /** `seq` of the last accepted record. */
  seq = 0;
  /** What the next record has to name as its predecessor's checksum. */
  crc = 0;
  /** Checksum in the line before `position`. */
  lineCrc = 0;
  /** Newest `seq` that is known to be on the disk. */
  durable = 0;
  /** Highest version of a record that this program does not know. */
  newer: number | null = null;
  header: Header | null = null;

  readonly #sink: ScanSink;
  readonly #damage: Damage[] = [];
  #tailDamage: readonly Damage[] = [];
  #keptLeft = 0;
  #keptSeq = -1;
  #bad: Bad | null = null;
  /** A sound record that does not follow; its successor may confirm it. */
  #candidate: Candidate | null = null;
  /** Checksum of the last record that was refused: what names it as its predecessor is refused too. */
  #refused: number | null = null;
  /** Sectors are lost from `position` on, and no record yet says that they were on the disk. */
  #probing = false;
  /** Sectors lost from here on were on the disk once, so this is damage. */
  #disproved = -1;

  constructor(sink: ScanSink) {
    this.#sink = sink;
  }

  get damage(): readonly Damage[] {
    return this.#tailDamage.length === 0 ? this.#damage : [...this.#damage, ...this.#tailDamage];
  }

  begin(header: Header): void {
    const { record, place } = header;
    this.header = header;
    this.#keptLeft = header.kept;
    this.position = place.length;
    this.seq = record.seq;
    this.crc = nextLink(record);
    this.lineCrc = record.crc;
    this.durable = record.seq;
    this.#sink.header(header);
  }

  /** The first line is no checkpoint of ours. */
  refuseHeader(length: number, detail: string, newer: number | null): Tail {
    this.newer = newer;
    const place = { offset: 0, length, after: 0, before: null };
    this.#tailDamage = [{ kind: "header", ...place, detail }];
    return { kind: "damaged", damage: this.#tailDamage };
  }

  /** Forgets what it made of the bytes behind `position`. */
  restart(): void {
    this.#bad = null;
    this.#candidate = null;
    this.#refused = null;
    this.#probing = false;
    this.#tailDamage = [];
  }

  /** The next line. `again`: read on from `position` once more. `lost` tells whether sectors are lost in it. */
  line(line: LogRecord | LineFault, place: LinePlace, lost: () => boolean): "on" | "again" {
    if (this.#probing) return this.#probe(line);
    if (line.kind === "record") {
      this.#sound(line, place);
      return "on";
    }
    if (line.kind === "newer") this.newer = Math.max(this.newer ?? 0, line.version);
    if (this.#keptLeft > 0) {
      this.#badKept(place, faultDetail(line));
    } else {
      const first = this.#bad === null && this.#candidate === null;
      this.#probing = first && this.#disproved !== place.offset && lost();
      if (!this.#probing) this.#addBad("line", place, faultDetail(line));
    }
    return "on";
  }

  /** A record that this process puts behind the last one. */
  append(record: LogRecord, place: LinePlace): void {
    this.#accept(record, place);
  }

  atEnd(rest: Rest): Tail {
    const tail = this.#judgeTail(rest);
    this.#tailDamage = tail.kind === "damaged" ? tail.damage : [];
    return tail;
  }

  #judgeTail(rest: Rest): Tail {
    const end = rest.offset + rest.length;
    const torn = { kind: "torn", offset: this.position, length: end - this.position } as const;
    if (this.#probing) return torn;
    if (this.#candidate !== null) this.#refuseCandidate();
    if (this.#bad === null && this.#keptLeft === 0) {
      if (rest.length === 0) return { kind: "clean" };
      if (!rest.badEnd && (rest.lost || rest.length < recordBytesMax)) return torn;
    }
    if (this.#keptLeft > 0) {
      this.#addBad("kept", { offset: end, length: 0 }, this.#keptMissing());
    } else if (rest.length > 0) {
      this.#addBad("line", rest, rest.badEnd ? "the end of the line is damaged" : "the line has no end");
    }
    const bad = this.#bad as Bad;
    return { kind: "damaged", damage: [this.#asDamage(bad, null)] };
  }

  /** Looks for a record that says that the lost sectors were on the disk: that makes them damage. */
  #probe(line: LogRecord | LineFault): "on" | "again" {
    if (line.kind !== "record" || line.seq <= this.seq || line.durable <= this.seq) return "on";
    this.#disproved = this.position;
    this.restart();
    return "again";
  }

  #sound(record: LogRecord, place: LinePlace): void {
    if (this.#keptLeft > 0 && this.#keptRecord(record, place)) return;
    if (record.type === ownTypes.checkpoint) {
      this.#addBad("order", place, "a checkpoint that is not the first line");
    } else if (!this.#follows(record) && record.prev === this.#refused) {
      this.#refuse({ record, place });
    } else if (this.#follows(record) || this.#explained(record, place)) {
      if (this.#candidate !== null) this.#refuseCandidate();
      this.#closeDamage(record.seq);
      this.#accept(record, place);
    } else {
      this.#doubt(record, place);
    }
  }

  #follows(record: LogRecord): boolean {
    if (record.prev !== this.crc) return false;
    return record.seq === this.seq + 1 || (record.type === ownTypes.gap && record.seq > this.seq);
  }

  /** Whether the damaged bytes before it can have held just the records that are missing. */
  #explained(record: LogRecord, place: LinePlace): boolean {
    if (this.#bad === null) return false;
    const held = Math.max(1, Math.floor((place.offset - this.#bad.offset) / lineBytesMin));
    const missing = record.seq - this.seq - 1;
    return missing >= 1 && missing <= held;
  }

  /** It does not follow. Its successor may say that it is right and that records before it are gone. */
  #doubt(record: LogRecord, place: LinePlace): void {
    const before = this.#candidate;
    const confirmed =
      before !== null &&
      before.record.seq > this.seq + 1 &&
      record.seq === before.record.seq + 1 &&
      record.prev === before.record.crc;
    if (confirmed) {
      const { seq } = before.record;
      if (this.#bad === null) {
        const detail = `records ${this.seq + 1} to ${seq - 1} are missing`;
        this.#addBad("gap", { offset: before.place.offset, length: 0 }, detail);
      }
      this.#candidate = null;
      this.#closeDamage(seq);
      this.#accept(before.record, before.place);
      this.#accept(record, place);
    } else {
      if (before !== null) this.#refuseCandidate();
      if (record.prev === this.#refused) this.#refuse({ record, place });
      else this.#candidate = { record, place };
    }
  }

  #accept(record: LogRecord, place: LinePlace): void {
    this.position = place.offset + place.length;
    this.#refused = null;
    this.seq = record.seq;
    this.lineCrc = record.crc;
    this.crc = nextLink(record);
    if (record.durable > this.durable) this.durable = record.durable;
    this.#sink.record(record, place);
  }

  /** Whether it was one of those that the checkpoint announces. */
  #keptRecord(record: LogRecord, place: LinePlace): boolean {
    if (record.seq > this.seq) {
      this.#push({ kind: "kept", offset: place.offset, length: 0 }, record.seq, this.#keptMissing());
      this.#keptLeft = 0;
      return false;
    }
    if (record.seq <= this.#keptSeq || record.type === ownTypes.checkpoint) {
      this.#badKept(place, `record ${record.seq} behind ${this.#keptSeq}`, "order");
      return true;
    }
    this.#keptSeq = record.seq;
    this.#passKept(place);
    this.lineCrc = record.crc;
    this.#sink.kept(record, place);
    return true;
  }

  #badKept(place: LinePlace, detail: string, kind: Damage["kind"] = "line"): void {
    this.#push({ kind, ...place }, null, detail);
    this.#passKept(place);
    this.lineCrc = -1;
  }

  #passKept(place: LinePlace): void {
    this.#keptLeft -= 1;
    this.position = place.offset + place.length;
  }

  #keptMissing(): string {
    return `${this.#keptLeft} of the records that the checkpoint kept are missing`;
  }

  #refuseCandidate(): void {
    const candidate = this.#candidate as Candidate;
    this.#candidate = null;
    this.#refuse(candidate);
  }

  #refuse({ record, place }: Candidate): void {
    this.#refused = record.crc;
    this.#addBad("order", place, `record ${record.seq} does not follow record ${this.seq}`);
  }

  #addBad(kind: Damage["kind"], place: LinePlace, detail: string): void {
    if (this.#candidate !== null) this.#refuseCandidate();
    const end = place.offset + place.length;
    if (this.#bad === null) this.#bad = { kind, offset: place.offset, detail, end };
    else this.#bad.end = end;
  }

  #closeDamage(before: number): void {
    if (this.#bad === null) return;
    const damage = this.#asDamage(this.#bad, before);
    this.#bad = null;
    this.#push(damage, before, damage.detail);
  }

  #asDamage({ kind, offset, end, detail }: Bad, before: number | null): Damage {
    return { kind, offset, length: end - offset, after: this.seq, before, detail };
  }

  #push(at: Pick<Damage, "kind" | "offset" | "length">, before: number | null, detail: string): void {
    if (this.#damage.length > damageMax) return;
    const full = this.#damage.length === damageMax;
    const { kind, offset, length } = at;
    const text = full ? "more damage follows, it is not listed" : detail;
    this.#damage.push({ kind, offset, length, after: this.seq, before, detail: text });
  }
}

/** Of the checkpoint on the first line; otherwise what is wrong with that line. */
export function headerOf(record: LogRecord, length: number): Header | string {
  const { fold, foldVersion, state, kept } = record.data;
  if (record.type !== ownTypes.checkpoint) return "the first line is no checkpoint";
  if (typeof fold !== "string" || !isCount(foldVersion) || !isCount(kept)) {
    return "the checkpoint does not name its fold";
  }
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    return "the checkpoint holds no state";
  }
  const place = { offset: 0, length };
  return { seq: record.seq, fold, foldVersion, kept, state: state as JsonObject, record, place };
}

export function faultDetail(fault: LineFault): string {
  if (fault.kind === "bad") return fault.detail;
  return `it is of version ${fault.version}, this program knows ${formatVersion}`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What the record behind this one names. A repair leaves that record as it was, and says so in `next`. */
export function nextLink({ type, data, crc }: LogRecord): number {
  if (type !== ownTypes.gap && type !== ownTypes.checkpoint) return crc;
  const { next } = data;
  return (typeof next === "string" ? hexNumber(next) : null) ?? crc;
}

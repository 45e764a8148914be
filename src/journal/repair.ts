/**
 * Repairs a damaged log as it is told to, and in no other way. The old file stays beside the new one.
 *
 * What a repair takes away is gone for the fold: a grant, a token, a release may be among it. Where
 * records are missing behind it, a record `journal.gap` says which, and their numbers are not used again.
 */
import { type Header, type LinePlace, nextLink, type ScanSink } from "./chain.js";
import { JournalError } from "./errors.js";
import { hostClock } from "./host-clock.js";
import { chunksOf, replaceLog } from "./housekeeping.js";
import { defaultLock } from "./limits.js";
import { ProcessLock } from "./process-lock.js";
import { asciiJson, encodeLine, hex, type LogRecord, ownTypes } from "./record.js";
import { LogScanner } from "./scan.js";
import { besideLog, openLog, type Site } from "./site.js";
import type { Clock, Damage, JsonObject, Stamp } from "./types.js";
import { type JournalPlace, scanAll, siteAt } from "./verify.js";
import { LogFile } from "./view.js";

/** `drop-damaged` keeps every sound record; `truncate-at` keeps the sound records that end before byte `offset`. */
export type RepairDecision =
  | { readonly kind: "drop-damaged" }
  | { readonly kind: "truncate-at"; readonly offset: number };

/** What a repair took away, and what is left. */
export interface RepairReport {
  readonly damage: readonly Damage[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Last `seq` of the repaired log. */
  readonly seq: number;
  /** Numbers of records that are known to be missing now. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** The file as it was. */
  readonly previous: string;
}

/** Rejects with `journal/repair-refused` where no decision can help, or none is needed. */
export async function repairJournal(
  place: JournalPlace & { readonly decision: RepairDecision; readonly clock?: Clock; readonly waitMs?: number },
): Promise<RepairReport> {
  const site = siteAt(place);
  const lock = new ProcessLock(site.disk, site.lock, place.waitMs ?? defaultLock.waitMs);
  try {
    await lock.acquire();
    try {
      lock.sign();
      return await repair(site, place.decision, (place.clock ?? hostClock()).now());
    } finally {
      lock.release();
    }
  } finally {
    lock.close();
  }
}

async function repair(site: Site, decision: RepairDecision, at: Stamp): Promise<RepairReport> {
  const file = new LogFile(site, openLog(site, "read"));
  try {
    const plan = new Plan(decision, at);
    const scanner = await scanAll(site, file, plan);
    const { header } = scanner.chain;
    refuse(site, scanner, header, decision);
    const previous = besideLog(site, "before-repair");
    site.disk.link(site.log, previous);
    const chunks = plan.chunks(site, file, header);
    const { file: made, checked } = await replaceLog(site, "repair", chunks, (fresh) => check(site, fresh));
    made.done();
    return {
      damage: scanner.damage,
      bytesBefore: site.disk.statFile(file.handle).size,
      bytesAfter: checked.chain.position,
      seq: checked.chain.seq,
      gaps: plan.gaps,
      previous,
    };
  } finally {
    file.done();
  }
}

function refuse(
  site: Site,
  { chain, damage }: LogScanner,
  header: Header | null,
  decision: RepairDecision,
): asserts header is Header {
  const path = site.log;
  const fail = (found: string): never => {
    throw new JournalError({ code: "journal/repair-refused", path, found });
  };
  if (chain.newer !== null) fail(`it holds records of version ${chain.newer}`);
  if (header === null) {
    fail("its checkpoint is damaged, and with it what all else rests on; bring a copy back, or move the file away");
  } else if (decision.kind === "truncate-at" && decision.offset < header.place.length) {
    fail(`byte ${decision.offset} is inside its checkpoint, which ends at byte ${header.place.length}`);
  } else if (decision.kind === "drop-damaged" && damage.length === 0) {
    fail("there is no damage in it");
  }
}

function check(site: Site, file: LogFile): LogScanner {
  const nothing = (): void => undefined;
  const scanner = new LogScanner(site.disk, file.handle, { header: nothing, kept: nothing, record: nothing });
  while (scanner.advance(Number.POSITIVE_INFINITY) === "more");
  if (scanner.damage.length === 0 && scanner.tail.kind === "clean") return scanner;
  throw Object.assign(new Error("the repaired file does not read back"), { code: "EIO" });
}

type Part = LinePlace | { readonly line: Buffer };

/** What the new file consists of: stretches of the old one, and lines that say what is missing. */
class Plan implements ScanSink {
  readonly gaps: { from: number; to: number }[] = [];
  readonly #decision: RepairDecision;
  readonly #at: Stamp;
  readonly #kept: Part[] = [];
  #keptCount = 0;
  readonly #parts: Part[] = [];
  #seq = 0;
  #link = 0;
  #durable = 0;
  #lastSeen = 0;

  constructor(decision: RepairDecision, at: Stamp) {
    this.#decision = decision;
    this.#at = at;
  }

  header({ record, seq }: Header): void {
    this.#seq = seq;
    this.#durable = seq;
    this.#link = nextLink(record);
    this.#lastSeen = seq;
  }

  kept(_record: LogRecord, place: LinePlace): void {
    if (!this.#isWanted(place)) return;
    addPlace(this.#kept, place);
    this.#keptCount += 1;
  }

  record(record: LogRecord, place: LinePlace): void {
    this.#lastSeen = record.seq;
    if (!this.#isWanted(place)) return;
    if (record.prev !== this.#link) this.#addGap(record.seq - 1, record.prev);
    addPlace(this.#parts, place);
    this.#seq = record.seq;
    this.#link = nextLink(record);
    this.#durable = Math.max(this.#durable, record.durable);
  }

  *chunks(site: Site, file: LogFile, header: Header): Iterable<Uint8Array> {
    // Numbers of records that are cut away are not given to others.
    if (this.#lastSeen > this.#seq) this.#addGap(this.#lastSeen, null);
    yield* this.#headerChunks(site, file, header);
    for (const part of [...this.#kept, ...this.#parts]) {
      if ("line" in part) yield part.line;
      else yield* chunksOf(site, file, part.offset, part.offset + part.length);
    }
  }

  /** As it was, unless kept records are gone: their number stands in it. */
  *#headerChunks(site: Site, file: LogFile, { record, place, kept, seq }: Header): Iterable<Uint8Array> {
    if (this.#keptCount === kept) {
      yield* chunksOf(site, file, 0, place.length);
      return;
    }
    const data = { ...record.data, kept: this.#keptCount, next: hex(nextLink(record)) };
    yield this.#line(ownTypes.checkpoint, { seq, prev: record.prev, durable: seq }, data).bytes;
  }

  #isWanted({ offset, length }: LinePlace): boolean {
    return this.#decision.kind === "drop-damaged" || offset + length <= this.#decision.offset;
  }

  /** Missing are the records up to `to`; the next one names `next` as its predecessor, or this line. */
  #addGap(to: number, next: number | null): void {
    if (to <= this.#seq) return;
    const data = { from: this.#seq + 1, to, ...(next === null ? {} : { next: hex(next) }) };
    const place = { seq: to, prev: this.#link, durable: Math.min(this.#durable, to) };
    const { bytes, crc } = this.#line(ownTypes.gap, place, data);
    this.gaps.push({ from: this.#seq + 1, to });
    this.#parts.push({ line: bytes });
    this.#seq = to;
    this.#link = next ?? crc;
  }

  #line(
    type: string,
    place: { readonly seq: number; readonly prev: number; readonly durable: number },
    data: JsonObject,
  ): { readonly bytes: Buffer; readonly crc: number } {
    return encodeLine({ ...place, at: this.#at, type, dataText: asciiJson(data) });
  }
}

/** Stretches that touch become one, so that a plan for a large file stays small. */
function addPlace(parts: Part[], place: LinePlace): void {
  const last = parts.at(-1);
  if (last === undefined || "line" in last || last.offset + last.length !== place.offset) {
    parts.push(place);
  } else {
    parts[parts.length - 1] = { offset: last.offset, length: last.length + place.length };
  }
}

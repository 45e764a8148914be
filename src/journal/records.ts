/**
 * The records of a log as a stream, in bounded memory, without the process lock and without a fold.
 *
 * A watcher keeps the file it reads open: when a compaction puts another in its place, it first reads
 * the old one to its end, in which nothing is appended any more, and goes on in the new one behind the
 * last `seq` it gave. So no record is lost or given twice; what a second compaction took before it
 * could be read is stood for by that file's checkpoint.
 */
import type { Header, LinePlace, ScanSink } from "./chain.js";
import { guarded, JournalError, readFailed } from "./errors.js";
import { type LogRecord, publicRecord } from "./record.js";
import { LogScanner } from "./scan.js";
import { openLog, type Site } from "./site.js";
import type { JournalRecord } from "./types.js";
import { LogFile } from "./view.js";

/** Bytes read before the records in them are given. */
const stepBytes = 1 << 18;
/** How often to look when the filesystem tells nothing. */
const pollMs = 500;

export async function* recordsOf(site: Site, from: number): AsyncGenerator<JournalRecord> {
  const reader = new RecordReader(site, from);
  try {
    for (let more = true; more; ) {
      more = reader.step() === "more";
      yield* reader.take();
      await new Promise(setImmediate);
    }
  } finally {
    reader.close();
  }
}

export async function* watchRecords(
  site: Site,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JournalRecord> {
  const reader = new RecordReader(site, from, true);
  const bell = new Bell(site, signal);
  try {
    while (signal?.aborted !== true) {
      const rung = bell.next();
      const progress = reader.step();
      yield* reader.take();
      if (progress === "end" && !reader.moveOn()) await rung;
    }
  } finally {
    bell.close();
    reader.close();
  }
}

class RecordReader implements ScanSink {
  readonly #site: Site;
  readonly #withCheckpoints: boolean;
  #file: LogFile;
  #scanner: LogScanner;
  /** The next `seq` to give. */
  #from: number;
  /** Of the file that is read, until it is known whether it stands for records that are missing. */
  #checkpoint: LogRecord | null = null;
  #missing = false;
  #found: JournalRecord[] = [];

  constructor(site: Site, from: number, withCheckpoints = false) {
    this.#site = site;
    this.#withCheckpoints = withCheckpoints;
    this.#from = Math.max(1, from);
    this.#file = new LogFile(site, openLog(site, "read"));
    this.#scanner = this.#scan();
  }

  step(): "end" | "more" {
    try {
      const progress = this.#scanner.advance(stepBytes);
      if (progress === "end") this.#giveCheckpoint();
      if (progress !== "rewritten") return progress;
      this.#scanner = this.#scan();
      return "more";
    } catch (cause) {
      throw readFailed(this.#site.log, "read", cause);
    }
  }

  take(): readonly JournalRecord[] {
    const found = this.#found;
    this.#found = [];
    const { damage, chain } = this.#scanner;
    if (chain.header === null && damage.length > 0) {
      throw new JournalError({ code: "journal/corrupt", path: this.#site.log, damage });
    }
    return found;
  }

  /** Whether another file is there now, and at the end of the old one. */
  moveOn(): boolean {
    const { disk, log } = this.#site;
    const there = guarded(log, "look at", () => disk.stat(log));
    if (there?.identity === this.#file.identity) return false;
    // Records may have come between reading the end and the change of files.
    while (this.step() === "more");
    this.#file.done();
    this.#file = new LogFile(this.#site, openLog(this.#site, "read"));
    this.#scanner = this.#scan();
    return true;
  }

  close(): void {
    this.#file.done();
  }

  header({ record }: Header): void {
    this.#checkpoint = record;
    this.#missing = false;
  }

  kept(record: LogRecord, _place: LinePlace): void {
    this.#missing ||= record.seq > this.#from;
    this.#give(record);
  }

  record(record: LogRecord, _place: LinePlace): void {
    this.#giveCheckpoint();
    this.#give(record);
  }

  /** Behind the kept records: it stands for those that are not there. */
  #giveCheckpoint(): void {
    const checkpoint = this.#checkpoint;
    this.#checkpoint = null;
    if (checkpoint === null || !this.#withCheckpoints) return;
    if (!this.#missing && checkpoint.seq < this.#from) return;
    this.#found.push(publicRecord(checkpoint));
    this.#from = Math.max(this.#from, checkpoint.seq + 1);
  }

  #scan(): LogScanner {
    return new LogScanner(this.#site.disk, this.#file.handle, this);
  }

  #give(record: LogRecord): void {
    if (record.seq < this.#from) return;
    this.#found.push(publicRecord(record));
    this.#from = record.seq + 1;
  }
}

/** Rings when something in the directory changed, after a while in any case, and when told to stop. */
class Bell {
  readonly #unwatch: () => void;
  readonly #signal: AbortSignal | undefined;
  #waiting: { readonly promise: Promise<void>; readonly ring: () => void } | null = null;

  constructor({ disk, directory }: Site, signal: AbortSignal | undefined) {
    this.#unwatch = disk.watch(directory, this.#ring);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#ring);
  }

  /** Armed before the caller looks, so that nothing that happens in between is missed. */
  next(): Promise<void> {
    if (this.#waiting !== null) return this.#waiting.promise;
    let ring = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      const timer = setTimeout(this.#ring, pollMs);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#waiting = { promise, ring };
    return promise;
  }

  close(): void {
    this.#ring();
    this.#unwatch();
    this.#signal?.removeEventListener("abort", this.#ring);
  }

  readonly #ring = (): void => {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.ring();
  };
}

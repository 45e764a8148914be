/**
 * The fold of one log file: everything up to `chain.position`, kept up with by `scanner.advance`.
 *
 * It also remembers where the lines stand that a compaction will keep: the last ones, and those with
 * events that the fold does not know.
 */
import type { Header, LinePlace, ScanSink } from "./chain.js";
import type { FileHandle } from "./disk.js";
import { JournalError } from "./errors.js";
import { keptBytesMax } from "./limits.js";
import { eventsOf, type LogRecord } from "./record.js";
import { LogScanner } from "./scan.js";
import type { Site } from "./site.js";
import type { Fold, JournalEvent } from "./types.js";

/** An open log file. It is closed when its last user is done. */
export class LogFile {
  readonly handle: FileHandle;
  readonly identity: string;
  /** Whether its name is known to survive a power cut. */
  nameIsDurable = false;
  readonly #site: Site;
  #users = 1;

  constructor(site: Site, handle: FileHandle) {
    this.#site = site;
    this.handle = handle;
    this.identity = site.disk.statFile(handle).identity;
  }

  use(): this {
    this.#users += 1;
    return this;
  }

  /** Open until `work` is over, whoever lets go of it meanwhile. */
  async during<R>(work: () => Promise<R>): Promise<R> {
    this.use();
    try {
      return await work();
    } finally {
      this.done();
    }
  }

  done(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#site.disk.close(this.handle);
  }
}

export class View<S> implements ScanSink {
  readonly file: LogFile;
  readonly scanner: LogScanner;
  state: S;
  /** Bytes that the last compaction left: growth is measured against them. */
  baseBytes = 0;

  readonly #fold: Fold<S>;
  readonly #path: string;
  readonly #recordsKept: number;
  #recent: LinePlace[] = [];
  #unknown: LinePlace[] = [];

  constructor(site: Site, file: LogFile, fold: Fold<S>, recordsKept: number) {
    this.file = file;
    this.scanner = new LogScanner(site.disk, file.handle, this);
    this.state = fold.initial();
    this.#fold = fold;
    this.#path = site.log;
    this.#recordsKept = recordsKept;
  }

  header(header: Header): void {
    this.state = this.#fold.restore(this.#checkpointData(header));
    this.baseBytes = header.place.length;
  }

  kept(record: LogRecord, place: LinePlace): void {
    this.baseBytes += place.length;
    this.#remember(eventsOf(record.type, record.data), place);
  }

  record(record: LogRecord, place: LinePlace): void {
    const { type, data, seq, at } = record;
    const events = eventsOf(type, data);
    for (const event of events) this.state = this.#fold.apply(this.state, event, { seq, at });
    this.#remember(events, place);
  }

  /** Lines that survive a compaction, in the order of the file. */
  linesToKeep(): readonly LinePlace[] {
    let bytes = 0;
    const recent = this.#recent
      .slice(-this.#recordsKept || this.#recent.length)
      .reverse()
      .filter(({ length }) => (bytes += length) <= keptBytesMax)
      .reverse();
    const first = this.#recordsKept === 0 ? undefined : recent[0];
    const older = this.#unknown.filter(({ offset }) => first === undefined || offset < first.offset);
    return first === undefined ? older : [...older, ...recent];
  }

  #remember(events: readonly JournalEvent[], place: LinePlace): void {
    this.#recent.push(place);
    if (this.#recent.length > 2 * this.#recordsKept + 64) {
      this.#recent = this.#recent.slice(-this.#recordsKept);
    }
    for (const { type } of events) {
      if (this.#knows(type)) continue;
      this.#unknown.push(place);
      return;
    }
  }

  #knows(type: string): boolean {
    return type.startsWith("journal.") || this.#fold.knows?.(type) !== false;
  }

  #checkpointData({ fold, foldVersion, state, seq }: Header): Header["state"] {
    const { name, version, upgrade } = this.#fold;
    const path = this.#path;
    const mine = `"${name}" version ${version}`;
    if (fold === name && seq === 0) return this.#fold.checkpoint(this.#fold.initial());
    if (fold !== name || foldVersion > version || (foldVersion < version && upgrade === undefined)) {
      const found = `"${fold}" version ${foldVersion}`;
      throw new JournalError({ code: "journal/foreign-fold", path, found, expected: mine });
    }
    return foldVersion === version ? state : (upgrade?.call(this.#fold, state, foldVersion) ?? state);
  }
}

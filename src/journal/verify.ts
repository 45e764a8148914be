/** Reads a whole log without its lock and without a fold, and says what is in it and what is wrong with it. */
import type { ScanSink, Tail } from "./chain.js";
import type { Disk } from "./disk.js";
import { readFailed } from "./errors.js";
import { followBytesMax } from "./limits.js";
import { nodeDisk } from "./node-disk.js";
import { publicRecord } from "./record.js";
import { recordsOf } from "./records.js";
import { LogScanner } from "./scan.js";
import { checkDirectory, openLog, type Site, siteOf } from "./site.js";
import type { Damage, JournalRecord } from "./types.js";
import { LogFile } from "./view.js";

/** Which journal. */
export interface JournalPlace {
  readonly directory: string;
  readonly name?: string;
  readonly disk?: Disk;
  readonly allowRemote?: boolean;
}

/** What is in a log, and what is wrong with it. */
export interface Verification {
  readonly path: string;
  readonly bytes: number;
  /** `seq` that the checkpoint answers for, and the records it kept. */
  readonly checkpointSeq: number;
  readonly kept: number;
  /** Records behind the checkpoint, and the events in them. */
  readonly records: number;
  readonly events: number;
  /** Last `seq`. */
  readonly seq: number;
  /** Newest `seq` that the log itself says to be on the disk. */
  readonly durable: number;
  readonly damage: readonly Damage[];
  /** A torn tail is no damage: the next writer cuts it off and keeps a copy. */
  readonly tail: Tail["kind"];
  readonly tornBytes: number;
}

/** Rejects with `JournalError` when there is no journal or it cannot be read; damage is an answer. */
export async function verifyJournal(place: JournalPlace): Promise<Verification> {
  const site = siteAt(place);
  const counts = { kept: 0, records: 0, events: 0 };
  const sink: ScanSink = {
    header: () => undefined,
    kept: () => void (counts.kept += 1),
    record(record) {
      counts.records += 1;
      counts.events += publicRecord(record).events.length;
    },
  };
  const file = new LogFile(site, openLog(site, "read"));
  try {
    const { chain, tail, damage } = await scanAll(site, file, sink);
    return {
      path: site.log,
      bytes: site.disk.statFile(file.handle).size,
      checkpointSeq: chain.header?.seq ?? 0,
      ...counts,
      seq: chain.seq,
      durable: chain.durable,
      damage,
      tail: tail.kind,
      tornBytes: tail.kind === "torn" ? tail.length : 0,
    };
  } finally {
    file.done();
  }
}

/** The last `count` sound records, oldest first. */
export async function tailJournal(
  place: JournalPlace & { readonly count: number },
): Promise<readonly JournalRecord[]> {
  const last: JournalRecord[] = [];
  for await (const record of recordsOf(siteAt(place), 0)) {
    last.push(record);
    if (last.length > 2 * place.count + 64) last.splice(0, last.length - place.count);
  }
  return place.count === 0 ? [] : last.slice(-place.count);
}

/** The place of a journal whose directory can be used. Throws a `JournalError` when it cannot. */
export function siteAt({ directory, name, disk = nodeDisk(), allowRemote = false }: JournalPlace): Site {
  const site = siteOf(disk, directory, name);
  checkDirectory(site, allowRemote);
  return site;
}

/** Scans to the end, with a turn of the event loop now and then. */
export async function scanAll(site: Site, file: LogFile, sink: ScanSink): Promise<LogScanner> {
  const scanner = new LogScanner(site.disk, file.handle, sink);
  try {
    while (scanner.advance(followBytesMax) === "more") await new Promise(setImmediate);
  } catch (cause) {
    throw readFailed(site.log, "read", cause);
  }
  return scanner;
}

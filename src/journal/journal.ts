/** Opens a journal: checks the place, makes what is missing, reads the log, and hands out a handle. */
import { Committer } from "./committer.js";
import { guarded, JournalError } from "./errors.js";
import { Follower } from "./follower.js";
import { hostClock } from "./host-clock.js";
import { createLog, noteDoubt } from "./housekeeping.js";
import { defaultCompaction, defaultLock } from "./limits.js";
import { nodeDisk } from "./node-disk.js";
import { ProcessLock } from "./process-lock.js";
import { formatVersion } from "./record.js";
import { recordsOf, watchRecords } from "./records.js";
import type { LogScanner } from "./scan.js";
import { checkDirectory, makeDirectory, refuseOpenToOthers, type Site, siteOf } from "./site.js";
import type {
  Appended,
  Clock,
  CompactionOptions,
  Decide,
  Durability,
  Fold,
  Journal,
  JournalEvent,
  JournalOptions,
} from "./types.js";

/** Rejects with `JournalError`. A log with damage opens, for reading; without a sound first line it does not. */
export async function openJournal<S>(options: JournalOptions<S>): Promise<Journal<S>> {
  const { directory, fold, disk = nodeDisk(), clock = hostClock(), readOnly = false } = options;
  const site = siteOf(disk, directory, options.name);
  if (!readOnly) await makeDirectory(site);
  checkDirectory(site, options.allowRemote ?? false);
  refuseOpenToOthers(site);
  const compaction = compactionOf(options.compaction);
  const recordsKept = compaction === false ? defaultCompaction.recordsKept : compaction.recordsKept;
  const follower = new Follower(site, fold, recordsKept, readOnly ? "read" : "append");
  const lock = readOnly ? null : new ProcessLock(disk, site.lock, waitMsOf(options));
  try {
    if (lock !== null) await createIfAbsent(site, fold, clock, lock);
    const { scanner } = await follower.catchUp();
    refuseBadHeader(site, scanner);
  } catch (error) {
    follower.forget();
    lock?.close();
    throw error;
  }
  const committer =
    lock === null ? null : new Committer({ site, fold, clock, follower, lock, compaction });
  return handle(site, follower, committer, lock);
}

function handle<S>(
  site: Site,
  follower: Follower<S>,
  committer: Committer<S> | null,
  lock: ProcessLock | null,
): Journal<S> {
  const path = site.log;
  let open = true;
  const refuseClosed = (): void => {
    if (!open) throw new JournalError({ code: "journal/closed", path });
  };
  /** Not an async function: a call that is made now is in the turn that begins now. */
  const writing = <T>(call: (committer: Committer<S>) => Promise<T>): Promise<T> => {
    const code = open ? "journal/read-only" : "journal/closed";
    return open && committer !== null ? call(committer) : Promise.reject(new JournalError({ code, path }));
  };
  return {
    directory: site.directory,
    recovered: committer?.recovered ?? [],
    transact: (decide) => writing((writer) => writer.transact(decide)),
    append: (after, events, durability = "durable") =>
      writing((writer) => writer.transact(conditional(after, events, durability))),
    async read() {
      refuseClosed();
      const view = await follower.catchUp();
      refuseBadHeader(site, view.scanner);
      const { chain, damage } = view.scanner;
      return { state: view.state, seq: chain.seq, damage };
    },
    records: ({ from = 0 } = {}) => recordsOf(site, from),
    watch: ({ from = 0, signal } = {}) => watchRecords(site, from, signal),
    compact: () => writing((writer) => writer.compact()),
    async close() {
      if (!open) return;
      open = false;
      await committer?.idle();
      follower.forget();
      lock?.close();
    },
  };
}

function conditional<S>(
  after: number,
  events: readonly JournalEvent[],
  durability: Durability,
): Decide<S, Appended> {
  return (_, { seq }) =>
    seq === after + 1
      ? { events, durability, result: { appended: true, seq } }
      : { events: [], durability: "relaxed", result: { appended: false, seq: seq - 1 } };
}

/** The lock decides which of several processes makes the first file. */
async function createIfAbsent<S>(
  site: Site,
  fold: Fold<S>,
  clock: Clock,
  lock: ProcessLock,
): Promise<void> {
  const isAbsent = (): boolean => guarded(site.log, "look at", () => site.disk.stat(site.log)) === null;
  if (!isAbsent()) return;
  await lock.acquire();
  try {
    lock.sign();
    if (isAbsent()) await createLog(site, fold, clock.now());
  } catch (error) {
    noteDoubt(site, lock, error);
    throw error;
  } finally {
    lock.release();
  }
}

/** Nothing can be folded without the checkpoint: an unreadable one is never taken for an empty state. */
function refuseBadHeader({ log: path }: Site, { chain, damage }: LogScanner): void {
  if (chain.header !== null) return;
  const { newer } = chain;
  if (newer === null) throw new JournalError({ code: "journal/corrupt", path, damage });
  throw new JournalError({ code: "journal/newer-version", path, needed: newer, known: formatVersion });
}

function compactionOf(given: JournalOptions<unknown>["compaction"]): CompactionOptions | false {
  if (given === false) return false;
  const options = { ...defaultCompaction, ...given };
  count("compaction.bytesMin", options.bytesMin);
  count("compaction.recordsKept", options.recordsKept);
  if (!(options.ratio >= 1)) bad("compaction.ratio", options.ratio);
  return options;
}

function waitMsOf({ lock }: { readonly lock?: JournalOptions<unknown>["lock"] }): number {
  const { waitMs } = { ...defaultLock, ...lock };
  count("lock.waitMs", waitMs);
  return waitMs;
}

function count(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) bad(option, value);
}

function bad(option: string, value: number): never {
  throw new JournalError({ code: "journal/bad-option", option, found: `it is ${value}` });
}

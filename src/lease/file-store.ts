/**
 * Lane leases in a state directory of this host: the journal is the registry, `decide` decides, and the bytes of
 * one file tell which processes live. Admission, the compare-and-swap on tokens and the append are one transaction
 * of the journal, so that no decision rests on a state that has moved.
 *
 * Nothing is decided here. What is on disk is written by the journal alone.
 */
import { type LaneFold, type LaneState, decide, laneFold } from "../../spec/lane-lease/index.js";
import {
  type Clock,
  type CompactionOptions,
  type Disk,
  type Fold,
  type Journal,
  type TornTail,
  hostClock,
  nodeDisk,
  openJournal,
} from "../journal/index.js";
import { type Decided, type Granted, acquire, withSecret } from "./acquire.js";
import { type Engine, engineOf } from "./engine.js";
import { LeaseError, type LeaseOperation } from "./errors.js";
import { type Holders, openHolders } from "./holders.js";
import { leaseErrorOf } from "./journal-error.js";
import { currentProcess } from "./process.js";
import { changesOf, historyOf, listingOf, shownOf } from "./reading.js";
import { adoptionOf, coalesceMsOf, fenceOf, haltOf, proofOf, spawnOf, termsOf, waitMsOf } from "./requests.js";
import { newId, newSecret, rememberingHash } from "./secret.js";
import type { AdoptOutcome, LeaseStore, StoreAddress } from "./types.js";
import { type Uncertain, uncertainCalls } from "./uncertain.js";
import { type Wakeups, wakeupsOf } from "./wakeups.js";

/** Where leases are kept, and how the store is opened. Times are in milliseconds. */
export interface LeaseStoreOptions {
  /** State directory; made with mode 0700 when absent. One host, one directory. */
  readonly directory: string;
  /** Changes nothing, makes nothing, and answers queries only. */
  readonly readOnly?: boolean;
  /** Opens on a filesystem that is not known to be local, at the caller's risk. */
  readonly allowRemote?: boolean;
  /** How long a call waits for other processes that write. */
  readonly lockWaitMs?: number;
  /** How often ends that nobody recorded are recorded. Absent: only `scavenge` and acquiring do. */
  readonly sweepEveryMs?: number;
  /** `false`: only when `compact` is called. */
  readonly compaction?: Partial<CompactionOptions> | false;
  readonly disk?: Disk;
  readonly clock?: Clock;
}

/** A lease store in a state directory. */
export interface FileLeaseStore extends LeaseStore {
  readonly directory: string;
  /** Unfinished records at the end of the log that were cut off; none was ever acknowledged. */
  readonly recovered: readonly TornTail[];
  /**
   * The open file that tells that this process lives. A child that inherits it keeps the leases attached to this
   * process from being taken for dead, for as long as it lives. Null when the store is read-only.
   */
  readonly lifeline: number | null;
}

/** Rejects with a `LeaseError`: nothing reads as "no leases" because of an error. */
export async function openLeaseStore(options: LeaseStoreOptions): Promise<FileLeaseStore> {
  const { disk = nodeDisk(), clock = hostClock(), readOnly = false } = options;
  try {
    const journal = await openJournal<LaneState>({
      ...journalOptions(options),
      fold: asJournalFold(laneFold),
      disk,
      clock,
    });
    const holders = await openedHolders(disk, journal, readOnly);
    return storeOf(options, engineOf(journal, clock, holders));
  } catch (error) {
    throw leaseErrorOf("open", error);
  }
}

/** For another thread: `elsewhere` of a store that is open. */
export function openAddress({ directory, allowRemote }: StoreAddress["options"]): Promise<LeaseStore> {
  return openLeaseStore({ directory: String(directory), allowRemote: allowRemote === true });
}

function journalOptions({ directory, readOnly, allowRemote, lockWaitMs, compaction }: LeaseStoreOptions) {
  return {
    directory,
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(allowRemote === undefined ? {} : { allowRemote }),
    ...(lockWaitMs === undefined ? {} : { lock: { waitMs: lockWaitMs } }),
    ...(compaction === undefined ? {} : { compaction }),
  };
}

/** The fold declares its checkpoints as what they are, the journal as any JSON. */
function asJournalFold(fold: LaneFold): Fold<LaneState> {
  return fold;
}

/** A reader that cannot ask who lives goes on, and nobody counts as gone. */
async function openedHolders(disk: Disk, journal: Journal<LaneState>, readOnly: boolean): Promise<Holders | null> {
  try {
    return openHolders(disk, journal.directory);
  } catch (error) {
    if (readOnly) return null;
    await journal.close();
    throw error;
  }
}

/** What a call would have answered, had it been known to have happened. */
type Kept =
  | { readonly type: "acquire"; readonly outcome: Granted }
  | { readonly type: "adopt"; readonly outcome: Adopted }
  | { readonly type: "release" };
type Adopted = Extract<AdoptOutcome, { readonly outcome: "adopted" }>;

interface Parts {
  readonly engine: Engine;
  readonly wakeups: Wakeups;
  readonly uncertain: Uncertain<Kept>;
  /** SHA-256 of a secret. */
  readonly hash: (secret: string) => string;
}

function storeOf(options: LeaseStoreOptions, engine: Engine): FileLeaseStore {
  const { clock, journal, holders } = engine;
  const parts: Parts = { engine, wakeups: wakeupsOf(journal), uncertain: uncertainCalls(), hash: rememberingHash() };
  const sweep = sweeping(options.sweepEveryMs, engine);
  return {
    clock,
    directory: journal.directory,
    recovered: journal.recovered,
    lifeline: holders?.descriptor ?? null,
    elsewhere: addressOf(options, journal.directory),
    ...holderCalls(parts),
    ...otherCalls(engine),
    ...queries(engine),
    async close() {
      clearInterval(sweep);
      await journal.close();
      holders?.close();
      // Who waits looks again, and hears that the store is closed.
      parts.wakeups.ring();
    },
  };
}


type Calls<K extends keyof LeaseStore> = Pick<LeaseStore, K>;

/** What a holder does, or somebody who is to become one: each can be repeated when its outcome is not known. */
function holderCalls(parts: Parts): Calls<"acquire" | "heartbeat" | "release" | "adopt"> {
  const { engine, hash } = parts;
  return {
    acquire: acquiring(parts),
    adopt: adopting(parts),
    heartbeat(proof, { coalesceMs } = {}) {
      return promised(() => {
        const { leaseId, secret } = proofOf("heartbeat", proof);
        const coalesce = coalesceMsOf(coalesceMs);
        return engine.run<"heartbeat">("heartbeat", {
          type: "heartbeat",
          leaseId,
          secretHash: hash(secret),
          coalesceMs: coalesce,
        });
      });
    },
    async release(proof) {
      const { leaseId, secret } = proofOf("release", proof);
      const secretHash = hash(secret);
      const call = (): string => `release ${leaseId} ${secretHash}`;
      const before = parts.uncertain.take(call);
      // What was lost before anything could fail was released by another call.
      let itMayBe = before !== undefined;
      try {
        const outcome = await engine.run<"release">("release", { type: "release", leaseId, secretHash }, (decided) => {
          itMayBe ||= decided.outcome === "released";
        });
        const itWas = before !== undefined && outcome.outcome === "lost" && outcome.reason === "released";
        return itWas ? { outcome: "released" } : outcome;
      } catch (error) {
        if (itMayBe) keep(parts, error, call, { type: "release" });
        throw error;
      }
    },
  };
}

function acquiring(parts: Parts): LeaseStore["acquire"] {
  const { engine, wakeups } = parts;
  return async (request, { waitMs, signal } = {}) => {
    const asked = termsOf(request);
    const terms = { ...asked, process: asked.process ?? currentProcess() };
    const wait = waitMsOf(waitMs);
    const call = (): string => `acquire ${JSON.stringify(terms)}`;
    const kept = parts.uncertain.take(call);
    if (kept?.type === "acquire" && (await happened(parts, kept.outcome))) return kept.outcome;
    const secret = newSecret();
    let granted = null as Decided | null;
    try {
      return await acquire(engine, wakeups, {
        leaseId: newId(engine.clock.now().wallMs),
        secret,
        secretHash: parts.hash(secret),
        terms,
        waitMs: wait,
        signal,
        decided: (outcome) => {
          granted = outcome;
        },
      });
    } catch (error) {
      if (granted !== null) keep(parts, error, call, { type: "acquire", outcome: withSecret(granted, secret) });
      throw error;
    }
  };
}

function adopting(parts: Parts): LeaseStore["adopt"] {
  const { engine } = parts;
  return async (request) => {
    const asked = adoptionOf(request);
    const call = (): string => `adopt ${JSON.stringify(asked)}`;
    const kept = parts.uncertain.take(call);
    if (kept?.type === "adopt" && (await happened(parts, kept.outcome))) return kept.outcome;
    const secret = newSecret();
    const command = {
      type: "adopt",
      ...asked,
      process: asked.process ?? currentProcess(),
      secretHash: parts.hash(secret),
    } as const;
    let adopted = null as Adopted | null;
    try {
      const outcome = await engine.run<"adopt">("adopt", command, (decided) => {
        adopted = decided.outcome === "adopted" ? { ...decided, secret } : null;
      });
      return outcome.outcome === "adopted" ? { ...outcome, secret } : outcome;
    } catch (error) {
      if (adopted !== null) keep(parts, error, call, { type: "adopt", outcome: adopted });
      throw error;
    }
  };
}

/** Keeps what was decided when nobody can say whether it was recorded. */
function keep({ uncertain }: Parts, error: unknown, call: () => string, decided: Kept): void {
  if (error instanceof LeaseError && error.failure.code === "lease/unknown-outcome") uncertain.keep(call(), decided);
}

/** Whether the log has the grant: its holder can beat it. */
async function happened({ engine, hash }: Parts, { grant, secret }: Granted | Adopted): Promise<boolean> {
  const { leaseId, fencingToken, attachment } = grant;
  if (attachment === "process" && !engine.reclaim(leaseId, fencingToken)) return false;
  const secretHash = hash(secret);
  const beat = await engine.run<"heartbeat">("heartbeat", { type: "heartbeat", leaseId, secretHash, coalesceMs: 0 });
  return beat.outcome !== "lost";
}

/** What is recorded or tidied without holding anything. */
function otherCalls({ run, journal }: Engine): Calls<"scavenge" | "halt" | "spawn" | "compact"> {
  return {
    scavenge: () => run<"scavenge">("scavenge", { type: "scavenge" }),
    halt: (request) => promised(() => run<"halt">("halt", { type: "halt", note: haltOf(request) })),
    spawn: (request) => promised(() => run<"spawn">("spawn", { type: "spawn", note: spawnOf(request) })),
    compact: () =>
      failing("compact", async () => {
        const { bytesBefore, bytesAfter } = await journal.compact();
        return { bytesBefore, bytesAfter };
      }),
  };
}

function queries({ journal, look }: Engine): Calls<"live" | "show" | "history" | "checkFence" | "watch"> {
  return {
    live: () => look("live", listingOf),
    show: (leaseId) => look("show", (reading, now, evidence) => shownOf(reading, leaseId, now, evidence)),
    history: (leaseId) => failing("history", () => historyOf(journal, leaseId)),
    checkFence: (fencingToken, target) =>
      promised(() => {
        const command = { type: "checkFence", ...fenceOf(fencingToken, target) } as const;
        return look("check-fence", ({ state }, now, evidence) =>
          decide<"checkFence">(state, command, now, evidence).outcome,
        );
      }),
    async *watch({ signal } = {}) {
      try {
        yield* changesOf(journal, signal);
      } catch (error) {
        throw leaseErrorOf("watch", error);
      }
    },
  };
}

/** What a request is refused with rejects, like every other failure. */
async function promised<R>(work: () => Promise<R>): Promise<R> {
  return await work();
}

async function failing<R>(operation: LeaseOperation, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw leaseErrorOf(operation, error);
  }
}

/** A sweep that fails is made up for by the next one; whoever calls the store hears of the reason. */
function sweeping(everyMs: number | undefined, { run }: Engine): NodeJS.Timeout | undefined {
  if (everyMs === undefined) return undefined;
  const timer = setInterval(() => {
    run<"scavenge">("scavenge", { type: "scavenge" }).catch(() => undefined);
  }, everyMs);
  return timer.unref();
}

/** A store on another disk or clock than the host's cannot be opened by a thread. */
function addressOf({ disk, clock, readOnly, allowRemote }: LeaseStoreOptions, directory: string): StoreAddress | null {
  if (disk !== undefined || clock !== undefined || readOnly === true) return null;
  return { module: new URL("./file-address.js", import.meta.url).href, options: { directory, allowRemote: allowRemote === true } };
}

/**
 * The port of a lane-lease store: what a host, a command or a test may ask, and every answer there is.
 *
 * An engine behind it (a journal on disk, a SQL database, a replicated log) makes admission and the
 * compare-and-swap on tokens one atomic step, on its own clock. Nothing here names files. Refused and lost are
 * answers; what has no answer rejects with a `LeaseError`. A secret is given out once, to whom it belongs.
 */
import type {
  LaneHistoryEntry,
  LaneInForce,
  LaneOutcomes,
  LaneRequestInput,
  LaneShown,
  LaneTarget,
  LaneWaiter,
} from "../../spec/lane-lease/index.js";
import type { LaneEventType, LaneJson, LaneProcess, Stamp } from "../../spec/vocabulary/lane.js";

/** Times of the engine's host. Ages are told on `monotonicMs` of one boot. */
export interface LeaseClock {
  /** Now: ages on one boot are differences of `monotonicMs`, in milliseconds. */
  now(): Stamp;
}

/** Shows that a call comes from the holder. */
export interface HolderProof {
  readonly leaseId: string;
  readonly secret: string;
}

/** Whether and how long to wait for a lane that is taken. */
export interface WaitOptions {
  /** How long to wait for the lane, in milliseconds. Absent or 0: an answer at once. */
  readonly waitMs?: number;
  /** Ends the wait: the place in the queue is given up and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type Granted = Extract<LaneOutcomes["acquire"], { readonly outcome: "granted" }>;
type Refused = Extract<LaneOutcomes["acquire"], { readonly outcome: "refused" }>;
type Adopted = Extract<LaneOutcomes["adopt"], { readonly outcome: "adopted" }>;

/** `secret` is nowhere else: whoever loses it can only let the lease run out. */
export type Acquired = (Granted & { readonly secret: string }) | Refused;
/** What came of an adoption; who adopted gets a secret of its own. */
export type AdoptOutcome = (Adopted & { readonly secret: string }) | Exclude<LaneOutcomes["adopt"], Adopted>;
/** What came of a heartbeat. */
export type Beaten = LaneOutcomes["heartbeat"];
/** What came of a release. */
export type Released = LaneOutcomes["release"];
/** Leases whose end was recorded, leases of unknown age, and waiters that left the queue. */
export type Scavenged = LaneOutcomes["scavenge"];
/** Whether a token may still write, and if not, why. */
export type FenceAnswer = LaneOutcomes["checkFence"];

/** A lease to take over, and on what grounds (NL5). */
export interface AdoptRequest {
  readonly leaseId: string;
  /** The fencing token that the adopter saw. */
  readonly expectedToken: number;
  readonly holder: string;
  readonly process?: LaneProcess;
  /** Takes it although nothing shows that its holder is gone; the reason is recorded. */
  readonly force?: { readonly because: string };
}

/** A decision that something is to stop, recorded for whoever carries it out; it ends no lease. */
export interface HaltRequest {
  /** Names what is to stop, for whoever carries it out. Nothing here reads it. */
  readonly handle: string;
  readonly leaseId?: string;
  readonly lane?: string;
  /** What to run to carry it out, as a proposal. */
  readonly command?: string;
  readonly reason?: string;
  readonly holder?: string;
  readonly runId?: string;
}

/** A note that somebody intends to take a lane; it takes no lease. */
export interface SpawnRequest {
  readonly lane: string;
  readonly holder: string;
  readonly runId?: string;
  readonly reason?: string;
}

/** A decision to stop something, or an intent to take a lane. */
export interface LeaseNote {
  readonly type: "lane.halted" | "lane.spawned" | "lane.refused";
  readonly at: Stamp;
  readonly data: LaneJson;
}

/** What everything that was stored adds up to, at one moment. */
export interface LeaseListing {
  readonly now: Stamp;
  readonly leases: readonly LaneInForce[];
  /** First come, first served. */
  readonly waiting: readonly LaneWaiter[];
  readonly notes: readonly LeaseNote[];
  /** Damage of what is stored, a sentence each. Not empty: the listing may be incomplete, and nothing is granted. */
  readonly damage: readonly string[];
}

/** One lease, as it stood at `now`. */
export interface LeaseShown {
  readonly now: Stamp;
  /** Null: no such lease is known, or not any more. */
  readonly lease: LaneShown | null;
  readonly damage: readonly string[];
}

/** What was recorded of one lease, oldest first. */
export interface LeaseHistory {
  readonly entries: readonly LaneHistoryEntry[];
  /** False: its beginning is not kept any more. */
  readonly complete: boolean;
  readonly damage: readonly string[];
}

/** One recorded change, as a watcher hears of it. */
export interface LeaseChange {
  /** Grows by one from change record to change record; several changes may be of one record. */
  readonly seq: number;
  readonly at: Stamp;
  readonly type: LaneEventType;
  /** Without hashes of secrets. */
  readonly data: LaneJson;
}

/** Size of the log before and after, in bytes. */
export interface CompactionResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Lane leases of one state directory. Every call may reject with a `LeaseError`; its `failure` has the
 * code.
 */
export interface LeaseStore {
  readonly clock: LeaseClock;
  /**
   * Asks for a lane. `granted` comes with the secret that proves the holder; `refused` names who is in the
   * way.
   */
  acquire(request: LaneRequestInput, options?: WaitOptions): Promise<Acquired>;
  /** `coalesceMs`: a beat younger than this is not written again; at most one heartbeat interval counts. */
  heartbeat(proof: HolderProof, options?: { readonly coalesceMs?: number }): Promise<Beaten>;
  /** Ends a lease; `lost` when it was not the holder's any more. */
  release(proof: HolderProof): Promise<Released>;
  /** Takes a lease over, under a new token, if its token is still `expectedToken` (NL5). */
  adopt(request: AdoptRequest): Promise<AdoptOutcome>;
  /** Records the end of every lease that is dead and that nobody released. */
  scavenge(): Promise<Scavenged>;
  /** Records that something is to stop. Signals nothing, changes no lease. */
  halt(request: HaltRequest): Promise<{ readonly outcome: "recorded" }>;
  /** Records an intent to take a lane. Grants nothing. */
  spawn(request: SpawnRequest): Promise<{ readonly outcome: "recorded" }>;
  /** Leases in force, who waits, the last notes, and the damage of the log if there is some. */
  live(): Promise<LeaseListing>;
  /** One lease, in force or ended. */
  show(leaseId: string): Promise<LeaseShown>;
  /** What the log still has of one lease. */
  history(leaseId: string): Promise<LeaseHistory>;
  /** Whether a resource of this lane or path may take a write under this token (NL2). Writes nothing. */
  checkFence(fencingToken: number, target: LaneTarget): Promise<FenceAnswer>;
  /** Rewrites the log as a checkpoint and its last records. */
  compact(): Promise<CompactionResult>;
  /** Changes from now on, by anybody. Ends when the signal does. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<LeaseChange>;
  /** How another thread opens the same store; null when it cannot. */
  readonly elsewhere: StoreAddress | null;
  /** Waits for calls under way. Leases attached to this process end with the handle that took them. */
  close(): Promise<void>;
}

/** A module whose `openAddress(options)` opens the store, and what to give it. Survives the way to a thread. */
export interface StoreAddress {
  readonly module: string;
  readonly options: Readonly<Record<string, string | boolean>>;
}

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
  now(): Stamp;
}

/** Shows that a call comes from the holder. */
export interface HolderProof {
  readonly leaseId: string;
  readonly secret: string;
}

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
export type AdoptOutcome = (Adopted & { readonly secret: string }) | Exclude<LaneOutcomes["adopt"], Adopted>;
export type Beaten = LaneOutcomes["heartbeat"];
export type Released = LaneOutcomes["release"];
export type Scavenged = LaneOutcomes["scavenge"];
export type FenceAnswer = LaneOutcomes["checkFence"];

export interface AdoptRequest {
  readonly leaseId: string;
  /** The fencing token that the adopter saw. */
  readonly expectedToken: number;
  readonly holder: string;
  readonly process?: LaneProcess;
  /** Takes it although nothing shows that its holder is gone; the reason is recorded. */
  readonly force?: { readonly because: string };
}

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

export interface LeaseShown {
  readonly now: Stamp;
  /** Null: no such lease is known, or not any more. */
  readonly lease: LaneShown | null;
  readonly damage: readonly string[];
}

export interface LeaseHistory {
  readonly entries: readonly LaneHistoryEntry[];
  /** False: its beginning is not kept any more. */
  readonly complete: boolean;
  readonly damage: readonly string[];
}

export interface LeaseChange {
  /** Grows by one from change record to change record; several changes may be of one record. */
  readonly seq: number;
  readonly at: Stamp;
  readonly type: LaneEventType;
  /** Without hashes of secrets. */
  readonly data: LaneJson;
}

export interface CompactionResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export interface LeaseStore {
  readonly clock: LeaseClock;
  acquire(request: LaneRequestInput, options?: WaitOptions): Promise<Acquired>;
  /** `coalesceMs`: a beat younger than this is not written again; at most one heartbeat interval counts. */
  heartbeat(proof: HolderProof, options?: { readonly coalesceMs?: number }): Promise<Beaten>;
  release(proof: HolderProof): Promise<Released>;
  adopt(request: AdoptRequest): Promise<AdoptOutcome>;
  scavenge(): Promise<Scavenged>;
  halt(request: HaltRequest): Promise<{ readonly outcome: "recorded" }>;
  spawn(request: SpawnRequest): Promise<{ readonly outcome: "recorded" }>;
  live(): Promise<LeaseListing>;
  show(leaseId: string): Promise<LeaseShown>;
  history(leaseId: string): Promise<LeaseHistory>;
  checkFence(fencingToken: number, target: LaneTarget): Promise<FenceAnswer>;
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

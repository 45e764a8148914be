/**
 * The state of a lane journal: what its events add up to.
 *
 * Owned by the fold, which changes it in place: whoever needs an earlier state takes a checkpoint. Look-ups by
 * id, token and lane do not grow with the number of leases.
 */
import type { LaneClaim, LaneDeath, LaneEventData, LaneTerms, Stamp } from "../vocabulary/lane.js";
import type { LaneLeaseRecord } from "./record.js";
import { foldLane } from "./request.js";

/** Who held a lease before it was adopted. */
export interface LaneFormer {
  readonly secretHash: string;
  readonly fencingToken: number;
}

/** A lease in force: what was granted, and the machine's record of it. */
export interface LaneEntry {
  readonly leaseId: string;
  /** The lane's name, case-folded. */
  readonly laneKey: string;
  readonly acquiredAt: Stamp;
  terms: LaneTerms;
  secretHash: string;
  /** Oldest first. */
  former: readonly LaneFormer[];
  record: LaneLeaseRecord;
}

/** A lease that is over, remembered so that a late holder hears why it lost. */
export interface LaneEnded extends Readonly<LaneEntry> {
  readonly endedAt: Stamp;
  /** Null: released. */
  readonly cause: LaneDeath | null;
}

/** A request that waits. Its claim keeps later ones behind it, as long as its process lives and its time runs. */
export interface LaneWaiter extends LaneEventData<"lane.waiting"> {
  readonly since: Stamp;
}

/** A refusal, halt or spawn as it was recorded; kept to be shown, and nothing is decided on it. */
export interface LaneNote<T extends "lane.refused" | "lane.halted" | "lane.spawned"> {
  readonly at: Stamp;
  readonly data: LaneEventData<T>;
}

/** Leases, waiters and notes of one journal, indexed for decisions. Owned by the fold. */
export interface LaneState {
  /** The highest number ever given, to a grant, an adoption or a waiter. */
  tokenMark: number;
  readonly leases: Map<string, LaneEntry>;
  readonly byToken: Map<number, LaneEntry>;
  /** By the lane's case-folded name. */
  readonly byLane: Map<string, Set<LaneEntry>>;
  /** Those with a region. */
  readonly regional: Set<LaneEntry>;
  /** Oldest first. */
  readonly ended: Map<string, LaneEnded>;
  /** First come, first served. */
  readonly waiters: Map<string, LaneWaiter>;
  readonly refusals: LaneNote<"lane.refused">[];
  readonly halts: LaneNote<"lane.halted">[];
  readonly spawns: LaneNote<"lane.spawned">[];
  /** Records of a known type that nobody could read: while there is one, nothing is granted (JL8). */
  unreadable: { count: number; first: { readonly seq: number; readonly type: string }[] };
}

/** A new state before any event. */
export function emptyLaneState(): LaneState {
  return {
    tokenMark: 0,
    leases: new Map(),
    byToken: new Map(),
    byLane: new Map(),
    regional: new Set(),
    ended: new Map(),
    waiters: new Map(),
    refusals: [],
    halts: [],
    spawns: [],
    unreadable: { count: 0, first: [] },
  };
}

/** Puts a lease into the state and all its indices. */
export function insertLease(state: LaneState, entry: LaneEntry): void {
  state.leases.set(entry.leaseId, entry);
  state.byToken.set(entry.record.fencingToken, entry);
  const lane = state.byLane.get(entry.laneKey);
  if (lane === undefined) state.byLane.set(entry.laneKey, new Set<LaneEntry>().add(entry));
  else lane.add(entry);
  if (entry.terms.region.length > 0) state.regional.add(entry);
}

/** Takes a lease out of every index; it is not remembered as ended by this. */
export function removeLease(state: LaneState, entry: LaneEntry): void {
  state.leases.delete(entry.leaseId);
  state.byToken.delete(entry.record.fencingToken);
  const lane = state.byLane.get(entry.laneKey);
  if (lane !== undefined && lane.delete(entry) && lane.size === 0)
    state.byLane.delete(entry.laneKey);
  state.regional.delete(entry);
}

/** Leases that may conflict with the claim: those of its lane in any case, and those with a region. */
export function* candidates(state: LaneState, claim: LaneClaim): Iterable<LaneEntry> {
  const lane = state.byLane.get(foldLane(claim.lane));
  if (lane !== undefined) yield* lane;
  if (claim.region.length === 0) return;
  for (const entry of state.regional) if (lane?.has(entry) !== true) yield entry;
}

/**
 * What the history checks of lane leases share: the fold of the log, and which record said what.
 *
 * The fold is the store's. Beside it stands what a breach names: the record that granted a lease, the one that
 * ended it, the one that gave the highest token, the one that came last.
 */
import { type LaneEntry, type LaneState, laneFold } from "../../spec/lane-lease/index.js";
import {
  type LaneEventData,
  type LaneEventType,
  type Stamp,
  laneEvents,
} from "../../spec/vocabulary/lane.js";
import { type HistoryBreach, type HistoryCheck, type HistoryEvent, type HistoryPlace, history } from "../law.js";

/** Records of the leases that are in force or whose end is remembered. */
export interface LaneTrail {
  readonly grantedIn: number | null;
  /** Of its last beat, adoption or grant. */
  renewedIn: number | null;
  endedIn: number | null;
}

export interface LaneLog {
  readonly lanes: LaneState;
  readonly trails: Map<string, LaneTrail>;
  markIn: number | null;
  unreadableIn: number | null;
  /** The record before this one; null: none is known. */
  last: HistoryPlace | null;
}

/** Trails that are kept; past it those of leases that nobody remembers go. */
const trailsMax = 4_096;

export const laneLog = {
  name: laneFold.name,
  initial: (): LaneLog => logOf(laneFold.initial()),
  apply,
  restore: (data: unknown): LaneLog => logOf(laneFold.restore(data)),
} as const;

function logOf(lanes: LaneState): LaneLog {
  return { lanes, trails: new Map(), markIn: null, unreadableIn: null, last: null };
}

function apply(log: LaneLog, event: HistoryEvent, place: HistoryPlace): LaneLog {
  const { lanes, trails } = log;
  const mark = lanes.tokenMark;
  const unreadable = lanes.unreadable.count;
  laneFold.apply(lanes, event, place);
  if (lanes.tokenMark !== mark) log.markIn = place.seq;
  if (lanes.unreadable.count !== unreadable) log.unreadableIn ??= place.seq;
  log.last = place;
  const leaseId = leaseIdOf(event);
  if (leaseId === null) return log;
  if (event.type === "lane.granted" && lanes.leases.has(leaseId)) {
    if (trails.size >= trailsMax) forget(log);
    trails.set(leaseId, { grantedIn: place.seq, renewedIn: place.seq, endedIn: null });
    return log;
  }
  const trail = trails.get(leaseId);
  if (trail === undefined) return log;
  if (!lanes.leases.has(leaseId)) trail.endedIn ??= place.seq;
  else if (event.type === "lane.beaten" || event.type === "lane.adopted") trail.renewedIn = place.seq;
  return log;
}

function forget({ lanes, trails }: LaneLog): void {
  for (const id of trails.keys()) if (!lanes.leases.has(id) && !lanes.ended.has(id)) trails.delete(id);
}

function leaseIdOf({ data }: HistoryEvent): string | null {
  const id = (data as { readonly leaseId?: unknown } | null)?.leaseId;
  return typeof id === "string" ? id : null;
}

/** An event about one lease, with what is known of it before. */
export interface LaneWord<T extends LaneEventType> {
  readonly log: LaneLog;
  readonly data: LaneEventData<T>;
  readonly at: Stamp;
  readonly place: HistoryPlace;
}

interface LaneCheck<T extends LaneEventType> {
  readonly on: readonly T[];
  breach(word: LaneWord<T>, type: T): HistoryBreach | null;
  /** Absent: of every event in `on`. */
  witness?(word: Pick<LaneWord<T>, "log" | "data">, type: T): boolean;
}

/** A check of events of some types. What cannot be read is left to JL8. */
export function ofLanes<T extends LaneEventType>({ on, breach, witness }: LaneCheck<T>): HistoryCheck {
  const types: ReadonlySet<string> = new Set(on);
  return history<LaneLog>({
    fold: laneLog,
    breach: (log, event, place) => {
      if (!types.has(event.type)) return null;
      const data = dataOf<T>(event);
      return data === null ? null : breach({ log, data, at: place.at, place }, event.type as T);
    },
    witness: (log, event) => {
      if (!types.has(event.type)) return false;
      const data = dataOf<T>(event);
      return data !== null && (witness === undefined || witness({ log, data }, event.type as T));
    },
  });
}

/** Several laws ask about one event, one after another: it is parsed once. */
const parsed = new WeakMap<HistoryEvent, unknown>();

function dataOf<T extends LaneEventType>(event: HistoryEvent): LaneEventData<T> | null {
  const known = parsed.get(event);
  if (known !== undefined) return known as LaneEventData<T> | null;
  const data = event.type === "lane.beaten" ? beatOf(event.data) : readWhole(event);
  parsed.set(event, data);
  return data as LaneEventData<T> | null;
}

function readWhole({ type, data }: HistoryEvent): unknown {
  return laneEvents[type as LaneEventType].safeParse(data).data ?? null;
}

/** Nearly all records are beats. */
function beatOf(data: unknown): unknown {
  const { leaseId, fencingToken } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return typeof leaseId === "string" && typeof fencingToken === "number" ? data : null;
}

/** Where a lease was granted, renewed, ended; null: before the log begins. */
export function trailOf({ trails }: LaneLog, leaseId: string): LaneTrail | null {
  return trails.get(leaseId) ?? null;
}

/** Since its last beat, on one boot; null: nobody can tell. */
export function ageAt({ record }: LaneEntry, at: Stamp): number | null {
  return record.heartbeatAt === null ? null : agePassed(record.heartbeatAt, at);
}

export function agePassed(since: Stamp, at: Stamp): number | null {
  const passed = at.monotonicMs - since.monotonicMs;
  return since.bootId === at.bootId && passed >= 0 ? passed : null;
}

/** Its time is over, whatever is true of its process. */
export function isOver(entry: LaneEntry, at: Stamp): boolean {
  const { doubtedAt, ttlMs } = entry.record;
  const age = doubtedAt === null ? ageAt(entry, at) : agePassed(doubtedAt, at);
  return age !== null && age > ttlMs;
}

export function nameOf({ leaseId, terms, record }: LaneEntry): string {
  return `lease ${leaseId} (lane "${terms.lane}", token ${record.fencingToken}, ${terms.holder})`;
}

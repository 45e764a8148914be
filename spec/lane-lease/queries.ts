/** Queries: what is in force, one lease, its life. They answer by the same fold that acquire decides on (NL6). */
import {
  type LaneDeath,
  type LaneEventType,
  type LaneGrant,
  type LaneJson,
  type LaneJsonObject,
  type Stamp,
  laneEventTypes,
  laneEvents,
} from "../vocabulary/lane.js";
import type { LaneEvidenceSet } from "./command.js";
import type { LaneScene } from "./decide.js";
import type { LoggedEvent } from "./fold.js";
import type { LaneStanding } from "./record.js";
import { laneRules } from "./rules.js";
import { grantOf, standing, waiterOver } from "./standing.js";
import type { LaneEnded, LaneState, LaneWaiter } from "./state.js";

/** A lease whose end is not recorded, and how it stands at the moment of asking. */
export interface LaneInForce {
  readonly grant: LaneGrant;
  readonly stands: LaneStanding;
}

/** One lease as it is shown: in force, or ended, with the cause when nobody released it. */
export type LaneShown =
  | ({ readonly shown: "in-force" } & LaneInForce)
  | {
      readonly shown: "ended";
      readonly grant: LaneGrant;
      readonly endedAt: Stamp;
      readonly cause: LaneDeath | null;
    };

/** Every lease whose end is not recorded, oldest grant first; dead ones among them stand as dead. */
export function laneLive(
  state: LaneState,
  now: Stamp,
  evidence: LaneEvidenceSet,
): readonly LaneInForce[] {
  const scene = sceneOf(state, now, evidence);
  return [...state.leases.values()].map((entry) => ({
    grant: grantOf(entry),
    stands: standing(scene, entry),
  }));
}

/** One lease, in force or ended and still remembered. */
export function laneShow(
  state: LaneState,
  leaseId: string,
  now: Stamp,
  evidence: LaneEvidenceSet,
): LaneShown | null {
  const entry = state.leases.get(leaseId);
  if (entry !== undefined) {
    return {
      shown: "in-force",
      grant: grantOf(entry),
      stands: standing(sceneOf(state, now, evidence), entry),
    };
  }
  const ended = state.ended.get(leaseId);
  return ended === undefined ? null : { shown: "ended", ...endOf(ended) };
}

function endOf(ended: LaneEnded) {
  return { grant: grantOf(ended), endedAt: ended.endedAt, cause: ended.cause };
}

/** Who waits and still counts, first come first. */
export function laneQueue(
  state: LaneState,
  now: Stamp,
  evidence: LaneEvidenceSet,
): readonly LaneWaiter[] {
  const scene = sceneOf(state, now, evidence);
  return [...state.waiters.values()].filter((waiter) => waiterOver(scene, waiter) === null);
}

/** Fencing tokens and tickets whose processes a shell may probe for its evidence. */
export function laneProbes(state: LaneState): readonly number[] {
  const leases = [...state.leases.values()].filter(({ record }) => record.attachment === "process");
  return [
    ...leases.map(({ record }) => record.fencingToken),
    ...[...state.waiters.values()].map((one) => one.ticket),
  ];
}

/** One line of a lease's life. */
export interface LaneHistoryEntry {
  readonly seq: number;
  readonly at: Stamp;
  readonly type: LaneEventType;
  readonly data: LaneJson;
}

interface LoggedRecord {
  readonly seq: number;
  readonly at: Stamp;
  readonly events: readonly LoggedEvent[];
}

const known: ReadonlySet<string> = new Set(laneEventTypes);

/** What one record of the log says about a lease, in order. Hashes of secrets are left out. */
export function laneHistory(
  { seq, at, events }: LoggedRecord,
  leaseId: string,
): readonly LaneHistoryEntry[] {
  return events.flatMap(({ type, data }) => {
    if (!known.has(type) || typeof data !== "object" || data === null) return [];
    if ((data as { readonly leaseId?: unknown }).leaseId !== leaseId) return [];
    return [{ seq, at, type: type as LaneEventType, data: laneEventShown(type as LaneEventType, data) }];
  });
}

/** The data of an event as everybody may see it. What its record leaves out stands in it as it is read. */
export function laneEventShown(type: LaneEventType, data: object): LaneJsonObject {
  const reading = laneEvents[type].safeParse(data);
  const whole = reading.success ? { ...reading.data, ...data } : data;
  const { secretHash: _hash, ...shown } = whole as LaneJsonObject;
  return shown;
}

function sceneOf(state: LaneState, now: Stamp, evidence: LaneEvidenceSet): LaneScene {
  return { state, now, evidence, rules: laneRules };
}

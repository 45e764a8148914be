/**
 * The fold of a lane journal: event by event, what the log adds up to. The log is the registry; there is no other.
 *
 * Total: unknown types, and events about leases that are over, change nothing (JL9). An event of a known type
 * that cannot be read is counted, and nothing is granted from then on (JL8). Lifecycles go through the machine.
 */
import type { z } from "zod";

import {
  type LaneEvent,
  type LaneEventData,
  type LaneEventType,
  type LaneTerms,
  type Stamp,
  laneEndedMax,
  laneEventTypes,
  laneEvents,
  laneFormerMax,
  laneLeaseId,
  laneNotesMax,
  laneUnreadableMax,
} from "../vocabulary/lane.js";
import { type LaneCheckpoint, laneCheckpoint, restoreLaneState } from "./checkpoint.js";
import { readGranted, termsOf } from "./granted.js";
import { type LaneLeaseEvent, laneLeaseVacant } from "./record.js";
import { foldLane } from "./request.js";
import { type LaneRules, laneRules } from "./rules.js";
import {
  type LaneEntry,
  type LaneState,
  emptyLaneState,
  insertLease,
  removeLease,
} from "./state.js";

/** An event as a journal hands it out. */
export interface LoggedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Number and stamp of the record an event came in. */
export interface EventPlace {
  readonly seq: number;
  readonly at: Stamp;
}

/** Fits the journal's own `Fold<LaneState>`. */
export interface LaneFold {
  readonly name: string;
  readonly version: number;
  /** A new, empty state. */
  initial(): LaneState;
  /** Changes `state` in place and returns it. Never throws: what cannot be read is counted (JL8). */
  apply(state: LaneState, event: LoggedEvent, place: EventPlace): LaneState;
  /** The state as plain JSON; it shares nothing that later events change. */
  checkpoint(state: LaneState): LaneCheckpoint;
  /** The state of a checkpoint. Throws when the data is not one. */
  restore(data: unknown): LaneState;
  /** Whether events of this type mean something here. Compaction keeps the others to the letter (JL9). */
  knows(type: string): boolean;
}

const known: ReadonlySet<string> = new Set(laneEventTypes);

/** The fold over these rules; other rules than the default are for mutants of models. */
export function createLaneFold(rules: LaneRules = laneRules): LaneFold {
  const handlers = handlersOf(rules);
  return {
    name: "lane-lease",
    version: 1,
    initial: emptyLaneState,
    apply: (state, event, place) => {
      const { type } = event;
      if (!known.has(type)) return state;
      const read = handlers[type as LaneEventType](state, event.data, place.at);
      if (!read) noteUnreadable(state, place.seq, type);
      return state;
    },
    checkpoint: laneCheckpoint,
    restore: restoreLaneState,
    knows: (type) => known.has(type),
  };
}

/** The fold that production uses. */
export const laneFold: LaneFold = createLaneFold();

/** Applies what was just decided, as the journal will once it is appended. */
export function applyLaneEvents(
  fold: LaneFold,
  state: LaneState,
  events: readonly LaneEvent[],
  place: EventPlace,
): LaneState {
  return events.reduce((next, event) => fold.apply(next, event, place), state);
}

/** False: the data is not what its type says. */
type Handler = (state: LaneState, data: unknown, at: Stamp) => boolean;

function handlersOf({ machine }: LaneRules): Readonly<Record<LaneEventType, Handler>> {
  const fire = (entry: LaneEntry, event: LaneLeaseEvent): boolean => {
    const { next, taken } = machine.step(entry.record, event);
    entry.record = next;
    return taken !== -1;
  };
  return {
    "lane.granted": granted((state, data, at) => grant(state, data, at, machine)),
    "lane.beaten": holderEvent((_state, entry, fencingToken, at) => {
      fire(entry, { type: "lease.beaten", fencingToken, authentic: true, holderGone: false, at });
    }),
    "lane.released": holderEvent((state, entry, fencingToken, at) => {
      const event = {
        type: "lease.released",
        fencingToken,
        authentic: true,
        holderGone: false,
        at,
      } as const;
      if (fire(entry, event)) end(state, entry, null, at);
    }),
    "lane.scavenged": parsed("lane.scavenged", (state, { leaseId, fencingToken, cause }, at) => {
      const entry = state.leases.get(leaseId);
      const holderGone = cause === "process-gone";
      if (entry === undefined) return true;
      if (fire(entry, { type: "lease.scavenged", fencingToken, holderGone, at }))
        end(state, entry, cause, at);
      return true;
    }),
    "lane.doubted": holderEvent((_state, entry, fencingToken, at) => {
      fire(entry, { type: "lease.doubted", fencingToken, holderGone: false, at });
    }),
    "lane.adopted": parsed("lane.adopted", (state, data, at) => {
      const entry = state.leases.get(data.leaseId);
      if (entry !== undefined)
        handOver(state, entry, data, (event) => fire(entry, { ...event, at }));
      state.tokenMark = Math.max(state.tokenMark, data.fencingToken);
      return true;
    }),
    ...noteHandlers(),
  };
}

function noteHandlers() {
  return {
    "lane.refused": parsed("lane.refused", (state, data, at) => note(state.refusals, { at, data })),
    "lane.halted": parsed("lane.halted", (state, data, at) => note(state.halts, { at, data })),
    "lane.spawned": parsed("lane.spawned", (state, data, at) => note(state.spawns, { at, data })),
    "lane.waiting": parsed("lane.waiting", (state, data, at) => {
      if (!state.waiters.has(data.waiterId))
        state.waiters.set(data.waiterId, { ...data, since: at });
      state.tokenMark = Math.max(state.tokenMark, data.ticket);
      return true;
    }),
    "lane.withdrawn": parsed("lane.withdrawn", (state, { waiterId, ticket }) => {
      if (state.waiters.get(waiterId)?.ticket === ticket) state.waiters.delete(waiterId);
      return true;
    }),
  };
}

function parsed<T extends LaneEventType>(
  type: T,
  handle: (state: LaneState, data: LaneEventData<T>, at: Stamp) => boolean,
): Handler {
  const schema = laneEvents[type] as unknown as z.ZodType<LaneEventData<T>>;
  return (state, data, at) => {
    const reading = schema.safeParse(data);
    return reading.success && handle(state, reading.data, at);
  };
}

/** The frequent one that is long. */
function granted(
  handle: (state: LaneState, data: LaneEventData<"lane.granted">, at: Stamp) => boolean,
): Handler {
  const bySchema = parsed("lane.granted", handle);
  return (state, data, at) => {
    const quick = readGranted(data);
    return quick === null ? bySchema(state, data, at) : handle(state, quick, at);
  };
}

/** The frequent ones, about one lease in force: read by hand, which is several times faster. */
function holderEvent(
  handle: (state: LaneState, entry: LaneEntry, fencingToken: number, at: Stamp) => void,
): Handler {
  return (state, data, at) => {
    if (typeof data !== "object" || data === null) return false;
    const { leaseId, fencingToken } = data as Readonly<Record<string, unknown>>;
    if (typeof leaseId !== "string" || !Number.isSafeInteger(fencingToken)) return false;
    const entry = state.leases.get(leaseId);
    if (entry !== undefined) handle(state, entry, fencingToken as number, at);
    else if (!laneLeaseId.safeParse(leaseId).success) return false;
    return true;
  };
}

/** A second grant of one id, or a token that is not the highest, is no event that a journal of ours holds. */
function grant(
  state: LaneState,
  data: LaneEventData<"lane.granted">,
  at: Stamp,
  machine: LaneRules["machine"],
): boolean {
  const { leaseId, fencingToken, secretHash, waiterId } = data;
  if (fencingToken <= state.tokenMark || state.leases.has(leaseId) || state.ended.has(leaseId))
    return false;
  const terms = termsOf(data);
  const { ttlMs, attachment } = terms;
  const { next } = machine.step(laneLeaseVacant, {
    type: "lease.granted",
    fencingToken,
    ttlMs,
    attachment,
    at,
  });
  const laneKey = foldLane(terms.lane);
  insertLease(state, {
    leaseId,
    laneKey,
    acquiredAt: at,
    terms,
    secretHash,
    former: [],
    record: next,
  });
  state.tokenMark = fencingToken;
  if (waiterId !== null) state.waiters.delete(waiterId);
  return true;
}

type Adoption = Omit<Extract<LaneLeaseEvent, { readonly type: "lease.adopted" }>, "at">;

function handOver(
  state: LaneState,
  entry: LaneEntry,
  data: LaneEventData<"lane.adopted">,
  fire: (event: Adoption) => boolean,
): void {
  const { previousToken, fencingToken, secretHash, holder, process, evidence } = data;
  const forced = evidence === "forced";
  const holderGone = evidence === "process-gone";
  if (!fire({ type: "lease.adopted", previousToken, fencingToken, forced, holderGone })) return;
  const former = { secretHash: entry.secretHash, fencingToken: previousToken };
  state.byToken.delete(previousToken);
  state.byToken.set(fencingToken, entry);
  entry.former = [...entry.former, former].slice(-laneFormerMax);
  entry.secretHash = secretHash;
  entry.terms = { ...entry.terms, holder, process };
}

function end(
  state: LaneState,
  entry: LaneEntry,
  cause: LaneEventData<"lane.scavenged">["cause"] | null,
  at: Stamp,
) {
  removeLease(state, entry);
  const { leaseId, laneKey, acquiredAt, secretHash, former, record } = entry;
  const terms = withoutAttribution(entry.terms);
  const ended = { leaseId, laneKey, acquiredAt, terms, secretHash, former, record, endedAt: at, cause };
  state.ended.set(leaseId, ended);
  if (state.ended.size > laneEndedMax) dropOldest(state.ended, Math.ceil(laneEndedMax / 4));
}

/** What is large and never decided on is not remembered. */
function withoutAttribution(terms: LaneTerms): LaneTerms {
  const isSmall = terms.children.length === 0 && Object.keys(terms.meta).length === 0;
  return isSmall ? terms : { ...terms, meta: {}, children: [] };
}

/** Many at a time: finding the oldest of a map costs more the more were taken out before. */
function dropOldest(map: Map<string, unknown>, count: number): void {
  let left = count;
  for (const key of map.keys()) {
    if (left === 0) return;
    map.delete(key);
    left -= 1;
  }
}

function note<N>(notes: N[], one: N): true {
  notes.push(one);
  if (notes.length > laneNotesMax) notes.shift();
  return true;
}

function noteUnreadable({ unreadable }: LaneState, seq: number, type: string): void {
  unreadable.count += 1;
  if (unreadable.first.length < laneUnreadableMax) unreadable.first.push({ seq, type });
}

/**
 * Whether a concurrent history of calls on a lane-lease store can be explained by calls one after another: each
 * takes effect at one moment between its invocation and its response, and answers as `decide` and the fold do.
 *
 * Calls of different lanes commute, so each lane is explained by itself (its regions are empty). A call that never
 * answered may have happened at any time after its invocation, or not at all. Times are of one clock; leases do
 * not run out within a history.
 */
import { type LaneCommand, type LaneState, applyLaneEvents, decide, laneFold, laneRequest, noLaneEvidence } from "../../spec/lane-lease/index.js";

interface Moments {
  readonly invokedAt: number;
  /** Null: the caller never heard. */
  readonly answeredAt: number | null;
  readonly lane: string;
  readonly client: string;
}

/** A call as it was recorded. `lease`: the fencing token of the lease it is about. */
export type RecordedCall =
  | (Moments & { readonly does: "acquire"; readonly granted: number | null })
  | (Moments & { readonly does: "release" | "heartbeat"; readonly lease: number; readonly done: boolean });

/** Whether a history can be explained, and if not, where it stops. */
export interface Linearization {
  readonly explained: boolean;
  /** The lane that cannot be explained, and the longest part of its calls that can. */
  readonly lane: string | null;
  readonly prefix: readonly RecordedCall[];
  /** Orders that were looked at. */
  readonly visited: number;
}

/** Calls of one lane that are explained: their subsets are numbered by the bits of one number. */
export const laneCallsMax = 30;

/** Looks for an order of the calls, lane by lane, that explains every answer. */
export function linearize(calls: readonly RecordedCall[]): Linearization {
  let visited = 0;
  for (const lane of new Set(calls.map((call) => call.lane))) {
    const search = new LaneSearch(calls.filter((call) => call.lane === lane));
    const explained = search.run();
    visited += search.visited;
    if (!explained) return { explained: false, lane, prefix: search.longest, visited };
  }
  return { explained: true, lane: null, prefix: [], visited };
}

class LaneSearch {
  visited = 0;
  longest: readonly RecordedCall[] = [];
  readonly #seen = new Set<string>();

  constructor(private readonly calls: readonly RecordedCall[]) {
    if (calls.length > laneCallsMax) throw new RangeError(`${calls.length} calls of one lane, at most ${laneCallsMax} are explained`);
  }

  run(): boolean {
    return this.#from(0, laneFold.initial(), []);
  }

  #from(done: number, state: LaneState, order: readonly RecordedCall[]): boolean {
    if (order.length > this.longest.length) this.longest = order;
    if (this.calls.every(({ answeredAt }, index) => answeredAt === null || isIn(done, index))) return true;
    const key = `${done} ${[...state.leases.keys()].join()} ${state.tokenMark}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.visited += 1;
    return this.#next(done).some((index) => {
      const call = this.calls[index];
      const after = call === undefined ? null : answers(call, state);
      return call !== undefined && after !== null && this.#from(done | (1 << index), after, [...order, call]);
    });
  }

  /** Calls that were invoked before any call that is still to be explained has answered. */
  #next(done: number): readonly number[] {
    const open = [...this.calls.keys()].filter((index) => !isIn(done, index));
    const first = Math.min(...open.map((index) => this.calls[index]?.answeredAt ?? Infinity));
    return open.filter((index) => (this.calls[index]?.invokedAt ?? Infinity) <= first);
  }
}

const isIn = (set: number, index: number): boolean => (set & (1 << index)) !== 0;

const now = { bootId: "history", monotonicMs: 0, wallMs: 0 };
const hashOf = (token: number): string => token.toString(16).padStart(64, "0");
const idOf = (token: number): string => `lease-${token}`;

/** The state after the call, when the specification answers as it was answered; null when it does not. */
function answers(call: RecordedCall, state: LaneState): LaneState | null {
  const heard = call.answeredAt !== null;
  const { outcome, events } = decide(state, commandOf(call, state), now, noLaneEvidence);
  const did = ["granted", "released", "beaten", "coalesced"].includes(outcome.outcome);
  const said = call.does === "acquire" ? call.granted !== null : call.done;
  if (heard && did !== said) return null;
  // The number it was given counts on from those of other lanes: only that it rises can be told here.
  if (did && call.does === "acquire" && heard && (call.granted ?? 0) <= state.tokenMark) return null;
  const next = laneFold.restore(laneFold.checkpoint(state));
  const given = events.map((event) =>
    event.type === "lane.granted" && call.does === "acquire" && call.granted !== null
      ? { ...event, data: { ...event.data, fencingToken: call.granted } }
      : event,
  );
  return applyLaneEvents(laneFold, next, given, { seq: 1, at: now });
}

function commandOf(call: RecordedCall, state: LaneState): LaneCommand {
  if (call.does === "acquire") {
    const token = call.granted ?? state.tokenMark + 1;
    const { terms } = laneRequest({ lane: call.lane, holder: call.client, attachment: "detached", ttlMs: 3_600_000 });
    if (terms === null) throw new RangeError(`"${call.lane}" is no lane`);
    return { type: "acquire", leaseId: idOf(token), secretHash: hashOf(token), terms, wait: null };
  }
  const proof = { leaseId: idOf(call.lease), secretHash: hashOf(call.lease) };
  return call.does === "release" ? { type: "release", ...proof } : { type: "heartbeat", ...proof, coalesceMs: 0 };
}

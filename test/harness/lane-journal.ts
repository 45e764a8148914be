/** A lane journal in memory: decisions and the fold, without bytes. Time is a number that tests set. */
import {
  type LaneCommand,
  type LaneDecision,
  type LaneState,
  applyLaneEvents,
  decide,
  laneFold,
  laneRequest,
} from "../../spec/lane-lease/index.js";
import type { LaneRequestInput } from "../../spec/lane-lease/index.js";
import type { LaneEvent, LaneTerms, Stamp } from "../../spec/vocabulary/lane.js";

export const secret = (name: string): string =>
  Array.from(name, (char) => (char.codePointAt(0) ?? 0).toString(16))
    .join("")
    .padStart(64, "0");

export function terms(request: LaneRequestInput): LaneTerms {
  const { terms: made, invalid } = laneRequest(request);
  if (invalid !== null) throw new Error(`${invalid.field}: ${invalid.hint}`);
  return made;
}

/** Everything that was appended, and the state it adds up to. */
export class LaneJournal {
  state: LaneState = laneFold.initial();
  readonly records: {
    readonly seq: number;
    readonly at: Stamp;
    readonly events: readonly LaneEvent[];
  }[] = [];
  readonly gone = new Set<number>();
  nowMs = 0;
  wallMs = 0;
  bootId = "boot";

  now(): Stamp {
    return { bootId: this.bootId, monotonicMs: this.nowMs, wallMs: this.wallMs };
  }

  ask<T extends LaneCommand["type"]>(
    command: Extract<LaneCommand, { readonly type: T }>,
  ): LaneDecision<T> {
    const at = this.now();
    const decision = decide<T>(this.state, command, at, { gone: this.gone });
    if (decision.events.length > 0) {
      // As a journal writes them: no object is shared with the decision.
      const events = JSON.parse(JSON.stringify(decision.events)) as readonly LaneEvent[];
      const seq = this.records.length + 1;
      this.records.push({ seq, at, events });
      this.state = applyLaneEvents(laneFold, this.state, events, { seq, at });
    }
    return decision;
  }

  acquire(leaseId: string, request: Partial<LaneRequestInput>, waitMs: number | null = null) {
    const wait = waitMs === null ? null : { waiterId: `w-${leaseId}`, waitMs };
    const asked = terms({ lane: "lane", holder: leaseId, ...request });
    return this.ask<"acquire">({
      type: "acquire",
      leaseId,
      secretHash: secret(leaseId),
      terms: asked,
      wait,
    }).outcome;
  }

  beat(leaseId: string, by = leaseId, coalesceMs = 0) {
    return this.ask<"heartbeat">({ type: "heartbeat", leaseId, secretHash: secret(by), coalesceMs })
      .outcome;
  }

  release(leaseId: string, by = leaseId) {
    return this.ask<"release">({ type: "release", leaseId, secretHash: secret(by) }).outcome;
  }

  adopt(leaseId: string, by: string, expectedToken: number, because: string | null = null) {
    const force = because === null ? null : { because };
    const secretHash = secret(by);
    return this.ask<"adopt">({
      type: "adopt",
      leaseId,
      expectedToken,
      secretHash,
      holder: by,
      process: null,
      force,
    }).outcome;
  }

  scavenge() {
    return this.ask<"scavenge">({ type: "scavenge" }).outcome;
  }

  fence(fencingToken: number, target: { readonly lane: string } | { readonly path: string }) {
    return this.ask<"checkFence">({ type: "checkFence", fencingToken, target }).outcome;
  }
}

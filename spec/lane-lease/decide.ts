/**
 * Every decision over lane leases: state, command, time and evidence in; answer and events out.
 *
 * Pure and total. The caller appends the events as one record, conditionally on the state it decided on, stamped
 * with the `now` it decided at. Only then the answer is true.
 */
import type { Stamp } from "../vocabulary/lane.js";
import type { LaneCommand, LaneDecision, LaneEvidenceSet } from "./command.js";
import { acquire } from "./decide-acquire.js";
import { adopt } from "./decide-adopt.js";
import { checkFence, heartbeat, release } from "./decide-holder.js";
import { halt, scavenge, spawn, withdraw } from "./decide-others.js";
import { type LaneRules, laneRules } from "./rules.js";
import type { LaneState } from "./state.js";

/** What every decision sees. */
export interface LaneScene {
  readonly state: LaneState;
  readonly now: Stamp;
  readonly evidence: LaneEvidenceSet;
  readonly rules: LaneRules;
}

/** The answer to one command at one moment. Pure and total: it changes nothing and never throws. */
export type Decide = <T extends LaneCommand["type"]>(
  state: LaneState,
  command: Extract<LaneCommand, { readonly type: T }>,
  now: Stamp,
  evidence: LaneEvidenceSet,
) => LaneDecision<T>;

const handlers: {
  readonly [T in LaneCommand["type"]]: (
    scene: LaneScene,
    command: Extract<LaneCommand, { readonly type: T }>,
  ) => LaneDecision<T>;
} = { acquire, heartbeat, release, adopt, scavenge, halt, spawn, withdraw, checkFence };

/** The decisions over these rules; other rules than the default are for mutants of models. */
export function createDecide(rules: LaneRules = laneRules): Decide {
  return (state, command, now, evidence) => {
    const { type } = command;
    return handlers[type](scene(state, now, evidence, rules), command);
  };
}

function scene(
  state: LaneState,
  now: Stamp,
  evidence: LaneEvidenceSet,
  rules: LaneRules,
): LaneScene {
  return { state, now, evidence, rules };
}

/** The decisions that production uses. */
export const decide: Decide = createDecide();

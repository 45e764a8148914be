/**
 * One decision: what an observation means for a run, given its view and what the monitor remembers.
 *
 * Total and pure. The caller appends the effects as one record and keeps the new core only if that succeeded.
 */
import type { Observation } from "../vocabulary/observation.js";
import {
  type Effect,
  type RunCore,
  type RunPolicy,
  type RunRecord,
  type RunView,
  defaultRunPolicy,
} from "../vocabulary/run.js";
import { type CompiledRun, compileRun } from "./compiled.js";
import { type RunEvent, runEvent } from "./event.js";
import { coreOf, viewOf } from "./record.js";

/** What is to be remembered after an observation, and the effects to be appended as one record (L15). */
export interface RunDecision {
  readonly core: RunCore;
  readonly effects: readonly Effect[];
}

/**
 * Decides what an observation means. `now` is in milliseconds since 1970; the view and the core are not
 * changed.
 */
export function step(
  view: RunView,
  core: RunCore,
  observation: Observation,
  now: number,
  policy: RunPolicy = defaultRunPolicy,
): RunDecision {
  return decideOn(view, core, runEvent(observation, now, policy), policy);
}

/** The same decision on the event that stands in the log: the pane is already its hash. */
export function decideOn(
  view: RunView,
  core: RunCore,
  event: RunEvent,
  policy: RunPolicy = defaultRunPolicy,
): RunDecision {
  const record: RunRecord = { ...viewOf(view), ...coreOf(core) };
  const { next, effects } = lifecycleOf(policy).step(record, event);
  return { core: coreOf(next), effects };
}

/** Compiled once for each policy object. */
const lifecycles = new WeakMap<RunPolicy, CompiledRun>();

function lifecycleOf(policy: RunPolicy): CompiledRun {
  const known = lifecycles.get(policy);
  if (known !== undefined) return known;
  const lifecycle = compileRun(policy);
  lifecycles.set(policy, lifecycle);
  return lifecycle;
}

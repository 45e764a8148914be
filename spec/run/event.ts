/** Events of the run machine: an observation with the time it was made, a pane reduced to its hash. */
import { BugError, unreachable } from "../kernel/unreachable.js";
import type { Observation } from "../vocabulary/observation.js";
import { type RunPolicy, type RunRecord, defaultRunPolicy } from "../vocabulary/run.js";
import { paneHash } from "./pane-hash.js";

type Timed<O> = O extends { readonly type: "pane.captured" }
  ? Omit<O, "text"> & { readonly paneHash: string; readonly now: number }
  : O & { readonly now: number };

/** An observation with the time it is decided at. */
export type RunEvent = Readonly<Timed<Observation>>;
/** The event of this type. */
export type RunEventOf<T extends RunEvent["type"]> = Extract<RunEvent, { readonly type: T }>;

/** What the machine remembers besides its state: all fields of the record but `status`. */
export type RunContext = Omit<RunRecord, "status">;

/** What guards and actions see. */
export interface RunScope<E extends RunEvent = RunEvent> {
  readonly context: RunContext;
  readonly event: E;
}

/** The event of an observation. The pane is hashed here, once, so that guards stay cheap. */
export function runEvent(
  observation: Observation,
  now: number,
  policy: RunPolicy = defaultRunPolicy,
): RunEvent {
  switch (observation.type) {
    case "pane.captured": {
      const { text, ...rest } = observation;
      return { ...rest, paneHash: paneHash(text, policy), now };
    }
    case "pr.state":
    case "session.alive":
    case "session.gone":
    case "evidence.gathered":
    case "feedback.delivered":
    case "user.stopped":
    case "launch.progressed":
    case "launch.failed":
    case "status.asserted":
      return { ...observation, now };
    default:
      return unreachable(observation);
  }
}

/** The event as the one type a guard or action is written for. */
export function only<T extends RunEvent["type"]>(event: RunEvent, type: T): RunEventOf<T> {
  if (event.type === type) return event as RunEventOf<T>;
  throw new BugError(`the run machine met "${event.type}" where "${type}" is expected`);
}

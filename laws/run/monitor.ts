/**
 * What the run laws share: the questions they ask of a state, an action and its effects.
 * Independent of the machine.
 */
import type { ActionInstance } from "../../spec/kernel/index.js";
import {
  type Observer,
  type RunMonitorState,
  type World,
  evidenceObserver,
  runMonitor,
  signals,
} from "../../spec/systems/run-monitor.js";
import {
  type Effect,
  type RunRecord,
  type RunView,
  type SetStatus,
  absenceReasons,
  isTerminal,
} from "../../spec/vocabulary/index.js";
import { type Check, type InvariantCheck, type StepCheck, check } from "../law.js";

export type State = RunMonitorState;
export type { Effect, ActionInstance };
export const system = runMonitor;

/** Reports in a row of one observer before its evidence counts. */
export const deadChecks = 3;

export type Configuration = "absence" | "observers" | "turns" | "panes" | "prs";

type Definition = Omit<InvariantCheck<State>, "system"> | Omit<StepCheck<State, Effect>, "system">;

/** The same invariant or step check in several configurations. */
export function inEach(
  [first, ...others]: readonly [Configuration, ...Configuration[]],
  definition: Definition,
): readonly [Check, ...Check[]] {
  const place = (configuration: Configuration): Check =>
    check<State, Effect>({ ...definition, system, configuration });
  return [place(first), ...others.map(place)];
}

export function pairOf({ status, reason }: Pick<RunView, "status" | "reason">): string {
  return reason === null ? status : `${status}(${reason})`;
}

export function samePair(one: RunView, other: RunView): boolean {
  return one.status === other.status && one.reason === other.reason;
}

export function isActive({ status }: Pick<RunView, "status">): boolean {
  return !isTerminal(status);
}

/** The last status that the effects commit. */
export function committedBy(effects: readonly Effect[]): SetStatus | null {
  for (let index = effects.length - 1; index >= 0; index -= 1) {
    const effect = effects[index];
    if (effect?.type === "setStatus") return effect;
  }
  return null;
}

export function hasAbsenceReason({ reason }: Pick<RunView, "reason">): boolean {
  return (absenceReasons as readonly (string | null)[]).includes(reason);
}

/** Who speaks in this action. */
export function speakerOf(before: State, action: ActionInstance): Observer {
  if (action.name === "evidence") return evidenceObserver(before.world);
  return (action.args["observer"] ?? null) as Observer;
}

export function nameOf(observer: Observer): string {
  return observer === null ? "the channel without identity" : `observer ${observer}`;
}

/** The work tree that the evidence of this action shows. */
export function shownTree(before: State, action: ActionInstance): World["tree"] {
  return action.name === "evidence" ? before.world.evidenceTree : before.world.tree;
}

/** The run has a pull request of its own, whatever became of it. */
export function hasOwnPr({ log, world }: State): boolean {
  return log.branch !== null && world.pr !== "none" && world.prOwner === "owned";
}

/** Consecutive reports of this observer that the monitor remembers. */
export function streakOf({ deadStreaks }: Pick<RunRecord, "deadStreaks">, observer: Observer): number {
  for (const streak of deadStreaks) if (streak.observer === observer) return streak.count;
  return 0;
}

export function insideGrace({ log, world }: State): boolean {
  return log.startedAt !== null && world.age - log.startedAt < world.grace;
}

/** The speaker is the observer that last saw the run alive. */
export function isAttested(before: State, action: ActionInstance): boolean {
  const speaker = speakerOf(before, action);
  return speaker !== null && before.run.aliveObserver === speaker;
}

/** Evidence is handed over in this step and the streak behind it stands. */
export function evidenceStands(
  before: State,
  action: ActionInstance,
  effects: readonly Effect[],
): boolean {
  if (!isActive(before.log)) return false;
  if (action.name === "report") return effects[0]?.type === "gatherEvidence";
  return action.name === "evidence" && streakOf(before.run, evidenceObserver(before.world)) >= deadChecks;
}

/**
 * The reading a capture shows, by the order of the catalogue: gate, exited, completed, limited,
 * failed, prompt.
 */
export function readingShown(action: ActionInstance): string | null {
  const signal = signals[String(action.args["signal"])];
  if (signal === undefined) return null;
  if (signal.gate) return `gate:${signal.gate}`;
  if (signal.exited) return "exited";
  if (signal.completed) return "completed";
  if (signal.limited) return "limited";
  if (signal.failed) return "failed";
  return signal.prompt ? "prompt" : null;
}

/** The pair that a confirmed reading stands for. */
export function verdictOfReading(reading: string): string {
  if (reading.startsWith("gate:")) return `waiting(gate_${reading.slice("gate:".length)})`;
  const verdicts: Readonly<Record<string, string>> = {
    exited: "unknown(agent_exited)",
    completed: "done",
    limited: "rate_limited",
    failed: "failed(agent_failed)",
    prompt: "waiting",
  };
  return verdicts[reading] ?? reading;
}

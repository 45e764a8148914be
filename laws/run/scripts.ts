/**
 * What the laws about repeated and reordered observations share: which to repeat from where, and
 * what came of it.
 */
import { absenceReasons } from "../../spec/vocabulary/index.js";
import type { ActionIndex, ScriptCase, ScriptOutcome } from "../law.js";
import { type ActionInstance, type Effect, type State, committedBy, pairOf } from "./monitor.js";

export type Outcome = ScriptOutcome<State, Effect>;

/** Observations that say something once and for all. */
export const facts: ReadonlySet<string> = new Set([
  "alive",
  "evidence",
  "prState",
  "prDiscovered",
  "feedback",
  "stop",
  "launch",
  "launchFailed",
  "assert",
]);

/** Observations that are made again and again. */
export const streams: ReadonlySet<string> = new Set([
  "gone",
  "report",
  "capture",
  "resolve",
  "verifiedPr",
]);

/**
 * The repeatable observations: a request for evidence is not one, and evidence is only the answer
 * to it.
 */
export const observations: ReadonlySet<string> = new Set(
  [...facts, ...streams].filter((name) => name !== "gone" && name !== "evidence"),
);

/**
 * Whether scripts of this action are run from this state. Changes of work tree, age and session
 * leave the run alone, so a run is met with all of them; a script that does not read one of them is
 * run with one value of it.
 */
export function startsHere({ name }: ActionInstance, { world }: State): boolean {
  switch (name) {
    case "report":
      return world.session === "gone";
    case "evidence":
      return world.session === "gone" && world.tree === "clean";
    default:
      return (
        world.tree === "clean" &&
        world.age === world.grace &&
        (name !== "gone" || world.session === "gone")
      );
  }
}

const byNames = new WeakMap<ActionIndex, Map<ReadonlySet<string>, readonly ActionInstance[]>>();

/** The model's instances of the named actions; found once. */
export function instancesNamed(
  actions: ActionIndex,
  names: ReadonlySet<string>,
): readonly ActionInstance[] {
  const known = byNames.get(actions) ?? new Map<ReadonlySet<string>, readonly ActionInstance[]>();
  byNames.set(actions, known);
  const found = known.get(names) ?? actions.all.filter(({ name }) => names.has(name));
  known.set(names, found);
  return found;
}

/** The same action a number of times. */
export function times(count: number, { id }: ActionInstance): readonly number[] {
  return Array.from({ length: count }, () => id);
}

/** Cases that depend on the action alone, made once for each. */
export function eachOnce(
  make: (one: ActionInstance, actions: ActionIndex) => ScriptCase,
): (one: ActionInstance, actions: ActionIndex) => ScriptCase {
  const known = new WeakMap<ActionInstance, ScriptCase>();
  return (one, actions) => {
    const made = known.get(one) ?? make(one, actions);
    known.set(one, made);
    return made;
  };
}

/** A committed change of the (status, reason) pair: the pair, and the step of the script, from 1. */
export interface Commit {
  readonly pair: string;
  readonly at: number;
}

/** Commits of an outcome, leaving out its first `skipped` steps. */
export function commitsOf({ steps }: Outcome, skipped = 0): readonly Commit[] {
  const commits: Commit[] = [];
  for (let index = skipped; index < steps.length; index += 1) {
    const committed = committedBy(steps[index]?.effects ?? []);
    if (committed !== null) commits.push({ pair: pairOf(committed), at: index + 1 - skipped });
  }
  return commits;
}

export function listed(commits: readonly Commit[]): string {
  if (commits.length === 0) return "nothing";
  return commits.map(({ pair, at }) => `${pair} at ${at}`).join(", ");
}

export const unverified = "unknown(observer_unverified)";

const attested: ReadonlySet<string> = new Set(["failed(session_dead)", "unknown(session_lost)", "done"]);

/** A verdict of absence that only the observer that saw the run alive can give. */
export function needsAttestation(pair: string): boolean {
  return attested.has(pair);
}

const verdicts: ReadonlySet<string> = new Set(absenceReasons);

export function isVerdictOfAbsence(state: State): boolean {
  return needsAttestation(pairOf(state.log)) || verdicts.has(state.log.reason ?? "");
}

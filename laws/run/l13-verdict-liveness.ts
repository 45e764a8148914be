/**
 * L13: a run whose session stays gone is not left without a word.
 *
 * Limit: with more observers in turn than the policy remembers, the least recently used streak is
 * evicted each time and none gets long enough. The law holds for at most `observersMax` observers.
 */
import { type Law, check } from "../law.js";
import {
  type ActionInstance,
  type Effect,
  type State,
  hasAbsenceReason,
  insideGrace,
  isActive,
  pairOf,
  system,
} from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

/** Somebody spoke in between: the count starts over. */
const interruptions: ReadonlySet<string> = new Set([
  "alive",
  "restart",
  "feedback",
  "stop",
  "assert",
  "launch",
]);

function isDue(state: State): boolean {
  const { log, world } = state;
  if (world.session === "alive" || !isActive(log) || log.status === "pr_open" || hasAbsenceReason(log))
    return false;
  return log.wasAlive || !insideGrace(state);
}

const answeredInTime = check<State, Effect>({
  kind: "response",
  system,
  configuration: "turns",
  within: ({ parameters }) => 2 * Number(parameters["observers"]) + 1,
  unit: "reports",
  starts: (_, __, after) => isDue(after),
  answered: (_, action: ActionInstance, after) => interruptions.has(action.name) || !isDue(after),
  counts: (_, action) => action.name === "report",
  breach: ({ log }, counted) =>
    `${pairOf(log)} still stands after ${counted} reports that the session is gone`,
});

export const verdictLiveness: Law = {
  id: "L13",
  title: "verdict liveness",
  subject: "run",
  statement:
    "A run whose session stays gone gets a verdict within 2 × observers + 1 reports, however " +
    "the observers take turns.",
  formal: "gone ∧ ¬inside grace ⇝ verdict within 2·|observers| + 1 reports (|observers| ≤ observersMax)",
  why:
    "Two observers took turns and reset each other's count with every report: a dead run was " +
    "listed as running for days, and nobody was told.",
  checks: [answeredInTime],
  mutants: [
    mutant(
      "one streak for all",
      "only one observer's streak is remembered, so a change of observer resets it",
      "turns",
      {
        policy: { observersMax: 1 },
      },
    ),
    mutant("evidence unheard", "evidence never finds its streak long enough", "turns", {
      ...withGuards(() => ({ streakReached: () => false })),
    }),
  ],
};

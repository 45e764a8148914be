/** L10c: a waiting run says what it waits for now. */
import type { Law } from "../law.js";
import {
  committedBy,
  inEach,
  isActive,
  pairOf,
  readingShown,
  samePair,
  verdictOfReading,
} from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

export const reasonFidelity: Law = {
  id: "L10c",
  title: "reason fidelity",
  subject: "run",
  statement: "The reason of `waiting` is the last confirmed reading; its change is committed once.",
  formal: "confirmed gate or prompt r ⇒ pair′ = v(r) ∧ #setStatus = [pair ≠ v(r)]",
  why:
    "A run moved from the trust question to the login screen. The status stayed waiting, so the " +
    "change was not committed, and a person was sent to answer a question that was answered " +
    "already.",
  checks: inEach(["panes"], {
    kind: "step",
    actions: ["capture"],
    breach: (before, action, after, effects) => {
      const shown = readingShown(action);
      if (shown === null || before.run.reading !== shown || !isActive(before.log)) return null;
      const wanted = verdictOfReading(shown);
      if (!wanted.startsWith("waiting")) return null;
      // A run with an open pull request is judged by it: only a gate leaves it.
      if (before.log.status === "pr_open" && shown === "prompt") return null;
      if (pairOf(after.log) !== wanted) return `${pairOf(after.log)} after a confirmed ${shown}`;
      const commits = effects.filter((effect) => effect.type === "setStatus").length;
      const due = samePair(before.log, after.log) ? 0 : 1;
      return commits === due
        ? null
        : `${pairOf(after.log)} is committed ${commits} times, expected ${due}`;
    },
    witness: (before, _, after, effects) =>
      before.log.status === "waiting" &&
      committedBy(effects)?.status === "waiting" &&
      before.log.reason !== after.log.reason,
  }),
  mutants: [
    mutant("reason-only change not committed", "any gate counts as the gate the run waits for", "panes", {
      ...withGuards((right) => ({
        sameGate: (scope) => right.sameGate(scope) || String(scope.context.reason).startsWith("gate_"),
      })),
    }),
    mutant("reason committed again", "the gate the run waits for is not recognised", "panes", {
      ...withGuards(() => ({ sameGate: () => false })),
    }),
  ],
};

/** L11c: what anybody else says is a reason to check the observer. */
import type { Law } from "../law.js";
import {
  committedBy,
  evidenceStands,
  hasOwnPr,
  inEach,
  isAttested,
  nameOf,
  pairOf,
  speakerOf,
} from "./monitor.js";
import { believesAnybody, mutant, withGuards } from "./mutants.js";

const allowed: ReadonlySet<string> = new Set([
  "unknown(observer_unverified)",
  "unknown(never_alive)",
  "waiting(session_ended)",
]);

export const unverifiedFallback: Law = {
  id: "L11c",
  title: "unverified fallback",
  subject: "run",
  statement:
    "The same evidence from any other observer concludes at most " + "`unknown(observer_unverified)`.",
  formal:
    "evidence(o) ∧ o ≠ aliveObserver ∧ wasAlive ∧ ¬dirty → verdict ∈ {∅, unknown(observer_unverified)}",
  why:
    "Without a weaker verdict the choice is between believing a stranger and staying silent for " +
    "ever. The weaker one tells the operator what to look at: the observer, not the run.",
  checks: inEach(["absence", "observers"], {
    kind: "step",
    actions: ["report", "evidence"],
    breach: (before, action, after, effects) => {
      if (hasOwnPr(before) || !evidenceStands(before, action, effects) || isAttested(before, action))
        return null;
      const verdict = committedBy(effects);
      const who = nameOf(speakerOf(before, action));
      if (verdict !== null && !allowed.has(pairOf(verdict)))
        return `${who}, unattested, concludes ${pairOf(verdict)}`;
      if (before.log.wasAlive && pairOf(after.log) === "unknown(never_alive)" && verdict !== null) {
        return `${who} calls a run that was alive never alive`;
      }
      return null;
    },
    witness: (before, action, after, effects) =>
      evidenceStands(before, action, effects) &&
      !isAttested(before, action) &&
      pairOf(after.log) === "unknown(observer_unverified)",
  }),
  mutants: [
    mutant(
      "any observer believed",
      "evidence counts whoever saw the run alive",
      "observers",
      believesAnybody,
    ),
    mutant("lost on hearsay", "an observer that cannot see the work tree is believed", "absence", {
      ...withGuards((right) => ({
        attested: (scope) => right.attested(scope) || right.treeInvisible(scope),
      })),
    }),
  ],
};

/** L19: being seen alive takes back every "it is gone". */
import type { Law } from "../law.js";
import { hasAbsenceReason, inEach, isActive, nameOf, pairOf, speakerOf } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

export const aliveAnswersAbsence: Law = {
  id: "L19",
  title: "alive answers absence",
  subject: "run",
  statement: "After a run was seen alive, it carries no verdict of absence, unless it is terminal.",
  formal:
    "alive(o) ∧ active′ ⇒ reason′ ∉ {never_alive, session_lost, observer_unverified, session_ended}",
  why:
    "A run was called lost during a network fault. The session was there again a minute later, " +
    "and the run stayed lost in every list, because only a changed pane could have taken it " +
    "back.",
  checks: inEach(["absence", "observers", "panes"], {
    kind: "step",
    actions: ["alive"],
    breach: (before, action, after) => {
      if (!isActive(after.log) || !hasAbsenceReason(after.log)) return null;
      return `${nameOf(speakerOf(before, action))} sees it alive, and it is ${pairOf(after.log)}`;
    },
    witness: (before) => isActive(before.log) && hasAbsenceReason(before.log),
  }),
  mutants: [
    mutant("alive does not answer", "being seen alive leaves every verdict as it is", "absence", {
      ...withGuards(() => ({ answersAbsence: () => false })),
    }),
    mutant(
      "only never_alive answered",
      "being seen alive answers only the verdict that it never was",
      "absence",
      {
        ...withGuards(() => ({ answersAbsence: ({ context }) => context.reason === "never_alive" })),
      },
    ),
  ],
};

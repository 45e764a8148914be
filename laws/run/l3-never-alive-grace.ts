/** L3: a run nobody saw alive yet is left alone for a while, and then not for ever. */
import type { Law } from "../law.js";
import {
  type State,
  committedBy,
  evidenceStands,
  hasOwnPr,
  inEach,
  insideGrace,
  nameOf,
  pairOf,
  shownTree,
  speakerOf,
} from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

function started({ log, world }: State): string {
  return log.startedAt === null ? "(start unknown)" : `(age ${world.age} of ${world.grace})`;
}

export const neverAliveGrace: Law = {
  id: "L3",
  title: "never-alive grace",
  subject: "run",
  statement:
    "A never-alive run gets no `unknown` or `failed` from absence inside the grace; after it, " +
    "standing dead evidence concludes `unknown(never_alive)`, whoever observes.",
  formal:
    "¬wasAlive ⇒ (inside ⇒ verdict ∉ {unknown, failed}) ∧ (outside ∧ evidence ⇒ unknown(never_alive))",
  why:
    "A run that was still booting was declared lost, and everybody who waited for it was woken. " +
    "Without the other half, a run whose host never came up stayed silently booting for ever, " +
    "on one kind of host only.",
  checks: inEach(["absence", "observers"], {
    kind: "step",
    actions: ["report", "evidence"],
    breach: (before, action, after, effects) => {
      if (before.log.wasAlive || hasOwnPr(before) || !evidenceStands(before, action, effects))
        return null;
      const verdict = committedBy(effects);
      const who = nameOf(speakerOf(before, action));
      if (insideGrace(before)) {
        if (verdict?.status !== "unknown" && verdict?.status !== "failed") return null;
        return `${who}, inside the grace ${started(before)}: ${pairOf(verdict)}`;
      }
      if (shownTree(before, action) === "dirty" || pairOf(after.log) === "unknown(never_alive)")
        return null;
      return `${who}, no grace left ${started(before)}: ${pairOf(after.log)}`;
    },
    witness: (before, action, _, effects) =>
      !before.log.wasAlive && evidenceStands(before, action, effects),
  }),
  mutants: [
    mutant("grace ignored", "a never-alive run is judged from its first moment on", "absence", {
      ...withGuards(() => ({ insideGrace: () => false })),
    }),
    mutant("grace without end", "a never-alive run is never judged", "absence", {
      ...withGuards(() => ({ insideGrace: () => true })),
    }),
    mutant(
      "exit-when-done fails",
      "a never-alive run of an agent that exits when done is failed",
      "observers",
      {
        ...withGuards((right) => ({
          wasAlive: (scope) => right.wasAlive(scope) || (isEvidence(scope) && right.exitsWhenDone(scope)),
          attested: (scope) =>
            right.attested(scope) || (right.exitsWhenDone(scope) && !right.wasAlive(scope)),
          exitsWhenDone: (scope) => right.exitsWhenDone(scope) && right.wasAlive(scope),
        })),
      },
    ),
  ],
};

function isEvidence({ event }: { readonly event: { readonly type: string } }): boolean {
  return event.type === "evidence.gathered";
}

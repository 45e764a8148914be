/** L18: what cannot be seen is not clean. */
import { isTerminal } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import { committedBy, hasOwnPr, inEach, pairOf, shownTree } from "./monitor.js";
import { mutant, remotePlane, withGuards } from "./mutants.js";

export const blindness: Law = {
  id: "L18",
  title: "blindness",
  subject: "run",
  statement:
    "A terminal verdict from absence rests on a work tree that was seen and is clean, or on a " +
    "PR that was merged or closed.",
  formal: "absence → terminal ⇒ tree = clean ∨ pr ∈ {merged, closed}",
  why:
    "A host whose disk could not be read reported no commits ahead and no changes. The run was " +
    "ended as failed, its work tree was swept away, and the commits in it were lost.",
  checks: inEach(["absence", "observers", "prs"], {
    kind: "step",
    actions: ["report", "evidence"],
    breach: (before, action, _, effects) => {
      const verdict = committedBy(effects);
      if (verdict === null || !isTerminal(verdict.status)) return null;
      if (hasOwnPr(before) && before.world.pr !== "open") return null;
      const tree = shownTree(before, action);
      return tree === "clean" ? null : `${pairOf(verdict)} with a work tree that is ${tree}`;
    },
    witness: (_, __, ___, effects) => committedBy(effects)?.reason === "session_dead",
  }),
  mutants: [
    mutant("unseen tree is clean", "a work tree that cannot be seen counts as clean", "absence", {
      ...withGuards(() => ({ treeInvisible: () => false })),
    }),
    mutant(
      "remote plane concludes failed",
      "an unseen work tree on a remote host counts as clean",
      "observers",
      {
        ...remotePlane,
      },
    ),
    mutant(
      "work left behind overlooked",
      "commits and changes in the work tree are not looked at",
      "absence",
      {
        ...withGuards(() => ({ treeDirty: () => false })),
      },
    ),
  ],
};

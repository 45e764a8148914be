/** L10a: whatever a pane says counts when it says it twice. */
import type { Law } from "../law.js";
import { committedBy, inEach, isActive, pairOf, readingShown } from "./monitor.js";
import { mutant, oneReadingConfirms, readingOutlivesPane } from "./mutants.js";

export const gateDebounce: Law = {
  id: "L10a",
  title: "gate debounce",
  subject: "run",
  statement: "Every pane verdict but `running` needs two equal readings in a row.",
  formal: "capture(r) → v ≠ running ⇒ r ≠ ∅ ∧ reading = r; after capture(r): reading = r",
  why:
    "A run was ended as done by one frame in which the agent quoted the words of a completion " +
    "banner. The verdicts that nobody can take back had the least debounce of all.",
  checks: inEach(["panes"], {
    kind: "step",
    actions: ["capture"],
    breach: (before, action, after, effects) => {
      if (!isActive(before.log)) return null;
      const shown = readingShown(action);
      const verdict = committedBy(effects);
      if (
        verdict !== null &&
        verdict.status !== "running" &&
        (shown === null || before.run.reading !== shown)
      ) {
        const earlier = before.run.reading ?? "no reading";
        return `${pairOf(verdict)} after one ${shown ?? "empty pane"}, before it ${earlier}`;
      }
      if (!isActive(after.log) || after.run.reading === shown) return null;
      return `after a pane with ${shown ?? "no reading"} it remembers ${after.run.reading ?? "no reading"}`;
    },
    witness: (_, __, ___, effects) => committedBy(effects)?.status === "waiting",
  }),
  mutants: [
    mutant("one reading ends it", "completed, failed and exited are confirmed by one reading", "panes", {
      ...oneReadingConfirms(["exited", "completed", "failed"]),
    }),
    mutant("one gate waits", "a gate is confirmed by one reading", "panes", oneReadingConfirms(["gate"])),
    mutant(
      "reading outlives its pane",
      "a pane without a reading does not clear the last one",
      "panes",
      readingOutlivesPane,
    ),
  ],
};

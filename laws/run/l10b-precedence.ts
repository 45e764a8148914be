/** L10b: when a pane says several things, the strongest one counts. */
import type { Law } from "../law.js";
import { committedBy, inEach, pairOf, readingShown, verdictOfReading } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

export const precedence: Law = {
  id: "L10b",
  title: "precedence",
  subject: "run",
  statement:
    "Gate > exited > completed > limited > failed > prompt > changed; an unconfirmed reading " +
    "masks all below it.",
  formal: "r = strongest(signal): confirmed(r) ⇒ verdict ∈ {∅, v(r)}; r ≠ ∅ unconfirmed ⇒ verdict = ∅",
  why:
    "A login screen that also showed a prompt was taken for a prompt, and a pane that had just " +
    "changed to a login screen for work: two runs stood there for two hours and were listed as " +
    "running.",
  checks: inEach(["panes"], {
    kind: "step",
    actions: ["capture"],
    breach: (before, action, _, effects) => {
      const verdict = committedBy(effects);
      if (verdict === null) return null;
      const shown = readingShown(action);
      const found = pairOf(verdict);
      if (shown === null) return found === "running" ? null : `${found} from a pane without a reading`;
      if (before.run.reading !== shown) return `${found} below an unconfirmed ${shown}`;
      return found === verdictOfReading(shown) ? null : `${found} from a confirmed ${shown}`;
    },
    witness: (before, action, _, effects) =>
      String(action.args["signal"]).includes("+") &&
      before.run.reading === readingShown(action) &&
      committedBy(effects) !== null,
  }),
  mutants: [
    mutant("precedence swapped", "a completion is read before an exit", "panes", {
      ...withGuards((right) => ({
        reads: (scope, params) => {
          const { event } = scope;
          const both = event.type === "pane.captured" && event.signal.exited && event.signal.completed;
          return both ? params.kind === "completed" : right.reads(scope, params);
        },
      })),
    }),
    mutant(
      "unconfirmed does not mask",
      "a pane whose reading is not confirmed may still count as changed",
      "panes",
      {
        ...withGuards(() => ({ hasReading: () => false })),
      },
    ),
  ],
};

/** L6: one glance at a prompt is not waiting. */
import type { Law } from "../law.js";
import { committedBy, inEach, isActive, readingShown } from "./monitor.js";
import { mutant, oneReadingConfirms, readingOutlivesPane } from "./mutants.js";

export const promptDebounce: Law = {
  id: "L6",
  title: "prompt debounce",
  subject: "run",
  statement: "`waiting` from a prompt needs two equal readings in a row.",
  formal: "capture(prompt) → waiting ⇒ reading = prompt; after capture(r): reading = prompt ⇔ r = prompt",
  why:
    "A prompt flashes up between two tool calls of a working agent. Every flash that counted as " +
    "waiting woke a person, and the run went back to running a second later.",
  checks: inEach(["panes"], {
    kind: "step",
    actions: ["capture"],
    breach: (before, action, after, effects) => {
      const shown = readingShown(action);
      if (shown === "prompt" && before.run.reading !== "prompt") {
        const verdict = committedBy(effects);
        if (verdict?.status === "waiting")
          return `waiting after one prompt, before it ${before.run.reading ?? "no reading"}`;
      }
      if (!isActive(before.log) || !isActive(after.log)) return null;
      if ((after.run.reading === "prompt") === (shown === "prompt")) return null;
      return `after a pane with ${shown ?? "no reading"} it remembers ${after.run.reading ?? "no reading"}`;
    },
    witness: (_, action, __, effects) =>
      readingShown(action) === "prompt" && committedBy(effects)?.status === "waiting",
  }),
  mutants: [
    mutant(
      "one prompt waits",
      "a prompt is confirmed by one reading",
      "panes",
      oneReadingConfirms(["prompt"]),
    ),
    mutant(
      "reading outlives its pane",
      "a pane without a reading does not clear the last one",
      "panes",
      readingOutlivesPane,
    ),
  ],
};

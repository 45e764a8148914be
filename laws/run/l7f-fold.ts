/** L7f: the log alone tells what the monitor knows. */
import { foldEffects, restarted } from "../../spec/run/index.js";
import type { RunView } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import { type State, inEach } from "./monitor.js";
import { mutant } from "./mutants.js";

const fields = [
  "status",
  "reason",
  "agent",
  "branch",
  "prUrl",
  "prRecorded",
  "startedAt",
  "paneHash",
  "wasAlive",
] as const satisfies readonly (keyof RunView)[];

function difference({ run, log }: State): string | null {
  for (const field of fields) {
    if (run[field] !== log[field])
      return `${field} is ${String(run[field])}, the log says ${String(log[field])}`;
  }
  return null;
}

export const fold: Law = {
  id: "L7f",
  title: "fold",
  subject: "run",
  statement: "The fold of the log equals the view the monitor has, at every point.",
  formal: "∀ reachable s: view(run) = fold(log)",
  why:
    "What a monitor knows and has not written is lost with it; what was written and it does not " +
    "know is judged wrongly. A crash between two appends of one decision left runs that were " +
    "seen alive in a verdict of absence.",
  checks: inEach(["absence", "observers", "panes", "prs"], {
    kind: "invariant",
    breach: difference,
    witness: ({ log }) => log.wasAlive || log.paneHash !== null || log.prRecorded,
  }),
  mutants: [
    mutant("torn commit", "only the first effect of an observation reaches the log", "absence", {
      fold: (view, effects) => foldEffects(view, effects.slice(0, 1)),
    }),
    mutant("torn commit of a PR", "only the first effect of an observation reaches the log", "prs", {
      fold: (view, effects) => foldEffects(view, effects.slice(0, 1)),
    }),
    mutant(
      "stop beside the commit point",
      "a stop is written to the log without the machine's word",
      "panes",
      {
        stopBeside: true,
      },
    ),
    mutant("hash in memory", "the pane's hash is lost in a restart", "panes", {
      restart: (view) => ({ ...restarted(view), paneHash: null }),
    }),
    mutant(
      "wasAlive from statuses",
      "whether it was alive is concluded from the status after a restart",
      "absence",
      {
        restart: (view) => ({ ...restarted(view), wasAlive: view.status === "running" }),
      },
    ),
  ],
};

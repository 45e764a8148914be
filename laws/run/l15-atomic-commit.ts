/** L15: a commit is one step of the log, made on what the log says. */
import { auditCommit } from "../../spec/run/index.js";
import { type RunHostState, type RunHostVariant, runHost } from "../../spec/systems/run-host.js";
import { type Law, type Mutant, check } from "../law.js";
import { ofCommits } from "./history.js";

export const atomicCommit: Law = {
  id: "L15",
  title: "atomic commit",
  subject: "run",
  statement:
    "The effects of one observation are all in the log or none is; a commit whose view moved, " +
    "or whose read failed, appends nothing.",
  formal: "∀ crash point: |log′ ∩ effects| ∈ {0, |effects|}; view moved ∨ read failed ⇒ log′ = log",
  why:
    "A crash between two appends left a run with a closed pull request and no status. A read " +
    "error was taken for an empty log, and the commit went ahead unchecked.",
  history: [
    ofCommits(
      ({ run, commit }) => auditCommit(run.view, commit),
      () => true,
    ),
  ],
  checks: [
    check<RunHostState>({
      system: runHost,
      kind: "invariant",
      clause: "all effects or none",
      breach: ({ runs }) => {
        const index = runs.findIndex(({ artifacts, changes }) => artifacts !== changes);
        const run = runs[index];
        if (run === undefined) return null;
        return `run ${index}: ${run.artifacts} artifacts and ${run.changes} statuses of the same commits`;
      },
      witness: ({ runs }) => runs.some(({ artifacts }) => artifacts > 1),
    }),
    check<RunHostState>({
      system: runHost,
      kind: "step",
      clause: "decided on what the log says",
      breach: (before, action, after) => {
        for (const [index, run] of before.runs.entries()) {
          const now = after.runs[index];
          if (now === undefined || now.changes === run.changes) continue;
          const committer = before.committers[Number(action.args["by"])];
          const seen = committer?.seen ?? null;
          if (seen === null) return `${action.label} on run ${index}, whose log was not read`;
          if (seen !== run.status) {
            return `${action.label} on run ${index}: it was ${seen} when read, and is ${run.status}`;
          }
        }
        return null;
      },
      witness: (_before, action) => action.name === "readFails",
    }),
  ],
  mutants: [
    broken("torn commit", "the effects of one observation are appended one by one", { torn: true }),
    broken("check before the lock", "the view is read and judged, and the lock is taken for the append only", {
      unlocked: true,
    }),
    broken("read error is an empty log", "a log that cannot be read stops no commit", { failsOpen: true }),
  ],
};

function broken(name: string, change: string, variant: RunHostVariant): Mutant {
  return { name, change, system: runHost, variant };
}

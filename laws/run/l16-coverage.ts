/** L16: nobody is forgotten. */
import { type RunHostState, type RunHostVariant, runHost } from "../../spec/systems/run-host.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Law, type Mutant, check } from "../law.js";

export const coverage: Law = {
  id: "L16",
  title: "coverage",
  subject: "run",
  statement: "Every non-terminal run is observed in every tick.",
  formal: "∀ tick t, run r: active(r, t) ⇒ ∃ observation of r in t",
  why:
    "Queued runs were skipped by the monitor's loop. One whose launcher died stayed queued for " +
    "ever, and no law about observations could say anything of it.",
  checks: [
    check<RunHostState>({
      system: runHost,
      kind: "step",
      breach: (before, action, after) => {
        if (!ends(before, action, after)) return null;
        const missed = after.tick.due.findIndex((due, run) => due && after.tick.asked[run] === false);
        if (missed === -1) return null;
        return `the tick ends and run ${missed} (${after.runs[missed]?.status ?? "?"}) was not looked at`;
      },
      witness: (before, action, after) =>
        ends(before, action, after) && before.runs.some((run, index) => isQueued(run.status, before, index)),
    }),
  ],
  mutants: [
    broken("queued is skipped", "the monitor lists the runs that were launched", { skipsQueued: true }),
    broken("blind ends the tick", "a gatherer that cannot see ends the tick for all", {
      blindEndsTick: true,
    }),
  ],
};

/** The tick ends in good order; a monitor that dies ends none. */
function ends(before: RunHostState, action: ActionInstance, after: RunHostState): boolean {
  return before.tick.open && !after.tick.open && action.name !== "crash";
}

function isQueued(status: string, state: RunHostState, run: number): boolean {
  return status === "queued" && state.tick.due[run] === true;
}

function broken(name: string, change: string, variant: RunHostVariant): Mutant {
  return { name, change, system: runHost, variant };
}

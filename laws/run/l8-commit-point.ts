/** L8: who listens hears of each change once, and only of what is in the log. */
import { type RunHostState, type RunHostVariant, runHost } from "../../spec/systems/run-host.js";
import { type Law, type Mutant, check } from "../law.js";
import { ofCommits, statusOf } from "./history.js";

export const commitPoint: Law = {
  id: "L8",
  title: "commit point",
  subject: "run",
  statement:
    "Each committed (status, reason) change fires exactly one listener call, after the append; " +
    "no-ops and failed appends fire none.",
  formal: "∀ reachable s, run r: calls(r) + owed(r) + lost(r) = changes(r)",
  why:
    "Listeners were called before the write, or only for some observations: issues were closed " +
    "for a status that never reached the log, and reason-only changes reached nobody.",
  history: [
    ofCommits(
      ({ run, commit: { effects } }) => {
        const set = effects.find((each) => each.type === "setStatus");
        if (set === undefined) return null;
        if (set.status !== run.view.status || set.reason !== run.view.reason) return null;
        return "a status is committed that the run has already: listeners hear of no change";
      },
      ({ commit }) => statusOf(commit) !== null,
    ),
  ],
  checks: [
    check<RunHostState>({
      system: runHost,
      kind: "invariant",
      breach: (state) => {
        for (const [index, { calls, lost, changes }] of state.runs.entries()) {
          const owed = owedTo(state, index);
          if (calls + owed + lost !== changes) {
            return (
              `run ${index}: ${calls} calls, ${owed} owed and ${lost} lost with their process, ` +
              `for ${changes} committed changes`
            );
          }
        }
        return null;
      },
      witness: ({ runs }) => runs.some(({ calls }) => calls > 1),
    }),
  ],
  mutants: [
    broken("call before the write", "listeners are called when the commit begins", { firesFirst: true }),
    broken("call twice", "the commit point and the monitor both call", { firesTwice: true }),
    broken("no-op calls", "an observation that changes nothing calls", { noopsFire: true }),
    broken("failed append calls", "a commit that could not be written calls", { failuresFire: true }),
  ],
};

/** Calls that a process which has appended still has to make. */
function owedTo(state: RunHostState, run: number): number {
  return state.committers.filter((each) => each.phase === "owing" && each.run === run).length;
}

function broken(name: string, change: string, variant: RunHostVariant): Mutant {
  return { name, change, system: runHost, variant };
}

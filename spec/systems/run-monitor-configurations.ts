/**
 * Configurations of the system `run-monitor`: the whole product is too large, so each leaves out
 * what the rules it is about do not read.
 *
 * Verdicts of absence read the streaks, who saw the run alive, wasAlive, the grace, the work tree,
 * the agent and the pull request, and no pane: `absence`. No rule reads more than two observers at
 * once, the speaker and the one that saw the run alive; a third one and the nameless channel matter
 * for the memory of streaks: `observers`, and `turns`, where all are remembered. Verdicts of a pane read the status, the reason, the
 * pane's hash and the reading, and no streak: `panes`; two hashes tell changed from unchanged, two
 * gates tell one from another. `prs` has all of them in their smallest form, for the rules that
 * come before them.
 */
import type { Configuration } from "../kernel/index.js";
import { type RunMonitorParameters, runMonitorParameters } from "./run-monitor-schema.js";

type Given = Partial<RunMonitorParameters>;

function configuration(
  name: string,
  purpose: string,
  given: { readonly small: Given; readonly default: Given; readonly deep: Given },
): Configuration<RunMonitorParameters> {
  const bounds = {
    small: runMonitorParameters.parse(given.small),
    default: runMonitorParameters.parse(given.default),
    deep: runMonitorParameters.parse(given.deep),
  };
  return { name, purpose, bounds };
}

const absence: Given = { observers: 2, grace: 1 };
const observers: Given = { observers: 2, nameless: true, grace: 0 };
const panes: Given = { observers: 1, grace: 0, absence: false, late: false, panes: "all" };
const prs: Given = { observers: 1, grace: 0, prs: "own", branchless: true };

export const runMonitorConfigurations: readonly Configuration<RunMonitorParameters>[] = [
  configuration("absence", "two observers report the run gone, and evidence decides", {
    small: absence,
    default: { ...absence, grace: 3, undated: true, user: true, exitAgent: true },
    deep: { ...absence, grace: 6, undated: true, user: true, launch: true, exitAgent: true },
  }),
  configuration("observers", "three observers and a channel without identity, more than are remembered", {
    small: { ...observers, observersMax: 2, late: false, exitAgent: true },
    default: { ...observers, observers: 3, observersMax: 2, exitAgent: true },
    deep: { ...observers, observers: 3, observersMax: 3, exitAgent: true },
  }),
  configuration("turns", "observers that take turns to report the run gone, all of them remembered", {
    small: { observers: 2, grace: 1, late: false },
    default: { observers: 3, grace: 1, late: false, user: true },
    deep: { observers: 3, nameless: true, grace: 2, late: false, user: true, exitAgent: true },
  }),
  configuration("panes", "one observer, everything a pane or an agent's API may say", {
    small: { ...panes, user: true, launch: true },
    default: { ...panes, hashes: 2, user: true, everyAssertion: true, launch: true },
    deep: { ...panes, hashes: 2, user: true, everyAssertion: true, launch: true, prs: "own" },
  }),
  configuration("prs", "pull requests of the run's own branch and of foreign ones", {
    small: { ...prs, late: false, prs: "foreign" },
    default: { ...prs, prs: "foreign", panes: "prompt", user: true, grace: 1 },
    deep: { ...prs, prs: "foreign", panes: "prompt", user: true, observers: 2 },
  }),
];

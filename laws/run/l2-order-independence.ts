/** L2: which channel speaks first does not decide how the run ends. */
import { type Law, check } from "../law.js";
import { type Effect, type State, deadChecks, hasOwnPr, isActive, pairOf, system } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

const inEveryOrder = check<State, Effect>({
  kind: "convergence",
  system,
  configuration: "prs",
  cases: (state, actions) => {
    const { log, world } = state;
    if (!isActive(log) || !hasOwnPr(state) || world.pr === "open" || world.session === "alive") return [];
    const fact = actions.get("prState", { sees: "outcome" }).id;
    const report = actions.get("report", { observer: "a", lookup: "branch" }).id;
    const scripts = Array.from({ length: deadChecks + 1 }, (_, place) => [
      ...Array.from({ length: place }, () => report),
      fact,
      ...Array.from({ length: deadChecks - place }, () => report),
    ]);
    return [{ label: `PR ${world.pr}, told before, between and after the reports`, scripts }];
  },
  breach: (outcomes) => {
    const ends = outcomes.map(({ end }) => end.log);
    const first = ends[0];
    if (first === undefined) return null;
    if (isActive(first)) return `the run ends in ${pairOf(first)}, which is not terminal`;
    const place = ends.findIndex((end) => end.status !== first.status);
    const other = ends[place];
    if (other === undefined) return null;
    const late = `${pairOf(other)} when it is told after ${place} reports`;
    return `${pairOf(first)} when the PR is told first, ${late}`;
  },
  witness: (outcomes) => outcomes.length > 1,
});

export const orderIndependence: Law = {
  id: "L2",
  title: "order independence",
  subject: "run",
  statement:
    "For one state of the world, every order of {PR fact, gone ×3 with fresh evidence} ends in " +
    "the same terminal status.",
  formal: "∀ π ∈ perm(pr, gone³·evidence): terminal(end(π)) ∧ end(π).status = end(id).status",
  why:
    "A session that ends right after its pull request was merged is reported by two channels. " +
    "When the dead session spoke first the run was failed for ever, and the merge that came a " +
    "second later was absorbed.",
  checks: [inEveryOrder],
  mutants: [
    mutant("evidence without PR", "evidence does not look at the run's pull request", "prs", {
      ...withGuards(() => ({ findsPr: () => false })),
    }),
    mutant("closed taken for merged", "evidence takes every pull request for a merged one", "prs", {
      ...withGuards(() => ({ findsPrThatIs: (_, { outcome }) => outcome === "merged" })),
    }),
  ],
};

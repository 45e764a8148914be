/** L12: a run's pull request is the one of its own branch. */
import type { Law } from "../law.js";
import { ofCommits } from "./history.js";
import { committedBy, inEach, pairOf } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

/** What a pull request sets; a pane captured with one may also be read. */
const restsOnPr: ReadonlySet<string> = new Set(["pr_open", "done", "canceled"]);

export const prOwnership: Law = {
  id: "L12",
  title: "PR ownership",
  subject: "run",
  statement: "A `pr` artifact is appended only if the PR's head branch is the run's non-empty branch.",
  formal:
    "recordPr ∈ effects ⇒ branch ≠ ∅ ∧ head(pr) = branch; and so is every status that rests on a PR",
  why:
    "A URL scraped from a pane was the pull request of somebody else. When that one was merged, " +
    "the run was folded to done and its issue was closed.",
  history: [
    ofCommits(
      ({ run, commit: { effects } }) =>
        run.view.branch === null && effects.some(({ type }) => type === "recordPr")
          ? "a pull request is recorded, and the run has no branch"
          : null,
      ({ commit: { effects } }) => effects.some(({ type }) => type === "recordPr"),
    ),
  ],
  checks: inEach(["prs"], {
    kind: "step",
    actions: ["prState", "prDiscovered", "verifiedPr", "report", "evidence"],
    breach: ({ log, world }, action, _, effects) => {
      if (log.branch !== null && world.prOwner === "owned") return null;
      const whose = log.branch === null ? "a run without a branch" : "a foreign branch";
      if (effects.some((effect) => effect.type === "recordPr"))
        return `${action.label} records a PR of ${whose}`;
      const verdict = committedBy(effects);
      if (verdict === null || !restsOnPr.has(verdict.status)) return null;
      if (action.name === "report" || action.name === "evidence") return null;
      return `${action.label} sets ${pairOf(verdict)} by a PR of ${whose}`;
    },
    witness: (_, __, after) => after.log.prRecorded,
  }),
  mutants: [
    mutant("foreign PR recorded", "the gatherer passes on any pull request it finds", "prs", {
      gatherer: { presentsPr: () => true },
    }),
    mutant("branch not asked for", "a run without a branch takes any pull request", "prs", {
      ...withGuards(() => ({ hasBranch: () => true })),
    }),
  ],
};

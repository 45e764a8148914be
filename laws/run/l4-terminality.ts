/** L4: what has ended stays as it is, until a person says otherwise. */
import { isTerminal } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import { ofCommits, statusOf } from "./history.js";
import { inEach, isActive, pairOf, samePair } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

/** Steps that are not observations: the memory of the monitor may change in them. */
const notObserved: ReadonlySet<string> = new Set(["restart", "mirror"]);

export const terminality: Law = {
  id: "L4",
  title: "terminality",
  subject: "run",
  statement: "A terminal run changes only on a user's assertion.",
  formal: "terminal(view) ∧ o ≠ asserted(user) ⇒ (view, core)′ = (view, core) ∧ effects = ∅",
  why:
    "A daemon that looked at a finished run again raised it from the dead, and a second " +
    "terminal status told the listeners a second end. Only a person may reopen what has ended.",
  history: [
    ofCommits(
      ({ run, commit: { event } }) => {
        if (!isTerminal(run.view.status)) return null;
        if (event.type === "status.asserted" && event.source === "user") return null;
        return `${event.type} is committed although it is ${pairOf(run.view)}`;
      },
      ({ run, commit }) => isTerminal(run.view.status) || isTerminal(statusOf(commit) ?? "queued"),
    ),
  ],
  checks: inEach(["absence", "panes", "prs"], {
    kind: "step",
    breach: (before, action, after, effects) => {
      if (isActive(before.log)) return null;
      if (action.name === "assert" && action.args["by"] === "user") return null;
      if (!samePair(before.log, after.log)) {
        return `${action.label} turns ${pairOf(before.log)} into ${pairOf(after.log)}`;
      }
      if (effects.length > 0) return `${action.label} has effects on ${pairOf(before.log)}`;
      if (before.run === after.run || notObserved.has(action.name)) return null;
      if (JSON.stringify(before.run) === JSON.stringify(after.run)) return null;
      return `${action.label} changes what is remembered of ${pairOf(before.log)}`;
    },
    witness: (before, action) => !isActive(before.log) && action.name === "alive",
  }),
  mutants: [
    mutant("reopened by the daemon", "anybody's assertion leaves a terminal status", "panes", {
      ...withGuards(() => ({ assertedBy: () => true })),
    }),
    mutant(
      "stop beside the commit point",
      "a stop is written to the log without the machine's word",
      "panes",
      {
        stopBeside: true,
      },
    ),
  ],
};

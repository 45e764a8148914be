/** L11b: only who saw it alive may say that it is dead. */
import { type RunContext, type RunScope, countReport } from "../../spec/run/index.js";
import { defaultRunPolicy } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import {
  committedBy,
  hasOwnPr,
  inEach,
  isActive,
  isAttested,
  nameOf,
  pairOf,
  speakerOf,
} from "./monitor.js";
import { believesAnybody, exitOnHearsay, mutant, withUpdates } from "./mutants.js";
import { needsAttestation } from "./scripts.js";

/** A broken update: who reports a run gone is taken for one who saw it. */
function reporterRemembered({ context, event }: RunScope): Partial<RunContext> {
  if (event.type !== "session.gone") return {};
  const deadStreaks = countReport(context.deadStreaks, event.observer, defaultRunPolicy);
  return { deadStreaks, aliveObserver: event.observer };
}

export const attestation: Law = {
  id: "L11b",
  title: "attestation",
  subject: "run",
  statement:
    "A terminal verdict from absence, or `session_lost`, comes from the observer that last saw " +
    "the run alive.",
  formal:
    "absence → v ∈ {failed, done, session_lost} by o ⇒ o ≠ null ∧ o = aliveObserver; only alive(o) sets it",
  why:
    "A worker came back with a foreign terminal socket, saw none of its sessions, and two live " +
    "runs were ended as failed. It had never seen either of them. An agent that exits when done " +
    "was ended as done on the same word.",
  checks: inEach(["absence", "observers"], {
    kind: "step",
    actions: ["alive", "gone", "report", "evidence"],
    breach: (before, action, after, effects) => {
      if (!isActive(before.log)) return null;
      const speaker = speakerOf(before, action);
      const seen = action.name === "alive" ? speaker : before.run.aliveObserver;
      if (after.run.aliveObserver !== seen) {
        const found = String(after.run.aliveObserver);
        return `after ${action.label} the witness of its life is ${found}, not ${String(seen)}`;
      }
      const verdict = committedBy(effects);
      if (verdict === null || action.name === "alive" || hasOwnPr(before)) return null;
      if (!needsAttestation(pairOf(verdict)) || isAttested(before, action)) return null;
      const last = String(before.run.aliveObserver);
      return `${pairOf(verdict)} on the word of ${nameOf(speaker)}; last seen alive by ${last}`;
    },
    witness: (before, action, _, effects) => {
      const verdict = committedBy(effects);
      return verdict !== null && needsAttestation(pairOf(verdict)) && isAttested(before, action);
    },
  }),
  mutants: [
    mutant(
      "any observer believed",
      "evidence counts whoever saw the run alive",
      "absence",
      believesAnybody,
    ),
    mutant(
      "exit-when-done on hearsay",
      "any observer ends a run of an agent that exits when done",
      "observers",
      {
        ...exitOnHearsay,
      },
    ),
    mutant(
      "reporter remembered",
      "who reports the run gone is taken for one who saw it alive",
      "absence",
      {
        ...withUpdates({ countGone: reporterRemembered }),
      },
    ),
  ],
};

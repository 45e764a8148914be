/** L14: a status that asks for a person says why. */
import { foldEffects } from "../../spec/run/index.js";
import { type Effect, reason } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import { ofCommits, statusOf } from "./history.js";
import { inEach } from "./monitor.js";
import { mutant } from "./mutants.js";

const vocabulary = new Map<string, boolean>();

function isKnown(word: string): boolean {
  const known = vocabulary.get(word) ?? reason.safeParse(word).success;
  vocabulary.set(word, known);
  return known;
}

function needsReason(status: string): boolean {
  return status === "unknown" || status === "failed";
}

function withoutReasonOfUnknown(effects: readonly Effect[]): readonly Effect[] {
  return effects.map((effect) =>
    effect.type === "setStatus" && effect.status === "unknown" ? { ...effect, reason: null } : effect,
  );
}

export const reasons: Law = {
  id: "L14",
  title: "reasons",
  subject: "run",
  statement: "Every `unknown` and `failed` carries a reason from the vocabulary.",
  formal: "status ∈ {unknown, failed} ⇒ reason ∈ vocabulary",
  why:
    "An agent's API said that a session was gone, and the run became unknown without a reason. " +
    "The operator could not tell whether to look at the host, the observer or the agent.",
  history: [
    ofCommits(
      ({ commit: { effects } }) => {
        const set = effects.find((each) => each.type === "setStatus");
        if (set === undefined || !needsReason(set.status) || set.reason !== null) return null;
        return `${set.status} without a reason`;
      },
      ({ commit }) => needsReason(statusOf(commit) ?? "queued"),
    ),
  ],
  checks: inEach(["absence", "observers", "panes", "prs"], {
    kind: "invariant",
    breach: ({ log: { status, reason: why } }) => {
      if (!needsReason(status)) return null;
      if (why === null) return `${status} without a reason`;
      return isKnown(why) ? null : `${status} with reason "${why}", which is not in the vocabulary`;
    },
    witness: ({ log }) => log.status === "unknown",
  }),
  mutants: [
    mutant("reasonless unknown", "the reason of unknown is dropped on its way to the log", "panes", {
      fold: (view, effects) => foldEffects(view, withoutReasonOfUnknown(effects)),
    }),
    mutant(
      "reasonless verdict of absence",
      "the reason of unknown is dropped on its way to the log",
      "absence",
      {
        effects: withoutReasonOfUnknown,
      },
    ),
  ],
};

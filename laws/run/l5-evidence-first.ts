/** L5: "gone" is a reason to look, not a verdict. */
import type { Law } from "../law.js";
import {
  type Effect,
  committedBy,
  deadChecks,
  inEach,
  isActive,
  nameOf,
  pairOf,
  samePair,
  speakerOf,
  streakOf,
} from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";

const sessionDead: Effect = {
  type: "setStatus",
  status: "failed",
  reason: "session_dead",
  source: "daemon",
  paneHash: null,
};

export const evidenceFirst: Law = {
  id: "L5",
  title: "evidence first",
  subject: "run",
  statement:
    '"Gone" never sets a status; evidence is asked for exactly when one observer\'s streak ' +
    "reaches the threshold, and stale evidence decides nothing.",
  formal: `gone(o) → (gather ⇔ streak′(o) ≥ ${deadChecks}); streak(o) < ${deadChecks}: evidence(o) = ∅`,
  why:
    "A session that is gone may have left a merged pull request or uncommitted work behind. " +
    "Runs were ended as failed because nobody looked, or because an answer to an old question " +
    "was taken for a new one.",
  checks: inEach(["absence", "observers", "prs"], {
    kind: "step",
    actions: ["gone", "report", "evidence"],
    breach: (before, action, after, effects) => {
      const speaker = speakerOf(before, action);
      if (action.name === "evidence") {
        const streak = streakOf(before.run, speaker);
        if (streak >= deadChecks || (effects.length === 0 && samePair(before.log, after.log)))
          return null;
        return `evidence of ${nameOf(speaker)} decides ${pairOf(after.log)} with a streak of ${streak}`;
      }
      const asks = effects[0]?.type === "gatherEvidence";
      const streak = streakOf(after.run, speaker);
      if (asks !== (isActive(before.log) && streak >= deadChecks)) {
        return `evidence is ${asks ? "" : "not "}asked for at a streak of ${streak} of ${nameOf(speaker)}`;
      }
      if (asks && action.name === "report") return null;
      const verdict = committedBy(effects);
      return verdict === null ? null : `"gone" of ${nameOf(speaker)} sets ${pairOf(verdict)}`;
    },
    witness: (_, action, __, effects) => action.name === "gone" && effects[0]?.type === "gatherEvidence",
  }),
  mutants: [
    mutant(
      "stale evidence decides",
      "evidence is believed whatever its observer reported since",
      "absence",
      {
        ...withGuards(() => ({ streakReached: () => true })),
      },
    ),
    mutant("asked too early", "evidence is asked for with the first report", "observers", {
      ...withGuards(() => ({ completesStreak: () => true })),
    }),
    mutant(
      "verdict without evidence",
      "a report that completes the streak is a verdict itself",
      "absence",
      {
        effects: (effects) =>
          effects.flatMap((effect): readonly Effect[] =>
            effect.type === "gatherEvidence" ? [effect, sessionDead] : [effect],
          ),
      },
    ),
  ],
};

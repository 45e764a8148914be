/** L11a: a streak is what one observer saw, not what several saw together. */
import { type RunContext, type RunScope } from "../../spec/run/index.js";
import type { DeadStreak } from "../../spec/vocabulary/index.js";
import type { Law } from "../law.js";
import { type Observer } from "../../spec/systems/run-monitor.js";
import { deadChecks, inEach, isActive, nameOf, speakerOf, streakOf } from "./monitor.js";
import { mutant, withUpdates } from "./mutants.js";

/** A broken update: a report counts on from the longest streak, whoever's it is. */
function pooled({ context, event }: RunScope): Partial<RunContext> {
  if (event.type !== "session.gone") return {};
  const longest = Math.max(0, ...context.deadStreaks.map(({ count }) => count));
  const others = context.deadStreaks.filter(({ observer }) => observer !== event.observer);
  const own: DeadStreak = { observer: event.observer, count: Math.min(longest + 1, deadChecks) };
  return { deadStreaks: [...others, own] };
}

/** A broken update: being seen alive by one observer forgets only that observer's reports. */
function ownStreakCleared({ context, event }: RunScope): Partial<RunContext> {
  if (event.type !== "session.alive") return {};
  return { deadStreaks: context.deadStreaks.filter(({ observer }) => observer !== event.observer) };
}

export const streakContinuity: Law = {
  id: "L11a",
  title: "streak continuity",
  subject: "run",
  statement: "A dead streak counts the reports of one observer only.",
  formal: `gone(o): streak′(o) = min(${deadChecks}, streak(o) + 1), others as they were or evicted; alive: ∅`,
  why:
    "Two observers, one of them on the wrong host, added their reports up to a verdict that " +
    "neither of them had seen often enough to give.",
  checks: inEach(["absence", "observers"], {
    kind: "step",
    actions: ["gone", "report", "alive"],
    breach: (before, action, after) => {
      if (!isActive(before.log)) return null;
      const streaks = after.run.deadStreaks;
      const speaker = speakerOf(before, action);
      if (action.name === "alive") {
        return streaks.length === 0
          ? null
          : `${nameOf(speaker)} sees it alive, ${streaks.length} streaks remain`;
      }
      for (const { observer, count } of streaks) {
        const earlier = streakOf(before.run, observer as Observer);
        const due = observer === speaker ? Math.min(earlier + 1, deadChecks) : earlier;
        if (count === due) continue;
        const whose = nameOf(observer as Observer);
        return `${whose} counts ${count} after a report of ${nameOf(speaker)}, before it ${earlier}`;
      }
      return streakOf(after.run, speaker) > 0 ? null : `the report of ${nameOf(speaker)} is not counted`;
    },
    witness: (before, action) =>
      action.name === "gone" &&
      before.run.deadStreaks.length > 0 &&
      streakOf(before.run, speakerOf(before, action)) === 0,
  }),
  mutants: [
    mutant("streak shared", "a report counts on from the longest streak, whoever's it is", "absence", {
      ...withUpdates({ countGone: pooled }),
    }),
    mutant(
      "only the own streak cleared",
      "being seen alive forgets only that observer's reports",
      "absence",
      {
        ...withUpdates({ clearStreaks: ownStreakCleared }),
      },
    ),
  ],
};

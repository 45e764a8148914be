/**
 * Consecutive "gone" reports, counted for each observer apart (L11a).
 *
 * Bounded: the least recently used observer is evicted, so more observers than the limit that take turns
 * never reach the threshold.
 */
import type { DeadStreak, RunPolicy } from "../vocabulary/run.js";

/** How often in a row this observer reported the run gone; 0 when it is not remembered. */
export function streakOf(streaks: readonly DeadStreak[], observer: string | null): number {
  return streaks.find((streak) => streak.observer === observer)?.count ?? 0;
}

/** One more report: its observer becomes the most recently used, its count saturates at the threshold. */
export function countReport(
  streaks: readonly DeadStreak[],
  observer: string | null,
  policy: Pick<RunPolicy, "deadChecks" | "observersMax">,
): readonly DeadStreak[] {
  const count = Math.min(streakOf(streaks, observer) + 1, policy.deadChecks);
  const others = streaks.filter((streak) => streak.observer !== observer);
  return [...others, { observer, count }].slice(-policy.observersMax);
}

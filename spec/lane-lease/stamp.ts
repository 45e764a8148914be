/** Ages: the one way in which stamps are compared. */
import type { Stamp } from "../vocabulary/lane.js";

/** Milliseconds, or `unknown`: nobody can tell, which is never the same as "young". */
export type Age = number | "unknown";

/** Compares two stamps. Variants of it are for models only. */
export type AgeOf = (stamp: Stamp, now: Stamp) => Age;

/**
 * How long ago `stamp` was, on monotonic time. `unknown` when it comes from another boot or from the future;
 * the wall clock is not looked at, so stepping it changes nothing.
 */
export const ageOf: AgeOf = (stamp, now) => {
  if (stamp.bootId !== now.bootId) return "unknown";
  const age = now.monotonicMs - stamp.monotonicMs;
  return age >= 0 ? age : "unknown";
};

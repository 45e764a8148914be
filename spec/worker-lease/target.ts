/** Which worker a target names. Decided before a lease is acquired, and never decided again (LL6). */
import type { localTargets } from "../vocabulary/worker.js";

/** The worker on the master's own host. */
export const masterWorker = 0;

/** Where an effect is to run: empty and `local` are the master's own host. */
export type Target = (typeof localTargets)[number] | number;

/** The one worker of a target. Whether it is active is not asked: no other worker takes its place. */
export function workerOf(target: Target): number {
  return target === "" || target === "local" ? masterWorker : target;
}

/** LL5. A claim about the worker's program, not about the order of events: no model can decide it. */
import type { PendingLaw } from "../law.js";

export const snapshotSufficiency: PendingLaw = {
  id: "LL5",
  title: "snapshot sufficiency",
  subject: "worker-lease",
  statement:
    "a worker executes an effect from the lease payload alone; it never reads its own store for a run the " +
    "master owns",
  formal: "result(effect) = f(payload)",
  why: "A worker looked a run up in its own store, which did not know it, and reported that it is gone.",
  checks: [],
  mutants: [],
  pending: "a worker that is given no store handle, and a run of every effect against an empty store",
};

/**
 * LL10. Completed leases leave once observed; of those nobody waits for, `retention` stay.
 *
 * A completed lease whose caller still waits counts with the open ones: it leaves with the next observation.
 */
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import type { FencedState } from "../../spec/systems/worker-plane-fenced-state.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { completed, show } from "./plane.js";

export const boundedRegistry: ModelLaw = {
  id: "LL10",
  title: "bounded registry",
  subject: "worker-lease",
  statement:
    "completed leases leave the registry once observed; its size is bounded by open leases + a named " +
    "retention",
  formal: "gotResult(l) ⇒ free(l); |{ l: completed(l) ∧ ¬waiting(l) }| ≤ retention",
  why: "Completed leases were never pruned: the registry of a long-lived master only grew.",
  checks: [
    check<FencedState>({
      system: workerPlaneFenced,
      kind: "step",
      clause: "an observed lease leaves",
      actions: ["observe"],
      breach: staysAfterObservation,
      witness: (before, action) => {
        const lease = before.leases[action.args["lease"] as number];
        return lease !== undefined && completed(lease);
      },
    }),
    check<FencedState>({
      system: workerPlaneFenced,
      kind: "invariant",
      clause: "no more than the retention stay",
      breach: tooManyStay,
      witness: (state) => retained(state) === state.policy.retention,
    }),
  ],
  mutants: [
    {
      name: "completed leases stay",
      change: "a lease stays in the registry after its caller got the result",
      system: workerPlaneFenced,
      variant: { rules: { forgetsObserved: false } } satisfies FencedVariant,
    },
    {
      name: "nothing is evicted",
      change: "completed leases that nobody waits for are kept without a limit",
      system: workerPlaneFenced,
      variant: { rules: { keeps: () => Number.MAX_SAFE_INTEGER } } satisfies FencedVariant,
    },
  ],
};

function staysAfterObservation(_before: FencedState, action: ActionInstance, after: FencedState): Breach {
  const index = action.args["lease"] as number;
  const lease = after.leases[index];
  if (lease === undefined || lease.phase === "free") return null;
  if (after.callers[index]?.waiter !== "gotResult") return null;
  return `the caller has the result of ${show(index, lease)}, which is still in the registry`;
}

function retained(state: FencedState): number {
  let count = 0;
  for (let index = 0; index < state.leases.length; index += 1) {
    const lease = state.leases[index];
    if (lease !== undefined && completed(lease) && state.callers[index]?.waiter !== "waiting") count += 1;
  }
  return count;
}

function tooManyStay(state: FencedState): Breach {
  const found = retained(state);
  if (found <= state.policy.retention) return null;
  const { retention } = state.policy;
  return `${found} completed leases that nobody waits for are kept, the retention is ${retention}`;
}

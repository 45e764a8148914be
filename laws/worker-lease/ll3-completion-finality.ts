/** LL3. A completed lease keeps its verdict until it leaves the registry. */
import { workerPlane } from "../../spec/systems/worker-plane.js";
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import { type Chart, type MachineVariant, changeChart } from "../../spec/systems/worker-plane-members.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { retryFailed, withTransitions } from "./changed-charts.js";
import { type PlaneState, completed, sameLease, show } from "./plane.js";

export const completionFinality: ModelLaw = {
  id: "LL3",
  title: "completion finality",
  subject: "worker-lease",
  statement: "a completed lease never changes; later acknowledgements are no-ops",
  formal: "completed(l) ⇒ l' = l ∨ free(l')",
  why: "An acknowledgement overwrote the verdict of a lease whose caller already had the first one.",
  checks: [
    check<PlaneState>({
      system: workerPlane,
      kind: "step",
      breach: changedAfterwards,
      witness: staysCompleted,
    }),
    check<PlaneState>({
      system: workerPlaneFenced,
      kind: "step",
      clause: "with several attempts in flight",
      breach: changedAfterwards,
      witness: (before, action, after) =>
        action.name === "acknowledge" && staysCompleted(before, action, after) && isLate(before, action),
    }),
  ],
  mutants: [
    {
      name: "acknowledge overwrites",
      change: "a completed lease accepts a second verdict",
      system: workerPlane,
      variant: { lease: (machine) => changeChart(machine, overwrite) } satisfies MachineVariant,
    },
    {
      name: "slow attempt overwrites",
      change: "a completed lease accepts the verdict of an older attempt",
      system: workerPlaneFenced,
      variant: { lease: (machine) => changeChart(machine, overwrite) } satisfies FencedVariant,
    },
    {
      name: "failure is retried",
      change: "a failed lease is dispatched again as long as attempts are left",
      system: workerPlane,
      variant: { lease: (machine) => changeChart(machine, retryFailed) } satisfies MachineVariant,
    },
  ],
};

/** The last verdict wins, whichever attempt it is of. */
function overwrite(chart: Chart): object {
  const verdict = [{ guard: "reportsSuccess", target: ".succeeded" }, { target: ".failed" }];
  return withTransitions(chart, "done", { "lease.acknowledged": verdict });
}

function staysCompleted(before: PlaneState, _action: ActionInstance, after: PlaneState): boolean {
  return before.leases.some((lease, index) => {
    const now = after.leases[index];
    return completed(lease) && now !== undefined && completed(now);
  });
}

/** The acknowledged lease was completed before. */
function isLate(before: PlaneState, action: ActionInstance): boolean {
  const lease = before.leases[action.args["lease"] as number];
  return lease !== undefined && completed(lease);
}

function changedAfterwards(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  if (before.leases === after.leases) return null;
  for (let index = 0; index < before.leases.length; index += 1) {
    const was = before.leases[index];
    const is = after.leases[index];
    if (was === undefined || is === undefined || was === is) continue;
    if (!completed(was) || is.phase === "free" || sameLease(was, is)) continue;
    return `${action.label} turns ${show(index, was)} into ${show(index, is)}`;
  }
  return null;
}

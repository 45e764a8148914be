/**
 * LL4. The registry is memory: a restart empties it and answers every waiting caller in the same step.
 *
 * That no run status is decided by lease state is not a claim about this model: the run machine has no event
 * that carries a lease.
 */
import { workerPlane } from "../../spec/systems/worker-plane.js";
import { type Chart, type MachineVariant, changeChart } from "../../spec/systems/worker-plane-members.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { withTransitions } from "./changed-charts.js";
import { type PlaneState, show } from "./plane.js";

export const amnesiaIsSafe: ModelLaw = {
  id: "LL4",
  title: "amnesia is safe",
  subject: "worker-lease",
  statement:
    "after a master restart every lease is gone; every caller of an old lease fails at once; no run status " +
    "is decided by lease state",
  formal: "masterRestart ⇒ ∀ l: free(l') ∧ (waiting(l) ⇒ gotLost(l')) ∧ ¬waiting(l')",
  why: "Callers of leases that a restarted master no longer knew hung until their wait budget was spent.",
  checks: [
    check<PlaneState>({
      system: workerPlane,
      kind: "step",
      clause: "a restart forgets every lease and answers every caller",
      actions: ["masterRestart"],
      breach: remembered,
      witness: (before) => before.callers.some((caller) => caller.waiter === "waiting"),
    }),
    check<PlaneState>({
      system: workerPlane,
      kind: "invariant",
      clause: "nobody waits for a lease that is gone",
      breach: waitsForNothing,
      witness: (state) => state.callers.some((caller) => caller.waiter === "waiting"),
    }),
  ],
  mutants: [
    {
      name: "leases survive the master's restart",
      change: "the registry is read back from somewhere, its leases go on",
      system: workerPlane,
      variant: {
        lease: (machine) =>
          changeChart(machine, (chart) => ({
            ...chart,
            on: { "lease.recycled": chart.on?.["lease.recycled"] },
          })),
      } satisfies MachineVariant,
    },
    {
      name: "waiter not told",
      change: "a caller that waits does not learn that the lease is gone",
      system: workerPlane,
      variant: { caller: (machine) => changeChart(machine, withWaiting({})) } satisfies MachineVariant,
    },
    {
      name: "restart reported as a result",
      change: "a caller takes the end of its wait for a verdict",
      system: workerPlane,
      variant: {
        caller: (machine) =>
          changeChart(machine, withWaiting({ target: "answered.gotResult", actions: "endWait" })),
      } satisfies MachineVariant,
    },
  ],
};

function withWaiting(restarted: object): (chart: Chart) => object {
  return (chart) => withTransitions(chart, "waiting", { "master.restarted": restarted });
}

function remembered(before: PlaneState, _action: ActionInstance, after: PlaneState): Breach {
  for (let index = 0; index < after.leases.length; index += 1) {
    const lease = after.leases[index];
    const was = before.callers[index]?.waiter;
    const is = after.callers[index]?.waiter;
    if (lease === undefined) continue;
    if (lease.phase !== "free" || lease.worker !== null || lease.count !== 0) {
      return `the restarted master still knows ${show(index, lease)}`;
    }
    if (was === "waiting" && is !== "gotLost") {
      return `the waiting caller of lease ${index} has ${String(is)}`;
    }
    if (is === "waiting") return `the caller of lease ${index} waits after the restart`;
  }
  return null;
}

function waitsForNothing(state: PlaneState): Breach {
  for (let index = 0; index < state.callers.length; index += 1) {
    if (state.callers[index]?.waiter === "waiting" && state.leases[index]?.phase === "free") {
      return `the caller of lease ${index} waits, and the master has no such lease`;
    }
  }
  return null;
}

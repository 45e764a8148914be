/** LL2. A dispatch expires at an age above the TTL; until then it is the only one that is handed out. */
import { workerPlane } from "../../spec/systems/worker-plane.js";
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import { type MachineVariant, changeChart } from "../../spec/systems/worker-plane-members.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { retryFailed, withTransitions } from "./changed-charts.js";
import { type PlaneLease, type PlaneState, show } from "./plane.js";

export const dispatchMonotonicity: ModelLaw = {
  id: "LL2",
  title: "dispatch monotonicity",
  subject: "worker-lease",
  statement:
    "the dispatch count never falls; re-dispatch only after expiry; the intervals (dispatchedAt, " +
    "expiresAt] of one lease are disjoint",
  formal: "dispatch(l) ⇒ count' = count + 1 ∧ (phase = pending ∨ (phase = dispatched ∧ age > dispatchTtl))",
  why: "An effect that takes longer than the dispatch TTL was handed out and executed twice.",
  checks: [
    check<PlaneState>({
      system: workerPlane,
      kind: "step",
      breach: handedOutWrongly,
      witness: handedOutAgain,
    }),
    check<PlaneState>({
      system: workerPlaneFenced,
      kind: "step",
      clause: "with several attempts in flight",
      breach: handedOutWrongly,
      witness: handedOutAgain,
    }),
    check<PlaneState>({
      system: workerPlaneFenced,
      kind: "step",
      clause: "only a beat of the running dispatch extends its interval",
      breach: extendedWrongly,
      witness: (before, action) =>
        action.name === "progress" && (leaseOf(before, action)?.dispatchAge ?? 0) > 0,
    }),
  ],
  mutants: [
    {
      name: "dispatch before expiry",
      change: "a dispatched lease is handed out again at any age",
      system: workerPlane,
      variant: {
        lease: (machine) => machine.provide({ guards: { dispatchExpired: () => true } }),
      } satisfies MachineVariant,
    },
    {
      name: "completed lease is handed out",
      change: "a failed lease is dispatched again as long as attempts are left",
      system: workerPlane,
      variant: { lease: (machine) => changeChart(machine, retryFailed) } satisfies MachineVariant,
    },
    {
      name: "attempt number reused",
      change: "the next attempt gets the number of the one before it",
      system: workerPlane,
      variant: {
        lease: (machine) =>
          changeChart(machine, (chart) =>
            withTransitions(chart, "dispatched", {
              "lease.dispatched": {
                guard: "dispatchExpired",
                target: "dispatched",
                actions: "renewDispatch",
              },
            }),
          ),
      } satisfies MachineVariant,
    },
    {
      name: "any attempt's progress counts",
      change: "a beat of an older, slow attempt extends the interval of the current one",
      system: workerPlaneFenced,
      variant: {
        lease: (machine) => machine.provide({ guards: { progressOfCurrentDispatch: () => true } }),
      } satisfies FencedVariant,
    },
  ],
};

function leaseOf(state: PlaneState, action: ActionInstance): PlaneLease | undefined {
  return state.leases[action.args["lease"] as number];
}

function handedOutAgain(before: PlaneState, action: ActionInstance): boolean {
  return action.name === "dispatch" && leaseOf(before, action)?.phase === "dispatched";
}

function handedOutWrongly(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  if (before.leases === after.leases) return null;
  for (let index = 0; index < before.leases.length; index += 1) {
    const was = before.leases[index];
    const is = after.leases[index];
    if (was === undefined || is === undefined || was === is || is.phase === "free") continue;
    if (was.phase === "free") {
      if (is.count !== 0) return `${show(index, is)} is acquired with a dispatch count`;
      continue;
    }
    const handedOut = action.name === "dispatch" && action.args["lease"] === index;
    if (!handedOut) {
      if (is.count === was.count) continue;
      return `${action.label} changes the count of ${show(index, was)} to ${is.count}`;
    }
    if (is.count !== was.count + 1) return `the dispatch of ${show(index, was)} gets the number ${is.count}`;
    if (was.phase === "pending") continue;
    if (was.phase !== "dispatched") return `${show(index, was)} is handed out after its completion`;
    if (was.dispatchAge <= before.policy.dispatchTtl) {
      return `${show(index, was)} is handed out again before its expiry above ${before.policy.dispatchTtl}`;
    }
  }
  return null;
}

function extendedWrongly(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  if (before.leases === after.leases) return null;
  for (let index = 0; index < before.leases.length; index += 1) {
    const was = before.leases[index];
    const is = after.leases[index];
    if (was === undefined || is === undefined || was === is) continue;
    if (was.phase !== "dispatched" || is.phase !== "dispatched") continue;
    if (is.dispatchAge >= was.dispatchAge) continue;
    const own = action.args["lease"] === index;
    if (own && action.name === "dispatch") continue;
    if (own && action.name === "progress" && action.args["attempt"] === was.count) continue;
    return `${action.label} makes ${show(index, was)} younger: age ${is.dispatchAge}`;
  }
  return null;
}

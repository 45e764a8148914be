/**
 * LL1. Three clauses: the age of a silent worker only grows; time does not pass while a caller has an
 * answer to see (a poll is short against a tick); and, counted in ticks, a crash is seen within the TTL.
 */
import { workerPlane } from "../../spec/systems/worker-plane.js";
import { type MachineVariant, changeChart } from "../../spec/systems/worker-plane-members.js";
import type { ActionInstance, Model } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { withTransitions } from "./changed-charts.js";
import { type PlaneState, active, completed, show } from "./plane.js";

export const livenessDetection: ModelLaw = {
  id: "LL1",
  title: "liveness detection",
  subject: "worker-lease",
  statement:
    "a dead worker is seen as inactive within the heartbeat TTL; no wait outlives an inactive worker by " +
    "more than one poll",
  formal: "crash(w) ⇝[≤ heartbeatTtl + 1 ticks] ¬active(w); tick ⇒ ¬∃ l: waiting(l) ∧ answerDue(l)",
  why: "Callers waited ten minutes for dead workers: a hanging call had silenced the heartbeats.",
  checks: [
    check<PlaneState>({
      system: workerPlane,
      kind: "step",
      clause: "only a worker's own sign of life makes it young",
      breach: agesUntilSignOfLife,
      witness: (before, action) => action.name === "tick" && before.workers.some(deadButKnown),
    }),
    check<PlaneState>({
      system: workerPlane,
      kind: "step",
      clause: "time stands still while a caller has an answer to see",
      actions: ["tick"],
      breach: outlivedWait,
      witness: (before) => before.callers.some((caller) => caller.waiter === "waiting"),
    }),
    check<PlaneState>({
      system: workerPlane,
      configuration: "one-lease",
      kind: "response",
      clause: "a crash is seen within the TTL",
      symmetric: false,
      within: (model: Model) => Number(model.parameters["heartbeatTtl"]) + 1,
      unit: "ticks",
      starts: (_before, action) => action.name === "crash" && action.args["worker"] === 0,
      answered: (_before, _action, after) => !active(after, 0) || after.workers[0]?.process === "up",
      counts: (_before, action) => action.name === "tick",
      breach: (state, counted) =>
        `worker 0 is down and still active ${counted} ticks after its crash ` +
        `(last beat ${state.workers[0]?.beatAge ?? 0} ticks ago, TTL ${state.policy.heartbeatTtl})`,
    }),
  ],
  mutants: [
    {
      name: "wait ignores worker liveness",
      change: "a waiting caller looks at the verdict and at its budget, not at the worker",
      system: workerPlane,
      variant: {
        caller: (machine) => machine.provide({ guards: { workerLost: () => false } }),
      } satisfies MachineVariant,
    },
    {
      name: "wait ignores the verdict",
      change: "a waiting caller does not see that its lease is completed",
      system: workerPlane,
      variant: {
        caller: (machine) => machine.provide({ guards: { leaseCompleted: () => false } }),
      } satisfies MachineVariant,
    },
    {
      name: "crash counts as a heartbeat",
      change: "the end of the process refreshes the registration",
      system: workerPlane,
      variant: {
        worker: (machine) =>
          changeChart(machine, (chart) =>
            withTransitions(chart, "up", { "worker.crashed": { target: "down", actions: "recordBeat" } }),
          ),
      } satisfies MachineVariant,
    },
    {
      name: "crash keeps the heartbeat young",
      change: "a worker that is down does not age",
      system: workerPlane,
      configuration: "one-lease",
      variant: {
        worker: (machine) =>
          changeChart(machine, (chart) =>
            withTransitions(chart, "down", {
              "clock.ticked": { guard: "isRegistered", actions: "recordBeat" },
            }),
          ),
      } satisfies MachineVariant,
    },
  ],
};

function deadButKnown(worker: PlaneState["workers"][number]): boolean {
  return worker.process === "down" && worker.registered;
}

function agesUntilSignOfLife(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  const ticks = action.name === "tick";
  if (!ticks && before.workers === after.workers) return null;
  for (let index = 0; index < before.workers.length; index += 1) {
    const was = before.workers[index];
    const is = after.workers[index];
    if (was === undefined || is === undefined || (was === is && !ticks)) continue;
    if (!was.registered && !is.registered) continue;
    const oldest = before.policy.heartbeatTtl + 1;
    if (ticks) {
      if (is.registered && is.beatAge === Math.min(was.beatAge + 1, oldest)) continue;
      return `worker ${index}: a tick takes the age of its last beat from ${was.beatAge} to ${is.beatAge}`;
    }
    const younger = is.registered && (!was.registered || is.beatAge < was.beatAge);
    if (younger && !signOfLife(action, index)) {
      return `worker ${index}: ${action.label} makes its last beat ${was.beatAge - is.beatAge} ticks younger`;
    }
  }
  return null;
}

function signOfLife(action: ActionInstance, worker: number): boolean {
  if (action.args["worker"] !== worker) return false;
  return action.name === "start" || action.name === "heartbeat" || action.name === "register";
}

function outlivedWait(before: PlaneState): Breach {
  for (let index = 0; index < before.callers.length; index += 1) {
    const caller = before.callers[index];
    const lease = before.leases[index];
    if (caller === undefined || lease === undefined || caller.waiter !== "waiting") continue;
    if (completed(lease)) return `time passes although ${show(index, lease)} has a verdict for its caller`;
    if (!active(before, lease.worker)) {
      return `time passes although the worker of ${show(index, lease)} is not active: its caller waits`;
    }
    if (caller.waitAge > before.policy.waitBudget) {
      return `the caller of ${show(index, lease)} waits on after ${caller.waitAge} ticks`;
    }
  }
  return null;
}

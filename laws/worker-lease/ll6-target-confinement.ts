/** LL6. The target decides the worker before the lease exists, and nothing decides it again. */
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import type { FencedState } from "../../spec/systems/worker-plane-fenced-state.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type PlaneState, active, show } from "./plane.js";

export const targetConfinement: ModelLaw = {
  id: "LL6",
  title: "target confinement",
  subject: "worker-lease",
  statement:
    "every start resolves its worker before acquire; an empty or `local` target is the master's own host; " +
    "no fallback to another worker",
  formal: "acquire(l, t) ⇒ worker(l') = resolve(t) ∧ active(resolve(t)); worker(l') = worker(l) until free(l')",
  why: "A run without a target started on whichever worker had beaten last, on the wrong host.",
  checks: [
    check<PlaneState>({
      system: workerPlaneFenced,
      configuration: "targets",
      kind: "step",
      clause: "a lease is acquired for the worker of its target",
      actions: ["acquire"],
      breach: acquiredElsewhere,
      witness: (before, action) => isLocal(action) && active(before, 0) && active(before, 1),
    }),
    check<PlaneState>({
      system: workerPlaneFenced,
      configuration: "targets",
      kind: "step",
      clause: "a lease keeps its worker",
      breach: moved,
      witness: (before, action) =>
        action.name === "dispatch" && before.leases.some((lease) => lease.phase === "dispatched"),
    }),
  ],
  mutants: [
    {
      name: "fallback to another worker",
      change: "when the worker of the target is not active, any active one takes its place",
      system: workerPlaneFenced,
      configuration: "targets",
      variant: {
        rules: {
          resolve: (state, target) => {
            const wanted = typeof target === "number" ? target : 0;
            return active(state, wanted) ? wanted : anyActive(state, wanted);
          },
        },
      } satisfies FencedVariant,
    },
    {
      name: "empty target is anybody",
      change: "an empty target is the worker with the most recent heartbeat",
      system: workerPlaneFenced,
      configuration: "targets",
      variant: {
        rules: {
          resolve: (state, target) => {
            if (target === "") return youngest(state);
            return target === "local" ? 0 : target;
          },
        },
      } satisfies FencedVariant,
    },
    {
      name: "re-dispatch moves",
      change: "an expired dispatch is handed to another worker when its own is not active",
      system: workerPlaneFenced,
      configuration: "targets",
      variant: {
        rules: {
          handTo: (state, lease) => {
            const own = state.leases[lease]?.worker ?? 0;
            return active(state, own) ? own : anyActive(state, own);
          },
        },
      } satisfies FencedVariant,
    },
  ],
};

function anyActive(state: FencedState, otherwise: number): number {
  const found = state.workers.findIndex((_, worker) => active(state, worker));
  return found === -1 ? otherwise : found;
}

function youngest(state: FencedState): number {
  let best = 0;
  state.workers.forEach((worker, index) => {
    const bestAge = active(state, best) ? (state.workers[best]?.beatAge ?? Infinity) : Infinity;
    if (active(state, index) && worker.beatAge < bestAge) best = index;
  });
  return best;
}

function isLocal(action: ActionInstance): boolean {
  return action.args["target"] === "" || action.args["target"] === "local";
}

function acquiredElsewhere(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  const index = action.args["lease"] as number;
  const lease = after.leases[index];
  if (lease === undefined) return null;
  const target = action.args["target"];
  const wanted = target === "" || target === "local" ? 0 : target;
  if (lease.worker !== wanted) {
    return `target ${JSON.stringify(target)} is worker ${String(wanted)}, ${show(index, lease)} is acquired`;
  }
  if (active(before, lease.worker)) return null;
  return `${show(index, lease)} is acquired for a worker that is not active`;
}

function moved(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  if (before.leases === after.leases) return null;
  for (let index = 0; index < before.leases.length; index += 1) {
    const was = before.leases[index];
    const is = after.leases[index];
    if (was === undefined || is === undefined || was === is) continue;
    if (was.phase === "free" || is.phase === "free" || was.worker === is.worker) continue;
    return `${action.label} moves ${show(index, was)} to worker ${String(is.worker)}`;
  }
  return null;
}

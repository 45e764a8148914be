/**
 * The worker plane with attempts in flight, targets, effects that read or mutate, progress, and retention.
 *
 * Bounds: two leases, since LL9 and LL10 speak of pairs; two attempts, since LL8 tells the current one from
 * an older one; one worker, and two in `targets`, where LL6 needs a second one to fall back to. Ages of a
 * tick or two tell young from old; in `small` a beat is good for its own tick only. The second run of
 * `default` is there to be left alone. `deep` widens ages and attempts.
 *
 * Faults: a worker crashes, leaves, falls silent or is slow, so that several attempts of one lease execute
 * and end in any order; acknowledgements arrive late; progress beats are missing; callers time out and
 * leave; the master restarts. Not modelled: an effect that runs on after its lease left the registry (its
 * acknowledgement names an unknown id; LL9 is about leases, not about what such an orphan still does);
 * messages lost or doubled between master and worker; a registry of more than `leases` entries.
 */
import { type BuildOptions, type Model, type System, canonize } from "../kernel/index.js";
import { isOpen } from "../vocabulary/worker.js";
import type { LeaseAccess } from "../vocabulary/worker.js";
import { workerOf } from "../worker-lease/index.js";
import {
  type Plane,
  type Rules,
  acknowledge,
  acquire,
  attemptSets,
  dispatch,
  drop,
  leave,
  masterRestart,
  observe,
  progress,
  recycle,
  tick,
} from "./worker-plane-fenced-actions.js";
import {
  type FencedParameters,
  type FencedState,
  fencedParameters,
  fencedSchema,
  policyOf,
} from "./worker-plane-fenced-state.js";
import {
  type MachineVariant,
  at,
  callerMember,
  indices,
  leaseMember,
  workerMember,
} from "./worker-plane-members.js";
import { workerActions } from "./worker-plane-workers.js";

/** Broken parts for mutants. */
export type FencedVariant = MachineVariant & { readonly rules?: Partial<Rules> };

const defaults = fencedParameters.parse({});
const targets: FencedParameters = { ...defaults, workers: 2, leases: 1 };

export const workerPlaneFenced: System<FencedParameters, FencedVariant, FencedState> = {
  name: "worker-plane-fenced",
  title: "Slow workers, repeated dispatches and late acknowledgements",
  parameters: fencedParameters,
  configurations: [
    {
      name: "",
      purpose: "two leases on one worker, of one run or of two",
      bounds: {
        small: { ...defaults, heartbeatTtl: 0, waitBudget: 0 },
        default: { ...defaults, runs: 2, dispatchTtl: 2, waitBudget: 2 },
        deep: { ...defaults, runs: 2, dispatchMax: 3, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 },
      },
    },
    {
      name: "targets",
      purpose: "the master's own worker and another one",
      bounds: {
        small: targets,
        default: { ...targets, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 },
        deep: { ...targets, dispatchMax: 3, heartbeatTtl: 3, dispatchTtl: 3, waitBudget: 6 },
      },
    },
  ],
  build,
};

const accesses: readonly LeaseAccess[] = ["read", "mutate"];

const rightRules: Rules = {
  resolve: (_state, target) => workerOf(target),
  handTo: (state, lease) => at(state.leases, lease).worker ?? 0,
  mutates: (state, lease) => {
    const { phase, access } = at(state.leases, lease);
    return access === "mutate" && isOpen(phase);
  },
  forgetsObserved: true,
  keeps: (state) => state.policy.retention,
};

function build(
  parameters: FencedParameters,
  variant: FencedVariant = {},
  options: BuildOptions = {},
): Model<FencedState> {
  const domain = { workers: parameters.workers, accesses, runs: indices(parameters.runs) };
  const plane: Plane = {
    parameters,
    worker: workerMember(parameters, variant, options),
    lease: leaseMember(parameters, domain, variant, options),
    caller: callerMember(parameters, variant, options),
    accesses,
    rules: { ...rightRules, ...variant.rules },
    attempts: attemptSets(parameters.dispatchMax),
  };
  return {
    name: workerPlaneFenced.name,
    parameters,
    schema: fencedSchema(parameters),
    initial: [initialOf(plane)],
    actions: [
      ...workerActions<FencedState>(plane.worker, parameters.workers, (state, worker) =>
        drop(plane, state, worker),
      ),
      acquire(plane),
      dispatch(plane),
      progress(plane),
      acknowledge(plane),
      observe(plane),
      leave(plane),
      recycle(plane),
      masterRestart(plane),
      tick(plane),
    ],
    machines: [plane.worker.machine, plane.lease.machine, plane.caller.machine],
  };
}

function initialOf({ parameters, worker, lease, caller, attempts }: Plane): FencedState {
  return {
    workers: indices(parameters.workers).map(() => worker.initial),
    leases: indices(parameters.leases).map(() => lease.initial),
    callers: indices(parameters.leases).map(() => caller.initial),
    work: indices(parameters.leases).map(() => at(attempts, 0)),
    policy: canonize(policyOf(parameters)),
  };
}

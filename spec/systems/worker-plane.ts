/**
 * The reference model of the worker plane: workers, leases, who waits for them, and a clock of ages.
 *
 * Two of each suffice for LL1–LL4: every law speaks of one lease, its worker and its caller; the second of
 * each is there to interfere. Dispatches of one lease are bounded; ages saturate one past their limit.
 *
 * Faults: a worker crashes, leaves, falls silent or is slow; the master restarts and forgets; callers are
 * lost or time out; a dispatch expires and is repeated. Not modelled: several attempts executing at once and
 * late acknowledgements of older ones, targets, effects and progress (see `worker-plane-fenced`); lost or
 * reordered messages between master and worker.
 */
import { z } from "zod";

import {
  type ActionFamily,
  type BuildOptions,
  type Model,
  type System,
  canonize,
  defineAction,
  idOf,
  indexedBy,
  replaceAt,
} from "../kernel/index.js";
import { isCompleted } from "../vocabulary/worker.js";
import {
  type CallerRecord,
  type LeaseRecord,
  type WorkerRecord,
  callerSchema,
  isActive,
  leaseSchema,
  workerSchema,
} from "../worker-lease/index.js";
import {
  type CallerMember,
  type LeaseMember,
  type MachineVariant,
  type WorkerMember,
  type WorkerPlanePolicy,
  at,
  callerMember,
  fireAll,
  indices,
  leaseMember,
  workerMember,
} from "./worker-plane-members.js";
import { workerActions } from "./worker-plane-workers.js";

/** The worker's side of a lease: it has the effect in hand. */
export interface WorkRecord {
  readonly executing: boolean;
}

/** Callers and work belong to the lease of the same place. */
export interface WorkerPlaneState {
  readonly workers: readonly WorkerRecord[];
  readonly leases: readonly LeaseRecord[];
  readonly callers: readonly CallerRecord[];
  readonly work: readonly WorkRecord[];
  /** Constant. */
  readonly policy: WorkerPlanePolicy;
}

const ticks = z.int().min(1).max(14);

/** Bounds of the model; ages are in ticks. */
export const workerPlaneParameters = z.strictObject({
  workers: z.int().min(1).max(3).default(2),
  leases: z.int().min(1).max(3).default(2),
  dispatchMax: z.int().min(1).max(7).default(2),
  heartbeatTtl: ticks.default(2),
  dispatchTtl: ticks.default(2),
  waitBudget: ticks.default(3),
});
/** Parsed values of `workerPlaneParameters`. */
export type WorkerPlaneParameters = z.infer<typeof workerPlaneParameters>;

const defaults = workerPlaneParameters.parse({});
const oneLease: WorkerPlaneParameters = { ...defaults, leases: 1 };
const longer = { heartbeatTtl: 3, dispatchTtl: 3, waitBudget: 4 };

export const workerPlane: System<WorkerPlaneParameters, MachineVariant, WorkerPlaneState> = {
  name: "worker-plane",
  title: "A master hands leases to workers that crash, fall silent and return",
  parameters: workerPlaneParameters,
  configurations: [
    {
      name: "",
      purpose: "the reference model",
      bounds: { small: oneLease, default: defaults, deep: { ...defaults, ...longer } },
    },
    {
      name: "one-lease",
      purpose: "responses within a bound, for which the search keeps a count with each state",
      bounds: { small: { ...oneLease, workers: 1 }, default: oneLease, deep: { ...oneLease, ...longer } },
    },
  ],
  build,
};

interface Plane {
  readonly parameters: WorkerPlaneParameters;
  readonly worker: WorkerMember;
  readonly lease: LeaseMember;
  readonly caller: CallerMember;
  readonly resting: WorkRecord;
  readonly executing: WorkRecord;
}

function build(
  parameters: WorkerPlaneParameters,
  variant: MachineVariant = {},
  options: BuildOptions = {},
): Model<WorkerPlaneState> {
  const domain = { workers: parameters.workers, accesses: [null], runs: [null] };
  const plane: Plane = {
    parameters,
    worker: workerMember(parameters, variant, options),
    lease: leaseMember(parameters, domain, variant, options),
    caller: callerMember(parameters, variant, options),
    resting: canonize({ executing: false }),
    executing: canonize({ executing: true }),
  };
  return {
    name: workerPlane.name,
    parameters,
    schema: schemaOf(parameters),
    initial: [initialOf(plane)],
    actions: [
      ...workerActions<WorkerPlaneState>(plane.worker, parameters.workers, (state, worker) =>
        drop(plane, state, worker),
      ),
      acquire(plane),
      dispatch(plane),
      acknowledge(plane),
      lateAcknowledge(plane),
      observe(plane),
      recycle(plane),
      masterRestart(plane),
      tick(plane),
    ],
    machines: [plane.worker.machine, plane.lease.machine, plane.caller.machine],
  };
}

function schemaOf(parameters: WorkerPlaneParameters): z.ZodType<WorkerPlaneState> {
  const { workers, leases, dispatchMax, heartbeatTtl, dispatchTtl, waitBudget } = parameters;
  const worker = idOf("worker", indices(workers), z.int().min(0).max(workers - 1).nullable());
  const lease = leaseSchema(parameters, { worker, access: z.literal(null), run: z.literal(null) });
  return z.strictObject({
    workers: indexedBy("worker", z.array(workerSchema(parameters)).length(workers)),
    leases: indexedBy("lease", z.array(lease).length(leases)),
    callers: indexedBy("lease", z.array(callerSchema(parameters)).length(leases)),
    work: indexedBy("lease", z.array(z.strictObject({ executing: z.boolean() })).length(leases)),
    policy: z.strictObject({
      dispatchMax: z.literal(dispatchMax),
      heartbeatTtl: z.literal(heartbeatTtl),
      dispatchTtl: z.literal(dispatchTtl),
      waitBudget: z.literal(waitBudget),
    }),
  });
}

function initialOf({ parameters, worker, lease, caller, resting }: Plane): WorkerPlaneState {
  const { workers, leases, dispatchMax, heartbeatTtl, dispatchTtl, waitBudget } = parameters;
  return {
    workers: indices(workers).map(() => worker.initial),
    leases: indices(leases).map(() => lease.initial),
    callers: indices(leases).map(() => caller.initial),
    work: indices(leases).map(() => resting),
    policy: canonize({ dispatchMax, heartbeatTtl, dispatchTtl, waitBudget }),
  };
}

/** What the worker had in hand is lost. */
function drop(plane: Plane, state: WorkerPlaneState, worker: number): WorkerPlaneState {
  let work = state.work;
  for (let index = 0; index < work.length; index += 1) {
    if (at(work, index).executing && at(state.leases, index).worker === worker) {
      work = replaceAt(work, index, plane.resting);
    }
  }
  return work === state.work ? state : { ...state, work };
}

function workerIsActive(state: WorkerPlaneState, worker: number | null): boolean {
  return worker !== null && isActive(at(state.workers, worker), state.policy.heartbeatTtl);
}

function workerIsUp(state: WorkerPlaneState, worker: number | null): boolean {
  return worker !== null && at(state.workers, worker).process === "up";
}

type Family = ActionFamily<WorkerPlaneState>;

function acquire(plane: Plane): Family {
  const { lease, caller, parameters } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "acquire",
    over: { lease: indices(parameters.leases), worker: indices(parameters.workers) },
    next: (state, args) => {
      const active = workerIsActive(state, args.worker);
      const event = lease.acquire(args.worker, 0, 0, active, false);
      const step = lease.fire(at(state.leases, args.lease), event);
      if (step.taken === -1) return null;
      const waiting = caller.fire(at(state.callers, args.lease), caller.acquire).next;
      return {
        workers: state.workers,
        leases: replaceAt(state.leases, args.lease, step.next),
        callers: replaceAt(state.callers, args.lease, waiting),
        work: state.work,
        policy: state.policy,
      };
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

function dispatch(plane: Plane): Family {
  const { lease, executing, parameters } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "dispatch",
    over: { lease: indices(parameters.leases) },
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      const ready = workerIsUp(state, record.worker) && workerIsActive(state, record.worker);
      const step = lease.fire(record, ready ? lease.dispatch.yes : lease.dispatch.no);
      if (step.taken === -1) return null;
      return {
        workers: state.workers,
        leases: replaceAt(state.leases, args.lease, step.next),
        callers: state.callers,
        work: replaceAt(state.work, args.lease, executing),
        policy: state.policy,
      };
    },
    actors: (args) => ["master", `lease ${args.lease}`],
  });
}

/** The verdict of the effect in hand. It names the newest attempt: here an older one never executes. */
function acknowledge(plane: Plane): Family {
  const { lease, resting, parameters } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "acknowledge",
    over: { lease: indices(parameters.leases), ok: [false, true] },
    next: (state, args) => {
      if (!at(state.work, args.lease).executing) return null;
      const record = at(state.leases, args.lease);
      if (!workerIsUp(state, record.worker)) return null;
      const events = at(lease.acknowledge, record.count);
      const step = lease.fire(record, args.ok ? events.yes : events.no);
      if (step.taken === -1) return null;
      return {
        workers: state.workers,
        leases: replaceAt(state.leases, args.lease, step.next),
        callers: state.callers,
        work: replaceAt(state.work, args.lease, resting),
        policy: state.policy,
      };
    },
    actors: (args) => [`lease ${args.lease}`, "master"],
  });
}

/** A second verdict for a completed lease. The right machine ignores it, so it is never enabled. */
function lateAcknowledge(plane: Plane): Family {
  const { lease, parameters } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "lateAcknowledge",
    over: { lease: indices(parameters.leases), ok: [false, true] },
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      if (!isCompleted(record.phase) || !workerIsUp(state, record.worker)) return null;
      const events = at(lease.acknowledge, record.count);
      const step = lease.fire(record, args.ok ? events.yes : events.no);
      if (step.taken === -1) return null;
      return { ...state, leases: replaceAt(state.leases, args.lease, step.next) };
    },
    actors: (args) => [`lease ${args.lease}`, "master"],
  });
}

/** What a waiting caller finds when it looks now: `taken` is -1 when it keeps waiting. */
function look(plane: Plane, state: WorkerPlaneState, index: number) {
  const record = at(state.leases, index);
  const event = plane.caller.observe(isCompleted(record.phase), workerIsActive(state, record.worker));
  return plane.caller.fire(at(state.callers, index), event);
}

function observe(plane: Plane): Family {
  return defineAction<WorkerPlaneState>()({
    name: "observe",
    over: { lease: indices(plane.parameters.leases) },
    next: (state, args) => {
      const step = look(plane, state, args.lease);
      if (step.taken === -1) return null;
      return {
        workers: state.workers,
        leases: state.leases,
        callers: replaceAt(state.callers, args.lease, step.next),
        work: state.work,
        policy: state.policy,
      };
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

/** The caller has its answer and leaves; the lease is forgotten, whatever came of it. */
function recycle(plane: Plane): Family {
  const { lease, caller, resting, parameters } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "recycle",
    over: { lease: indices(parameters.leases) },
    next: (state, args) => {
      const left = caller.fire(at(state.callers, args.lease), caller.leave);
      if (left.taken === -1) return null;
      const { next } = lease.fire(at(state.leases, args.lease), lease.recycle);
      return {
        workers: state.workers,
        leases: replaceAt(state.leases, args.lease, next),
        callers: replaceAt(state.callers, args.lease, left.next),
        work: replaceAt(state.work, args.lease, resting),
        policy: state.policy,
      };
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

/** The registry is memory only: leases and registrations are gone, processes run on. */
function masterRestart({ worker, lease, caller, resting, parameters }: Plane): Family {
  const idle = indices(parameters.leases).map(() => resting);
  return defineAction<WorkerPlaneState>()({
    name: "masterRestart",
    over: {},
    next: (state) => ({
      workers: fireAll(state.workers, worker.fire, worker.restart),
      leases: fireAll(state.leases, lease.fire, lease.restart),
      callers: fireAll(state.callers, caller.fire, caller.restart),
      work: idle,
      policy: state.policy,
    }),
    actors: () => ["master", "master"],
  });
}

/** A poll is short against a tick: time stands still while a caller has an answer to see. */
function tick(plane: Plane): Family {
  const { worker, lease, caller } = plane;
  return defineAction<WorkerPlaneState>()({
    name: "tick",
    over: {},
    when: indices(plane.parameters.leases).map(
      (index) => (state: WorkerPlaneState) => look(plane, state, index).taken === -1,
    ),
    next: (state) => ({
      workers: fireAll(state.workers, worker.fire, worker.tick),
      leases: fireAll(state.leases, lease.fire, lease.tick),
      callers: fireAll(state.callers, caller.fire, caller.tick),
      work: state.work,
      policy: state.policy,
    }),
    actors: () => ["clock", "master"],
  });
}

/**
 * The actions of `worker-plane-fenced` on leases, callers and time.
 *
 * `Rules` are the master's decisions that no machine makes; a mutant replaces one of them.
 */
import { type ActionFamily, canonize, defineAction, replaceAt } from "../kernel/index.js";
import { isCompleted, isOpen } from "../vocabulary/worker.js";
import type { LeaseAccess } from "../vocabulary/worker.js";
import { type Target, isActive, masterWorker } from "../worker-lease/index.js";
import type { AttemptsRecord, FencedParameters, FencedState } from "./worker-plane-fenced-state.js";
import {
  type CallerMember,
  type LeaseMember,
  type WorkerMember,
  at,
  fireAll,
  indices,
} from "./worker-plane-members.js";

export interface Rules {
  /** The worker of a target. */
  resolve(state: FencedState, target: Target): number;
  /** The worker the next attempt of a lease is handed to. */
  handTo(state: FencedState, lease: number): number;
  /** The lease counts as an open mutation of its run. */
  mutates(state: FencedState, lease: number): boolean;
  /** A lease leaves the registry when its result was observed. */
  readonly forgetsObserved: boolean;
  /** How many completed leases nobody waits for may stay. */
  keeps(state: FencedState): number;
}

export interface Plane {
  readonly parameters: FencedParameters;
  readonly worker: WorkerMember;
  readonly lease: LeaseMember;
  readonly caller: CallerMember;
  readonly accesses: readonly LeaseAccess[];
  readonly rules: Rules;
  /** Canonical records by bit set of attempts. */
  readonly attempts: readonly AttemptsRecord[];
}

type Family = ActionFamily<FencedState>;

export function attemptSets(dispatchMax: number): readonly AttemptsRecord[] {
  return indices(2 ** dispatchMax).map((bits) =>
    canonize({ first: (bits & 1) !== 0, second: (bits & 2) !== 0, third: (bits & 4) !== 0 }),
  );
}

function bitsOf({ first, second, third }: AttemptsRecord): number {
  return (first ? 1 : 0) | (second ? 2 : 0) | (third ? 4 : 0);
}

export function executes(state: FencedState, lease: number, attempt: number): boolean {
  return (bitsOf(at(state.work, lease)) & (1 << (attempt - 1))) !== 0;
}

function withAttempt(plane: Plane, state: FencedState, lease: number, attempt: number, on: boolean) {
  const bits = bitsOf(at(state.work, lease));
  const bit = 1 << (attempt - 1);
  return replaceAt(state.work, lease, at(plane.attempts, on ? bits | bit : bits & ~bit));
}

function withoutAttempts(plane: Plane, state: FencedState, lease: number): readonly AttemptsRecord[] {
  return replaceAt(state.work, lease, at(plane.attempts, 0));
}

function workerIsActive(state: FencedState, worker: number | null): boolean {
  return worker !== null && isActive(at(state.workers, worker), state.policy.heartbeatTtl);
}

function workerIsUp(state: FencedState, worker: number | null): boolean {
  return worker !== null && at(state.workers, worker).process === "up";
}

/** Nobody waits for it and it is completed: what the registry keeps at its own pleasure. */
export function isRetained(state: FencedState, lease: number): boolean {
  return isCompleted(at(state.leases, lease).phase) && at(state.callers, lease).waiter !== "waiting";
}

/** What the worker had in hand is lost. */
export function drop(plane: Plane, state: FencedState, worker: number): FencedState {
  let work = state.work;
  for (let index = 0; index < work.length; index += 1) {
    if (at(state.leases, index).worker === worker) work = replaceAt(work, index, at(plane.attempts, 0));
  }
  return work === state.work ? state : { ...state, work };
}

/** The master's own host by both spellings, and every other worker by its id. */
function targets(workers: number): readonly Target[] {
  return ["", "local", ...indices(workers).filter((worker) => worker !== masterWorker)];
}

export function acquire(plane: Plane): Family {
  const { lease, caller, parameters, accesses, rules } = plane;
  return defineAction<FencedState>()({
    name: "acquire",
    over: {
      lease: indices(parameters.leases),
      target: targets(parameters.workers),
      access: accesses,
      run: indices(parameters.runs),
    },
    when: [
      (state, args) => caller.fire(at(state.callers, args.lease), caller.acquire).taken !== -1,
      // Not even an active worker and an idle run would do.
      (state, args) => {
        const granted = lease.acquire(masterWorker, args.access === "read" ? 0 : 1, args.run, true, false);
        return lease.fire(at(state.leases, args.lease), granted).taken !== -1;
      },
    ],
    next: (state, args) => {
      const worker = rules.resolve(state, args.target);
      let mutating = false;
      for (let other = 0; other < state.leases.length; other += 1) {
        if (other === args.lease || at(state.leases, other).run !== args.run) continue;
        if (rules.mutates(state, other)) mutating = true;
      }
      const access = args.access === "read" ? 0 : 1;
      const event = lease.acquire(worker, access, args.run, workerIsActive(state, worker), mutating);
      const step = lease.fire(at(state.leases, args.lease), event);
      if (step.taken === -1) return null;
      const wait = caller.fire(at(state.callers, args.lease), caller.acquire);
      return {
        ...state,
        leases: replaceAt(state.leases, args.lease, step.next),
        callers: replaceAt(state.callers, args.lease, wait.next),
      };
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

/** The next attempt. Older ones may still execute: the worker is slow, or its progress beats were lost. */
export function dispatch(plane: Plane): Family {
  const { lease, parameters, rules } = plane;
  return defineAction<FencedState>()({
    name: "dispatch",
    over: { lease: indices(parameters.leases) },
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      if (record.worker === null) return null;
      const worker = rules.handTo(state, args.lease);
      const ready = workerIsUp(state, worker) && workerIsActive(state, worker);
      const step = lease.fire(record, ready ? lease.dispatch.yes : lease.dispatch.no);
      if (step.taken === -1) return null;
      const handed = worker === record.worker ? step.next : canonize({ ...step.next, worker });
      return {
        ...state,
        leases: replaceAt(state.leases, args.lease, handed),
        work: withAttempt(plane, state, args.lease, step.next.count, true),
      };
    },
    actors: (args) => ["master", `lease ${args.lease}`],
  });
}

/** A beat of an executing attempt. That of an older attempt changes nothing, so it is not enabled. */
export function progress(plane: Plane): Family {
  const { lease, parameters } = plane;
  return defineAction<FencedState>()({
    name: "progress",
    over: { lease: indices(parameters.leases), attempt: indices(parameters.dispatchMax).map((i) => i + 1) },
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      if (!executes(state, args.lease, args.attempt) || !workerIsUp(state, record.worker)) return null;
      const step = lease.fire(record, at(lease.progress, args.attempt));
      if (step.taken === -1) return null;
      return { ...state, leases: replaceAt(state.leases, args.lease, step.next) };
    },
    actors: (args) => [`lease ${args.lease}`, "master"],
  });
}

/**
 * An attempt ends and says so. The master ignores an older attempt's word. A completed lease that nobody
 * waits for may push another one out: `evicts` is any of them, so every order of eviction is covered.
 */
export function acknowledge(plane: Plane): Family {
  const { lease, parameters } = plane;
  return defineAction<FencedState>()({
    name: "acknowledge",
    over: {
      lease: indices(parameters.leases),
      attempt: indices(parameters.dispatchMax).map((i) => i + 1),
      ok: [false, true],
      evicts: [null, ...indices(parameters.leases)],
    },
    when: [
      (state, args) => executes(state, args.lease, args.attempt),
      (state, args) => workerIsUp(state, at(state.leases, args.lease).worker),
    ],
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      const events = at(lease.acknowledge, args.attempt);
      const step = lease.fire(record, args.ok ? events.yes : events.no);
      const after: FencedState = {
        ...state,
        leases: replaceAt(state.leases, args.lease, step.next),
        work: withAttempt(plane, state, args.lease, args.attempt, false),
      };
      const crowded = step.taken !== -1 && isRetained(after, args.lease) && exceeds(plane, after);
      if (!crowded) return args.evicts === null ? after : null;
      if (args.evicts === null || args.evicts === args.lease || !isRetained(after, args.evicts)) return null;
      return forget(plane, after, args.evicts);
    },
    actors: (args) => [`lease ${args.lease}`, "master"],
  });
}

function exceeds(plane: Plane, state: FencedState): boolean {
  let retained = 0;
  for (let index = 0; index < state.leases.length; index += 1) {
    if (isRetained(state, index)) retained += 1;
  }
  return retained > plane.rules.keeps(state);
}

/** The lease leaves the registry. Acknowledgements of it name an id nobody knows from now on. */
function forget(plane: Plane, state: FencedState, lease: number): FencedState {
  const { next } = plane.lease.fire(at(state.leases, lease), plane.lease.recycle);
  return {
    ...state,
    leases: replaceAt(state.leases, lease, next),
    work: withoutAttempts(plane, state, lease),
  };
}

function look(plane: Plane, state: FencedState, index: number) {
  const record = at(state.leases, index);
  const event = plane.caller.observe(isCompleted(record.phase), workerIsActive(state, record.worker));
  return plane.caller.fire(at(state.callers, index), event);
}

/** A waiting caller sees an answer. A result is handed over: its lease leaves the registry. */
export function observe(plane: Plane): Family {
  return defineAction<FencedState>()({
    name: "observe",
    over: { lease: indices(plane.parameters.leases) },
    next: (state, args) => {
      const step = look(plane, state, args.lease);
      if (step.taken === -1) return null;
      const after = { ...state, callers: replaceAt(state.callers, args.lease, step.next) };
      const observed = isCompleted(at(state.leases, args.lease).phase);
      return observed && plane.rules.forgetsObserved ? forget(plane, after, args.lease) : after;
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

/** The caller takes its answer and goes. An open lease stays: its effect may still be executing. */
export function leave(plane: Plane): Family {
  const { caller, parameters } = plane;
  return defineAction<FencedState>()({
    name: "leave",
    over: { lease: indices(parameters.leases) },
    next: (state, args) => {
      const left = caller.fire(at(state.callers, args.lease), caller.leave);
      if (left.taken === -1) return null;
      return { ...state, callers: replaceAt(state.callers, args.lease, left.next) };
    },
    actors: (args) => [`caller ${args.lease}`, "master"],
  });
}

/** An open lease that nobody waits for is withdrawn once its worker is not active. */
export function recycle(plane: Plane): Family {
  return defineAction<FencedState>()({
    name: "recycle",
    over: { lease: indices(plane.parameters.leases) },
    next: (state, args) => {
      const record = at(state.leases, args.lease);
      if (!isOpen(record.phase) || workerIsActive(state, record.worker)) return null;
      if (at(state.callers, args.lease).waiter === "waiting") return null;
      return forget(plane, state, args.lease);
    },
    actors: () => ["master", "master"],
  });
}

/** The registry is memory only: leases and registrations are gone, processes run on. */
export function masterRestart(plane: Plane): Family {
  const { worker, lease, caller } = plane;
  const nothing = indices(plane.parameters.leases).map(() => at(plane.attempts, 0));
  return defineAction<FencedState>()({
    name: "masterRestart",
    over: {},
    next: (state) => ({
      workers: fireAll(state.workers, worker.fire, worker.restart),
      leases: fireAll(state.leases, lease.fire, lease.restart),
      callers: fireAll(state.callers, caller.fire, caller.restart),
      work: nothing,
      policy: state.policy,
    }),
    actors: () => ["master", "master"],
  });
}

/** A poll is short against a tick: time stands still while a caller has an answer to see. */
export function tick(plane: Plane): Family {
  const { worker, lease, caller } = plane;
  return defineAction<FencedState>()({
    name: "tick",
    over: {},
    when: indices(plane.parameters.leases).map(
      (index) => (state: FencedState) => look(plane, state, index).taken === -1,
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

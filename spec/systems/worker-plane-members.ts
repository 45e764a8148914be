/**
 * The machines of the worker plane as members of a model: compiled, with every event registered once.
 *
 * Both systems of the plane use them. A variant changes a machine before it is compiled.
 */
import { type AnyStateMachine, createMachine } from "xstate";

import {
  type BuildOptions,
  type Instrument,
  type NamedEffect,
  canonize,
  compileMachine,
  instrument,
} from "../kernel/index.js";
import type { LeaseAccess } from "../vocabulary/worker.js";
import {
  type CallerEvent,
  type CallerMachine,
  type CallerPolicy,
  type CallerRecord,
  type LeaseEvent,
  type LeaseMachine,
  type LeasePolicy,
  type LeaseRecord,
  type WorkerEvent,
  type WorkerMachine,
  type WorkerPolicy,
  type WorkerRecord,
  callerIdle,
  createCallerMachine,
  createLeaseMachine,
  createWorkerMachine,
  leaseFree,
  workerStopped,
} from "../worker-lease/index.js";

export type WorkerPlanePolicy = WorkerPolicy & LeasePolicy & CallerPolicy;

/** Changed machines; absent ones are the right ones. */
export interface MachineVariant {
  readonly worker?: (machine: WorkerMachine) => AnyStateMachine;
  readonly lease?: (machine: LeaseMachine) => AnyStateMachine;
  readonly caller?: (machine: CallerMachine) => AnyStateMachine;
}

/** The configuration a machine was made from. */
export type Chart = AnyStateMachine["config"];

/** A machine with another chart and the same guards and actions. For variants. */
export function changeChart(machine: AnyStateMachine, change: (chart: Chart) => object): AnyStateMachine {
  const { guards, actions } = machine.implementations;
  return createMachine(change(machine.config), { guards, actions } as object);
}

type Member<R extends object, E extends { readonly type: string }> = Instrument<R, E, NamedEffect>;

export type WorkerMember = ReturnType<typeof workerMember>;
export type LeaseMember = ReturnType<typeof leaseMember>;
export type CallerMember = ReturnType<typeof callerMember>;

/** Ids 0 … count − 1. */
export function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The element there is. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`no element ${index} in a list of ${list.length}`);
  return element;
}

export function workerMember(policy: WorkerPolicy, variant: MachineVariant, options: BuildOptions) {
  const machine = createWorkerMachine(policy);
  const member: Member<WorkerRecord, WorkerEvent> = instrument(
    "worker",
    compileMachine(variant.worker?.(machine) ?? machine, { stateField: "process" }),
    options,
  );
  return {
    machine: member.machine,
    fire: member.fire,
    initial: canonize({ ...workerStopped }),
    start: member.event({ type: "worker.started" }),
    heartbeat: member.event({ type: "worker.heartbeat" }),
    register: member.event({ type: "worker.registered" }),
    crash: member.event({ type: "worker.crashed" }),
    unregister: member.event({ type: "worker.unregistered" }),
    restart: member.event({ type: "master.restarted" }),
    tick: member.event({ type: "clock.ticked" }),
  };
}

/** What a lease may be acquired for. One value each where the model does not look. */
export interface LeaseDomain {
  readonly workers: number;
  readonly accesses: readonly (LeaseAccess | null)[];
  readonly runs: readonly (number | null)[];
}

export function leaseMember(
  policy: LeasePolicy,
  domain: LeaseDomain,
  variant: MachineVariant,
  options: BuildOptions,
) {
  const machine = createLeaseMachine(policy);
  const member: Member<LeaseRecord, LeaseEvent> = instrument(
    "lease",
    compileMachine(variant.lease?.(machine) ?? machine, { stateField: "phase" }),
    options,
  );
  const attempts = indices(policy.dispatchMax + 1);
  return {
    machine: member.machine,
    fire: member.fire,
    initial: canonize({ ...leaseFree }),
    acquire: acquireEvents(member, domain),
    dispatch: bothWays((workerReady) => member.event({ type: "lease.dispatched", workerReady })),
    acknowledge: attempts.map((attempt) =>
      bothWays((ok) => member.event({ type: "lease.acknowledged", attempt, ok })),
    ),
    progress: attempts.map((attempt) => member.event({ type: "lease.progressed", attempt })),
    recycle: member.event({ type: "lease.recycled" }),
    restart: member.event({ type: "master.restarted" }),
    tick: member.event({ type: "clock.ticked" }),
  };
}

/** Event numbers of a fact that holds or does not. */
interface BothWays {
  readonly yes: number;
  readonly no: number;
}

function bothWays(register: (fact: boolean) => number): BothWays {
  return { yes: register(true), no: register(false) };
}

/** The event number of an acquisition, by worker, place of access and run in the domain, and facts. */
function acquireEvents(member: Member<LeaseRecord, LeaseEvent>, domain: LeaseDomain) {
  const { accesses, runs } = domain;
  const table = indices(domain.workers).map((worker) =>
    accesses.map((access) =>
      runs.map((run) =>
        bothWays((workerActive) => {
          const event = { type: "lease.acquired", worker, access, run, workerActive } as const;
          const first = member.event({ ...event, runMutating: false });
          member.event({ ...event, runMutating: true });
          return first;
        }),
      ),
    ),
  );
  return (worker: number, access: number, run: number, active: boolean, mutating: boolean): number => {
    const facts = at(at(at(table, worker), access), run);
    return (active ? facts.yes : facts.no) + (mutating ? 1 : 0);
  };
}

export function callerMember(policy: CallerPolicy, variant: MachineVariant, options: BuildOptions) {
  const machine = createCallerMachine(policy);
  const member: Member<CallerRecord, CallerEvent> = instrument(
    "caller",
    compileMachine(variant.caller?.(machine) ?? machine, { stateField: "waiter" }),
    options,
  );
  const observe = bothWays((completed) => {
    const first = member.event({ type: "lease.observed", completed, workerActive: false });
    member.event({ type: "lease.observed", completed, workerActive: true });
    return first;
  });
  return {
    machine: member.machine,
    fire: member.fire,
    initial: canonize({ ...callerIdle }),
    acquire: member.event({ type: "lease.acquired" }),
    observe: (completed: boolean, active: boolean): number =>
      (completed ? observe.yes : observe.no) + (active ? 1 : 0),
    leave: member.event({ type: "caller.left" }),
    restart: member.event({ type: "master.restarted" }),
    tick: member.event({ type: "clock.ticked" }),
  };
}

/** One event at every record of a list; shares the list when none changes. Pairs are written out: faster. */
export function fireAll<R extends object>(
  list: readonly R[],
  fire: (record: R, event: number) => { readonly next: R },
  event: number,
): readonly R[] {
  if (list.length === 2) {
    const first = list[0] as R;
    const second = list[1] as R;
    const nextFirst = fire(first, event).next;
    const nextSecond = fire(second, event).next;
    return nextFirst === first && nextSecond === second ? list : [nextFirst, nextSecond];
  }
  let copy: R[] | null = null;
  for (let index = 0; index < list.length; index += 1) {
    const record = list[index] as R;
    const { next } = fire(record, event);
    if (next === record) continue;
    copy ??= list.slice();
    copy[index] = next;
  }
  return copy ?? list;
}

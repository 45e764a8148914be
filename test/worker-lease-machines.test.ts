/** The three charts of the worker plane: where their bounds lie, and that compiling does not change them. */
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, initialTransition, transition } from "xstate";

import { type Firing, compileMachine } from "../spec/kernel/index.js";
import {
  accessOf,
  leaseEffect,
  mutatingLeaseEffects,
  readingLeaseEffects,
} from "../spec/vocabulary/worker.js";
import { workerPlane } from "../spec/systems/worker-plane.js";
import { workerPlaneFenced } from "../spec/systems/worker-plane-fenced.js";
import {
  type CallerEvent,
  type CallerRecord,
  type LeaseEvent,
  type LeaseRecord,
  type WorkerEvent,
  type WorkerRecord,
  callerIdle,
  createCallerMachine,
  createLeaseMachine,
  createWorkerMachine,
  isActive,
  leaseFree,
  workerOf,
  workerStopped,
} from "../spec/worker-lease/index.js";
import { search } from "../src/checker/index.js";

const worker = compileMachine<WorkerRecord, WorkerEvent>(createWorkerMachine({ heartbeatTtl: 2 }), {
  stateField: "process",
});
const lease = compileMachine<LeaseRecord, LeaseEvent>(
  createLeaseMachine({ dispatchTtl: 2, dispatchMax: 2 }),
  { stateField: "phase" },
);
const caller = compileMachine<CallerRecord, CallerEvent>(createCallerMachine({ waitBudget: 3 }), {
  stateField: "waiter",
});

function after<R extends object, E extends { readonly type: string }>(
  machine: { step(record: R, event: E): { readonly next: R; readonly taken: number } },
  record: R,
  ...events: readonly E[]
): R {
  return events.reduce((at, event) => machine.step(at, event).next, record);
}

const acquired = {
  type: "lease.acquired",
  worker: 0,
  access: "mutate",
  run: 0,
  workerActive: true,
  runMutating: false,
} as const;
const dispatched = { type: "lease.dispatched", workerReady: true } as const;
const ticked = { type: "clock.ticked" } as const;

describe("worker", () => {
  test("a beat as old as the TTL still counts, one tick later it does not, and age saturates", () => {
    const silent = after(worker, workerStopped, { type: "worker.started" }, { type: "worker.crashed" });
    const ages = [0, 1, 2, 3, 4].map((ticks) =>
      after(worker, silent, ...Array.from({ length: ticks }, () => ticked)),
    );
    expect(ages.map((record) => record.beatAge)).toEqual([0, 1, 2, 3, 3]);
    expect(ages.map((record) => isActive(record, 2))).toEqual([true, true, true, false, false]);
  });

  test("a restarted master has forgotten a worker until it registers again", () => {
    const forgotten = after(worker, workerStopped, { type: "worker.started" }, { type: "master.restarted" });
    expect(forgotten).toEqual({ process: "up", registered: false, beatAge: 0 });
    expect(worker.step(forgotten, { type: "worker.heartbeat" }).taken).toBe(-1);
    expect(after(worker, forgotten, { type: "worker.registered" }).registered).toBe(true);
  });
});

describe("lease", () => {
  const running = after(lease, leaseFree, acquired, dispatched);

  test("a dispatch expires above its TTL, not at it", () => {
    const atTtl = after(lease, running, ticked, ticked);
    expect(lease.step(atTtl, dispatched).taken).toBe(-1);
    expect(after(lease, atTtl, ticked, dispatched)).toEqual({ ...running, count: 2 });
  });

  test("progress of the current attempt renews the dispatch, that of an older one does not", () => {
    const old = after(lease, running, ticked);
    expect(after(lease, old, { type: "lease.progressed", attempt: 1 }).dispatchAge).toBe(0);
    expect(lease.step(old, { type: "lease.progressed", attempt: 2 }).taken).toBe(-1);
  });

  test("only the current attempt completes, and only once", () => {
    const second = after(lease, running, ticked, ticked, ticked, dispatched);
    expect(lease.step(second, { type: "lease.acknowledged", attempt: 1, ok: true }).taken).toBe(-1);
    const failed = after(lease, second, { type: "lease.acknowledged", attempt: 2, ok: false });
    expect(failed.phase).toBe("failed");
    expect(lease.step(failed, { type: "lease.acknowledged", attempt: 2, ok: true }).taken).toBe(-1);
  });

  test("a second mutation of the run is refused, a read is not", () => {
    expect(lease.step(leaseFree, { ...acquired, runMutating: true }).taken).toBe(-1);
    expect(after(lease, leaseFree, { ...acquired, access: "read", runMutating: true }).phase).toBe("pending");
  });

  test("both completed leaves carry the tag done", () => {
    const tagged = lease.leaves.filter(({ tags }) => tags.includes("done")).map(({ path }) => path);
    expect(tagged).toEqual(["done.succeeded", "done.failed"]);
  });
});

describe("caller", () => {
  const waiting = after(caller, callerIdle, { type: "lease.acquired" });

  test("a verdict is preferred to a lost worker, and that to a spent budget", () => {
    const late = after(caller, waiting, ticked, ticked, ticked, ticked);
    const look = (completed: boolean, workerActive: boolean): string =>
      after(caller, late, { type: "lease.observed", completed, workerActive }).waiter;
    expect([look(true, false), look(false, false), look(false, true)]).toEqual([
      "gotResult",
      "gotLost",
      "gotTimeout",
    ]);
  });

  test("a wait as long as the budget goes on", () => {
    const atBudget = after(caller, waiting, ticked, ticked, ticked);
    const look = { type: "lease.observed", completed: false, workerActive: true } as const;
    expect(caller.step(atBudget, look).taken).toBe(-1);
  });
});

test("an empty and a local target are the master's own worker", () => {
  expect([workerOf(""), workerOf("local"), workerOf(0), workerOf(1)]).toEqual([0, 0, 0, 1]);
});

test("every lease effect either reads or mutates", () => {
  const all = leaseEffect.options;
  expect(all).toHaveLength(mutatingLeaseEffects.length + readingLeaseEffects.length);
  expect(all.filter((effect) => accessOf(effect) === "mutate")).toEqual([...mutatingLeaseEffects]);
});

/** XState's own answer for a record and an event, as a record. */
function interpreted(machine: AnyStateMachine, field: string, value: unknown, firing: Firing): object {
  const { [field]: _state, ...context } = firing.record as Record<string, unknown>;
  const [snapshot] = initialTransition(machine);
  const resolved = machine.resolveState({ ...snapshot, value: value as string, context });
  const [next] = transition(machine, resolved, firing.event);
  return { [field]: leafOf(next.value), ...(next.context as object) };
}

function leafOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? leafOf(Object.values(value)[0]) : value;
}

const ages = { dispatchMax: 2, heartbeatTtl: 1, dispatchTtl: 1, waitBudget: 1 };

test("compiled and interpreted charts agree on every reachable record and event", () => {
  const plain = workerPlane.build({ ...ages, workers: 2, leases: 1 }, {}, { keepFirings: true });
  const bounds = { ...ages, workers: 2, leases: 1, runs: 1, retention: 1 };
  const fenced = workerPlaneFenced.build(bounds, {}, { keepFirings: true });
  for (const model of [plain, fenced]) {
    search(model);
    for (const { compiled, fired } of model.machines) {
      const { stateField } = compiled;
      expect(fired.length).toBeGreaterThan(40);
      for (const firing of fired) {
        const leaf = (firing.record as Record<string, unknown>)[stateField] as string;
        const found = interpreted(compiled.machine, stateField, compiled.stateValueOf(leaf), firing);
        expect({ ...firing.step.next }).toEqual(found);
      }
    }
  }
});

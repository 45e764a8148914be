/**
 * The system `worker-plane` against a second, naive implementation of the same published model, written from
 * its TLA+ text: plain objects, no machines, states told apart by their JSON.
 */
import { describe, expect, test } from "vitest";

import { instancesOf } from "../spec/kernel/index.js";
import {
  type WorkerPlaneParameters,
  type WorkerPlaneState,
  workerPlane,
} from "../spec/systems/worker-plane.js";
import { search } from "../src/checker/index.js";

interface NaiveWorker {
  up: boolean;
  registered: boolean;
  beatAge: number;
}

interface NaiveLease {
  phase: "free" | "pending" | "dispatched" | "done";
  worker: number | null;
  count: number;
  dispAge: number;
  executing: boolean;
  ok: boolean;
  waiter: "idle" | "waiting" | "gotResult" | "gotLost" | "gotTimeout";
  waitAge: number;
}

interface Naive {
  worker: NaiveWorker[];
  lease: NaiveLease[];
}

const freshWorker = (): NaiveWorker => ({ up: false, registered: false, beatAge: 0 });

const freshLease = (): NaiveLease => ({
  phase: "free",
  worker: null,
  count: 0,
  dispAge: 0,
  executing: false,
  ok: false,
  waiter: "idle",
  waitAge: 0,
});

type Change = (next: Naive) => void;

function active(state: Naive, w: number | null, p: WorkerPlaneParameters): boolean {
  const worker = w === null ? undefined : state.worker[w];
  return worker !== undefined && worker.registered && worker.beatAge <= p.heartbeatTtl;
}

function observable(state: Naive, lease: NaiveLease, p: WorkerPlaneParameters): boolean {
  const { waiter, phase, worker, waitAge } = lease;
  return waiter === "waiting" && !(phase !== "done" && active(state, worker, p) && waitAge <= p.waitBudget);
}

/** Every successor, one for each enabled action instance. */
function successors(state: Naive, p: WorkerPlaneParameters): Naive[] {
  const changes = [
    ...state.worker.flatMap((worker, w) => workerChanges(worker, w)),
    ...state.lease.flatMap((lease, l) => leaseChanges(state, lease, l, p)),
    masterRestart,
    ...(state.lease.some((lease) => observable(state, lease, p)) ? [] : [(next: Naive) => tick(next, p)]),
  ];
  return changes.map((change) => {
    const next = structuredClone(state);
    change(next);
    return next;
  });
}

function workerChanges({ up, registered }: NaiveWorker, w: number): Change[] {
  const put = (fields: Partial<NaiveWorker>, drops = false): Change => {
    return (next) => {
      Object.assign(next.worker[w] as NaiveWorker, fields);
      if (!drops) return;
      for (const lease of next.lease) if (lease.worker === w) lease.executing = false;
    };
  };
  const changes: Change[] = [];
  if (!up) changes.push(put({ up: true, registered: true, beatAge: 0 }));
  if (up && registered) changes.push(put({ beatAge: 0 }));
  if (up && !registered) changes.push(put({ registered: true, beatAge: 0 }));
  if (up) changes.push(put({ up: false }, true), put(freshWorker(), true));
  return changes;
}

function leaseChanges(state: Naive, lease: NaiveLease, l: number, p: WorkerPlaneParameters): Change[] {
  const set = (fields: Partial<NaiveLease>): Change => {
    return (next) => Object.assign(next.lease[l] as NaiveLease, fields);
  };
  const { phase, worker, count } = lease;
  const isUp = worker !== null && state.worker[worker]?.up === true;
  const isActive = active(state, worker, p);
  const changes: Change[] = [];
  state.worker.forEach((_, w) => {
    if (phase !== "free" || !active(state, w, p)) return;
    changes.push(set({ phase: "pending", worker: w, count: 0, waiter: "waiting", waitAge: 0 }));
  });
  const due = phase === "pending" || (phase === "dispatched" && lease.dispAge > p.dispatchTtl);
  if (isUp && isActive && due && count < p.dispatchMax) {
    changes.push(set({ phase: "dispatched", count: count + 1, dispAge: 0, executing: true }));
  }
  if ((phase === "pending" || phase === "dispatched") && lease.executing && isUp) {
    for (const ok of [false, true]) changes.push(set({ phase: "done", ok, executing: false, dispAge: 0 }));
  }
  if (observable(state, lease, p)) {
    const lost = isActive ? "gotTimeout" : "gotLost";
    changes.push(set({ waiter: phase === "done" ? "gotResult" : lost, waitAge: 0 }));
  }
  if (lease.waiter.startsWith("got")) changes.push(set(freshLease()));
  return changes;
}

function masterRestart(next: Naive): void {
  next.lease = next.lease.map(({ waiter }) =>
    waiter === "waiting" ? { ...freshLease(), waiter: "gotLost" } : freshLease(),
  );
  next.worker = next.worker.map((worker) => ({ ...worker, registered: false, beatAge: 0 }));
}

function tick(next: Naive, p: WorkerPlaneParameters): void {
  for (const worker of next.worker) {
    if (worker.registered) worker.beatAge = Math.min(worker.beatAge + 1, p.heartbeatTtl + 1);
  }
  for (const lease of next.lease) {
    if (lease.phase === "dispatched") lease.dispAge = Math.min(lease.dispAge + 1, p.dispatchTtl + 1);
    if (lease.waiter === "waiting") lease.waitAge = Math.min(lease.waitAge + 1, p.waitBudget + 1);
  }
}

interface Explored {
  readonly keys: ReadonlySet<string>;
  readonly transitions: number;
  readonly levels: readonly number[];
}

/** Breadth first; `key` tells states apart. */
function explore<S>(initial: S, next: (state: S) => readonly S[], key: (state: S) => string): Explored {
  const keys = new Set([key(initial)]);
  const levels: number[] = [];
  let transitions = 1;
  for (let level = [initial]; level.length > 0; ) {
    levels.push(level.length);
    const found: S[] = [];
    for (const after of level.flatMap((state) => next(state))) {
      transitions += 1;
      if (keys.has(key(after))) continue;
      keys.add(key(after));
      found.push(after);
    }
    level = found;
  }
  return { keys, transitions, levels };
}

/** A state of the system as the naive model writes it. */
function asNaive(state: WorkerPlaneState): Naive {
  return {
    worker: state.workers.map(({ process, registered, beatAge }) => ({
      up: process === "up",
      registered,
      beatAge,
    })),
    lease: state.leases.map((lease, index) => ({
      phase: lease.phase === "succeeded" || lease.phase === "failed" ? "done" : lease.phase,
      worker: lease.worker,
      count: lease.count,
      dispAge: lease.dispatchAge,
      executing: state.work[index]?.executing === true,
      ok: lease.phase === "succeeded",
      waiter: state.callers[index]?.waiter ?? "idle",
      waitAge: state.callers[index]?.waitAge ?? 0,
    })),
  };
}

function naive(p: WorkerPlaneParameters): Explored {
  const initial: Naive = {
    worker: Array.from({ length: p.workers }, freshWorker),
    lease: Array.from({ length: p.leases }, freshLease),
  };
  return explore(initial, (state) => successors(state, p), (state) => JSON.stringify(state));
}

function composed(p: WorkerPlaneParameters): Explored {
  const model = workerPlane.build(p);
  const next = (state: WorkerPlaneState): WorkerPlaneState[] =>
    model.actions.flatMap((action) =>
      action.instances.map((args) => action.next(state, args)).filter((after) => after !== null),
    );
  const [initial] = model.initial;
  if (initial === undefined) throw new Error("no initial state");
  return explore(initial, next, (state) => JSON.stringify(asNaive(state)));
}

const ages = { dispatchMax: 2, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 };
const first: WorkerPlaneParameters = { workers: 1, leases: 1, ...ages };
const second: WorkerPlaneParameters = { workers: 2, leases: 1, ...ages };

const published = [1, 2, 9, 26, 76, 201, 460, 887, 1408, 1799, 1945, 1902, 1758, 1274, 680, 352, 140];

describe("the composed machines are the published model", () => {
  test("one worker and one lease have 656 states and 3,244 transitions on 15 levels", () => {
    for (const found of [naive(first), composed(first)]) {
      expect([found.keys.size, found.transitions, found.levels.length]).toEqual([656, 3244, 15]);
    }
  });

  test("two workers and one lease have the published states on every level", () => {
    const one = naive(second);
    const other = composed(second);
    expect(one.levels).toEqual(published);
    expect(other.levels).toEqual(published);
    expect([one.transitions, other.transitions]).toEqual([89_801, 89_801]);
    expect(other.keys).toEqual(one.keys);
  });

  test("other bounds give the same states as the naive model", () => {
    const changes = [
      { dispatchMax: 1 },
      { dispatchMax: 3, dispatchTtl: 1 },
      { heartbeatTtl: 1, waitBudget: 1 },
    ];
    for (const change of changes) {
      const p = { ...first, ...change };
      const one = naive(p);
      const other = composed(p);
      expect(other.keys).toEqual(one.keys);
      expect([other.transitions, other.levels]).toEqual([one.transitions, one.levels]);
    }
  });

  test("the checker finds the published counts, and orbits under permutations of ids", () => {
    const all = search(workerPlane.build(second)).statistics;
    expect([all.distinctStates, all.transitions, all.levels]).toEqual([12_920, 89_801, published]);
    const orbits = search(workerPlane.build(second), { symmetry: true }).statistics;
    expect([orbits.distinctStates, orbits.transitions]).toEqual([6470, 44_978]);
  });
});

test("every state of the worker plane is in its schema, and the default is the third published row", () => {
  const model = workerPlane.build(second);
  for (const state of model.initial) expect(model.schema.safeParse(state).success).toBe(true);
  const [configuration] = workerPlane.configurations;
  expect(configuration?.bounds.default).toEqual({ workers: 2, leases: 2, ...ages });
  expect(workerPlane.parameters.safeParse({ ...second, workers: 4 }).success).toBe(false);
});

test("a late acknowledgement is tried everywhere and enabled nowhere", () => {
  const model = workerPlane.build(second);
  const late = instancesOf(model).filter(({ name }) => name === "lateAcknowledge");
  expect(late).toHaveLength(2);
  expect(search(model).coverage.unreachedActions).toContain("lateAcknowledge");
});

/**
 * The running plane under the laws of the model: every step of random walks and of written scenarios is given
 * to the law objects, and has to be a step of `worker-plane-fenced`.
 */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

import type { FencedParameters, FencedState } from "../spec/systems/worker-plane-fenced-state.js";
import { callerIdle, leaseFree, workerStopped } from "../spec/worker-lease/index.js";
import { type Judge, askedChecks, createJudge } from "../src/conformance/plane-judge.js";
import { planeParameters } from "../src/conformance/plane-kit.js";
import { performOn } from "../src/conformance/plane-operations.js";
import { type SimulatedPlane, simulatedPlane } from "../src/conformance/simulated-plane.js";
import { planeOperations } from "./harness/plane-operations.js";

const open: SimulatedPlane[] = [];
afterEach(async () => {
  for (const plane of open.splice(0)) await plane.end();
});

async function planeOf(changes: Partial<FencedParameters> = {}) {
  const judge = createJudge({ ...planeParameters, ...changes });
  const plane = await simulatedPlane({ ...planeParameters, ...changes }, judge);
  open.push(plane);
  return { plane, judge };
}

const witnessed = new Set<string>();

async function judged(changes: Partial<FencedParameters> = {}): Promise<SimulatedPlane> {
  const { plane, judge } = await planeOf(changes);
  judges.push(judge);
  return plane;
}

const judges: Judge[] = [];
afterEach(() => {
  for (const judge of judges.splice(0)) judge.witnessed.forEach((key) => witnessed.add(key));
});

/** Ends the executions of a worker, in the order they began. */
async function finish(plane: SimulatedPlane, ok = true): Promise<void> {
  for (const execution of plane.executions.splice(0)) {
    execution.end(ok ? { ok, result: execution.assignment.snapshot } : { ok, message: "disk full" });
  }
  await plane.settle();
}

const capture = { target: "remote", effect: "capture", run: "run-0" } as const;
const send = { target: "remote", effect: "send", run: "run-0" } as const;

describe("scenarios, judged at every step", () => {
  test("a lease is executed from its snapshot, and its caller gets the worker's word", async () => {
    const plane = await judged();
    await plane.spawn("remote");
    await plane.lease(capture);
    expect(plane.executions.map(({ assignment }) => assignment)).toMatchObject([
      { attempt: 1, effect: "capture", run: "run-0", snapshot: { of: "run-0" } },
    ]);
    await finish(plane);
    await plane.lease(send);
    await finish(plane, false);
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "succeeded", attempt: 1, result: { of: "run-0" } },
      { kind: "failed", attempt: 1, error: { code: "effect-failed", message: "disk full" } },
    ]);
    expect(plane.master().status().leases).toEqual([]);
  });

  test("a crash is seen in one tick more than the TTL, and no caller waits longer (LL1)", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    await plane.crash("remote");
    await plane.ticks(2);
    expect(plane.outcomes).toEqual([]);
    await plane.ticks(1);
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "lost", because: "worker-inactive" },
    ]);
    // Nobody waits for the lease of a worker that is gone: the run is free again.
    expect(plane.master().status().leases).toEqual([]);
    await plane.lease(send);
    expect(plane.outcomes[1]?.outcome).toMatchObject({
      kind: "refused",
      refusal: { reason: "worker-inactive", worker: "remote" },
    });
  });

  test("a frozen worker that comes back is told that its lease is gone, and aborts it (LL4)", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    plane.freeze("remote");
    await plane.ticks(4);
    expect(plane.outcomes.map(({ outcome }) => outcome.kind)).toEqual(["lost"]);
    await plane.thaw("remote");
    expect(plane.executions[0]?.signal.aborted).toBe(true);
    expect(plane.master().status().workers).toMatchObject([{ id: "remote", active: true }]);
    await finish(plane);
    expect(plane.outcomes).toHaveLength(1);
  });

  test("beats of the current attempt keep a long effect from being handed out twice (LL2)", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    await plane.ticks(6);
    expect(plane.changes.filter(({ type }) => type === "lease.dispatched")).toHaveLength(1);
  });

  test("a late word of the first attempt does not complete the second; its own does (LL8)", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    plane.hold("remote");
    await finish(plane);
    await plane.ticks(3);
    expect(plane.master().status().leases).toMatchObject([{ phase: "dispatched", attempt: 2 }]);
    await plane.release("remote");
    expect(plane.problems.map(({ code }) => code)).toEqual(["worker-plane/old-attempt"]);
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([{ kind: "succeeded", attempt: 2 }]);
    // It was executed once: the second attempt got the result of the first.
    expect(plane.executions).toEqual([]);
  });

  test("a beat of an older attempt does not extend the current one (LL2)", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    plane.hold("remote");
    await finish(plane);
    await plane.ticks(4);
    const [lease] = plane.master().status().leases;
    expect(lease).toMatchObject({ attempt: 2, dispatchAgeMs: 100 });
    await plane.say("remote", { type: "progress", lease: lease?.id ?? "", attempt: 1 });
    expect(plane.master().status().leases).toMatchObject([{ dispatchAgeMs: 100 }]);
    expect(plane.problems.map(({ code }) => code)).toEqual(["worker-plane/old-attempt"]);
  });

  test("after its caller left, a verdict stays as it is, whatever an older attempt says (LL3)", async () => {
    const plane = await judged({ waitBudget: 2, dispatchTtl: 1 });
    await plane.spawn("remote");
    await plane.lease(send);
    plane.hold("remote");
    await finish(plane);
    await plane.ticks(3);
    expect(plane.outcomes.map(({ outcome }) => outcome.kind)).toEqual(["timeout"]);
    const [lease] = plane.master().status().leases;
    expect(lease).toMatchObject({ phase: "dispatched", attempt: 2, waiter: "idle" });
    const id = lease?.id ?? "";
    await plane.say("remote", { type: "succeeded", lease: id, attempt: 2, result: 1 });
    const error = { code: "x", message: "too late" };
    await plane.say("remote", { type: "failed", lease: id, attempt: 1, error });
    expect(plane.problems.map(({ code }) => code)).toEqual(["worker-plane/already-completed"]);
    expect(plane.master().status().leases).toMatchObject([{ phase: "succeeded", error: null }]);
  });

  test("a master that restarts answers its callers at once; workers register again, orphans end (LL4)", async () => {
    const plane = await judged();
    await plane.spawn("remote");
    await plane.lease(send);
    await plane.restart();
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "lost", because: "master-closed" },
    ]);
    await plane.ticks(1);
    expect(plane.executions[0]?.signal.aborted).toBe(true);
    expect(plane.master().status()).toMatchObject({ workers: [{ id: "remote", active: true }], leases: [] });
    // The run is free for the new master, and the orphan's end comes before the next mutation begins.
    await plane.lease(send);
    expect(plane.executions).toHaveLength(1);
    await finish(plane);
    expect(plane.executions).toHaveLength(1);
    await finish(plane);
    expect(plane.outcomes.map(({ outcome }) => outcome.kind)).toEqual(["lost", "succeeded"]);
  });

  test("a process that takes the place of a crashed one gets the lease after its expiry", async () => {
    const plane = await judged({ waitBudget: 6 });
    await plane.spawn("remote");
    await plane.lease(send);
    await plane.crash("remote");
    await plane.spawn("remote");
    expect(plane.executions).toEqual([]);
    await plane.ticks(3);
    expect(plane.executions.map(({ assignment }) => assignment.attempt)).toEqual([2]);
    await finish(plane);
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([{ kind: "succeeded", attempt: 2 }]);
  });

  test("a target is one worker and no other (LL6)", async () => {
    const plane = await judged();
    await plane.spawn("remote");
    for (const target of ["", "local", "nobody"]) {
      await plane.lease({ target, effect: "start", run: "run-0" });
    }
    expect(plane.outcomes.map(({ outcome }) => outcome)).toEqual([
      { kind: "refused", refusal: { reason: "worker-unknown", worker: "local" } },
      { kind: "refused", refusal: { reason: "worker-unknown", worker: "local" } },
      { kind: "refused", refusal: { reason: "worker-unknown", worker: "nobody" } },
    ]);
    await plane.spawn("local");
    await plane.lease({ target: "", effect: "start", run: "run-0" });
    expect(plane.executions.map((execution) => execution.worker)).toEqual(["local"]);
  });

  test("mutations of a run exclude each other while open, reads do not (LL9)", async () => {
    const plane = await judged();
    await plane.spawn("remote");
    await plane.lease(send);
    await plane.lease({ ...send, effect: "stop" });
    await plane.lease(capture);
    await plane.lease({ ...send, run: "run-1" });
    expect(plane.executions).toHaveLength(3);
    expect(plane.outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "refused", refusal: { reason: "run-busy", run: "run-0" } },
    ]);
    await finish(plane);
    await plane.lease({ ...send, effect: "stop" });
    await finish(plane);
    expect(plane.outcomes.at(-1)?.outcome.kind).toBe("succeeded");
  });

  test("of the completed leases nobody waits for, the oldest leaves (LL10)", async () => {
    const plane = await judged({ retention: 2, waitBudget: 1 });
    await plane.spawn("remote");
    for (let lease = 0; lease < 3; lease += 1) await plane.lease(capture);
    const ids = plane
      .master()
      .status()
      .leases.map(({ id }) => id);
    await plane.ticks(2);
    expect(plane.outcomes.map(({ outcome }) => outcome.kind)).toEqual(["timeout", "timeout", "timeout"]);
    await finish(plane);
    expect(
      plane
        .master()
        .status()
        .leases.map(({ id }) => id),
    ).toEqual(ids.slice(1));
  });
});

describe("the judge", () => {
  const judge = () => createJudge(planeParameters);
  const { heartbeatTtl, dispatchTtl, waitBudget, dispatchMax, retention } = planeParameters;
  const second = { phase: "dispatched", worker: 1, count: 2, dispatchAge: 0, access: "mutate", run: 0 } as const;
  const both = { first: true, second: true, third: false };
  const before: FencedState = {
    workers: [workerStopped, { process: "up", registered: true, beatAge: 0 }],
    leases: [second, leaseFree, leaseFree],
    callers: [{ waiter: "waiting", waitAge: 1 }, callerIdle, callerIdle],
    work: [both, { ...both, first: false, second: false }, { ...both, first: false, second: false }],
    policy: { heartbeatTtl, dispatchTtl, waitBudget, dispatchMax, retention },
  };
  const args = { lease: 0, attempt: 1, ok: true, evicts: null };
  const after = (lease: object, work: object): FencedState => ({
    ...before,
    leases: [{ ...second, ...lease }, leaseFree, leaseFree],
    work: [{ ...both, ...work }, ...before.work.slice(1)],
  });

  test("names the law that a step breaches", () => {
    const wrong = after({ phase: "succeeded" }, { first: false });
    expect(() => judge().step({ name: "acknowledge", args, before, after: wrong })).toThrow(
      /^LL8#0 is breached by acknowledge\(lease=0, attempt=1, ok=true, evicts=null\)/,
    );
  });

  test("knows a step that the model does not have, though no law forbids it", () => {
    const odd = after({}, { first: false, second: false });
    expect(() => judge().step({ name: "acknowledge", args, before, after: odd })).toThrow(
      /acknowledge.* of the model gives /,
    );
    const right = after({}, { first: false });
    expect(() => judge().step({ name: "acknowledge", args, before, after: right })).not.toThrow();
  });
});

describe("random walks", () => {
  test("every step is one of the model and breaches no law", async () => {
    let steps = 0;
    const walk = fc.array(planeOperations, { minLength: 20, maxLength: 45 });
    await fc.assert(
      fc.asyncProperty(walk, async (operations) => {
        const { plane, judge } = await planeOf();
        await plane.spawn("local");
        for (const step of operations) await performOn(plane, step);
        judge.witnessed.forEach((key) => witnessed.add(key));
        steps += judge.steps;
        await plane.end();
      }),
      { numRuns: 80, seed: 20_260 },
    );
    expect(steps).toBeGreaterThan(5_000);
  });

  test("every clause of the laws had something to say about a running plane", () => {
    const silent = askedChecks.map(({ key }) => key).filter((key) => !witnessed.has(key));
    expect(silent).toEqual([]);
  });
});

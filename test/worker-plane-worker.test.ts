/** The worker against a master that a test plays, and limits of the real master in one process. */
import { afterEach, describe, expect, test } from "vitest";

import { completedLeasesMax, leaseCaptureWaitMs } from "../spec/vocabulary/worker.js";
import {
  type Assignment,
  type Execute,
  type FromMaster,
  type FromWorker,
  type Json,
  type Master,
  type MasterOptions,
  type Problem,
  type WorkerProcess,
  type WorkerTransport,
  createMaster,
  createWorker,
  inProcessTransport,
} from "../src/worker-plane/index.js";
import { assignmentsMax } from "../src/worker-plane/messages.js";
import { resultBytesMax } from "../src/worker-plane/executions.js";
import { lateTicksMax } from "../src/worker-plane/master.js";
import { arrive, simulatedClock } from "./harness/simulated-plane.js";

/** A master that a test plays: what the worker said, and what it is told. */
function played(execute: Execute) {
  const said: FromWorker[] = [];
  const beats: string[] = [];
  const problems: Problem[] = [];
  const clock = simulatedClock();
  let connections = 0;
  let events: Parameters<WorkerTransport["connect"]>[1] | null = null;
  const transport: WorkerTransport = {
    connect: (_peer, given) => {
      connections += 1;
      events = given;
      return { send: (message) => said.push(message), close: () => undefined };
    },
    beats: () => ({
      pace: (beatMs, progressMs) => beats.push(`pace ${beatMs} ${progressMs}`),
      hold: (lease, attempt) => beats.push(`hold ${lease} ${attempt}`),
      release: (lease) => beats.push(`release ${lease}`),
      stop: () => beats.push("stop"),
    }),
  };
  const worker = createWorker({
    id: "w",
    transport,
    execute,
    clock,
    random: () => 0,
    onProblem: (problem) => problems.push(problem),
  });
  const tell = async (message: FromMaster | object): Promise<void> => {
    events?.message(message);
    await arrive();
  };
  return {
    worker,
    said,
    beats,
    problems,
    clock,
    tell,
    connections: () => connections,
    open: async () => {
      events?.opened();
      await tell({ type: "registered", heartbeatTtlMs: 30_000, dispatchTtlMs: 60_000, fenced: [] });
    },
    cut: async (problem: Problem | null = null) => {
      events?.closed(problem);
      await arrive();
    },
    words: () => said.filter(({ type }) => type === "succeeded" || type === "failed"),
  };
}

const assign = (lease: string, changes: Partial<Assignment> = {}) =>
  ({ type: "assign", lease, attempt: 1, effect: "state", run: "run", snapshot: null, ...changes }) as const;

describe("delivery again", () => {
  test("an assignment that comes twice is executed once; a later attempt takes over what executes", async () => {
    let executed = 0;
    let end: (result: Json) => void = () => undefined;
    const plane = played(() => {
      executed += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    await plane.open();
    await plane.tell(assign("a"));
    await plane.tell(assign("a"));
    await plane.tell(assign("a", { attempt: 2 }));
    end("done");
    await arrive();
    expect(executed).toBe(1);
    expect(plane.words()).toEqual([{ type: "succeeded", lease: "a", attempt: 2, result: "done" }]);
    expect(plane.beats).toEqual(["pace 5000 10000", "hold a 1", "hold a 1", "hold a 2", "release a"]);
    // The word is lost, a third attempt comes: the result there is answers it.
    await plane.tell(assign("a", { attempt: 3 }));
    expect(plane.words().at(-1)).toEqual({ type: "succeeded", lease: "a", attempt: 3, result: "done" });
    await plane.tell({ type: "taken", lease: "a", attempt: 3 });
    expect(plane.worker.status()).toEqual({ state: "registered", executing: 0, unconfirmed: 0 });
  });

  test("words that were not confirmed are said again after a lost connection", async () => {
    const plane = played(() => "done");
    await plane.open();
    await plane.tell(assign("a"));
    await plane.cut();
    expect(plane.connections()).toBe(1);
    plane.clock.advance(50);
    expect(plane.connections()).toBe(2);
    plane.said.length = 0;
    await plane.open();
    expect(plane.said).toEqual([
      { type: "register", holds: [{ lease: "a", attempt: 1 }] },
      { type: "succeeded", lease: "a", attempt: 1, result: "done" },
    ]);
  });

  test("an old attempt's refusal keeps the result, any other one ends it", async () => {
    const plane = played(() => "done");
    await plane.open();
    await plane.tell(assign("a"));
    const refused = (code: string) => ({
      type: "refused",
      lease: "a",
      attempt: 1,
      problem: { code, message: "no" },
    });
    await plane.tell(refused("worker-plane/old-attempt"));
    expect(plane.worker.status().unconfirmed).toBe(1);
    await plane.tell(refused("worker-plane/unknown-lease"));
    expect(plane.worker.status().unconfirmed).toBe(0);
    expect(plane.problems).toHaveLength(2);
  });

  test("a master that has forgotten the worker is registered with again", async () => {
    const plane = played(() => "done");
    await plane.open();
    plane.said.length = 0;
    const problem = { code: "worker-plane/unknown-worker", message: "who" };
    await plane.tell({ type: "refused", lease: null, attempt: null, problem });
    expect(plane.said).toEqual([{ type: "register", holds: [] }]);
  });

  test("a later process with its id ends it, and aborts what it executes", async () => {
    let aborted = false;
    const plane = played(
      (_assignment, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(new Error("aborted"));
          });
        }),
    );
    await plane.open();
    await plane.tell(assign("a"));
    const problem: Problem = { code: "worker-plane/superseded", message: "another one" };
    await plane.cut(problem);
    expect(await plane.worker.ended).toEqual(problem);
    expect(aborted).toBe(true);
    plane.clock.advance(60_000);
    expect(plane.connections()).toBe(1);
    expect(plane.beats).toContain("stop");
  });
});

describe("what executes", () => {
  test("mutations of one run follow one another, reads and other runs do not wait", async () => {
    const running: string[] = [];
    const ends = new Map<string, () => void>();
    const plane = played(({ lease }) => {
      running.push(lease);
      return new Promise((resolve) => ends.set(lease, () => resolve(null)));
    });
    await plane.open();
    await plane.tell(assign("a", { effect: "send" }));
    await plane.tell(assign("b", { effect: "stop" }));
    await plane.tell(assign("c", { effect: "capture" }));
    await plane.tell(assign("d", { effect: "stop", run: "other" }));
    expect(running).toEqual(["a", "c", "d"]);
    ends.get("a")?.();
    await arrive();
    expect(running).toEqual(["a", "c", "d", "b"]);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const odd: readonly [string, () => unknown, object][] = [
    ["nothing", () => undefined, { type: "succeeded", result: null }],
    ["a big integer", () => 1n, { type: "failed", error: { code: "result-not-json" } }],
    ["a cycle", () => cyclic, { type: "failed", error: { code: "result-not-json" } }],
    ["too much", () => "x".repeat(resultBytesMax), { type: "failed", error: { code: "result-too-large" } }],
    [
      "an error with a code",
      () => {
        throw Object.assign(new Error("no such pane"), { code: "ENOENT" });
      },
      { type: "failed", error: { code: "ENOENT", message: "no such pane" } },
    ],
    [
      "a thrown text",
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- hosts do
        throw "why not";
      },
      { type: "failed", error: { code: "effect-failed", message: "why not" } },
    ],
    [
      "a long message",
      () => {
        throw new Error("x".repeat(9_000));
      },
      { type: "failed", error: { code: "effect-failed", message: "x".repeat(4_000) } },
    ],
  ];
  test.each(odd)("%s as a result is a word that can travel", async (_name, result, word) => {
    const plane = played(result as Execute);
    await plane.open();
    await plane.tell(assign("a"));
    expect(plane.words()).toMatchObject([word]);
  });

  test("more assignments than it takes are answered, not remembered", async () => {
    const plane = played(() => new Promise(() => undefined));
    await plane.open();
    for (let lease = 0; lease < assignmentsMax; lease += 1) void plane.tell(assign(`l${lease}`));
    await plane.tell(assign("one more"));
    expect(plane.words()).toMatchObject([
      { type: "failed", lease: "one more", error: { code: "worker-busy" } },
    ]);
    expect(plane.worker.status().executing).toBe(assignmentsMax);
  });

  test("stop aborts, says what came of it, and says goodbye", async () => {
    const plane = played(
      (_assignment, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    await plane.open();
    await plane.tell(assign("a"));
    const stopped = plane.worker.stop();
    await arrive();
    await plane.cut();
    await stopped;
    expect(plane.said.slice(1)).toMatchObject([
      { type: "failed", lease: "a", error: { message: "the worker stops" } },
      { type: "unregister" },
    ]);
    expect(await plane.worker.ended).toBeNull();
  });

  test("what the master sends and is no message is a problem, not an end", async () => {
    const plane = played(() => null);
    await plane.open();
    await plane.tell({ type: "assign", lease: "a" });
    expect(plane.problems).toMatchObject([{ code: "worker-plane/invalid-message" }]);
    expect(plane.worker.status().state).toBe("registered");
  });

  test("a worker that is stopped before it was registered says so", async () => {
    const plane = played(() => null);
    await plane.worker.stop();
    await expect(plane.worker.registered).rejects.toMatchObject({
      failure: { code: "worker-plane/stopped" },
    });
  });
});

describe("limits and times of the master", () => {
  const masters: Master[] = [];
  const workers: WorkerProcess[] = [];
  afterEach(async () => {
    for (const master of masters.splice(0)) await master.close();
    for (const worker of workers.splice(0)) await worker.stop(0);
  });

  async function plane(options: MasterOptions, execute: Execute) {
    const clock = simulatedClock();
    const { master: inward, worker: transport } = inProcessTransport({ clock });
    const master = createMaster({ clock, ...options });
    masters.push(master);
    await master.serve(inward);
    const worker = createWorker({ id: "local", transport, clock, execute });
    workers.push(worker);
    await worker.registered;
    return { master, clock, worker };
  }

  const pass = async (clock: { advance(ms: number): void }, ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await arrive();
    }
  };

  test("completed leases nobody waits for are kept up to the named number (LL10)", async () => {
    const ends: (() => void)[] = [];
    const { master, clock } = await plane({}, () => new Promise((resolve) => ends.push(() => resolve(null))));
    const count = completedLeasesMax + 6;
    const request = { target: "", effect: "capture", snapshot: null, waitMs: 100 } as const;
    const all = Array.from({ length: count }, (_, index) =>
      master.lease({ ...request, run: `run-${index}` }),
    );
    await pass(clock, 300);
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(["timeout"]));
    expect(master.status().leases).toHaveLength(count);
    ends.forEach((end) => end());
    await arrive();
    const { leases } = master.status();
    expect(leases).toHaveLength(completedLeasesMax);
    expect(leases[0]?.run).toBe("run-6");
  });

  test("leases beyond the limit of open ones are refused", async () => {
    const { master } = await plane({ policy: { openLeasesMax: 1 } }, () => new Promise(() => undefined));
    const request = { target: "", effect: "state", run: "run", snapshot: null } as const;
    void master.lease(request);
    expect(await master.lease(request)).toEqual({
      kind: "refused",
      refusal: { reason: "registry-full", openLeases: 1 },
    });
  });

  test("a capture waits for its own time, and each caller for the time it gives", async () => {
    const { master, clock } = await plane({}, () => new Promise(() => undefined));
    const request = { target: "", run: "run", snapshot: null } as const;
    const capture = master.lease({ ...request, effect: "capture" });
    const brief = master.lease({ ...request, effect: "start", waitMs: 250 });
    await pass(clock, 400);
    expect(await brief).toMatchObject({ kind: "timeout", waitMs: 250 });
    await pass(clock, leaseCaptureWaitMs);
    expect(await capture).toMatchObject({ kind: "timeout", waitMs: leaseCaptureWaitMs });
  });

  test("a caller that cancels aborts the effect, before or after it was handed out", async () => {
    const { master } = await plane(
      {},
      (_assignment, signal) =>
        new Promise((_resolve, reject) => {
          const end = (): void => reject(signal.reason as Error);
          if (signal.aborted) end();
          else signal.addEventListener("abort", end);
        }),
    );
    const request = { target: "", effect: "state", run: "run", snapshot: null } as const;
    const controller = new AbortController();
    const running = master.lease({ ...request, signal: controller.signal });
    await arrive();
    controller.abort();
    const cancelled = { kind: "failed", error: { message: "the caller cancelled the effect" } };
    expect(await running).toMatchObject(cancelled);
    expect(await master.lease({ ...request, signal: AbortSignal.abort() })).toMatchObject(cancelled);
  });

  test("time in which the master stood still makes nobody older than a few ticks", async () => {
    const still = simulatedClock();
    let now = 0;
    const { master: inward, worker: transport } = inProcessTransport({ clock: still });
    const slow = createMaster({ clock: { ...still, now: () => now }, policy: { heartbeatTtlMs: 2_000 } });
    masters.push(slow);
    await slow.serve(inward);
    const quiet = createWorker({ id: "local", transport, clock: simulatedClock(), execute: () => null });
    workers.push(quiet);
    await quiet.registered;
    now = 60_000;
    still.advance(100);
    expect(slow.status().workers).toMatchObject([{ active: true, beatAgeMs: lateTicksMax * 100 }]);
    now += 1_100;
    still.advance(100);
    now += 100;
    still.advance(100);
    expect(slow.status().workers).toMatchObject([{ active: false }]);
  });
});

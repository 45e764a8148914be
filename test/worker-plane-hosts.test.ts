/**
 * LL5 and LL7 asked of the runtime: effects are executed from their snapshot, and work trees are looked at on
 * the run's own worker. Each judge is shown an implementation that breaks its law.
 */
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";

import {
  type ExecutionRecord,
  snapshotBreach,
  snapshotWitness,
} from "../laws/worker-lease/ll5-snapshot-sufficiency.js";
import {
  type TreeEvent,
  type TreeState,
  hostBreach,
  hostWitness,
} from "../laws/worker-lease/ll7-host-confinement.js";
import { type LeaseEffect, leaseEffect } from "../spec/vocabulary/worker.js";
import {
  type Assignment,
  type Execute,
  type Json,
  type Master,
  type WorkTreeOf,
  type WorkTrees,
  type WorkerOptions,
  type WorkerProcess,
  createMaster,
  createWorker,
  executeWorkTree,
  inProcessTransport,
  inspectWorkTree,
  removeWorkTree,
} from "../src/worker-plane/index.js";
import { type SimulatedClock, arrive, simulatedClock } from "./harness/simulated-plane.js";

interface Plane {
  readonly master: Master;
  readonly clock: SimulatedClock;
  worker(id: string, execute: Execute): Promise<WorkerProcess>;
}

const masters: Master[] = [];
afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});

async function plane(): Promise<Plane> {
  const clock = simulatedClock();
  const { master: inward, worker: transport } = inProcessTransport({ clock });
  const master = createMaster({ clock, policy: { heartbeatTtlMs: 1_000, waitMs: 5_000 } });
  masters.push(master);
  await master.serve(inward);
  return {
    master,
    clock,
    worker: async (id, execute) => {
      const worker = createWorker({ id, transport, execute, clock });
      await worker.registered;
      return worker;
    },
  };
}

describe("LL5: an effect is executed from its snapshot alone", () => {
  /** A worker's own store: runs it believes to know. */
  type Store = Readonly<Record<string, string>>;

  /** What a session host would do with each effect: a function of the snapshot. */
  const fromSnapshot =
    (_store: Store): Execute =>
    ({ effect, run, snapshot }) => ({ effect, run, did: snapshot });

  /** The incident: the run is looked up in the worker's own store first. */
  const fromOwnStore =
    (store: Store): Execute =>
    ({ effect, run, snapshot }) => {
      if (!(run in store)) throw new Error(`run ${run} is gone`);
      return { effect, run, did: snapshot };
    };

  const payloadOf = (effect: LeaseEffect): Json => ({ session: "agent-7", branch: "topic", wants: effect });

  async function executions(program: (store: Store) => Execute): Promise<readonly ExecutionRecord[]> {
    const found: ExecutionRecord[] = [];
    const stores: readonly Store[] = [{}, { "run-7": "canceled" }, { "run-8": "running" }];
    for (const [index, store] of stores.entries()) {
      const { master, worker } = await plane();
      const id = `host-${index}`;
      await worker(id, program(store));
      for (const effect of leaseEffect.options) {
        const snapshot = payloadOf(effect);
        const { lease: _lease, ...word } = {
          lease: "",
          ...(await master.lease({ target: id, effect, run: "run-7", snapshot })),
        };
        const [payload, held, said] = [snapshot, store, word].map((value) => JSON.stringify(value));
        found.push({ worker: id, effect, payload: payload ?? "", store: held ?? "", word: said ?? "" });
      }
    }
    return found;
  }

  test("every effect says the same over an empty store and over one that contradicts it", async () => {
    const found = await executions(fromSnapshot);
    expect(snapshotBreach(found)).toBeNull();
    expect(snapshotWitness(found)).toBe(true);
    expect(found).toHaveLength(3 * leaseEffect.options.length);
    expect(found.every(({ word }) => word.includes('"kind":"succeeded"'))).toBe(true);
  });

  test("a worker that looks into its own store is found out", async () => {
    expect(snapshotBreach(await executions(fromOwnStore))).toMatch(
      /^start from .*: worker host-0 over the store {} says .*run-7 is gone.*, worker host-1 over {"run-7":"canceled"} says .*succeeded/,
    );
  });

  test("what executes is given an assignment of plain data and a signal, and nothing else", () => {
    expectTypeOf<Parameters<Execute>>().toEqualTypeOf<[assignment: Assignment, signal: AbortSignal]>();
    expectTypeOf<keyof Assignment>().toEqualTypeOf<"lease" | "attempt" | "effect" | "run" | "snapshot">();
    expectTypeOf<Assignment["snapshot"]>().toEqualTypeOf<Json>();
    // No option of a worker could carry a store to it.
    expectTypeOf<keyof WorkerOptions>().toEqualTypeOf<
      "id" | "transport" | "execute" | "clock" | "random" | "backoff" | "bornAtMs" | "onProblem"
    >();
  });

  test("the snapshot is a copy: neither side can reach the other through it", async () => {
    const { master, worker } = await plane();
    const snapshot = { list: [1] };
    await worker("host", (assignment) => {
      (assignment.snapshot as { list: number[] }).list.push(2);
      return assignment.snapshot;
    });
    const outcome = await master.lease({ target: "host", effect: "state", run: "r", snapshot });
    expect(outcome).toMatchObject({ kind: "succeeded", result: { list: [1, 2] } });
    expect(snapshot).toEqual({ list: [1] });
  });
});

describe("LL7: a work tree is looked at on the run's own worker", () => {
  type Ask = (master: Pick<Master, "lease">, tree: WorkTreeOf) => Promise<{ readonly state: string }>;

  /** Two hosts: the run's tree is on `remote`; `local` has none at its path. */
  async function history(inspect: Ask, remove: Ask): Promise<readonly TreeEvent[]> {
    const events: TreeEvent[] = [];
    const { master, clock, worker } = await plane();
    const trees = new Map([["remote", new Set(["/trees/7"])]]);
    const host = (id: string, broken = false): WorkTrees => {
      const look = (path: string, found: TreeState | null) => {
        events.push({ type: "looked", worker: id, path, state: found });
        if (found === null) throw new Error("EIO: the disk does not answer");
        return Promise.resolve(found);
      };
      return {
        inspect: async (path) => {
          const state = trees.get(id)?.has(path) === true ? "present" : "absent";
          await look(path, broken ? null : state);
          return state;
        },
        remove: async (path) => {
          const state = trees.get(id)?.delete(path) === true ? "removed" : "absent";
          await look(path, broken ? null : state);
          return state;
        },
      };
    };
    const hosts = (id: string, broken = false): Execute => {
      const port = host(id, broken);
      return (assignment, signal) => executeWorkTree(port, assignment, signal);
    };
    let questions = 0;
    const ask = async (how: Ask, target: string, path = "/trees/7"): Promise<void> => {
      const question = (questions += 1);
      events.push({ type: "asked", question, worker: target === "" ? "local" : target, path });
      const answering = how(master, { run: "run-7", worker: target, path });
      await arrive();
      for (let wait = 0; wait < 60; wait += 1) clock.advance(100);
      await arrive();
      const { state } = await answering;
      events.push({ type: "answered", question, state: state as TreeState | "unavailable" });
    };
    // The local host sees for itself what a broken master would: nothing at that path.
    await worker("local", hosts("local"));
    await ask(inspect, "remote");
    const sick = await worker("remote", hosts("remote", true));
    await ask(inspect, "remote");
    await sick.stop();
    const remote = await worker("remote", hosts("remote"));
    await ask(inspect, "remote");
    await ask(inspect, "");
    await ask(remove, "remote");
    await ask(inspect, "remote");
    await ask(remove, "remote");
    await remote.stop();
    await ask(remove, "remote");
    return events;
  }

  const answers = (events: readonly TreeEvent[]): readonly string[] =>
    events.flatMap((event) => (event.type === "answered" ? [event.state] : []));

  test("answers are what that worker saw; whatever kept it from looking is unavailable", async () => {
    const events = await history(inspectWorkTree, removeWorkTree);
    expect(hostBreach(events)).toBeNull();
    expect(hostWitness(events)).toBe(true);
    expect(answers(events)).toEqual([
      "unavailable",
      "unavailable",
      "present",
      "absent",
      "removed",
      "absent",
      "absent",
      "unavailable",
    ]);
  });

  test("an answer that is not there is given with its reason", async () => {
    const { master, clock, worker } = await plane();
    const tree = { run: "run-7", worker: "remote", path: "/trees/7" };
    expect(await inspectWorkTree(master, tree)).toEqual({
      state: "unavailable",
      reason: "refused",
      message: "the run's worker was not asked: worker-unknown",
    });
    const remote = await worker("remote", () => new Promise(() => undefined));
    const late = inspectWorkTree(master, { ...tree, waitMs: 200 });
    await arrive();
    for (let wait = 0; wait < 4; wait += 1) clock.advance(100);
    expect(await late).toMatchObject({ state: "unavailable", reason: "timeout" });
    const gone = removeWorkTree(master, tree);
    await master.close();
    expect(await gone).toMatchObject({ state: "unavailable", reason: "lost" });
    void remote.stop(0);
  });

  test("a result that says nothing known is unavailable", async () => {
    const { master, worker } = await plane();
    await worker("remote", () => ({ state: "perhaps" }));
    const tree = { run: "run-7", worker: "remote", path: "/trees/7" };
    expect(await inspectWorkTree(master, tree)).toMatchObject({ state: "unavailable", reason: "no-answer" });
    expect(await removeWorkTree(master, { ...tree, path: "" })).toMatchObject({ state: "unavailable" });
  });

  test("a master that takes no answer for absence is found out", async () => {
    const careless: Ask = async (master, tree) => {
      const { state } = await inspectWorkTree(master, tree);
      return { state: state === "unavailable" ? "absent" : state };
    };
    const breach = hostBreach(await history(careless, removeWorkTree));
    expect(breach).toBe("the tree /trees/7 of remote is answered as absent; that worker did not look");
  });

  test("a master that falls back to its own host is found out", async () => {
    const falling: Ask = async (master, tree) => {
      const answer = await inspectWorkTree(master, tree);
      return answer.state === "unavailable" ? inspectWorkTree(master, { ...tree, worker: "" }) : answer;
    };
    const breach = hostBreach(await history(falling, removeWorkTree));
    expect(breach).toBe("the tree /trees/7 is looked for at local, which nobody asked for");
  });
});

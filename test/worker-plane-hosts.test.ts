/**
 * LL5 and LL7 asked of the runtime: effects are executed from their snapshot, and work trees are looked at on
 * the run's own worker. Each judge is shown an implementation that breaks its law.
 */
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";

import { snapshotBreach, snapshotWitness } from "../laws/worker-lease/ll5-snapshot-sufficiency.js";
import { type TreeEvent, hostBreach, hostWitness } from "../laws/worker-lease/ll7-host-confinement.js";
import { leaseEffect } from "../spec/vocabulary/worker.js";
import {
  type Plane,
  executions,
  fallsBackToItself,
  fromOwnStore,
  fromSnapshot,
  openPlane,
  takesSilenceForAbsence,
  treeHistory,
} from "../src/conformance/plane-programs.js";
import { arrive } from "../src/conformance/simulated-plane.js";
import {
  type Assignment,
  type Execute,
  type Json,
  type Master,
  type WorkerOptions,
  inspectWorkTree,
  removeWorkTree,
} from "../src/worker-plane/index.js";

const masters: Master[] = [];
afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});

async function plane(): Promise<Plane> {
  const made = await openPlane();
  masters.push(made.master);
  return made;
}

describe("LL5: an effect is executed from its snapshot alone", () => {
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
  const answers = (events: readonly TreeEvent[]): readonly string[] =>
    events.flatMap((event) => (event.type === "answered" ? [event.state] : []));

  test("answers are what that worker saw; whatever kept it from looking is unavailable", async () => {
    const events = await treeHistory(inspectWorkTree);
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
    const breach = hostBreach(await treeHistory(takesSilenceForAbsence));
    expect(breach).toBe("the tree /trees/7 of remote is answered as absent; that worker did not look");
  });

  test("a master that falls back to its own host is found out", async () => {
    const breach = hostBreach(await treeHistory(fallsBackToItself));
    expect(breach).toBe("the tree /trees/7 is looked for at local, which nobody asked for");
  });
});

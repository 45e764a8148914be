/** The mutex laws at small and default bounds, how few processes break each protocol, and the kernel they run on. */
import { describe, expect, test } from "vitest";

import { mutexLaws } from "../laws/mutex/index.js";
import {
  type FileSystem,
  blankInode,
  closed,
  noHandles,
  perform,
  stamped,
} from "../spec/systems/file-mutex-kernel.js";
import {
  type LockProtocol,
  advisoryLock,
  advisoryLockWithUnlink,
  createAndSteal,
  directoryWithAge,
  pidFile,
} from "../spec/systems/file-mutex-protocols.js";
import { type FileMutexParameters, fileMutex } from "../spec/systems/file-mutex.js";
import { search } from "../src/checker/index.js";
import { mutantSteps, spaceSizes } from "./harness/law-reports.js";
import { verifyLaws } from "./harness/verify-laws.js";

const steal = createAndSteal({ stealsEmpty: false, reentrant: false });

describe("the laws", () => {
  test("hold at small bounds, and each mutant is caught in the pinned number of steps", async () => {
    const report = await verifyLaws(mutexLaws);
    expect([report.verdict, report.agreement.verdict]).toEqual(["holds", "holds"]);
    expect(spaceSizes(report)).toEqual({
      "file-mutex/two": [101, 303, 13],
      "file-mutex/three": [251, 650, 15],
      "file-mutex/clocks": [352, 1817, 10],
    });
    expect(mutantSteps(report)).toEqual({
      "ML1 steal by rename and restore": 15,
      "ML1 directory with age": 10,
      "ML1 lock file unlinked": 12,
      "ML1 pid file": 9,
      "ML1 one label for two processes": 6,
      "ML1 holder pauses beyond the TTL": 12,
      "ML2 released lock restored": 28,
      "ML2 empty lock file": 16,
      "ML2 process id reused": 13,
      "ML2 clock set back": 13,
    });
  });

  test("hold at default bounds, and every mutant is caught", async () => {
    const report = await verifyLaws(mutexLaws, { bounds: "default" });
    expect(report.verdict).toBe("holds");
    expect(spaceSizes(report)).toEqual({
      "file-mutex/two": [105, 341, 13],
      "file-mutex/three": [507, 2301, 15],
      "file-mutex/clocks": [2328, 15_781, 11],
    });
  });

  test("every transition of our protocol is taken", async () => {
    const report = await verifyLaws(mutexLaws);
    const machines = report.coverage.flatMap(({ coverage }) => coverage.machines);
    expect(machines.map(({ machine, unreached }) => [machine, unreached])).toEqual([
      ["advisoryLock", []],
    ]);
  });
});

const exclusion = mutexLaws[0]?.checks[0];

function doubleHold(
  protocol: LockProtocol,
  parameters: FileMutexParameters,
  oneLabel = false,
): number | null {
  if (exclusion === undefined) throw new RangeError("no law");
  const model = fileMutex.build(parameters, { protocol, oneLabel });
  const { checks } = search(model, { checks: [{ key: "ML1", law: "ML1", check: exclusion }] });
  const path = checks[0]?.counterexample?.path;
  return path === undefined ? null : path.length - 1;
}

describe("how few processes hold a lock twice, in how many steps, while nobody outlives a TTL", () => {
  const orderly = { clock: "orderly", pidReuse: false } as const;

  test.each([
    ["steal by rename and restore", steal, [null, 15]],
    [
      "the same, empty files stolen too",
      createAndSteal({ stealsEmpty: true, reentrant: false }),
      [null, 15],
    ],
    [
      "the same, own label enters",
      createAndSteal({ stealsEmpty: false, reentrant: true }),
      [28, 15],
    ],
    ["directory with age", directoryWithAge(), [10, 10]],
    ["lock file unlinked", advisoryLockWithUnlink(), [12, 12]],
    ["pid file", pidFile(), [9, 9]],
    ["ours", advisoryLock(), [null, null]],
  ] as const)("%s", (_name, protocol, [two, three]) => {
    expect(doubleHold(protocol, { processes: 2, deaths: 0, ...orderly })).toBe(two);
    expect(doubleHold(protocol, { processes: 3, deaths: 0, ...orderly })).toBe(three);
  });

  test("two stealers never do, whoever dies: the third is needed", () => {
    expect(doubleHold(steal, { processes: 2, deaths: 2, ...orderly })).toBeNull();
  });

  test("ours does not with four processes, any deaths and any clock", () => {
    const most: FileMutexParameters = {
      processes: 4,
      deaths: 4,
      clock: "arbitrary",
      pidReuse: true,
    };
    expect(doubleHold(advisoryLock(), most)).toBeNull();
  });
});

describe("the kernel of the model", () => {
  const empty: FileSystem = {
    path: null,
    handles: [noHandles, noHandles],
    inodes: [blankInode, blankInode, blankInode],
  };
  const caller = (process: number) => ({ process, label: process, probedIsAlive: false });
  const run = (
    files: FileSystem,
    ...calls: readonly (readonly [number, Parameters<typeof perform>[0]])[]
  ): FileSystem =>
    calls.reduce((at, [process, call]) => {
      const outcome = perform(call, at, caller(process));
      if (outcome === null) throw new Error(`${call} of process ${process} blocks`);
      return outcome.files;
    }, files);

  test("creating fails while there is a name, opening does not", () => {
    const files = run(empty, [0, "create"]);
    expect(perform("create", files, caller(1))?.answer).toEqual({ type: "call.failed" });
    expect(run(files, [1, "open"]).handles[1]?.descriptor).toBe(files.path);
  });

  test("a lock blocks others until its descriptor is closed, and a death closes it", () => {
    const held = run(empty, [0, "open"], [0, "lock"], [1, "open"]);
    expect(perform("lock", held, caller(1))).toBeNull();
    expect(perform("lock", closed(held, 0), caller(1))?.answer).toEqual({ type: "call.succeeded" });
  });

  test("an unlinked file lives on under its descriptor, and the name is free for another", () => {
    const files = run(empty, [0, "open"], [0, "lock"], [1, "unlink"], [1, "open"], [1, "lock"]);
    expect(files.handles.map(({ descriptor }) => descriptor)).toEqual([0, 1]);
    expect(files.inodes.map(({ lockedBy }) => lockedBy)).toEqual([0, 1, null]);
  });

  test("a rename back replaces what has the name by now, and what nobody refers to is blank", () => {
    const left = run(
      empty,
      [0, "create"],
      [0, "write"],
      [1, "moveAside"],
      [0, "create"],
      [0, "write"],
    );
    const back = run(left, [1, "moveBack"]);
    expect([back.path, back.handles[1]?.aside]).toEqual([0, null]);
    expect(back.inodes[1]).toEqual(blankInode);
  });

  test("writing makes a stamp fresh, a clock changes stamps of what is referred to only", () => {
    const files = stamped(run(empty, [0, "create"], [0, "write"]), true);
    expect(files.inodes.map(({ stale }) => stale)).toEqual([true, false, false]);
    expect(run(files, [1, "open"], [1, "write"]).inodes[0]).toEqual({
      body: 1,
      stale: false,
      lockedBy: null,
    });
  });
});

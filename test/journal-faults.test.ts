/**
 * Disks that fail: every call of short scripts with every error, short writes, failed syncs with and without
 * the data still in the cache; and then a power cut. What was acknowledged stays, what was refused is not
 * there, an unknown outcome is one or the other, and no error reads as "nothing there" (JL1, JL2, JL8).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { type Disk, type Journal, JournalError, verifyJournal } from "../src/journal/index.js";
import { simClock } from "./harness/sim-clock.js";
import { type SimCall, type SimFault, SimWorld } from "./harness/sim-disk.js";
import { appendId, type Ids, openIds } from "./harness/sim-disk-scripts.js";

const logPath = "/state/journal.ndjson";
/** Where the lock file says which logs saw a sync fail. */
const marksAt = 64;

interface Outcome {
  readonly kept: number[];
  readonly refused: number[];
  readonly unknown: number[];
  readonly order: number[];
}

/** Runs a script to its end, whatever fails, and notes what each call was told. */
async function runThrough(script: string, world: SimWorld): Promise<Outcome> {
  const outcome: Outcome = { kept: [], refused: [], unknown: [], order: [] };
  const { disk } = world.process();
  let journal: Journal<Ids> | null = null;
  let id = 0;
  for (const step of `o${script}`) {
    try {
      if (step === "o") {
        await journal?.close();
        journal = null;
        journal = await openIds(disk);
      } else {
        journal ??= await openIds(disk);
        if (step === "c") await journal.compact();
        else await append(journal, (id += 1), outcome, step);
      }
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
    }
  }
  return outcome;
}

async function append(journal: Journal<Ids>, id: number, outcome: Outcome, step: string): Promise<void> {
  try {
    const decide = appendId(id, "durable");
    const call = (other: number): Promise<unknown> =>
      journal.transact((state) => {
        outcome.order.push(other);
        return other === id ? decide(state) : appendId(other, "durable")(state);
      });
    // `g`: two calls that share a write; only the first is judged, the second has to be prefixed by it.
    if (step === "g") void call(id + 500).catch(() => undefined);
    await call(id);
    outcome.kept.push(id);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const unknown = error.failure.code === "journal/unknown-outcome";
    outcome[unknown ? "unknown" : "refused"].push(id);
  }
}

async function idsIn(world: SimWorld): Promise<readonly number[]> {
  world.hook = () => undefined;
  const journal = await openIds(world.process().disk);
  await journal.transact(appendId(999, "durable"));
  const { state, damage } = await journal.read();
  expect(damage).toEqual([]);
  await journal.close();
  return state.ids.map(({ id }) => id).filter((id) => id !== 999);
}

function check(ids: readonly number[], outcome: Outcome, what: string): void {
  const { kept, refused, unknown } = outcome;
  const judged = ids.filter((id) => id < 500);
  expect(kept.filter((id) => !ids.includes(id)), `${what}: lost`).toEqual([]);
  expect(refused.filter((id) => ids.includes(id)), `${what}: refused but there`).toEqual([]);
  expect(judged, `${what}: order`).toEqual([...judged].sort((a, b) => a - b));
  const told = [...kept, ...unknown];
  expect(judged.filter((id) => !told.includes(id)), `${what}: from nowhere`).toEqual([]);
}

const scripts = ["ddd", "dgd", "dcd", "dod", "dcod"];
const errors = ["ENOSPC", "EIO", "EROFS", "EACCES", "EDQUOT", "EMFILE"];

/** Fails the call `at`, and only that one, or that and all behind it. */
function failing(at: number, fault: SimFault, onwards: boolean): (call: SimCall) => SimFault | undefined {
  let calls = 0;
  return () => {
    calls += 1;
    return calls === at || (onwards && calls > at) ? fault : undefined;
  };
}

describe("every call fails once, or from then on", () => {
  test.each(scripts)("script %s", async (script) => {
    const calm = new SimWorld();
    await runThrough(script, calm);
    let faults = 0;
    for (const errno of errors) {
      for (const onwards of [false, true]) {
        for (let at = 1; at <= calm.calls; at += 1) {
          const what = `${errno} at call ${at}${onwards ? " and on" : ""}`;
          const world = new SimWorld();
          world.hook = failing(at, { errno, dropped: true }, onwards);
          const outcome = await runThrough(script, world);
          world.hook = () => undefined;
          const images = [...world.images()].slice(0, 12);
          check(await idsIn(world), outcome, what);
          for (const image of images) check(await idsIn(new SimWorld(image)), outcome, `${what}, then a power cut`);
          faults += 1;
        }
      }
    }
    expect(faults).toBeGreaterThan(300);
  });
});

describe("failed syncs", () => {
  const fates = [
    { errno: "EIO" },
    { errno: "EIO", dropped: true },
    { errno: "EIO", dropped: true, evicted: true },
  ];

  test.each(fates)("of anything, %j: a later sync proves nothing, and what it would hide is written anew", async (fault) => {
    for (const script of ["dddd", "dgdd", "dcdd", "ddod"]) {
      const calm = new SimWorld();
      await runThrough(script, calm);
      for (let at = 1; at <= calm.calls; at += 1) {
        const world = new SimWorld();
        let calls = 0;
        world.hook = ({ name }) => {
          calls += 1;
          return calls >= at && calls < at + 3 && name.startsWith("sync") ? fault : undefined;
        };
        const outcome = await runThrough(script, world);
        world.hook = () => undefined;
        const what = `${script}, sync from call ${at}`;
        for (const image of [...world.images()].slice(0, 24)) {
          check(await idsIn(new SimWorld(image)), outcome, `${what}, then a power cut`);
        }
        check(await idsIn(world), outcome, what);
      }
    }
  });

  test("another process that did not see it fail does not build on it", async () => {
    const world = new SimWorld();
    const first = await openIds(world.process().disk);
    const second = await openIds(world.process().disk);
    await first.transact(appendId(1, "durable"));
    world.hook = ({ name, process }) =>
      name === "syncData" && process === 1 ? { errno: "EIO", dropped: true } : undefined;
    await expect(first.transact(appendId(2, "durable"))).rejects.toMatchObject({
      failure: { code: "journal/unknown-outcome" },
    });
    world.hook = () => undefined;
    await second.transact(appendId(3, "durable"));
    for (const image of world.images()) expect(await idsIn(new SimWorld(image))).toEqual([1, 2, 3]);
  });

  test("a late failure of a file that was replaced does not hide that the new one failed", async () => {
    const world = new SimWorld();
    let failLate: () => void = () => undefined;
    const slow = (disk: Disk): Disk => ({
      ...disk,
      syncData: () =>
        new Promise((_resolve, reject) => {
          failLate = () => reject(Object.assign(new Error("late"), { code: "EIO" }));
        }),
    });
    const second = await openIds(world.process().disk);
    const first = await openIds(slow(world.process().disk));
    const third = await openIds(world.process().disk);
    await second.transact(appendId(1, "durable"));
    const late = expect(first.transact(appendId(2, "durable"))).rejects.toThrow("unknown-outcome");
    await new Promise(setImmediate);
    await second.compact();
    world.hook = ({ name }) => (name === "syncData" ? { errno: "EIO", dropped: true } : undefined);
    await expect(second.transact(appendId(3, "durable"))).rejects.toThrow("unknown-outcome");
    world.hook = () => undefined;
    failLate();
    await late;
    await third.transact(appendId(4, "durable"));
    for (const image of world.images()) expect(await idsIn(new SimWorld(image))).toEqual([1, 2, 3, 4]);
  });

  /** What the settling is for: without its note the second process loses what it acknowledged. */
  test("seen to be needed: without the note of the failed sync an acknowledged record is lost", async () => {
    const world = new SimWorld();
    const forgetful = (disk: Disk): Disk => ({
      ...disk,
      overwrite: (file, bytes, position) => {
        if (position < marksAt) disk.overwrite(file, bytes, position);
      },
    });
    const first = await openIds(forgetful(world.process().disk));
    const second = await openIds(world.process().disk);
    await first.transact(appendId(1, "durable"));
    world.hook = ({ name, process }) =>
      name === "syncData" && process === 1 ? { errno: "EIO", dropped: true } : undefined;
    await expect(first.transact(appendId(2, "durable"))).rejects.toThrow("unknown-outcome");
    world.hook = () => undefined;
    await second.transact(appendId(3, "durable"));
    const read = async (image: ReturnType<SimWorld["cachedImage"]>): Promise<number> => {
      const journal = await openIds(new SimWorld(image).process().disk);
      return (await journal.read()).state.ids.filter(({ id }) => id === 3).length;
    };
    const found = await Promise.all([...world.images()].map(read));
    expect(Math.min(...found)).toBe(0);
  });
});

describe("short writes", () => {
  test("are continued until the record is whole", async () => {
    for (const short of [1, 7, 100]) {
      const world = new SimWorld();
      world.hook = ({ name, bytes }) => (name === "append" && (bytes?.length ?? 0) > short ? { short } : undefined);
      const outcome = await runThrough("ddcd", world);
      expect(outcome.kept).toEqual([1, 2, 3]);
      check(await idsIn(world), outcome, `writes of ${short} bytes`);
    }
  });

  test("that end in a full disk are cut back to the last whole record, which is kept", async () => {
    for (let room = 1; room < 900; room += 13) {
      const world = new SimWorld();
      const journal = await openIds(world.process().disk);
      await journal.transact(appendId(1, "durable"));
      let left = room;
      world.hook = ({ name, path, bytes }) => {
        if (name !== "append" || path !== logPath) return undefined;
        const wanted = bytes?.length ?? 0;
        if (left === 0) return { errno: "ENOSPC" };
        const short = Math.min(left, wanted);
        left -= short;
        return short === wanted ? undefined : { short };
      };
      const calls = [2, 3, 4].map(async (id) => journal.transact(appendId(id, "durable")));
      const told = await Promise.allSettled(calls);
      const kept = [2, 3, 4].filter((_, index) => told[index]?.status === "fulfilled");
      expect(kept).toEqual([2, 3, 4].slice(0, kept.length));
      for (const answer of told) {
        if (answer.status === "rejected") {
          expect(answer.reason).toMatchObject({ failure: { code: "journal/no-space" } });
        }
      }
      expect((await journal.read()).state.ids.map(({ id }) => id), `${room}`).toEqual([1, ...kept]);
      expect(journal.recovered).toEqual([]);
      expect(await idsIn(world), `${room}`).toEqual([1, ...kept]);
    }
  });
});

describe("fail closed", () => {
  test("a log that cannot be read is an error, never an empty state", async () => {
    const world = new SimWorld();
    const { disk } = world.process();
    await (await openIds(disk)).transact(appendId(1, "durable"));
    for (const name of ["stat", "open", "read", "statFile"] as const) {
      world.hook = (call) => (call.name === name && call.path === logPath ? { errno: "EIO" } : undefined);
      await expect(openIds(disk), name).rejects.toMatchObject({ failure: { code: "journal/read-failed" } });
    }
  });

  test("an open handle that cannot read refuses to write, and goes on when it can", async () => {
    const world = new SimWorld();
    const journal = await openIds(world.process().disk);
    await journal.transact(appendId(1, "durable"));
    world.hook = ({ name, path }) => (name === "read" && path === logPath ? { errno: "EIO" } : undefined);
    await expect(journal.transact(appendId(2, "durable"))).rejects.toThrow("journal/read-failed");
    await expect(journal.read()).rejects.toThrow("journal/read-failed");
    world.hook = () => undefined;
    await journal.transact(appendId(3, "durable"));
    expect((await journal.read()).state.ids.map(({ id }) => id)).toEqual([1, 3]);
  });

  test("an empty log file is damage, not a new journal", async () => {
    const image = new Map([["/state/", Buffer.alloc(0)], [logPath, Buffer.alloc(0)]]);
    await expect(openIds(new SimWorld(image).process().disk)).rejects.toMatchObject({
      failure: { code: "journal/corrupt" },
    });
  });

  test("a compaction that fails leaves the log as it was", async () => {
    const world = new SimWorld();
    const journal = await openIds(world.process().disk);
    for (const id of [1, 2, 3]) await journal.transact(appendId(id, "durable"));
    const before = world.cachedImage().get(logPath);
    world.hook = ({ name, path }) => (name === "append" && path.endsWith(".tmp") ? { errno: "ENOSPC" } : undefined);
    await expect(journal.compact()).rejects.toMatchObject({ failure: { code: "journal/no-space" } });
    expect(world.cachedImage().get(logPath)).toEqual(before);
    expect([...world.cachedImage().keys()].filter((path) => path.endsWith(".tmp"))).toEqual([]);
    await journal.transact(appendId(4, "durable"));
  });
});

describe("real limits", () => {
  const tools = { mount: "mount", unmount: "umount" };
  const child = fileURLToPath(new URL("harness/journal-child.ts", import.meta.url));
  const node = (...args: readonly string[]): string[] => [process.execPath, "--import", "tsx", child, ...args];

  test("a limit on the size of files: refused, nothing lost, nothing torn", async () => {
    const directory = mkdtempSync(join(tmpdir(), "journal-limit-"));
    try {
      // In blocks of 1,024 bytes.
      const script = `ulimit -f 8 && exec "$@"`;
      const ran = spawnSync("bash", ["-c", script, "bash", ...node("fill", directory, "60")], { encoding: "utf8" });
      expect(ran.stdout, ran.stderr).toMatch(/^kept \d+ journal\/no-space\n$/);
      const found = await verifyJournal({ directory });
      expect(found).toMatchObject({ damage: [], tail: "clean" });
      expect(`kept ${found.seq} journal/no-space\n`).toBe(ran.stdout);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("a full filesystem: refused, nothing lost, and writing goes on when there is room", async (context) => {
    const mount = mkdtempSync(join(tmpdir(), "journal-full-"));
    try {
      execFileSync(tools.mount, ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], { stdio: "ignore" });
    } catch {
      rmSync(mount, { recursive: true });
      context.skip("mounting a small filesystem needs rights that this process does not have");
    }
    try {
      const directory = join(mount, "state");
      mkdirSync(directory, { mode: 0o700 });
      const [command = "", ...args] = node("fill", directory, "2000");
      const ran = spawnSync(command, args, { encoding: "utf8" });
      expect(ran.stdout, ran.stderr).toMatch(/^kept \d+ journal\/no-space\n$/);
      const found = await verifyJournal({ directory });
      expect(found).toMatchObject({ damage: [], tail: "clean" });
      expect(`kept ${found.seq} journal/no-space\n`).toBe(ran.stdout);
      execFileSync(tools.mount, ["-o", "remount,size=1m", mount], { stdio: "ignore" });
      const again = spawnSync(command, [...args.slice(0, -1), "3"], { encoding: "utf8" });
      expect(again.stdout).toBe(`kept ${found.seq + 3}\n`);
      expect(readFileSync(join(directory, "journal.ndjson"), "utf8").endsWith("\n")).toBe(true);
    } finally {
      execFileSync(tools.unmount, [mount]);
      rmSync(mount, { recursive: true });
    }
  });
});

test("the simulated clock stamps what the journal writes", () => {
  const clock = simClock();
  clock.advance(10);
  expect(clock.now()).toEqual({ bootId: "boot-1", monotonicMs: 11, wallMs: 1_700_000_000_011 });
});

/** Verify, repair, export, import, tail and the questions to the host. */
import { expect, describe, test } from "vitest";

import {
  exportJournal,
  importJournal,
  inspectHost,
  JournalError,
  repairJournal,
  tailJournal,
  verifyJournal,
} from "../src/journal/index.js";
import { simClock } from "./harness/sim-clock.js";
import { SimWorld } from "./harness/sim-disk.js";
import { linesOf, logOf, logPath } from "./harness/sim-disk-logs.js";
import { appendId, openIds } from "./harness/sim-disk-scripts.js";

const directory = "/state";

function worldOf(bytes: Buffer): SimWorld {
  return new SimWorld(new Map([["/state/", Buffer.alloc(0)], [logPath, bytes]]));
}

async function idsIn(world: SimWorld): Promise<readonly number[]> {
  const journal = await openIds(world.process().disk);
  const { state, damage } = await journal.read();
  expect(damage).toEqual([]);
  await journal.close();
  return state.ids.map(({ id }) => id);
}

function flipped(bytes: Buffer, line: number): Buffer {
  const copy = Buffer.from(bytes);
  const start = linesOf(bytes).slice(0, line).reduce((sum, { length }) => sum + length, 0);
  copy[start + 20] = (copy[start + 20] ?? 0) ^ 1;
  return copy;
}

describe("repair", () => {
  const clock = simClock();
  const dropped = (world: SimWorld): ReturnType<typeof repairJournal> =>
    repairJournal({ directory, disk: world.process().disk, decision: { kind: "drop-damaged" }, clock });

  test("drop-damaged keeps every sound record, says which numbers are gone, and keeps the old file", async () => {
    const bytes = await logOf("dddddd");
    for (let line = 1; line <= 6; line += 1) {
      const before = flipped(bytes, line);
      const world = worldOf(before);
      const report = await dropped(world);
      const left = [1, 2, 3, 4, 5, 6].filter((id) => id !== line);
      expect(report.gaps, `line ${line}`).toEqual(line === 6 ? [] : [{ from: line, to: line }]);
      expect(world.cachedImage().get(report.previous)).toEqual(before);
      expect(await idsIn(world)).toEqual(left);
      const journal = await openIds(world.process().disk);
      await journal.transact(appendId(7, "durable"));
      await journal.compact();
      await journal.transact(appendId(8, "durable"));
      expect(await idsIn(world), `line ${line}`).toEqual([...left, 7, 8]);
    }
  });

  test("records between two damaged lines, repeated lines and strangers are told apart", async () => {
    const lines = linesOf(await logOf("dddddddd"));
    const strange = Buffer.from("not a record\n");
    const mixed = Buffer.concat([...lines.slice(0, 3), strange, lines[1] as Buffer, ...lines.slice(3, 5), ...lines.slice(6)]);
    const world = worldOf(mixed);
    const report = await dropped(world);
    expect(report.gaps).toEqual([{ from: 5, to: 5 }]);
    expect(await idsIn(world)).toEqual([1, 2, 3, 4, 6, 7, 8]);
  });

  test("kept records that are damaged are dropped and the checkpoint says how many are left", async () => {
    const bytes = await logOf("ddddcdd");
    const world = worldOf(flipped(bytes, 1));
    await dropped(world);
    expect(await idsIn(world)).toEqual([1, 2, 3, 4, 5, 6]);
    const found = await verifyJournal({ directory, disk: world.process().disk });
    expect(found).toMatchObject({ kept: 1, records: 2, seq: 6, damage: [], tail: "clean" });
  });

  test("truncate-at keeps what ends before the byte, and gives no number twice", async () => {
    const bytes = await logOf("dddddd");
    const ends = linesOf(bytes).map((_, index, all) => all.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0));
    const world = worldOf(bytes);
    const decision = { kind: "truncate-at", offset: (ends[3] ?? 0) + 5 } as const;
    const report = await repairJournal({ directory, disk: world.process().disk, decision, clock });
    expect(report).toMatchObject({ seq: 6, gaps: [{ from: 4, to: 6 }] });
    const journal = await openIds(world.process().disk);
    await journal.transact(appendId(7, "durable"));
    expect((await journal.read()).state.ids.map(({ id, seq }) => [id, seq])).toEqual([[1, 1], [2, 2], [3, 3], [7, 7]]);
  });

  test("is refused where there is no damage, and where nothing can help", async () => {
    const bytes = await logOf("dd");
    await expect(dropped(worldOf(bytes))).rejects.toThrow("there is no damage");
    await expect(dropped(worldOf(flipped(bytes, 0)))).rejects.toThrow("its checkpoint is damaged");
    const decision = { kind: "truncate-at", offset: 3 } as const;
    const { disk } = worldOf(bytes).process();
    await expect(repairJournal({ directory, disk, decision })).rejects.toThrow("journal/repair-refused");
  });
});

describe("verify and tail", () => {
  test("say what is in a log", async () => {
    const bytes = await logOf("ddddcdd");
    const { disk } = worldOf(bytes).process();
    expect(await verifyJournal({ directory, disk })).toEqual({
      path: logPath,
      bytes: bytes.length,
      checkpointSeq: 4,
      kept: 2,
      records: 2,
      events: 2,
      seq: 6,
      durable: 5,
      damage: [],
      tail: "clean",
      tornBytes: 0,
    });
    expect((await tailJournal({ directory, disk, count: 3 })).map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect(await tailJournal({ directory, disk, count: 0 })).toEqual([]);
  });

  test("report damage and torn tails without touching them", async () => {
    const bytes = Buffer.concat([flipped(await logOf("ddd"), 2), Buffer.from("{")]);
    const world = worldOf(bytes);
    const found = await verifyJournal({ directory, disk: world.process().disk });
    expect(found).toMatchObject({ tail: "torn", tornBytes: 1, damage: [{ after: 1, before: 3 }] });
    expect(world.cachedImage().get(logPath)).toEqual(bytes);
  });
});

describe("export and import", () => {
  async function exported(world: SimWorld): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of exportJournal({ directory, disk: world.process().disk })) lines.push(line);
    return lines;
  }

  test("carry a journal over, byte for byte", async () => {
    const bytes = await logOf("ddddcdd");
    const lines = await exported(worldOf(bytes));
    expect(`${lines.join("\n")}\n`).toBe(bytes.toString());
    const there = new SimWorld();
    expect(await importJournal({ directory, disk: there.process().disk, lines })).toEqual({ seq: 6, bytes: bytes.length });
    expect(await idsIn(there)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const image of there.images()) expect(image.get(logPath)).toEqual(bytes);
  });

  test("refuse damage, what is no journal, and a place that is taken", async () => {
    const bytes = await logOf("ddd");
    await expect(exported(worldOf(flipped(bytes, 2)))).rejects.toThrow("journal/corrupt");
    const lines = bytes.toString().trimEnd().split("\n");
    const into = (world: SimWorld, given: readonly string[]): Promise<unknown> =>
      importJournal({ directory, disk: world.process().disk, lines: given });
    await expect(into(worldOf(bytes), lines)).rejects.toThrow("journal/exists");
    const empty = new SimWorld();
    for (const wrong of [[], ["hello"], lines.slice(1), lines.toSpliced(2, 1), lines.toReversed()]) {
      await expect(into(empty, wrong)).rejects.toThrow(JournalError);
    }
    expect([...empty.cachedImage().keys()].filter((path) => path.includes("ndjson"))).toEqual([]);
    await into(empty, lines);
  });
});

describe("questions to the host", () => {
  test("all is well on a healthy disk, and nothing is left behind", () => {
    const world = new SimWorld(new Map([["/state/", Buffer.alloc(0)]]));
    const checks = inspectHost({ directory, disk: world.process().disk, clock: { now: () => ({ bootId: "a", monotonicMs: 1, wallMs: 1 }) } });
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual(
      ["directory", "filesystem", "lock", "clock", "permissions", "space"].map((check) => [check, true]),
    );
    expect(world.cachedImage().size).toBe(2);
  });

  test("a remote filesystem, a full one, locks that exclude nobody and an absent directory are named", () => {
    const { disk } = new SimWorld(new Map([["/state/", Buffer.alloc(0)]])).process();
    const sick = { ...disk, filesystem: () => ({ type: 0x6969, freeBytes: 10 }), tryLock: () => true };
    const failed = inspectHost({ directory, disk: sick }).filter(({ ok }) => !ok);
    expect(failed.map(({ check }) => check)).toEqual(["filesystem", "lock", "space"]);
    expect(failed.every(({ advice }) => advice !== "")).toBe(true);
    expect(inspectHost({ directory: "/other", disk })[0]).toMatchObject({ check: "directory", ok: false });
  });
});

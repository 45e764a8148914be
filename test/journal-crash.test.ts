/** The journal laws at small and default bounds, and the model's reader and disk against naive ones. */
import { describe, expect, test } from "vitest";

import { journalLaws } from "../laws/journal/index.js";
import { type Disk, afterCut, fateWords, fatesOf } from "../spec/systems/journal-crash-disk.js";
import {
  type Checkpoint,
  type Line,
  type RecordKind,
  applied,
  checkpointOf,
  emptyCheckpoint,
  isAdmissible,
  lineHealths,
  noLeases,
  readLog,
  recordKinds,
  withoutTail,
} from "../spec/systems/journal-crash-log.js";
import { journalCrash, journalCrashParameters } from "../spec/systems/journal-crash.js";
import { search } from "../src/checker/index.js";
import { mutantSteps, spaceSizes } from "./harness/law-reports.js";
import { verifyLaws } from "./harness/verify-laws.js";

describe("the laws", () => {
  test("hold at small bounds, and each mutant is caught in the pinned number of steps", async () => {
    const report = await verifyLaws(journalLaws);
    expect([report.verdict, report.agreement.verdict]).toEqual(["holds", "holds"]);
    expect(report.laws.map(({ id }) => id)).toEqual(
      Array.from({ length: 9 }, (_, index) => `JL${index + 1}`),
    );
    expect(spaceSizes(report)).toEqual({
      "journal-crash/crash": [882, 4145, 17],
      "journal-crash/tails": [712, 3043, 16],
      "journal-crash/compaction": [2189, 8801, 23],
      "journal-crash/syncs": [1636, 7669, 22],
      "journal-crash/damage": [305, 1241, 16],
      "journal-crash/inert": [362, 1262, 14],
    });
    expect(mutantSteps(report)).toEqual({
      "JL1 no sync": 6,
      "JL1 acknowledged before the sync": 5,
      "JL1 failed sync forgotten": 10,
      "JL1 no directory sync": 6,
      "JL1 only the maker syncs the directory": 9,
      "JL1 no directory sync after the rename": 16,
      "JL1 replaced file written to": 16,
      "JL2 sync of own bytes": 10,
      "JL2 compaction without the lock": 15,
      "JL3 torn tail repaired by the next line": 8,
      "JL3 cut one line too far": 10,
      "JL4 no checksum": 4,
      "JL4 silence": 4,
      "JL4 reported and folded": 7,
      "JL4 damage cut off": 7,
      "JL5 gives up at a bad line": 4,
      "JL5 stops at a bad line": 10,
      "JL6 highest token forgotten": 15,
      "JL6 freshness forgotten": 14,
      "JL6 copy not synced": 11,
      "JL7 decides on the tail it knew": 11,
      "JL7 numbers start again": 14,
      "JL8 read error reads as empty": 3,
      "JL8 failed sync acknowledged": 5,
      "JL9 halt ends the lease": 9,
      "JL9 unknown type beats": 9,
    });
  });

  test("hold at default bounds, every mutant is caught, and every transition of the writer is taken", async () => {
    const report = await verifyLaws(journalLaws, { bounds: "default" });
    expect(report.verdict).toBe("holds");
    expect(spaceSizes(report)).toEqual({
      "journal-crash/crash": [4415, 21_948, 21],
      "journal-crash/tails": [5736, 29_004, 21],
      "journal-crash/compaction": [37_101, 177_109, 28],
      "journal-crash/syncs": [45_091, 249_673, 29],
      "journal-crash/damage": [13_573, 53_566, 29],
      "journal-crash/inert": [2811, 10_114, 18],
    });
    const machines = report.coverage.flatMap(({ coverage }) => coverage.machines);
    expect(machines.map(({ machine, unreached }) => [machine, unreached])).toEqual([
      ["writer", []],
    ]);
  });

  test("one mark for all files whose sync failed: a late failure of a replaced file takes it", () => {
    const durable = journalLaws[0]?.checks.find(({ configuration }) => configuration === "syncs");
    if (durable === undefined) throw new RangeError("JL1 is not checked where syncs fail");
    const parameters = journalCrashParameters.parse({ cuts: 1, syncs: 2, compactions: 1 });
    const { checks } = search(journalCrash.build(parameters, { marks: "the last file" }), {
      checks: [{ key: "JL1", law: "JL1", check: durable }],
      stopWhenViolated: true,
    });
    expect(checks[0]?.counterexample?.path).toHaveLength(1 + 21);
  });
});

const line = (fields: Partial<Line>): Line => ({
  seq: 1,
  kind: "grant",
  durable: 0,
  health: "whole",
  synced: true,
  dropped: false,
  ...fields,
});

/** Every sequence of up to `max` lines, each of any health and saying any of two things to be durable. */
function sequences(max: number): readonly (readonly Line[])[] {
  let last: readonly (readonly Line[])[] = [[]];
  const all = [...last];
  for (let length = 1; length <= max; length += 1) {
    last = last.flatMap((lines) =>
      lineHealths.flatMap((health) =>
        [0, 2].map((durable) => [...lines, line({ seq: length, health, durable })]),
      ),
    );
    all.push(...last);
  }
  return all;
}

/** The bytes of lines: a number for a record with what it says to be durable, NULs for what was never written. */
function textOf(lines: readonly Line[]): string {
  const texts = {
    whole: (one: Line) => `${one.seq}/${one.durable}\n`,
    torn: () => "\0",
    flipped: () => "?\n",
  };
  return lines.map((one) => texts[one.health](one)).join("");
}

/** A reader of such text, written for its clearness: which records it reads, and how many lines are bad or the tail. */
function naiveReader(
  text: string,
  count: number,
): { records: number[]; damaged: number; tail: number } {
  const pieces = text.split("\n");
  if (pieces.at(-1) === "") pieces.pop();
  const parsed = pieces.map((piece) => {
    const match = /^(\d+)\/(\d+)$/.exec(piece);
    return match === null ? null : { seq: Number(match[1]), durable: Number(match[2]) };
  });
  const bad = parsed.indexOf(null);
  const says = parsed.some(
    (one, place) => place > bad && one !== null && one.durable > count + bad,
  );
  const isTail = bad !== -1 && (pieces[bad] ?? "").includes("\0") && !says;
  const body = isTail ? parsed.slice(0, bad) : parsed;
  const records = body.filter((one) => one !== null).map(({ seq }) => seq);
  return { records, damaged: body.length - records.length, tail: parsed.length - body.length };
}

describe("the reader", () => {
  test("agrees with a naive reader of text on every sequence of up to four lines", () => {
    const all = sequences(4);
    expect(all).toHaveLength(1 + 6 + 36 + 216 + 1296);
    for (const lines of all) {
      const view = readLog(emptyCheckpoint, lines);
      const found = {
        records: view.records.map(({ seq }) => seq),
        damaged: view.damaged,
        tail: view.tail,
      };
      expect([textOf(lines), found]).toEqual([textOf(lines), naiveReader(textOf(lines), 0)]);
    }
  });

  test("leaves no tail once it is cut off, and cuts off nothing else", () => {
    for (const lines of sequences(4)) {
      const kept = withoutTail(emptyCheckpoint, lines);
      const before = readLog(emptyCheckpoint, lines);
      expect(readLog(emptyCheckpoint, kept)).toEqual({ ...before, tail: 0 });
    }
  });

  test("takes nothing from a bad checkpoint and reports it", () => {
    for (const health of ["torn", "flipped"] as const) {
      const checkpoint: Checkpoint = { ...emptyCheckpoint, count: 2, live: 1, highest: 1, health };
      const view = readLog(checkpoint, [line({ seq: 3, kind: "halt" })]);
      expect([view.damaged, view.leases]).toEqual([1, noLeases]);
    }
  });

  test("a checkpoint of any admissible log means what the log means, whatever comes behind it", () => {
    let logs: readonly (readonly RecordKind[])[] = [[]];
    const meaning = (kinds: readonly RecordKind[]) => kinds.reduce(applied, noLeases);
    for (let length = 0; length < 5; length += 1) {
      logs = logs.flatMap((kinds) =>
        recordKinds
          .filter((kind) => isAdmissible(meaning(kinds), kind))
          .map((kind) => [...kinds, kind]),
      );
    }
    expect(logs.length).toBeGreaterThan(300);
    for (const kinds of logs) {
      const lines = kinds.map((kind, index) => line({ seq: index + 1, kind }));
      for (let cut = 0; cut <= kinds.length; cut += 1) {
        const checkpoint = checkpointOf(readLog(emptyCheckpoint, lines.slice(0, cut)));
        expect(readLog(checkpoint, lines.slice(cut)).leases).toEqual(meaning(kinds));
      }
    }
  });
});

describe("the disk", () => {
  const diskOf = (lines: readonly Line[], checkpoint: Checkpoint = emptyCheckpoint): Disk => ({
    directory: { current: 0, durable: 0 },
    checkpoints: [checkpoint, emptyCheckpoint],
    files: [{ lines }, { lines: [] }],
  });
  const every = (length: number): readonly string[] =>
    length === 0
      ? [""]
      : every(length - 1).flatMap((word) => ["k", "t", "l"].map((fate) => word + fate));

  test("the words of fates lead to every outcome that any fate of each line leads to", () => {
    for (let unsynced = 0; unsynced <= 4; unsynced += 1) {
      const lines = [0, 1, 2, 3, 4].map((index) =>
        line({ seq: index + 1, synced: index >= unsynced }),
      );
      for (const file of [lines.slice(0, unsynced), lines, [...lines].reverse()]) {
        const outcomes = (words: readonly string[]): Set<string> =>
          new Set(words.map((word) => JSON.stringify(afterCut(diskOf(file), 0, fatesOf(word)))));
        const words = fateWords(4).filter((word) => word.length === unsynced);
        expect(outcomes(words)).toEqual(outcomes(every(unsynced)));
      }
    }
    expect(fateWords(4)).toHaveLength(1 + 3 + 6 + 12 + 24);
  });

  test("what is synced survives every cut, and all that survives is synced", () => {
    const lines = [
      line({ seq: 1 }),
      line({ seq: 2, synced: false }),
      line({ seq: 3, synced: false }),
    ];
    for (const word of fateWords(2).filter(({ length }) => length === 2)) {
      const after = afterCut(diskOf(lines), 0, fatesOf(word)).files[0]?.lines ?? [];
      expect(after[0]).toEqual(lines[0]);
      expect(after.every(({ synced }) => synced)).toBe(true);
    }
  });

  test("a name that is lost leaves the file it meant before, or none", () => {
    const changed = { ...diskOf([line({})]), directory: { current: 0, durable: null } };
    const { directory, files } = afterCut(changed, null, []);
    expect([directory, files]).toEqual([
      { current: null, durable: null },
      [{ lines: [] }, { lines: [] }],
    ]);
  });

  test("a checkpoint that was not synced is whole or cannot be read", () => {
    const checkpoint: Checkpoint = { ...emptyCheckpoint, count: 1, highest: 1, synced: false };
    const healths = ["k", "t", "l"].map(
      (word) => afterCut(diskOf([], checkpoint), 0, fatesOf(word)).checkpoints[0]?.health,
    );
    expect(healths).toEqual(["whole", "torn", "torn"]);
  });
});

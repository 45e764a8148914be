/**
 * The reader against damaged, misplaced, foreign and arbitrary bytes: it reports, never folds what is
 * damaged, ends, and throws nothing (JL3, JL4, JL5). And the format as the documents state it.
 */
import { readFileSync } from "node:fs";

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { crc32c } from "../src/journal/crc32c.js";
import { nestingMax, recordBytesMax } from "../src/journal/limits.js";
import { decodeLine, encodeEvents, encodeLine, parseLine } from "../src/journal/record.js";
import { follower, linesOf, logOf, readLog, sealed } from "./harness/sim-disk-logs.js";

let plain: Buffer;
let compacted: Buffer;
let elsewhere: Buffer;

beforeAll(async () => {
  plain = await logOf("dddddd");
  compacted = await logOf("ddddcdd");
  elsewhere = await logOf("ddddddd", 50);
});

const all = [1, 2, 3, 4, 5, 6];

test("what was written reads back", () => {
  expect(readLog(plain)).toMatchObject({ ids: all, damage: [], tail: "clean", seq: 6 });
  expect(readLog(compacted)).toMatchObject({ ids: [5, 6], kept: [3, 4], damage: [], tail: "clean", seq: 6 });
});

describe("JL3, JL4: truncation only forgets a suffix", () => {
  test("a log cut at any byte is a prefix with a torn tail, or says that its checkpoint is gone", () => {
    const header = linesOf(plain)[0]?.length ?? 0;
    for (let length = 0; length < plain.length; length += 1) {
      const reading = readLog(plain.subarray(0, length));
      expect(reading.ids, `${length}`).toEqual(all.slice(0, reading.ids.length));
      if (length < header) {
        expect(reading, `${length}`).toMatchObject({ hasHeader: false, tail: "damaged" });
      } else {
        expect(reading.damage, `${length}`).toEqual([]);
        const whole = length === header + sizes(plain).slice(0, reading.ids.length).reduce((a, b) => a + b, 0);
        expect(reading.tail, `${length}`).toBe(whole ? "clean" : "torn");
      }
    }
  });

  test("a compacted log cut among the records it kept says so", () => {
    const [header = 0, ...rest] = linesOf(compacted).map(({ length }) => length);
    const keptEnd = header + (rest[0] ?? 0) + (rest[1] ?? 0);
    for (let length = 0; length < compacted.length; length += 1) {
      const reading = readLog(compacted.subarray(0, length));
      expect(reading.damage.length > 0, `${length}`).toBe(length < keptEnd);
      expect(reading.ids, `${length}`).toEqual([5, 6].slice(0, reading.ids.length));
    }
  });
});

/** Sizes of the records behind the checkpoint. */
function sizes(bytes: Buffer): number[] {
  return linesOf(bytes).slice(1).map(({ length }) => length);
}

describe("JL4: damage is reported and never folded", () => {
  test.each(["plain", "compacted"] as const)("any byte of a %s log flipped in ten ways", (which) => {
    const bytes = which === "plain" ? plain : compacted;
    const sound = readLog(bytes);
    const flips = [1, 2, 4, 8, 16, 32, 64, 128, 255, 0];
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of flips) {
        const changed = Buffer.from(bytes);
        // 0 stands for a NUL in place of the byte.
        changed[at] = flip === 0 ? 0 : (changed[at] ?? 0) ^ flip;
        const reading = readLog(changed);
        const what = `byte ${at} flipped by ${flip}`;
        expect(reading.damage.length, what).toBeGreaterThan(0);
        if (!reading.hasHeader) continue;
        expect(sound.ids.filter((id) => reading.ids.includes(id)), what).toEqual(reading.ids);
        expect(reading.ids.length, what).toBeGreaterThanOrEqual(sound.ids.length - 2);
      }
    }
  });

  test("any line dropped, but for the last ones", () => {
    const lines = linesOf(plain);
    for (let at = 1; at < lines.length - 1; at += 1) {
      const reading = readLog(Buffer.concat(lines.toSpliced(at, 1)));
      expect(reading.damage.length, `line ${at}`).toBe(1);
      // One record alone behind the gap is not confirmed by a successor.
      const behind = at === lines.length - 2 ? [] : all.slice(at);
      expect(reading.ids, `line ${at}`).toEqual([...all.slice(0, at - 1), ...behind]);
    }
  });

  test("any line repeated or moved to any place", () => {
    const lines = linesOf(plain);
    for (let from = 0; from < lines.length; from += 1) {
      for (let to = 1; to <= lines.length; to += 1) {
        const line = lines[from] as Buffer;
        const repeated = readLog(Buffer.concat(lines.toSpliced(to, 0, line)));
        expect(repeated.damage.length, `${from} repeated at ${to}`).toBeGreaterThan(0);
        expect(repeated.ids, `${from} repeated at ${to}`).toEqual(all);
        const moved = lines.toSpliced(from, 1).toSpliced(to > from ? to - 1 : to, 0, line);
        if (moved.every((each, index) => each === lines[index])) continue;
        const reading = readLog(Buffer.concat(moved));
        expect(reading.damage.length, `${from} moved to ${to}`).toBeGreaterThan(0);
        expect([...reading.ids].sort(), `${from} moved to ${to}`).toEqual(reading.ids);
      }
    }
  });

  test("any line replaced by, or followed by, one of another journal with the same number", () => {
    const lines = linesOf(plain);
    const others = linesOf(elsewhere);
    for (let at = 1; at < lines.length; at += 1) {
      const other = others[at] as Buffer;
      const replaced = readLog(Buffer.concat(lines.toSpliced(at, 1, other)));
      expect(replaced.damage.length, `line ${at} replaced`).toBeGreaterThan(0);
      expect(replaced.ids.every((id) => id < 50), `line ${at} replaced`).toBe(true);
      const inserted = readLog(Buffer.concat(lines.toSpliced(at, 0, other)));
      expect(inserted.damage.length, `line ${at} inserted`).toBeGreaterThan(0);
      expect(inserted.ids, `line ${at} inserted`).toEqual(all);
    }
    const mixed = readLog(Buffer.concat([...lines.slice(0, 4), ...others.slice(4)]));
    expect(mixed).toMatchObject({ ids: [1, 2, 3], tail: "damaged" });
  });

  test("a zeroed sector that a later record says was on the disk is damage, not a torn tail", async () => {
    const long = await logOf("d".repeat(20));
    for (let sector = 2; sector < Math.floor(long.length / 512) - 2; sector += 1) {
      const changed = Buffer.from(long).fill(0, sector * 512, (sector + 1) * 512);
      const reading = readLog(changed);
      expect(reading.damage.length, `sector ${sector}`).toBe(1);
      expect(reading.seq, `sector ${sector}`).toBe(20);
    }
  });
});

describe("JL5: no bytes make the reader throw, loop or grow", () => {
  const options = { numRuns: 400, seed: 4711 };

  test("arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const reading = readLog(Buffer.from(bytes));
        expect(reading.ids).toEqual([]);
        expect(reading.damage.length).toBeGreaterThan(0);
      }),
      options,
    );
  });

  test("arbitrary bytes in place of a stretch of a log, or behind it", () => {
    const stretch = fc.tuple(fc.nat(plain.length), fc.nat(600), fc.uint8Array({ maxLength: 1_500 }));
    fc.assert(
      fc.property(stretch, fc.constantFrom("plain", "compacted"), ([at, removed, put], which) => {
        const bytes = which === "plain" ? plain : compacted;
        const changed = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + removed)]);
        const { ids } = readLog(changed);
        expect(all.filter((id) => ids.includes(id))).toEqual(ids);
      }),
      options,
    );
  });

  test.each([
    ["a line without end, three records long", () => Buffer.alloc(3 * recordBytesMax, "x")],
    ["a line that is longer than a record", () => Buffer.concat([Buffer.alloc(2 * recordBytesMax, "x"), Buffer.from("\n")])],
    ["a million empty lines", () => Buffer.alloc(1_000_000, "\n")],
    ["opening brackets with a sound checksum", () => sealed("[".repeat(500_000))],
    ["a number beyond all numbers", () => sealed('{"v":1,"seq":1e999')],
    ["a number of 5,000 digits", () => sealed(`{"v":1,"seq":${"9".repeat(5_000)}`)],
  ])("%s is one damaged place, and what follows is read", (_, made) => {
    const lines = linesOf(plain);
    const reading = readLog(Buffer.concat([...lines.slice(0, 4), made(), Buffer.from("\n"), ...lines.slice(4)]));
    expect(reading.damage).toHaveLength(1);
    expect(reading.ids).toEqual(all);
  });

  test("five megabytes of zeros behind the last record are a torn tail", () => {
    const reading = readLog(Buffer.concat([plain, Buffer.alloc(5 << 20)]));
    expect(reading).toMatchObject({ ids: all, damage: [], tail: "torn" });
  });

  test("a record of a newer version is kept out and named", () => {
    const last = linesOf(plain).at(-1) as Buffer;
    const next = follower(last, "id", { id: 7 }).toString("latin1").replace('{"v":1', '{"v":9');
    const reading = readLog(Buffer.concat([plain, sealed(next.slice(0, next.indexOf(',"crc"')))]));
    expect(reading).toMatchObject({ ids: all, newer: 9, tail: "damaged" });
  });

  test.each([
    ["deeper than the bound", `{"a":${"[".repeat(nestingMax + 1)}${"]".repeat(nestingMax + 1)}}`, false],
    ["as deep as the bound", `{"a":${"[".repeat(nestingMax - 1)}${"]".repeat(nestingMax - 1)}}`, true],
    ["an infinite number", '{"a":1e999}', false],
    ["an integer that is not exact", '{"a":90071992547409931}', false],
    ["a fraction", '{"a":0.5}', true],
    ["a key __proto__", '{"__proto__":{"id":1},"a":1}', true],
    ["two objects", '{"a":1},"b":{"c":1}', true],
    ["unfinished data", '{"a":1', false],
  ])("data that is %s", (_, dataText, sound) => {
    const last = linesOf(plain).at(-1) as Buffer;
    const reading = readLog(Buffer.concat([plain, follower(last, "other", {}, dataText)]));
    expect(reading.damage.length === 0).toBe(sound);
    expect(({} as { id?: number }).id).toBeUndefined();
  });
});

describe("the format", () => {
  const stamp = fc.record({
    bootId: fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 20, unit: "binary" })),
    monotonicMs: fc.nat({ max: 2 ** 50 }),
    wallMs: fc.nat({ max: 2 ** 50 }),
  });
  const data = fc.dictionary(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
  );

  test("any events and stamps survive, in ASCII, and both ways of decoding agree", () => {
    const events = fc.array(fc.record({ type: fc.stringMatching(/^[a-z.]{1,20}$/), data }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(events, stamp, fc.nat(), fc.nat(), (given, at, seq, prev) => {
        fc.pre(given.every(({ type }) => !type.startsWith("journal.")));
        const { bytes, crc } = encodeLine({ ...encodeEvents(given), seq, prev, durable: 0, at });
        expect(bytes.every((byte, index) => (byte >= 0x20 && byte < 0x7f) || index === bytes.length - 1)).toBe(true);
        const quick = decodeLine(bytes, 0, bytes.length - 1);
        expect(quick).toEqual(parseLine(bytes.toString("latin1"), crc));
        const found = quick.kind === "record" ? quick : null;
        expect(found).toMatchObject({ seq, prev, at });
        const read = given.length === 1 ? [{ type: found?.type, data: found?.data }] : found?.data["events"];
        expect(JSON.stringify(read)).toBe(JSON.stringify(given));
      }),
      { numRuns: 500, seed: 4711 },
    );
  });

  test("the checksum is CRC-32C", () => {
    const bytes = Buffer.from("123456789");
    expect(crc32c(bytes, 0, bytes.length).toString(16)).toBe("e3069283");
    const thirtyTwoZeros = Buffer.alloc(32);
    expect(crc32c(thirtyTwoZeros, 0, 32).toString(16)).toBe("8a9136aa");
  });

  test("the example in the documents decodes", () => {
    const page = readFileSync(new URL("../docs/journal-format.md", import.meta.url), "utf8");
    const example = /```json\n(\{"v":1.*\})\n```/.exec(page)?.[1] ?? "";
    const line = decodeLine(Buffer.from(example), 0, example.length);
    expect(line).toMatchObject({ kind: "record", seq: 42, type: "lane.beaten" });
  });
});

/**
 * The codec: every value of a bounded schema survives packing, and every value or schema that is not bounded
 * is an error that says where, what and what is allowed.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { canonOf } from "../spec/kernel/index.js";
import { type Codec, codecFor } from "../src/checker/index.js";
import { type Bounded, boundedStates, valuesOf } from "./harness/bounded-schemas.js";
import { modelErrorOf } from "./harness/search-results.js";
import { runs } from "./harness/toy-models.js";

function packed(codec: Codec<object>, state: object): number[] {
  const out = new Uint32Array(codec.words + 2).fill(0xabcdef);
  codec.pack(state, out, 1);
  expect([out[0], out[codec.words + 1]]).toEqual([0xabcdef, 0xabcdef]);
  return [...out.slice(1, codec.words + 1)];
}

function roundTrip(codec: Codec<object>, state: object): void {
  const words = Uint32Array.from([7, ...packed(codec, state)]);
  expect(codec.unpack(words, 1)).toEqual(state);
  expect(codec.unpackFresh(words, 1)).toEqual(state);
  expect(packed(codec, codec.unpack(words, 1))).toEqual([...words.slice(1)]);
}

function codecOf(shape: Readonly<Record<string, z.ZodType>>): Codec<object> {
  return codecFor(z.strictObject(shape) as z.ZodType<object>);
}

describe("every value of a schema survives packing", () => {
  test("all values of a small generated schema, each with words of its own", () => {
    fc.assert(
      fc.property(boundedStates({ sizeMax: 600 }), (bounded: Bounded) => {
        const codec = codecFor(bounded.schema as z.ZodType<object>);
        const values = valuesOf(bounded);
        const seen = new Set<string>();
        for (const value of values) {
          expect(bounded.schema.safeParse(value).success).toBe(true);
          roundTrip(codec, value as object);
          seen.add(packed(codec, value as object).join());
        }
        expect(seen.size).toBe(values.length);
      }),
      runs(60),
    );
  });

  test("drawn values of large generated schemas", () => {
    const drawn = boundedStates({ sizeMax: 2 ** 45 }).chain((bounded) =>
      fc.record({
        bounded: fc.constant(bounded),
        values: fc.array(bounded.value, { minLength: 5, maxLength: 10 }),
      }),
    );
    fc.assert(
      fc.property(drawn, ({ bounded, values }) => {
        const codec = codecFor(bounded.schema as z.ZodType<object>);
        for (const value of values) roundTrip(codec, value as object);
      }),
      runs(150),
    );
  });

  test("a component of 33, 40, 52 and 53 bits, also between narrow ones", () => {
    for (const bits of [33, 40, 52, 53]) {
      const halves = {
        low: z
          .int()
          .min(0)
          .max(2 ** 26 - 1),
        high: z
          .int()
          .min(0)
          .max(2 ** (bits - 26) - 1),
      };
      const codec = codecOf({
        first: z.boolean(),
        wide: z.strictObject(halves),
        last: z.int().min(0).max(6),
      });
      expect(codec.bits).toBe(1 + bits + 3);
      for (const high of [0, 1, 2 ** (bits - 27), 2 ** (bits - 26) - 1]) {
        for (const low of [0, 1, 2 ** 25, 2 ** 26 - 1]) {
          for (const first of [false, true]) roundTrip(codec, { first, wide: { low, high }, last: 6 });
        }
      }
    }
  });

  test("slots of exactly 31 and 32 bits use every bit", () => {
    for (const bits of [31, 32]) {
      const max = 2 ** bits - 1;
      const codec = codecOf({ a: z.int().min(0).max(max), b: z.int().min(0).max(max) });
      expect([codec.words, codec.spareBit]).toEqual([2, bits === 31]);
      for (const a of [0, 1, 2 ** 30, max]) for (const b of [0, max]) roundTrip(codec, { a, b });
      expect(packed(codec, { a: max, b: max })).toEqual([max, max]);
    }
  });

  test("many slots over several words, none across a word", () => {
    const shape = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`f${i}`, z.int().min(-i).max(i)]),
    );
    const codec = codecOf(shape);
    expect(codec.words).toBeGreaterThan(5);
    for (const { bits, shift } of codec.slots) expect(shift + bits).toBeLessThanOrEqual(32);
    const pick = (of: (i: number) => number) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, of(i)]));
    for (const of of [
      (i: number) => i,
      (i: number) => 0 - i,
      () => 0,
      (i: number) => (i % 2 === 0 ? i : 0 - i),
    ]) {
      roundTrip(codec, pick(of));
    }
  });

  test("a schema of one value takes one word", () => {
    const codec = codecOf({ only: z.literal("x"), none: z.array(z.boolean()).max(0) });
    expect([codec.words, codec.bits, codec.spareBit]).toEqual([1, 0, true]);
    roundTrip(codec, { only: "x", none: [] });
  });

  test("an array of length 0 survives packing", () => {
    roundTrip(codecOf({ none: z.array(z.boolean()).length(0), n: z.boolean() }), { none: [], n: true });
  });
});

describe("unpacked components", () => {
  const codec = codecOf({ cells: z.array(z.strictObject({ n: z.int().min(0).max(3) })).length(2) });
  const words = new Uint32Array(codec.words);

  test("are one object for one value, unless fresh ones are asked for", () => {
    codec.pack({ cells: [{ n: 2 }, { n: 2 }] }, words, 0);
    const cells = (state: object): object[] => (state as { cells: object[] }).cells;
    const canonical = cells(codec.unpack(words, 0));
    expect(canonical[0]).toBe(canonical[1]);
    expect(cells(codec.unpack(words, 0))[0]).toBe(canonical[0]);
    const fresh = cells(codec.unpackFresh(words, 0));
    expect(fresh[0]).not.toBe(canonical[0]);
    expect(fresh[0]).not.toBe(fresh[1]);
  });

  test("carry what was computed of them where a copy does not see it", () => {
    codec.pack({ cells: [{ n: 1 }, { n: 0 }] }, words, 0);
    const [cell] = (codec.unpack(words, 0) as { cells: [object] }).cells;
    expect(canonOf(cell)).toBeDefined();
    expect(canonOf({ ...cell })).toBeUndefined();
    expect(Object.keys(cell)).toEqual(["n"]);
  });
});

describe("a value out of its bounds names the field, the value and what is allowed", () => {
  const schema = {
    count: z.int().min(-2).max(3),
    mode: z.enum(["slow", "fast"]),
    cells: z.array(z.strictObject({ n: z.int().min(0).max(3) })).length(2),
    queue: z.array(z.int().min(0).max(1)).max(2),
    pair: z.tuple([z.boolean(), z.literal(7)]),
    holder: z.enum(["x"]).nullable(),
    deep: z.strictObject({ list: z.array(z.strictObject({ on: z.boolean() })).max(1) }),
  };
  const right = {
    count: 0,
    mode: "slow",
    cells: [{ n: 0 }, { n: 1 }],
    queue: [1],
    pair: [true, 7],
    holder: null,
    deep: { list: [{ on: true }] },
  };
  const codec = codecOf(schema);
  const failure = (change: object): object => {
    return modelErrorOf(() => codec.pack({ ...right, ...change }, new Uint32Array(codec.words), 0))
      .failure;
  };
  const bounds = (field: string, value: string, expected: string): object => {
    return { code: "model/bounds", field, value, expected };
  };

  test("the right state packs", () => {
    roundTrip(codec, right);
  });

  test.each([
    [{ count: -3 }, bounds("count", "-3", "an integer -2..3")],
    [{ count: 4 }, bounds("count", "4", "an integer -2..3")],
    [{ count: 0.5 }, bounds("count", "0.5", "an integer -2..3")],
    [{ count: "1" }, bounds("count", '"1"', "an integer -2..3")],
    [{ count: undefined }, bounds("count", "undefined", "an integer -2..3")],
    [{ mode: "idle" }, bounds("mode", '"idle"', '"slow", "fast"')],
    [{ cells: [{ n: 1 }, { n: 4 }] }, bounds("cells[1].n", "4", "an integer 0..3")],
    [{ cells: [{ n: -1 }, { n: 4 }] }, bounds("cells[0].n", "-1", "an integer 0..3")],
    [{ cells: [{ n: 1 }] }, bounds("cells", '[{"n":1}]', "an array of 2")],
    [{ cells: [{ n: 1 }, { n: 1, m: 2 }] }, bounds("cells[1].m", "2", "no such field")],
    [{ cells: [{}, { n: 1 }] }, bounds("cells[0].n", "undefined", "an integer 0..3")],
    [{ queue: [0, 1, 1] }, bounds("queue", "[0,1,1]", "an array of at most 2")],
    [{ queue: [2] }, bounds("queue[]", "2", "an integer 0..1")],
    [{ pair: [true, 8] }, bounds("pair[1]", "8", "7")],
    [{ pair: "no" }, bounds("pair", '"no"', "a tuple")],
    [{ holder: "y" }, bounds("holder", '"y"', 'null or "x"')],
    [{ deep: { list: [{ on: 1 }] } }, bounds("deep.list[].on", "1", "false, true")],
    [{ deep: { list: [], more: 0 } }, bounds("deep.more", "0", "no such field")],
  ])("%j", (change, expected) => {
    expect(failure(change)).toEqual(expected);
  });

  test.each([
    ["a missing object", { deep: undefined }],
    ["no object", { deep: null }],
    ["an element that is no object", { cells: [null, { n: 1 }] }],
    ["a missing array", { cells: undefined }],
  ])("%s", (_name, change) => {
    expect(failure(change)).toMatchObject({ code: "model/bounds" });
  });

  test("an undeclared field of the state itself is found by validation, which looks at the whole state", () => {
    const { failure: found } = modelErrorOf(() => codec.validate({ ...right, more: 1 }));
    expect(found).toMatchObject({ code: "model/bounds", value: "1", expected: "no such field" });
  });

  test("the message says what to do", () => {
    const { message } = modelErrorOf(() =>
      codec.pack({ ...right, count: 9 }, new Uint32Array(codec.words), 0),
    );
    expect(message).toBe(
      "field count holds 9, its schema allows an integer -2..3. " +
        "Widen the schema or mend the action. [model/bounds]",
    );
  });
});

describe("a schema that is not bounded is refused", () => {
  const whole = z
    .int()
    .min(0)
    .max(2 ** 30);
  test.each([
    ["a string", { f: z.string() }, "f", "z.string"],
    ["an optional field", { f: z.boolean().optional() }, "f", "z.optional"],
    ["an array without length", { f: z.array(z.boolean()) }, "f", "an array"],
    ["an array with a minimum alone", { f: z.array(z.boolean()).min(1) }, "f", "an array"],
    ["an integer without bounds", { f: z.object({ n: z.int() }) }, "f.n", "a number"],
    ["an integer without a maximum", { f: z.int().min(0) }, "f", "a number"],
    ["a number that need not be whole", { f: z.number().min(0).max(1) }, "f", "a number"],
    ["a record", { f: z.record(z.enum(["a"]), z.boolean()) }, "f", "z.record"],
    ["an unbounded element", { f: z.array(z.string()).length(1) }, "f[]", "z.string"],
    ["a key that is no identifier", { "a-b": z.boolean() }, "a-b", "a key"],
  ])("%s", (_name, shape, path, found) => {
    const { failure } = modelErrorOf(() => codecOf(shape));
    expect(failure).toMatchObject({ code: "model/schema", path, found });
  });

  test("a state that is not an object", () => {
    const schema = z.array(z.boolean()).length(2) as unknown as z.ZodType<object>;
    expect(modelErrorOf(() => codecFor(schema)).failure).toMatchObject({
      code: "model/schema",
      path: "(state)",
    });
  });

  test("a component of more than 2^53 values", () => {
    const wide = z.strictObject({
      a: whole,
      b: z
        .int()
        .min(0)
        .max(2 ** 23),
    });
    const { failure } = modelErrorOf(() => codecOf({ wide }));
    expect(failure).toMatchObject({ code: "model/too-wide", path: "wide" });
    expect(codecOf({ wide: z.strictObject({ a: whole }), more: whole }).words).toBe(2);
  });
});

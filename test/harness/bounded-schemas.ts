/**
 * Random bounded schemas with their size, all their values when there are few, and drawn values.
 * Covers objects, arrays of a length and of at most a length, tuples, and every bounded scalar.
 */
import fc from "fast-check";
import { z } from "zod";

export interface Bounded {
  readonly schema: z.ZodType;
  /** Number of distinct values. */
  readonly size: number;
  /** Every value. */
  all(): unknown[];
  readonly value: fc.Arbitrary<unknown>;
}

/** Every value of a schema, each once. */
export function valuesOf(bounded: Bounded): unknown[] {
  return bounded.all();
}

/** Objects with one to six fields and at most `sizeMax` values. */
export function boundedStates({ sizeMax }: { readonly sizeMax: number }): fc.Arbitrary<Bounded> {
  return fc
    .array(boundedNodes(2), { minLength: 1, maxLength: 6 })
    .map((fields) => object(fields))
    .filter(({ size }) => size <= sizeMax);
}

function boundedNodes(depth: number): fc.Arbitrary<Bounded> {
  const scalars = fc.oneof(
    fc.constant(listed(z.boolean(), [false, true])),
    fc.constantFrom(listed(z.literal("one"), ["one"]), listed(z.literal([1, "two"]), [1, "two"])),
    fc.constant(listed(z.null(), [null])),
    fc.constant(listed(z.enum(["red", "green", "blue"]), ["red", "green", "blue"])),
    fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat(6)).map(([min, more]) => range(min, min + more)),
  );
  if (depth === 0) return scalars;
  const below = boundedNodes(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: scalars },
    { weight: 1, arbitrary: fc.array(below, { minLength: 1, maxLength: 3 }).map(object) },
    {
      weight: 1,
      arbitrary: fc.tuple(below, fc.integer({ min: 1, max: 3 })).map(([one, n]) => array(one, n)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(below, fc.integer({ min: 0, max: 2 })).map(([one, n]) => list(one, n)),
    },
    { weight: 1, arbitrary: fc.array(below, { minLength: 1, maxLength: 3 }).map(tuple) },
    { weight: 1, arbitrary: below.filter(({ schema }) => !schema.safeParse(null).success).map(nullable) },
    { weight: 1, arbitrary: below.map((one) => ({ ...one, schema: one.schema.readonly() })) },
    { weight: 1, arbitrary: fc.tuple(below, below).map(([one, other]) => tagged(one, other)) },
  );
}

function listed(schema: z.ZodType, values: readonly unknown[]): Bounded {
  return { schema, size: values.length, all: () => [...values], value: fc.constantFrom(...values) };
}

function range(min: number, max: number): Bounded {
  const values = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return listed(z.int().min(min).max(max), values);
}

function nullable(one: Bounded): Bounded {
  return {
    schema: one.schema.nullable(),
    size: one.size + 1,
    all: () => [null, ...one.all()],
    value: fc.option(one.value),
  };
}

/** A union of two objects that a tag tells apart. */
function tagged(one: Bounded, other: Bounded): Bounded {
  const left = object([listed(z.literal("l"), ["l"]), one]);
  const right = object([listed(z.literal("r"), ["r"]), other]);
  return {
    schema: z.union([left.schema, right.schema]),
    size: left.size + right.size,
    all: () => [...left.all(), ...right.all()],
    value: fc.oneof(left.value, right.value),
  };
}

function object(parts: readonly Bounded[]): Bounded {
  const shape = Object.fromEntries(parts.map(({ schema }, index) => [`f${index}`, schema]));
  const named = (values: readonly unknown[]): object => {
    return Object.fromEntries(values.map((value, index) => [`f${index}`, value]));
  };
  return { ...sequence(z.strictObject(shape), parts, named) };
}

function tuple(parts: readonly Bounded[]): Bounded {
  const items = parts.map(({ schema }) => schema) as [z.ZodType, ...z.ZodType[]];
  return sequence(z.tuple(items), parts, (values) => values);
}

function array(one: Bounded, length: number): Bounded {
  const parts = Array.from({ length }, () => one);
  return sequence(z.array(one.schema).length(length), parts, (values) => values);
}

/** At most `max` elements. */
function list(one: Bounded, max: number): Bounded {
  const lengths = Array.from({ length: max + 1 }, (_, length) => array(one, length));
  return {
    schema: z.array(one.schema).max(max),
    size: lengths.reduce((sum, { size }) => sum + size, 0),
    all: () => lengths.flatMap((of) => of.all()),
    value: fc.array(one.value, { maxLength: max }),
  };
}

function sequence(
  schema: z.ZodType,
  parts: readonly Bounded[],
  made: (values: readonly unknown[]) => unknown,
): Bounded {
  return {
    schema,
    size: parts.reduce((product, { size }) => product * size, 1),
    all: () => combinations(parts).map(made),
    value: fc.tuple(...parts.map(({ value }) => value)).map((values) => made([...values])),
  };
}

function combinations(parts: readonly Bounded[]): unknown[][] {
  const [first, ...rest] = parts;
  if (first === undefined) return [[]];
  const tails = combinations(rest);
  return first.all().flatMap((value) => tails.map((tail) => [value, ...tail]));
}

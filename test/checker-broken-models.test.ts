/**
 * A broken model is an error that names the model, the action and the state; it is never a verdict. Each
 * case is asked of the search with its trees and of the direct one.
 */
import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { ActionFamily, Model } from "../spec/kernel/index.js";
import { type SearchOptions, codecFor, search, traceOf } from "../src/checker/index.js";
import { modelErrorOf } from "./harness/search-results.js";
import { action, counter, toyModel } from "./harness/toy-models.js";

interface State {
  readonly n: number;
  readonly cells: readonly { readonly n: number }[];
  readonly queue: readonly number[];
}

const schema: z.ZodType<State> = z.strictObject({
  n: z.int().min(0).max(90),
  cells: z.array(z.strictObject({ n: z.int().min(0).max(3) })).length(2),
  queue: z.array(z.int().min(0).max(2)).max(2),
});

const start: State = { n: 0, cells: [{ n: 0 }, { n: 0 }], queue: [] };
const increment = action<State>("increment", (state) =>
  state.n < 90 ? { ...state, n: state.n + 1 } : null,
);

/** Early: among the first states, which are looked at twice. Late: where they are not. */
const early = 3;
const late = 50;

/** Counts; at `n` the action `bad` gives what `make` makes of the state. */
function brokenAt(n: number, make: (state: State) => unknown): Model<State> {
  const bad = action<State>("bad", (state) => (state.n === n ? (make(state) as State) : null));
  return toyModel(schema, [start], [increment, bad]);
}

function mutable<T>(value: T): { -readonly [K in keyof T]: T[K] } {
  return value;
}

const ways: readonly (readonly [string, SearchOptions])[] = [
  ["with trees", { learnAfter: 0 }],
  ["direct", { direct: true }],
];

describe.each(ways)("%s", (_name, options) => {
  test.each([early, late])(
    "a value out of bounds in state %i names action, field, value and state",
    (n) => {
      const error = modelErrorOf(() =>
        search(
          brokenAt(n, (s) => ({ ...s, cells: [s.cells[0], { n: 9 }] })),
          options,
        ),
      );
      expect(error.failure).toEqual({
        code: "model/bounds",
        field: "cells[1].n",
        value: "9",
        expected: "an integer 0..3",
      });
      expect(error.context).toEqual({
        model: "toy",
        action: "bad",
        state: JSON.stringify({ ...start, n }),
      });
      expect(error.message).toContain(`model toy, action bad, from state {"n":${n},`);
    },
  );

  test.each([early, late])("a list of the wrong length in state %i", (n) => {
    for (const cells of [[], [{ n: 0 }], [{ n: 0 }, { n: 0 }, { n: 0 }]]) {
      const { failure } = modelErrorOf(() =>
        search(
          brokenAt(n, (s) => ({ ...s, cells })),
          options,
        ),
      );
      expect(failure).toEqual({
        code: "model/bounds",
        field: "cells",
        value: JSON.stringify(cells),
        expected: "an array of 2",
      });
    }
  });

  test("an undeclared field of a component", () => {
    const model = brokenAt(late, (s) => ({ ...s, cells: [s.cells[0], { n: 1, extra: true }] }));
    const { failure } = modelErrorOf(() => search(model, options));
    expect(failure).toMatchObject({ field: "cells[1].extra", value: "true", expected: "no such field" });
  });

  test("an undeclared field of the state itself", () => {
    modelErrorOf(() =>
      search(
        brokenAt(late, (s) => ({ ...s, extra: true })),
        options,
      ),
    );
  });

  test("an initial state out of bounds", () => {
    const model = { ...counter(3), initial: [{ n: 0 }, { n: 4 }] };
    const error = modelErrorOf(() => search(model, options));
    expect(error.failure).toMatchObject({ code: "model/bounds", field: "n", value: "4" });
    expect(error.context).toMatchObject({ model: "toy" });
  });

  test("no initial state", () => {
    const error = modelErrorOf(() => search({ ...counter(3), initial: [] }, options));
    expect(error.failure).toEqual({ code: "model/no-initial-state" });
    expect(error.message).toBe("model toy: it has no initial state. [model/no-initial-state]");
  });

  test("an action that gives another state each time names both", () => {
    let calls = 0;
    const model = toyModel(
      schema,
      [start],
      [action<State>("roll", (state) => ({ ...state, n: (calls += 1) % 7 }))],
    );
    const error = modelErrorOf(() => search(model, options));
    expect(error.failure).toMatchObject({ code: "model/nondeterministic", action: "roll" });
    expect(error.context.action).toBe("roll");
  });

  test("an action that is enabled only sometimes", () => {
    let calls = 0;
    const flip: ActionFamily<State> = action("flip", (state) =>
      (calls += 1) % 2 === 0 ? null : { ...state, n: 1 },
    );
    const { failure } = modelErrorOf(() => search(toyModel(schema, [start], [flip]), options));
    expect(failure).toMatchObject({ code: "model/nondeterministic", second: "not enabled" });
  });

  test("an action that throws ends the search with what it threw", () => {
    const boom = new RangeError("boom");
    const model = brokenAt(late, () => {
      throw boom;
    });
    expect(() => search(model, options)).toThrow(boom);
  });
});

const inPlace: readonly (readonly [string, (state: State) => State])[] = [
  [
    "itself",
    (state) => {
      mutable(state).n = 1;
      return state;
    },
  ],
  [
    "an object of it",
    (state) => {
      const [cell] = state.cells;
      if (cell !== undefined) mutable(cell).n = (cell.n + 1) % 4;
      return { ...state };
    },
  ],
  [
    "a list of it",
    (state) => {
      (state.queue as number[]).push(1);
      return { ...state };
    },
  ],
];

describe("an action that changes the state in place is an error", () => {
  test.each(inPlace)("with trees: %s", (_name, change) => {
    expect(() => search(brokenAt(early, change), { learnAfter: 0 })).toThrow();
    expect(() => search(brokenAt(late, change), { learnAfter: 0 })).toThrow();
  });

  test.each(inPlace.slice(0, 2))("direct: %s", (_name, change) => {
    expect(() => search(brokenAt(early, change), { direct: true })).toThrow();
  });
});

test("an unbounded schema is refused before the first step", () => {
  const open = z.strictObject({ n: z.string() }) as unknown as z.ZodType<{ n: string }>;
  const { failure } = modelErrorOf(() => search(toyModel(open, [{ n: "" }], [])));
  expect(failure).toMatchObject({ code: "model/schema", path: "n" });
});

test("a trace that leaves the schema is an error too", () => {
  const model = brokenAt(1, (state) => ({ ...state, queue: [0, 1, 2] }));
  expect(modelErrorOf(() => traceOf(model, [0, 0, 1])).failure).toMatchObject({ field: "queue" });
  expect(codecFor(schema).words).toBe(1);
});

/**
 * What the search learns of actions and laws changes nothing but its speed: called, learnt and compiled, states,
 * transitions, levels, verdicts, witnesses and counterexamples are deep-equal. On random models, on the
 * worker plane with all its laws and mutants, and on the run monitor with those on states and steps.
 */
import { isDeepStrictEqual } from "node:util";

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { type Check, type Law, isPending, laws } from "../laws/index.js";
import { type Model, type Parameters, type System, defineAction } from "../spec/kernel/index.js";
import { type CheckRequest, type SearchOptions, createSearch, search } from "../src/checker/index.js";
import { claims, invariantOf, responseOf, ruleBooks, ruleModel, stepOf } from "./harness/rule-models.js";
import { requests, timeless } from "./harness/search-results.js";
import { action, club, runs, tableModel, tables, toyModel, toySystem } from "./harness/toy-models.js";

/** Slices are short, so that compiled code takes over while the space is still small. */
function searchInSlices(model: Model, options: SearchOptions): ReturnType<typeof timeless> {
  const running = createSearch(model, { ...options, learnAfter: 0 });
  while (!running.advance(5));
  return timeless(running.result());
}

/** Searches all ways, each on a model of its own, and gives what all found. */
function bothWays(build: () => Model, options: SearchOptions, compileAfter = 8): ReturnType<typeof timeless> {
  const called = searchInSlices(build(), { ...options, direct: true });
  const learnt = searchInSlices(build(), { ...options, compileAfter: Infinity });
  expect(learnt).toEqual(called);
  const compiled = searchInSlices(build(), { ...options, compileAfter });
  expect(compiled).toEqual(called);
  return compiled;
}

/** The law's checks of these kinds on a system, in all its configurations or in one. */
function requestsOf(
  law: Law,
  system: System,
  kinds: readonly Check["kind"][],
  configuration?: string,
): CheckRequest[] {
  if (isPending(law)) return [];
  return law.checks.flatMap((check, index) => {
    const name = check.configuration ?? system.configurations[0]?.name;
    const wanted = check.system === system && kinds.includes(check.kind);
    if (!wanted || (configuration !== undefined && name !== configuration)) return [];
    return [{ key: `${law.id}#${index}`, law: law.id, check }];
  });
}

const plain = ["invariant", "step"] as const;

function systemOf(name: string): System {
  for (const law of laws) {
    const check = law.checks.find(({ system }) => system.name === name);
    if (check !== undefined) return check.system;
  }
  throw new Error(`no law is checked on ${name}`);
}

describe("random models", () => {
  test("of transition tables", () => {
    fc.assert(
      fc.property(tables, (table) => void bothWays(() => tableModel(table), {})),
      runs(100),
    );
  });

  test("of rules, with invariants and steps", () => {
    const cases = fc.record({
      book: ruleBooks,
      one: claims,
      other: claims,
      stopWhenViolated: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ book, one, other, stopWhenViolated }) => {
        const checks = requests([invariantOf(one), stepOf(one), stepOf(other)]);
        bothWays(() => ruleModel(book), { checks, stopWhenViolated });
      }),
      runs(200),
    );
  });

  test("of rules, with a response", () => {
    fc.assert(
      fc.property(ruleBooks, claims, fc.nat(4), (book, claim, within) => {
        bothWays(() => ruleModel(book), { checks: requests([responseOf(claim, within)]) });
      }),
      runs(100),
    );
  });

  test("with interchangeable members, with symmetry and without", () => {
    for (const symmetry of [false, true]) bothWays(() => club(3), { symmetry });
  });
});

describe("functions that look at a list as a whole", () => {
  interface Queue {
    readonly n: number;
    readonly queue: readonly number[];
  }
  const schema: z.ZodType<Queue> = z.strictObject({
    n: z.int().min(0).max(60),
    queue: z.array(z.int().min(0).max(1)).max(2),
  });
  const increment = action<Queue>("increment", (state) =>
    state.n < 60 ? { ...state, n: state.n + 1 } : null,
  );
  const push = (isEmpty: (queue: readonly number[]) => boolean) =>
    action<Queue>("push", (state) =>
      isEmpty(state.queue) ? { ...state, queue: [...state.queue, 1] } : null,
    );
  type Look = readonly [string, (queue: readonly number[]) => boolean];
  const looks: readonly Look[] = [
    ["by its length", (queue) => queue.length === 0],
    ["by spreading it", (queue) => [...queue].join() === ""],
    ["by searching it", (queue) => !queue.includes(1) && queue.every((one) => one === 2)],
  ];
  /** These ask whether it is an array. */
  const wholeLooks: readonly Look[] = [
    ["by concatenation", (queue) => ([] as number[]).concat(queue).length === 0],
    ["by its JSON", (queue) => JSON.stringify(queue) === "[]"],
    ["by deep equality", (queue) => isDeepStrictEqual(queue, [])],
  ];
  const asAction = (isEmpty: Look[1]): void => {
    const model = toyModel(schema, [{ n: 0, queue: [] }], [increment, push(isEmpty)]);
    expect(bothWays(() => model, {})).toMatchObject({ statistics: { distinctStates: 122 } });
  };
  const asLaw = (isEmpty: Look[1]): void => {
    const model = toyModel(schema, [{ n: 0, queue: [] }], [increment]);
    const breach = (before: Queue): string | null =>
      before.n === 50 && isEmpty(before.queue) ? "empty" : null;
    const check = {
      kind: "step",
      system: toySystem(model),
      breach,
      witness: () => true,
    } as unknown as Check;
    const found = bothWays(() => model, { checks: requests([check]) });
    expect(found).toMatchObject({ checks: [{ verdict: "violated" }] });
  };

  test.each(looks)("an action, %s", (_name, isEmpty) => {
    asAction(isEmpty);
  });

  test.each(looks)("a law on steps, %s", (_name, isEmpty) => {
    asLaw(isEmpty);
  });

  test.each(wholeLooks)("an action, %s", (_name, isEmpty) => {
    asAction(isEmpty);
  });

  test.each(wholeLooks)("a law on steps, %s", (_name, isEmpty) => {
    asLaw(isEmpty);
  });
});

describe("a law that is broken long after its action was compiled", () => {
  interface Grid {
    readonly a: { readonly n: number };
    readonly b: { readonly n: number };
    readonly flags: readonly boolean[];
  }
  const last = 20;
  const cell = z.strictObject({ n: z.int().min(0).max(last) });
  const schema: z.ZodType<Grid> = z.strictObject({ a: cell, b: cell, flags: z.array(z.boolean()).length(6) });
  const flags = Array.from({ length: 6 }, () => false);
  const grid = (): Model =>
    toyModel(
      schema,
      [{ a: { n: 0 }, b: { n: 0 }, flags }],
      [
        action<Grid>("right", (state) => (state.a.n < last ? { ...state, a: { n: state.a.n + 1 } } : null)),
        action<Grid>("up", (state) => (state.b.n < last ? { ...state, b: { n: state.b.n + 1 } } : null)),
        action<Grid>("reset", (state) => ({ ...state, a: { n: 0 } })),
      ],
    );
  const corner = (before: Grid): boolean => before.a.n === last && before.b.n === last;
  const brokenBy = (isBreach: (before: Grid) => boolean): Check => {
    const breach = (before: Grid, { name }: { name: string }): string | null =>
      name === "reset" && isBreach(before) ? "reset in the corner" : null;
    return { kind: "step", system: toySystem(grid()), breach, witness: () => true } as unknown as Check;
  };
  const violated = { checks: [{ verdict: "violated", counterexample: { path: { length: 2 * last + 2 } } }] };

  test("by a look at two components that the action does not look at", () => {
    expect(bothWays(grid, { checks: requests([brokenBy(corner)]) })).toMatchObject(violated);
  });

  test("by a look at more components than a tree branches on", () => {
    const check = brokenBy((before) => !before.flags.some((flag) => flag) && corner(before));
    expect(bothWays(grid, { checks: requests([check]) })).toMatchObject(violated);
  });

  test("as an invariant", () => {
    const breach = (state: Grid): string | null => (corner(state) ? "in the corner" : null);
    const check = { kind: "invariant", system: toySystem(grid()), breach, witness: () => true } as unknown as Check;
    expect(bothWays(grid, { checks: requests([check]) })).toMatchObject({ checks: [{ verdict: "violated" }] });
  });
});

describe("several laws on steps", () => {
  interface Marked {
    readonly at: { readonly n: number };
    readonly mark: { readonly on: boolean };
  }
  const schema: z.ZodType<Marked> = z.strictObject({
    at: z.strictObject({ n: z.int().min(0).max(5) }),
    mark: z.strictObject({ on: z.boolean() }),
  });
  // `mark` does the same in two places that it tells apart.
  const model = toyModel(
    schema,
    [{ at: { n: 0 }, mark: { on: false } }],
    [
      action<Marked>("increment", (state) =>
        state.at.n < 5 ? { ...state, at: { n: state.at.n + 1 } } : null,
      ),
      action<Marked>("mark", (state) => {
        return state.at.n === 1 || state.at.n === 4 ? { ...state, mark: { on: true } } : null;
      }),
    ],
  );
  const markedAt = (n: number): Check => {
    const breach = (before: Marked, { name }: { name: string }): string | null =>
      name === "mark" && before.at.n === n ? `marked at ${n}` : null;
    return { kind: "step", system: toySystem(model), breach, witness: () => true } as unknown as Check;
  };
  const paths = (checks: readonly Check[]): unknown[] =>
    search(model, { checks: requests(checks) }).checks.map(({ counterexample }) => counterexample?.path);

  test("that one and the same step breaks are all violated by it", () => {
    const checks = [markedAt(1), markedAt(1), markedAt(1)];
    expect(paths(checks)).toEqual([
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 1],
    ]);
    bothWays(() => model, { checks: requests(checks) });
  });

  test("of which one is settled before another is broken: both are violated, in either order", () => {
    const [early, late] = [markedAt(1), markedAt(4)];
    expect(paths([early, late])).toEqual([
      [0, 0, 1],
      [0, 0, 0, 0, 0, 1],
    ]);
    expect(paths([late, early])).toEqual([
      [0, 0, 0, 0, 0, 1],
      [0, 0, 1],
    ]);
    bothWays(() => model, { checks: requests([early, late]) });
  });
});

test("more actions than fit in one word of bits: a random table of seventy", () => {
  const row = fc.array(fc.option(fc.nat(11), { freq: 1 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 70, maxLength: 70 }), (actions) => {
      bothWays(() => tableModel({ size: 12, initial: [0], actions }), {});
    }),
    runs(10),
  );
});

const ages = { dispatchMax: 2, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 };
const rows: readonly (readonly [string, Parameters, number])[] = [
  ["one worker and one lease", { workers: 1, leases: 1, ...ages }, 656],
  ["two workers and one lease", { workers: 2, leases: 1, ...ages }, 12_920],
];

/** Each mutant of each law on a system, built with these parameters, with all checks of its law. */
function everyMutant(system: System, parameters: Parameters, configuration?: string): number {
  let caught = 0;
  for (const law of laws) {
    for (const mutant of law.mutants) {
      if (mutant.system !== system) continue;
      if (configuration !== undefined && mutant.configuration !== configuration) continue;
      const checks = requestsOf(law, system, plain, configuration);
      if (checks.length === 0) continue;
      const options = { checks, stopWhenViolated: true, mutant: mutant.name };
      const found = bothWays(() => system.build(parameters, mutant.variant), options, 200);
      if (JSON.stringify(found).includes('"verdict":"violated"')) caught += 1;
    }
  }
  return caught;
}

describe("the worker plane", () => {
  const system = systemOf("worker-plane");

  test.each(rows)("all its laws on states and steps: %s", (_name, parameters, states) => {
    const checks = laws.flatMap((law) => requestsOf(law, system, plain));
    expect(checks.length).toBeGreaterThan(4);
    const found = bothWays(() => system.build(parameters), { checks }, 200);
    expect(found).toMatchObject({ complete: true, statistics: { distinctStates: states } });
  });

  test("its response laws: one worker and one lease", () => {
    for (const law of laws) {
      for (const request of requestsOf(law, system, ["response"])) {
        const found = bothWays(() => system.build(rows[0]?.[1] ?? {}), { checks: [request] });
        expect(found).toMatchObject({ checks: [{ verdict: "holds" }] });
      }
    }
  });

  test.each(rows)("every mutant: %s", (_name, parameters) => {
    expect(everyMutant(system, parameters)).toBeGreaterThan(0);
  });

  test("with symmetry, all its symmetric laws: two workers and one lease", () => {
    const checks = laws
      .flatMap((law) => requestsOf(law, system, plain))
      .filter(({ check }) => check.symmetric !== false);
    const found = bothWays(() => system.build(rows[1]?.[1] ?? {}), { checks, symmetry: true });
    expect(found).toMatchObject({ statistics: { distinctStates: 6470 } });
  });
});

test("the fenced worker plane with one lease: all its laws, and every mutant", () => {
  const system = systemOf("worker-plane-fenced");
  const parameters = system.parameters.parse({ leases: 1, workers: 1, heartbeatTtl: 0, waitBudget: 0 });
  const checks = laws.flatMap((law) => requestsOf(law, system, plain));
  bothWays(() => system.build(parameters), { checks }, 200);
  expect(everyMutant(system, parameters)).toBeGreaterThan(0);
});

describe("the run monitor", () => {
  const system = systemOf("run-monitor");

  test.each(["panes", "prs"])(
    "%s, small: its laws on states and steps, and their mutants",
    (configuration) => {
      const parameters =
        system.configurations.find(({ name }) => name === configuration)?.bounds.small ?? {};
      const checks = laws.flatMap((law) => requestsOf(law, system, plain, configuration));
      expect(checks.length).toBeGreaterThan(2);
      expect(bothWays(() => system.build(parameters), { checks }, 200)).toMatchObject({ complete: true });
      expect(everyMutant(system, parameters, configuration)).toBeGreaterThan(0);
    },
  );
});

describe("an action taken apart into conditions", () => {
  interface Wide {
    readonly cell: { readonly n: number };
    readonly flag: { readonly on: boolean };
  }
  const last = 8191;
  const schema = z.strictObject({
    cell: z.strictObject({ n: z.int().min(0).max(last) }),
    flag: z.strictObject({ on: z.boolean() }),
  }) as z.ZodType<Wide>;
  const define = defineAction<Wide>();
  const wide = (): Model =>
    ({
      name: "wide",
      parameters: {},
      schema,
      initial: [{ cell: { n: 0 }, flag: { on: false } }],
      machines: [],
      actions: [
        define({ name: "count", over: {}, next: ({ cell, flag }) => (cell.n === last ? null : { cell: { n: cell.n + 1 }, flag }) }),
        // The condition reads a component that is too wide for a tree; what it guards does not read it at all.
        define({
          name: "flip",
          over: {},
          when: [({ cell }) => cell.n % 3 === 0],
          next: ({ cell, flag }) => ({ cell, flag: { on: !flag.on } }),
        }),
      ],
    });

  test("is not enabled when a condition that is called directly fails", () => {
    // Two flags for each count; flips only from every third one.
    expect(bothWays(wide, {}, 200)).toMatchObject({
      statistics: { distinctStates: 2 * (last + 1), transitions: 1 + 2 * last + 2 * 2731 },
    });
  });
});

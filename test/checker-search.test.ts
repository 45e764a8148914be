/**
 * The search against a stupid second implementation: the same states, levels and verdicts, and
 * counterexamples as short. Also that it says the same twice, and that every limit ends it as `unknown`.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Check, InvariantCheck, StepCheck } from "../laws/law.js";
import { type Clock, createSearch, search } from "../src/checker/index.js";
import { naiveSpace, naiveVerdict } from "./harness/naive-checker.js";
import { claims, invariantOf, ruleBooks, ruleModel, stepOf } from "./harness/rule-models.js";
import { checked, requests, stepsOf, timeless } from "./harness/search-results.js";
import {
  type At,
  type Counter,
  club,
  counter,
  runs,
  tableModel,
  tables,
  toyModel,
  toySystem,
} from "./harness/toy-models.js";

const system = toySystem(counter(1));

function invariant(
  breach: InvariantCheck<Counter>["breach"],
  witness = (_: Counter): boolean => true,
): Check {
  const check: InvariantCheck<Counter> = { kind: "invariant", system, breach, witness };
  return check;
}

const never = invariant(() => null);

describe("the search counts what a naive search counts", () => {
  test("on random transition tables: states, transitions and levels", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const model = tableModel(table);
        const { states, transitions, levels } = naiveSpace(model);
        const { statistics, complete } = search(model);
        expect(complete).toBe(true);
        expect(statistics).toMatchObject({
          distinctStates: states.length,
          transitions,
          levels,
          depth: levels.length,
        });
      }),
      runs(200),
    );
  });

  test("on random rules: states, transitions and levels", () => {
    fc.assert(
      fc.property(ruleBooks, (book) => {
        const model = ruleModel(book);
        const { states, transitions, levels } = naiveSpace(model);
        expect(search(model).statistics).toMatchObject({
          distinctStates: states.length,
          transitions,
          levels,
        });
      }),
      runs(100),
    );
  });

  test("on a club of three: 1,162 states", () => {
    const model = club(3);
    const { states, transitions, levels } = naiveSpace(model);
    const { statistics } = search(model);
    expect(statistics).toMatchObject({ distinctStates: states.length, transitions, levels });
    expect(statistics.distinctStates).toBe(1162);
  });

  test("equal initial states are one state", () => {
    const model = { ...counter(3), initial: [{ n: 1 }, { n: 1 }, { n: 3 }] };
    expect(search(model).statistics).toMatchObject({ distinctStates: 3, transitions: 3, levels: [2, 1] });
  });

  test("a model without enabled actions has its initial states", () => {
    const model = toyModel(counter(1).schema, [{ n: 0 }], []);
    const result = search(model, { checks: requests([never]) });
    expect(result.statistics).toMatchObject({ distinctStates: 1, transitions: 1, levels: [1] });
    expect(result.checks[0]).toMatchObject({ verdict: "holds", witness: [0] });
  });
});

describe("verdicts and the length of counterexamples are those of the naive checker", () => {
  test("invariants and steps on random tables", () => {
    const cases = tables.chain((table) =>
      fc.record({ table: fc.constant(table), bad: fc.nat(table.size - 1), from: fc.nat(table.size - 1) }),
    );
    fc.assert(
      fc.property(cases, ({ table, bad, from }) => {
        const model = tableModel(table);
        const reaches: InvariantCheck<At> = {
          kind: "invariant",
          system,
          breach: ({ at }) => (at === bad ? `reached ${at}` : null),
          witness: ({ at }) => at === from,
        };
        const leaves: StepCheck<At> = {
          kind: "step",
          system,
          breach: (before, { name }, after) =>
            before.at === from && after.at === bad ? `${name} leads from ${from} to ${bad}` : null,
          witness: (before) => before.at === from,
        };
        const checks = [reaches, leaves] as unknown as Check[];
        const found = search(model, { checks: requests(checks) }).checks;
        checks.forEach((check, index) => {
          const result = found[index];
          expect(result && { verdict: result.verdict, steps: stepsOf(result) }).toEqual(
            naiveVerdict(model, check),
          );
        });
      }),
      runs(200),
    );
  });

  test("several invariants and steps at once on random rules", () => {
    const cases = fc.record({
      book: ruleBooks,
      invariants: fc.array(claims, { maxLength: 2 }),
      step: claims,
    });
    fc.assert(
      fc.property(cases, ({ book, invariants, step }) => {
        const model = ruleModel(book);
        const checks = [...invariants.map(invariantOf), stepOf(step)];
        const found = search(model, { checks: requests(checks) }).checks;
        checks.forEach((check, index) => {
          const result = found[index];
          expect(result && { verdict: result.verdict, steps: stepsOf(result) }).toEqual(
            naiveVerdict(model, check),
          );
        });
      }),
      runs(150),
    );
  });
});

describe("the search is deterministic", () => {
  test("two searches give the same result but for times and memory", () => {
    const checks = [invariant(({ n }) => (n === 7 ? "seven" : null)), never];
    const result = () => timeless(search(counter(20, true), { checks: requests(checks) }));
    expect(result()).toEqual(result());
    fc.assert(
      fc.property(ruleBooks, claims, claims, (book, one, other) => {
        const model = ruleModel(book);
        const options = { checks: requests([invariantOf(one), stepOf(other)]) };
        expect(timeless(search(model, options))).toEqual(timeless(search(ruleModel(book), options)));
      }),
      runs(30),
    );
  });

  test("small slices find the same states, levels, verdicts and paths", () => {
    const model = club(3);
    const whole = search(model, { checks: requests([never]) });
    const sliced = createSearch(model, { checks: requests([never]) });
    while (!sliced.advance(7));
    expect(timeless(sliced.result())).toEqual(timeless(whole));
  });
});

describe("a limit ends the search, and what is undecided is unknown", () => {
  const long = 9000;
  const still: Clock = { now: () => 0, rss: () => 1 };
  const late = invariant(({ n }) => (n === long - 1 ? "late" : null));
  const early = invariant(({ n }) => (n === 3 ? "early" : null));

  test("states", () => {
    const result = search(counter(long), {
      checks: requests([late, early]),
      limits: { statesMax: 3000 },
      clock: still,
    });
    expect(result).toMatchObject({ complete: false, limit: { limit: "states", value: 3000 } });
    expect(result.checks.map(({ verdict }) => verdict)).toEqual(["unknown", "violated"]);
    const { distinctStates, levels } = result.statistics;
    expect(distinctStates).toBeGreaterThanOrEqual(3000);
    expect(distinctStates).toBeLessThan(long);
    expect(levels.reduce((sum, count) => sum + count, 0)).toBe(distinctStates);
  });

  test("seconds, by the clock it is given", () => {
    let looks = 0;
    const clock: Clock = { now: () => looks++ * 10, rss: () => 1 };
    const result = search(counter(long), { checks: requests([late]), limits: { secondsMax: 25 }, clock });
    expect(result).toMatchObject({ complete: false, limit: { limit: "seconds", value: 25 } });
    expect(result.checks[0]).toMatchObject({ verdict: "unknown", counterexample: null });
  });

  test("memory, by the clock it is given", () => {
    const clock: Clock = { now: () => 0, rss: () => 5e9 };
    const result = search(counter(long), { checks: requests([late]), limits: { bytesMax: 4e9 }, clock });
    expect(result).toMatchObject({ complete: false, limit: { limit: "memory", value: 4e9 } });
    expect(result.checks[0]?.verdict).toBe("unknown");
  });

  test("a limit that is not reached changes nothing", () => {
    const limits = { statesMax: 1e6, secondsMax: 1, bytesMax: 10 };
    const result = search(counter(long), { checks: requests([never]), limits, clock: still });
    expect(result).toMatchObject({ complete: true, limit: null });
    expect(result.checks[0]?.verdict).toBe("holds");
  });

  test("the states are those of the naive search when the limit is the last state", () => {
    const result = search(counter(9), { limits: { statesMax: 10 }, clock: still });
    expect(result).toMatchObject({ complete: true, limit: null, statistics: { distinctStates: 10 } });
  });

  test("an interruption", () => {
    const running = createSearch(counter(long), { checks: requests([late, early]), clock: still });
    expect(running.advance(10)).toBe(false);
    expect(running.progress()).toMatchObject({
      model: "toy",
      distinctStates: 11,
      frontier: 1,
      depth: 10,
      rssBytes: 1,
    });
    running.interrupt();
    expect(running.advance(10)).toBe(true);
    const result = running.result();
    expect(result).toMatchObject({ complete: false, limit: { limit: "interrupted", value: 0 } });
    expect(result.checks.map(({ verdict }) => verdict)).toEqual(["unknown", "violated"]);
  });

  test("an interruption after the end is none", () => {
    const running = createSearch(counter(5), { checks: requests([never]) });
    while (!running.advance(100));
    running.interrupt();
    expect(running.result()).toMatchObject({ complete: true, limit: null });
  });

  test("an interruption before the first step leaves the initial states", () => {
    const running = createSearch(counter(5));
    running.interrupt();
    expect(running.result().statistics).toMatchObject({ distinctStates: 1, transitions: 1, levels: [1] });
  });
});

describe("stopWhenViolated", () => {
  const atThree = invariant(({ n }) => (n === 3 ? "three" : null));

  test("ends the search at the first breach; the others are unknown", () => {
    const result = search(counter(5000), { checks: requests([never, atThree]), stopWhenViolated: true });
    expect(result.checks.map(({ verdict }) => verdict)).toEqual(["unknown", "violated"]);
    expect(result.statistics.distinctStates).toBeLessThan(5000);
    expect(result.complete).toBe(false);
  });

  test("ends before the first step when an initial state is a breach", () => {
    const check = invariant(({ n }) => (n === 0 ? "zero" : null));
    const result = search(counter(50), { checks: requests([check]), stopWhenViolated: true });
    expect(result.statistics.distinctStates).toBe(1);
    expect(result.checks[0]?.counterexample).toMatchObject({ path: [0], breach: "zero", states: 1 });
  });

  test("without it the whole space is explored", () => {
    const result = search(counter(50), { checks: requests([atThree, never]) });
    expect(result.statistics.distinctStates).toBe(51);
    expect(result.checks.map(({ verdict }) => verdict)).toEqual(["violated", "holds"]);
  });

  test("the counterexample is the same with and without", () => {
    const whole = checked(counter(50), atThree).counterexample;
    expect(checked(counter(50), atThree, { stopWhenViolated: true }).counterexample).toEqual(whole);
  });
});

test("coverage counts the steps of each action and lists those that never happen", () => {
  const { coverage } = search(counter(4));
  expect(coverage.actions).toEqual([
    { action: "increment", steps: 4 },
    { action: "reset", steps: 0 },
  ]);
  expect(coverage.unreachedActions).toEqual(["reset"]);
});

test("a path may begin at any initial state, however many there are", () => {
  const last = 70_000;
  const whole = counter(last + 1);
  const model = { ...whole, initial: Array.from({ length: last + 1 }, (_, n) => ({ n })) };
  const check = {
    kind: "invariant",
    system: { name: "toy" },
    breach: ({ n }: { n: number }) => (n > last ? "past" : null),
    witness: () => true,
  };
  const [found] = search(model, { checks: requests([check as unknown as Check]) }).checks;
  expect(found?.counterexample?.path).toEqual([last, 0]);
});

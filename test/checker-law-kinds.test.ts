/** What each kind of law means, on models small enough to count by hand, and against a naive checker. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import type {
  Check,
  InvariantCheck,
  ResponseCheck,
  ScriptCheck,
  ScriptOutcome,
  StepCheck,
} from "../laws/law.js";
import type { Model } from "../spec/kernel/index.js";
import { search } from "../src/checker/index.js";
import { naiveResponse, naiveVerdict } from "./harness/naive-checker.js";
import { claims, responseOf, ruleBooks, ruleModel } from "./harness/rule-models.js";
import { checked, requests, stepsOf } from "./harness/search-results.js";
import { type Counter, action, counter, runs, toyModel, toySystem } from "./harness/toy-models.js";

const system = toySystem(counter(1));

function invariant(fields: Pick<InvariantCheck<Counter>, "breach" | "witness">): Check {
  return { kind: "invariant", system, ...fields } as unknown as Check;
}

function step(fields: Pick<StepCheck<Counter>, "breach" | "witness" | "actions">): Check {
  return { kind: "step", system, ...fields } as unknown as Check;
}

describe("an invariant", () => {
  test("holds when no state is a breach and one is a witness", () => {
    const check = invariant({ breach: ({ n }) => (n > 5 ? "above" : null), witness: ({ n }) => n === 4 });
    expect(checked(counter(5), check)).toMatchObject({ verdict: "holds", witness: [0, 0, 0, 0, 0] });
  });

  test("is violated by the nearest state, with the reason that state gives", () => {
    const check = invariant({ breach: ({ n }) => (n >= 3 ? `n is ${n}` : null), witness: () => true });
    const { verdict, counterexample } = checked(counter(5), check);
    expect(verdict).toBe("violated");
    expect(counterexample).toMatchObject({
      law: "T0",
      kind: "invariant",
      breach: "n is 3",
      path: [0, 0, 0, 0],
    });
  });

  test("is vacuous when its witness is never reached", () => {
    const check = invariant({ breach: () => null, witness: ({ n }) => n === 6 });
    expect(checked(counter(5), check)).toMatchObject({
      verdict: "vacuous",
      witnessed: false,
      witness: null,
    });
  });

  test("is violated, not vacuous, when it has a breach and no witness", () => {
    const check = invariant({ breach: ({ n }) => (n === 5 ? "five" : null), witness: () => false });
    expect(checked(counter(5), check)).toMatchObject({ verdict: "violated", witnessed: false });
  });
});

describe("a step law", () => {
  const decreases: StepCheck<Counter>["breach"] = (before, { name }, after) =>
    after.n < before.n ? `${name} from ${before.n} to ${after.n}` : null;

  test("is asked of every step, with its action", () => {
    const { counterexample } = checked(
      counter(3, true),
      step({ breach: decreases, witness: () => true }),
    );
    expect(counterexample).toMatchObject({ breach: "reset from 3 to 0", path: [0, 0, 0, 0, 1] });
  });

  test("is asked only of the actions it names, its witness as well", () => {
    const of = (name: string): Check => step({ actions: [name], breach: decreases, witness: () => true });
    expect(checked(counter(3, true), of("increment")).verdict).toBe("holds");
    expect(checked(counter(3, true), of("reset")).verdict).toBe("violated");
    expect(checked(counter(3), of("reset")).verdict).toBe("vacuous");
    expect(checked(counter(3), of("no such action")).verdict).toBe("vacuous");
  });

  test("is asked of steps to states that were seen before", () => {
    const schema = z.strictObject({ n: z.int().min(0).max(1) });
    const stay = toyModel<Counter>(schema, [{ n: 0 }], [action("stay", (state) => state)]);
    const check = step({
      breach: (before, _action, after) => (before.n === after.n ? "stayed" : null),
      witness: () => true,
    });
    expect(checked(stay, check).counterexample?.path).toEqual([0, 0]);
  });

  test("sees the effects of the step, which its counterexample lists", () => {
    const model = toyModel<Counter>(
      counter(3).schema,
      [{ n: 0 }],
      [
        action(
          "increment",
          ({ n }) => (n < 3 ? { n: n + 1 } : null),
          ({ n }) => (n === 2 ? [{ type: "full" }] : []),
        ),
      ],
    );
    const check = step({
      breach: (_before, _action, _after, effects) =>
        effects.length > 0 ? JSON.stringify(effects) : null,
      witness: () => true,
    });
    const { counterexample } = checked(model, check);
    expect(counterexample?.breach).toBe('[{"type":"full"}]');
    expect(counterexample?.steps.map(({ effects }) => effects)).toEqual([[], [], [], [{ type: "full" }]]);
  });
});

/** A light with a count of nothing: `on` starts, `off` answers, `tick` counts, `wait` does neither. */
interface Light {
  readonly on: boolean;
  readonly age: number;
}

/** Goes off by itself at the latest `ageMax` ticks after it went on. */
function light(ageMax: number): Model<Light> {
  const schema = z.strictObject({ on: z.boolean(), age: z.int().min(0).max(ageMax) });
  return toyModel<Light>(
    schema,
    [{ on: false, age: 0 }],
    [
      action("on", ({ on }) => (on ? null : { on: true, age: 0 })),
      action("tick", ({ on, age }) =>
        !on ? { on, age } : age + 1 >= ageMax ? { on: false, age: 0 } : { on, age: age + 1 },
      ),
      action("off", ({ on }) => (on ? { on: false, age: 0 } : null)),
      action("wait", (state) => state),
    ],
  );
}

function goesOff(within: number, fields: Partial<ResponseCheck<Light>> = {}): ResponseCheck {
  const check: ResponseCheck<Light> = {
    kind: "response",
    system,
    unit: "ticks",
    within: () => within,
    starts: (before, _action, after) => !before.on && after.on,
    answered: (_before, _action, after) => !after.on,
    counts: (_before, { name }) => name === "tick",
    breach: (_state, counted) => `still on after ${counted} ticks`,
    ...fields,
  };
  return check;
}

describe("a response law", () => {
  test("holds exactly at its bound and is violated one below", () => {
    expect(checked(light(4), goesOff(4)).verdict).toBe("holds");
    expect(checked(light(4), goesOff(5)).verdict).toBe("holds");
    const { verdict, counterexample } = checked(light(4), goesOff(3));
    expect(verdict).toBe("violated");
    expect(counterexample).toMatchObject({ breach: "still on after 3 ticks", path: [0, 0, 1, 1, 1] });
  });

  test("is vacuous when it never starts", () => {
    const check = goesOff(1, { starts: () => false });
    expect(checked(light(4), check).verdict).toBe("vacuous");
  });

  test("counts along a cycle: an answer that may never come is a breach", () => {
    const check = goesOff(9, { answered: () => false });
    const { verdict, counterexample } = checked(light(2), check);
    expect(verdict).toBe("violated");
    expect(counterexample?.breach).toBe("still on after 9 ticks");
    expect(counterexample?.path).toHaveLength(11);
  });

  test("does not count steps that are no unit", () => {
    expect(checked(light(4), goesOff(4, { counts: (_, { name }) => name === "nothing" })).verdict).toBe(
      "holds",
    );
    expect(checked(light(4), goesOff(4, { counts: (_, { name }) => name === "wait" })).verdict).toBe(
      "violated",
    );
  });

  test("starting again while an answer is due does not restart the count", () => {
    const starts: ResponseCheck<Light>["starts"] = (_before, { name }) =>
      name === "on" || name === "tick";
    const check = goesOff(3, { starts, answered: (_before, { name }) => name === "off" });
    expect(checked(light(9), check).counterexample?.path).toEqual([0, 0, 1, 1, 1]);
  });

  test("starting again after the answer counts from nothing", () => {
    const check = goesOff(3);
    expect(checked(light(3), check).verdict).toBe("holds");
    expect(naiveResponse(light(3), check).verdict).toBe("holds");
  });

  test("a bound of no units is the step that starts", () => {
    expect(checked(light(3), goesOff(0)).counterexample).toMatchObject({
      path: [0, 0],
      breach: "still on after 0 ticks",
    });
  });

  test("a start that is its own answer is none", () => {
    const check = goesOff(1, { starts: () => true, answered: () => true });
    expect(checked(light(3), check).verdict).toBe("vacuous");
  });

  test("is searched on the product with its count: 5 states are 15 pairs when it starts at any age", () => {
    const model = light(4);
    const atAnyAge = goesOff(4, { starts: (before, { name }) => before.on && name === "wait" });
    expect(search(model).statistics.distinctStates).toBe(5);
    expect(search(model, { checks: requests([goesOff(4)]) }).statistics.distinctStates).toBe(5);
    const { statistics, checks } = search(model, { checks: requests([atAnyAge]) });
    expect([statistics.distinctStates, checks[0]?.verdict]).toEqual([15, "holds"]);
    expect(naiveResponse(model, atAnyAge)).toEqual({ verdict: "holds", steps: null, pairs: 15 });
    expect(checked(model, { ...atAnyAge, within: () => 3 }).verdict).toBe("violated");
  });

  test("agrees with the naive checker on random rules: verdict, length, and number of pairs", () => {
    fc.assert(
      fc.property(ruleBooks, claims, fc.nat(5), (book, claim, within) => {
        const model = ruleModel(book);
        const check = responseOf(claim, within);
        const naive = naiveResponse(model, check);
        const { checks, statistics } = search(model, { checks: requests([check]) });
        const [result] = checks;
        expect(result && { verdict: result.verdict, steps: stepsOf(result) }).toEqual({
          verdict: naive.verdict,
          steps: naive.steps,
        });
        if (naive.steps === null) expect(statistics.distinctStates).toBe(naive.pairs);
      }),
      runs(200),
    );
  });

  test("shares its search with no other check", () => {
    const other = invariant({ breach: () => null, witness: () => true });
    expect(() => search(light(3), { checks: requests([goesOff(3), other]) })).toThrow(RangeError);
    expect(() => search(light(3), { checks: requests([goesOff(3), goesOff(4)]) })).toThrow(
      /searched alone/,
    );
  });
});

/** Two switches; `first` and `second` set them. The order matters only when `jealous`. */
interface Switches {
  readonly one: boolean;
  readonly other: boolean;
}

function switches(jealous: boolean): Model<Switches> {
  const schema = z.strictObject({ one: z.boolean(), other: z.boolean() });
  return toyModel<Switches>(
    schema,
    [{ one: false, other: false }],
    [
      action(
        "first",
        (state) => ({ ...state, one: true }),
        () => ["first"],
      ),
      action("second", (state) => ({ one: jealous ? false : state.one, other: true })),
      action("clear", ({ one, other }) => (one && other ? { one: false, other: false } : null)),
    ],
  );
}

const ends = (outcomes: readonly ScriptOutcome<Switches>[]): readonly string[] => {
  return outcomes.map(({ end }) => JSON.stringify(end));
};

function anyOrder(fields: Partial<ScriptCheck<Switches>> = {}): Check {
  const check: ScriptCheck<Switches> = {
    kind: "convergence",
    system,
    cases: (_state, actions) => {
      const [first, second] = [actions.get("first").id, actions.get("second").id];
      return [
        {
          label: "both",
          scripts: [
            [first, second],
            [second, first],
          ],
        },
      ];
    },
    breach: (outcomes) => {
      const [one, other] = ends(outcomes);
      return one === other ? null : `${String(one)} and ${String(other)}`;
    },
    witness: (outcomes) => outcomes.every(({ blocked }) => blocked === null),
    ...fields,
  };
  return check;
}

describe("a convergence or hyper law", () => {
  test("compares the ends of its scripts from every state", () => {
    expect(checked(switches(false), anyOrder()).verdict).toBe("holds");
    const { verdict, counterexample } = checked(switches(true), anyOrder());
    expect(verdict).toBe("violated");
    expect(counterexample?.path).toEqual([0]);
    expect(counterexample?.branches.map(({ path }) => path)).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(counterexample?.branches[0]?.label).toBe("both, script 1 of 2");
  });

  test("sees each step of a script, its effects, and where it was blocked", () => {
    const seen: (readonly unknown[])[] = [];
    const check = anyOrder({
      kind: "hyper",
      cases: (state, actions) => {
        const [first, clear] = [actions.get("first").id, actions.get("clear").id];
        return state.one || state.other ? [] : [{ label: "clear", scripts: [[first, clear, first]] }];
      },
      breach: ([outcome]) => {
        seen.push([outcome?.blocked, outcome?.steps.map(({ effects }) => effects), outcome?.end]);
        return null;
      },
      witness: () => true,
    });
    expect(checked(switches(false), check).verdict).toBe("holds");
    expect(seen).toEqual([[1, [["first"]], { one: true, other: false }]]);
  });

  test("is vacuous when no case is a witness", () => {
    expect(checked(switches(false), anyOrder({ witness: () => false })).verdict).toBe("vacuous");
    expect(checked(switches(false), anyOrder({ cases: () => [] })).verdict).toBe("vacuous");
  });

  test("is violated from the nearest state, in the first case that disagrees", () => {
    const check = anyOrder({
      cases: (_state, actions) => [
        { label: "nothing", scripts: [[], []] },
        { label: "clear", scripts: [[actions.get("clear").id], []] },
      ],
      breach: ([one, other], { label }) => (one?.end === other?.end ? null : label),
    });
    const { counterexample } = checked(switches(false), check);
    expect(counterexample).toMatchObject({ breach: "clear", path: [0, 0, 1] });
    expect(naiveVerdict(switches(false), anyOrder())).toEqual({ verdict: "holds", steps: null });
  });

  test("asking for an action the model does not have is a RangeError", () => {
    const check = anyOrder({
      cases: (_state, actions) => [{ label: "x", scripts: [[actions.get("third").id]] }],
    });
    expect(() => checked(switches(false), check)).toThrow(RangeError);
  });
});

test("checks of several kinds in one search keep their keys and their own verdicts", () => {
  const below = (max: number): Check =>
    invariant({ breach: ({ n }) => (n > max ? `${n} is above ${max}` : null), witness: () => true });
  const checks = [
    { key: "above two", law: "A", check: below(2) },
    { key: "above one", law: "B", check: below(1) },
    {
      key: "no reset",
      law: "C",
      check: step({ actions: ["reset"], breach: () => "reset", witness: () => true }),
    },
    {
      key: "idle",
      law: "D",
      check: step({ actions: ["idle"], breach: () => null, witness: () => true }),
    },
    { key: "below nine", law: "E", check: below(9) },
  ];
  const found = search(counter(4, true), { checks, on: "counter", mutant: "none" }).checks;
  expect(
    found.map(({ key, verdict, counterexample }) => [
      key,
      verdict,
      counterexample?.law,
      counterexample?.path,
    ]),
  ).toEqual([
    ["above two", "violated", "A", [0, 0, 0, 0]],
    ["above one", "violated", "B", [0, 0, 0]],
    ["no reset", "violated", "C", [0, 0, 0, 0, 0, 1]],
    ["idle", "vacuous", undefined, undefined],
    ["below nine", "holds", undefined, undefined],
  ]);
  expect(found[0]?.counterexample).toMatchObject({ on: "counter", mutant: "none", model: "toy" });
});

/**
 * Every counterexample replays, on fresh states, to the breach it names; a path that was doctored is an error
 * that names the step; a trace lists the fields that changed and no others.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Check, isPending, laws } from "../laws/index.js";
import type { Model } from "../spec/kernel/index.js";
import {
  type CheckRequest,
  type CheckResult,
  type TraceStep,
  actionTable,
  changesBetween,
  confirm,
  search,
  statesAlong,
  traceOf,
} from "../src/checker/index.js";
import { claims, invariantOf, responseOf, ruleBooks, ruleModel, stepOf } from "./harness/rule-models.js";
import { checked, modelErrorOf, requests } from "./harness/search-results.js";
import { type Club, club, counter, runs, toySystem } from "./harness/toy-models.js";

/** Replays a counterexample by the public door, and says how many there were. */
function replayed(model: Model, asked: readonly CheckRequest[], found: readonly CheckResult[]): number {
  const actions = actionTable(model);
  let count = 0;
  found.forEach(({ counterexample, witness }, index) => {
    if (witness !== null) expect(statesAlong(model, actions, witness)).toHaveLength(witness.length);
    const check = asked[index]?.check;
    if (counterexample === null || check === undefined) return;
    const { path, breach, steps, branches } = counterexample;
    count += 1;
    expect(traceOf(model, path)).toEqual(steps);
    expect(steps).toHaveLength(path.length);
    expect(confirm(model, actions, check, path, null)).toBe(breach);
    for (const branch of branches) expect(branch.steps.length).toBeLessThanOrEqual(branch.path.length);
  });
  return count;
}

/** State after the changes of a step, made from the state before it. */
function leaves(value: unknown, path = ""): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return { [path]: value };
  const entries = Object.entries(value).map(([key, part]) => {
    const dotted = path === "" ? key : `${path}.${key}`;
    return leaves(part, Array.isArray(value) ? `${path}[${key}]` : dotted);
  });
  return Object.assign({}, ...entries) as Record<string, unknown>;
}

function expectExactChanges(steps: readonly TraceStep[]): void {
  steps.forEach(({ changes, state }, index) => {
    const before = index === 0 ? {} : leaves(steps[index - 1]?.state);
    const after = leaves(state);
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const expected = fields
      .filter((field) => before[field] !== after[field])
      .map((field) => ({ field, from: before[field], to: after[field] }));
    const inOrder = (list: readonly { field: string }[]): unknown[] =>
      [...list].sort((a, b) => (a.field < b.field ? -1 : 1));
    expect(inOrder(changes)).toEqual(inOrder(expected));
  });
}

const invariantAbove = (max: number): Check => {
  const check = {
    kind: "invariant",
    system: toySystem(counter(1)),
    breach: above(max),
    witness: () => true,
  };
  return check as unknown as Check;
};

function above(max: number) {
  return ({ n }: { n: number }): string | null => (n > max ? `n is ${n}` : null);
}

describe("a counterexample replays to its breach", () => {
  test("on random rules, for invariants and steps, with its trace", () => {
    let count = 0;
    fc.assert(
      fc.property(ruleBooks, claims, claims, (book, one, other) => {
        const model = ruleModel(book);
        const asked = requests([invariantOf(one), stepOf(one), stepOf(other)]);
        const { checks } = search(model, { checks: asked });
        count += replayed(model, asked, checks);
        for (const { counterexample } of checks) expectExactChanges(counterexample?.steps ?? []);
      }),
      runs(150),
    );
    expect(count).toBeGreaterThan(50);
  });

  test("on random rules, for responses", () => {
    let count = 0;
    fc.assert(
      fc.property(ruleBooks, claims, fc.nat(3), (book, claim, within) => {
        const model = ruleModel(book);
        const asked = requests([responseOf(claim, within)]);
        count += replayed(model, asked, search(model, { checks: asked }).checks);
      }),
      runs(100),
    );
    expect(count).toBeGreaterThan(10);
  });

  test("on every mutant of the worker plane", () => {
    let count = 0;
    for (const law of laws) {
      if (isPending(law)) continue;
      for (const { system, variant } of law.mutants) {
        if (system.name !== "worker-plane") continue;
        const asked = law.checks
          .filter((check) => check.system === system && check.kind !== "response")
          .map((check, index) => ({ key: String(index), law: law.id, check }));
        const parameters = system.parameters.parse({ workers: 1, leases: 1 });
        const model = system.build(parameters, variant);
        count += replayed(model, asked, search(model, { checks: asked, stopWhenViolated: true }).checks);
      }
    }
    expect(count).toBeGreaterThanOrEqual(5);
  });
});

describe("a path that does not replay", () => {
  const model = counter(3, true);

  test("names the first step that is not enabled", () => {
    const error = modelErrorOf(() => traceOf(model, [0, 0, 1, 0]));
    expect(error.failure).toEqual({
      code: "model/replay",
      step: 2,
      action: "reset",
      found: "it is not enabled",
    });
    expect(error.message).toContain(
      "model toy: a path did not replay: at step 2, reset: it is not enabled.",
    );
  });

  test("names an action that the model does not have", () => {
    const { failure } = modelErrorOf(() => traceOf(model, [0, 0, 9]));
    expect(failure).toEqual({
      code: "model/replay",
      step: 2,
      action: "action 9",
      found: "the model has 2 actions",
    });
  });

  test("names an initial state that the model does not have", () => {
    for (const path of [[], [1], [-1]]) {
      expect(modelErrorOf(() => traceOf(model, path)).failure).toMatchObject({
        code: "model/replay",
        step: 0,
        action: "init",
      });
    }
  });

  test("is no breach when it ends elsewhere", () => {
    const actions = actionTable(model);
    const check = invariantAbove(2);
    expect(confirm(model, actions, check, [0, 0, 0], null)).toBeNull();
    expect(confirm(model, actions, check, [0, 0, 0, 0], null)).toBe("n is 3");
    expect(() => confirm(model, actions, check, [0, 1], null)).toThrow("at step 1, reset");
  });

  test("of a law that says something else the second time is an error, not a verdict", () => {
    let asked = 0;
    const fickle = {
      ...invariantAbove(0),
      breach: () => ((asked += 1) === 3 ? "third" : null),
    } as unknown as Check;
    const { failure } = modelErrorOf(() => checked(counter(9), fickle, { direct: true }));
    expect(failure).toMatchObject({
      code: "model/replay",
      step: 2,
      found: "no breach; the search saw: third",
    });
  });
});

describe("a trace", () => {
  test("starts with every field and goes on with those that changed", () => {
    const model = club(2);
    const label = (text: string): number => {
      const { instances } = actionTable(model);
      return instances.find((instance) => instance.label === text)?.id ?? -1;
    };
    const path = [
      0,
      label("rise(member=1)"),
      label("lead(member=1)"),
      label("enqueue(member=1)"),
      label("serve"),
    ];
    const steps = traceOf(model, path);
    expectExactChanges(steps);
    expect(steps.map(({ action, name, args }) => [action, name, args])).toEqual([
      ["init", "init", {}],
      ["rise(member=1)", "rise", { member: 1 }],
      ["lead(member=1)", "lead", { member: 1 }],
      ["enqueue(member=1)", "enqueue", { member: 1 }],
      ["serve", "serve", {}],
    ]);
    expect(steps[0]?.changes.map(({ field }) => field)).toEqual([
      "members[0].n",
      "members[0].friend",
      "members[1].n",
      "members[1].friend",
      "leader",
    ]);
    expect(steps.slice(1).map(({ changes }) => changes)).toEqual([
      [{ field: "members[1].n", from: 0, to: 1 }],
      [{ field: "leader", from: null, to: 1 }],
      [{ field: "queue[0]", from: undefined, to: 1 }],
      [{ field: "queue[0]", from: 1, to: undefined }],
    ]);
  });

  test("has a step without changes where nothing changed", () => {
    const [, step] = traceOf(
      { ...counter(1), actions: [{ name: "stay", instances: [{}], next: (s: object) => s }] },
      [0, 0],
    );
    expect(step).toMatchObject({ action: "stay", changes: [], state: { n: 0 } });
  });

  test("holds states of its own: changing one changes no other", () => {
    const model = club(2);
    const [first, second] = statesAlong(model, actionTable(model), [0, 0]) as Club[];
    expect(first?.members[1]).toEqual(second?.members[1]);
    expect(first?.members[1]).not.toBe(second?.members[1]);
    expect(first).not.toBe(model.initial[0]);
  });

  test("names changed fields by their place, whatever is added or removed", () => {
    expect(changesBetween({ a: [1, 2], b: { c: null } }, { a: [1], b: { c: 0 }, d: true })).toEqual([
      { field: "b.c", from: null, to: 0 },
      { field: "d", from: undefined, to: true },
      { field: "a[1]", from: 2, to: undefined },
    ]);
  });
});

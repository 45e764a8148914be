/** What `verify` makes of laws that hold, are violated or vacuous, miss a mutant, or are not decided. */
import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { Check, Law, PendingLaw } from "../laws/index.js";
import type { Model } from "../spec/kernel/index.js";
import { ModelError, search } from "../src/checker/index.js";
import { door, doorEvents } from "./harness/door.js";
import { type Counter, action, counter, toyModel } from "./harness/toy-models.js";
import { toyInvariant, toyLaw, verifyLaws } from "./harness/verify-laws.js";

const atMost =
  (max: number) =>
  ({ n }: Counter): string | null =>
    n > max ? `n is ${n}` : null;

/** Without a machine that agrees with XState the whole is vacuous: each model here has one. */
const fired = door(doorEvents, true);
search(fired);
const { machines } = fired;

/** Counts up to `to`; the right one stops at 3. */
function runaway(to: number): Model<Counter> {
  const schema = z.strictObject({ n: z.int().min(0).max(9) });
  const increment = action<Counter>("increment", ({ n }) => (n < to ? { n: n + 1 } : null));
  return { ...toyModel<Counter>(schema, [{ n: 0 }], [increment]), machines };
}

const right = runaway(3);
const check = toyInvariant(right, atMost(3));
const good = toyLaw("T1", [check], { "one too far": runaway(4) });

test("a law that holds and whose mutants are caught holds", async () => {
  const report = await verifyLaws([good]);
  expect(report.verdict).toBe("holds");
  expect(report.laws[0]).toMatchObject({ id: "T1", status: "holds", pending: null });
  expect(report.laws[0]?.checked).toMatchObject([
    { on: "toy", kind: "invariant", verdict: "holds", states: 4 },
  ]);
  expect(report.laws[0]?.mutants).toMatchObject([
    { name: "one too far", caught: true, steps: 4, limit: null, on: "toy" },
  ]);
  expect(report.laws[0]?.mutants[0]?.counterexample).toMatchObject({
    breach: "n is 4",
    mutant: "one too far",
  });
  expect(report.totals).toMatchObject({
    laws: 1,
    holding: 1,
    pending: 0,
    mutants: 1,
    caught: 1,
    distinctStates: 4,
    transitions: 4,
  });
});

test("a law with a mutant that it does not catch is survived, and so is the whole", async () => {
  const law = toyLaw("T2", [check], { "one too far": runaway(4), "nothing changed": right });
  const report = await verifyLaws([good, law]);
  expect(report.verdict).toBe("survived");
  expect(report.laws.map(({ status }) => status)).toEqual(["holds", "survived"]);
  expect(report.laws[1]?.mutants[1]).toMatchObject({
    caught: false,
    steps: null,
    counterexample: null,
    limit: null,
    states: 4,
  });
  expect(report.totals).toMatchObject({ mutants: 3, caught: 2, holding: 1 });
});

test("a law whose witness is never reached is vacuous, though its mutant is caught", async () => {
  const law = toyLaw("T3", [toyInvariant(right, atMost(3), () => false)], { "one too far": runaway(4) });
  const report = await verifyLaws([law]);
  expect([report.verdict, report.laws[0]?.status]).toEqual(["vacuous", "vacuous"]);
  expect(report.laws[0]?.checked[0]).toMatchObject({
    verdict: "vacuous",
    witnessed: false,
    counterexample: null,
  });
});

test("a law with a breach is violated, with its counterexample", async () => {
  const law = toyLaw("T4", [toyInvariant(right, atMost(1))], { "one too far": runaway(4) });
  const report = await verifyLaws([good, law]);
  expect([report.verdict, report.laws[1]?.status]).toEqual(["violated", "violated"]);
  expect(report.laws[1]?.checked[0]?.counterexample).toMatchObject({
    law: "T4",
    breach: "n is 2",
    mutant: null,
    path: [0, 0, 0],
  });
});

test("one clause that is violated or vacuous decides for its law", async () => {
  const vacuous = toyInvariant(right, atMost(3), () => false);
  const violated = toyInvariant(right, atMost(0));
  const [one, other] = [toyLaw("T5", [check, vacuous], {}), toyLaw("T6", [vacuous, violated, check], {})];
  const report = await verifyLaws([one, other]);
  expect(report.laws.map(({ status }) => status)).toEqual(["vacuous", "violated"]);
  expect(report.laws[1]?.checked.map(({ verdict }) => verdict)).toEqual(["vacuous", "violated", "holds"]);
});

test("a violated law outweighs a vacuous one, and that one a mutant that survived", async () => {
  const violated = toyLaw("A", [toyInvariant(right, atMost(1))], {});
  const vacuous = toyLaw("B", [toyInvariant(right, atMost(3), () => false)], {});
  const survived = toyLaw("C", [check], { same: right });
  const verdictOf = async (laws: readonly Law[]) => (await verifyLaws(laws)).verdict;
  expect(await verdictOf([survived, vacuous, violated])).toBe("violated");
  expect(await verdictOf([survived, vacuous])).toBe("vacuous");
  expect(await verdictOf([survived, good])).toBe("survived");
});

test("a law that no model can decide is not yet checked, and no proof of anything", async () => {
  const { checks: _checks, mutants: _mutants, ...head } = good;
  const pending: PendingLaw = { ...head, id: "T7", checks: [], mutants: [], pending: "a simulated disk" };
  const report = await verifyLaws([pending, good]);
  expect(report.laws[0]).toMatchObject({
    status: "not-yet-checked",
    pending: "a simulated disk",
    checked: [],
  });
  expect(report.verdict).toBe("holds");
  expect(report.totals).toMatchObject({ laws: 2, holding: 1, pending: 1 });
  expect((await verifyLaws([pending])).verdict).not.toBe("holds");
});

test("laws on a system that was not asked for are unknown", async () => {
  const report = await verifyLaws([good], { systems: ["another"] });
  expect(report.verdict).not.toBe("holds");
  expect(report.laws[0]).toMatchObject({ status: "unknown", checked: [], mutants: [] });
});

test("a run in which nothing was checked is unknown", async () => {
  expect((await verifyLaws([])).verdict).toBe("unknown");
});

test("a mutant is looked for with every check of its law", async () => {
  const first = toyInvariant(right, () => null);
  const law = toyLaw("T8", [first, check], { "two too far": runaway(5) });
  expect((await verifyLaws([law])).laws[0]?.mutants[0]).toMatchObject({ caught: true, steps: 4 });
});

test("a broken model is an error of the run, not a verdict", async () => {
  const broken = { ...right, initial: [{ n: 10 }] };
  await expect(verifyLaws([toyLaw("T9", [toyInvariant(broken, atMost(3))], {})])).rejects.toThrow(
    ModelError,
  );
});

describe("a law on responses and scripts", () => {
  const answered: Check = {
    kind: "response",
    system: check.system,
    unit: "steps",
    within: () => 3,
    starts: (before: Counter) => before.n === 0,
    answered: (_before: Counter, _action: unknown, after: Counter) => after.n === 3,
    counts: () => true,
    breach: (_state: Counter, counted: number) => `not after ${counted}`,
  } as unknown as Check;
  const repeats: Check = {
    kind: "convergence",
    system: check.system,
    cases: () => [{ label: "twice", scripts: [[0], [0, 0]] }],
    breach: ([one, other]: readonly { end: Counter }[]) =>
      (other?.end.n ?? 0) > (one?.end.n ?? 0) + 1 ? "jumps" : null,
    witness: () => true,
  } as unknown as Check;

  test("shares the search of the plain space, but for responses", async () => {
    const law = toyLaw("T10", [check, answered, repeats], { "one too far": runaway(4) });
    const report = await verifyLaws([law]);
    expect(report.laws[0]?.checked.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ["invariant", "holds"],
      ["response", "holds"],
      ["convergence", "holds"],
    ]);
    expect(report.searches.map(({ purpose }) => purpose)).toEqual(["", "response T10"]);
  });

  test("counts the steps of a mutant up to the end of the longest script", async () => {
    const jump = action<Counter>("increment", ({ n }) => (n + 2 <= 9 ? { n: n + 2 } : null));
    const jumping = { ...right, actions: [jump] };
    const [mutant] = (await verifyLaws([toyLaw("T11", [repeats], { jumping })])).laws[0]?.mutants ?? [];
    expect(mutant).toMatchObject({ caught: true, steps: 2 });
    expect(mutant?.counterexample?.branches.map(({ path }) => path)).toEqual([[0], [0, 0]]);
  });
});

describe("a run that is ended early", () => {
  const large = { ...counter(30_000), machines };
  const law = toyLaw("T12", [toyInvariant(large, () => null)], { same: large });

  test("leaves what was not decided unknown, and a mutant without answer is no survivor", async () => {
    let looks = 0;
    const report = await verifyLaws([law], { stop: () => (looks += 1) > 2 });
    expect(report).toMatchObject({ verdict: "unknown", interrupted: true });
    expect(report.laws[0]?.status).toBe("unknown");
    expect(report.laws[0]?.checked[0]).toMatchObject({
      verdict: "unknown",
      limit: { limit: "interrupted", value: 0 },
    });
    expect(report.laws[0]?.checked[0]?.states).toBeGreaterThan(8000);
    expect(report.laws[0]?.mutants[0]).toMatchObject({ caught: false, limit: { limit: "interrupted" } });
    expect(report.searches[0]).toMatchObject({ complete: false, limit: { limit: "interrupted" } });
  });

  test("keeps what was found before: a violated law stays violated", async () => {
    const early = toyLaw("T13", [toyInvariant(large, atMost(5))], {});
    let looks = 0;
    const report = await verifyLaws([early, law], { stop: () => (looks += 1) > 2 });
    expect(report.laws.map(({ status }) => status)).toEqual(["violated", "unknown"]);
    expect(report.verdict).toBe("violated");
  });

  test("because its time is up says so, with the seconds it had", async () => {
    const report = await verifyLaws([good], { stop: () => true, timeUp: 7 });
    expect(report).toMatchObject({ verdict: "unknown", interrupted: false });
    expect(report.laws[0]?.checked[0]?.limit).toEqual({ limit: "seconds", value: 7 });
  });

  test("before it began knows nothing", async () => {
    const report = await verifyLaws([good], { stop: () => true });
    expect(report).toMatchObject({ verdict: "unknown", interrupted: true, searches: [] });
    expect(report.laws[0]).toMatchObject({
      status: "unknown",
      checked: [{ verdict: "unknown", states: 0 }],
    });
    expect(report.laws[0]?.mutants).toMatchObject([{ caught: false, limit: { limit: "interrupted" } }]);
  });
});

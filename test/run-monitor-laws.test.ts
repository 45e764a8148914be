/**
 * The run laws at small bounds: each holds with its witness, and each mutant breaks it in so many
 * steps.
 */
import { describe, expect, test } from "vitest";

import { type Law, type Mutant, isPending, placeOf } from "../laws/law.js";
import { runLaws } from "../laws/run/index.js";
import type { Model, System } from "../spec/kernel/index.js";
import { runMonitor } from "../spec/systems/run-monitor.js";
import { type CheckRequest, type SearchResult, search } from "../src/checker/index.js";

function build(system: System, configuration: string | undefined, variant?: unknown): Model {
  const found = system.configurations.find(({ name }) => name === (configuration ?? ""));
  if (found === undefined)
    throw new RangeError(`${system.name} has no configuration "${String(configuration)}"`);
  return system.build(found.bounds.small, variant);
}

/** The checks that are searched together: a response check is searched alone. */
const groups = new Map<
  string,
  {
    readonly system: System;
    readonly configuration: string | undefined;
    readonly checks: CheckRequest[];
  }
>();
for (const law of runLaws) {
  law.checks.forEach((check, index) => {
    const place = check.kind === "response" ? `${placeOf(check)} ${law.id}` : placeOf(check);
    const { system, configuration } = check;
    const group = groups.get(place) ?? { system, configuration, checks: [] };
    groups.set(place, group);
    group.checks.push({ key: `${law.id} ${index}`, law: law.id, check });
  });
}

function searched(law: Law, mutant: Mutant): SearchResult {
  const checks = law.checks
    .filter((check) => placeOf(check) === placeOf(mutant))
    .map((check, index) => ({ key: String(index), law: law.id, check }));
  const model = build(mutant.system, mutant.configuration, mutant.variant);
  return search(model, { checks, stopWhenViolated: true, mutant: mutant.name });
}

test.each([...groups.keys()])("every law holds and is witnessed on %s", (place) => {
  const group = groups.get(place);
  if (group === undefined) throw new RangeError(place);
  const { checks, complete } = search(build(group.system, group.configuration), {
    checks: group.checks,
  });
  expect(complete).toBe(true);
  const others = checks.filter(({ verdict }) => verdict !== "holds");
  expect(
    others.map(({ key, verdict, counterexample }) => [key, verdict, counterexample?.breach]),
  ).toEqual([]);
});

describe("every mutant breaks its law", () => {
  const found: Record<string, number | null> = {};
  for (const law of runLaws) {
    if (isPending(law)) continue;
    test.each(law.mutants.map((mutant) => [mutant.name, mutant] as const))(
      `${law.id} catches "%s"`,
      (_, mutant) => {
        const lengths = searched(law, mutant).checks.map(({ counterexample }) =>
          counterexample === null ? null : counterexample.path.length - 1,
        );
        const shortest =
          lengths.filter((length) => length !== null).sort((one, other) => one - other)[0] ?? null;
        found[`${law.id} ${mutant.name}`] = shortest;
        expect(shortest).not.toBeNull();
      },
    );
  }

  test("with counterexamples of these lengths", () => {
    expect(found).toMatchInlineSnapshot(`
      {
        "L10a one gate waits": 1,
        "L10a one reading ends it": 1,
        "L10a reading outlives its pane": 2,
        "L10b precedence swapped": 2,
        "L10b unconfirmed does not mask": 1,
        "L10c reason committed again": 3,
        "L10c reason-only change not committed": 4,
        "L11a only the own streak cleared": 2,
        "L11a streak shared": 2,
        "L11b any observer believed": 4,
        "L11b exit-when-done on hearsay": 4,
        "L11b reporter remembered": 1,
        "L11c any observer believed": 4,
        "L11c lost on hearsay": 5,
        "L11d class from the text": 2,
        "L11d identity from the registry": 2,
        "L12 branch not asked for": 2,
        "L12 foreign PR recorded": 2,
        "L13 evidence unheard": 7,
        "L13 one streak for all": 7,
        "L14 reasonless unknown": 1,
        "L14 reasonless verdict of absence": 4,
        "L15 check before the lock": 5,
        "L15 read error is an empty log": 3,
        "L15 torn commit": 2,
        "L16 blind ends the tick": 2,
        "L16 queued is skipped": 2,
        "L17 remote observer unheard": 4,
        "L17 remote plane concludes failed": 5,
        "L18 remote plane concludes failed": 5,
        "L18 unseen tree is clean": 5,
        "L18 work left behind overlooked": 5,
        "L19 alive does not answer": 5,
        "L19 only never_alive answered": 5,
        "L1a alive again": 1,
        "L1a assertion again": 0,
        "L1a verdict again": 5,
        "L1b baseline again": 0,
        "L1b verdict again": 2,
        "L2 closed taken for merged": 3,
        "L2 evidence without PR": 4,
        "L20 a lower token takes the place of a higher one": 7,
        "L20 any token is raised": 5,
        "L20 effects ask nothing": 11,
        "L20 the fence is checked before the lock": 9,
        "L20 the fence is not checked": 9,
        "L20 the leases are not asked": 9,
        "L3 exit-when-done fails": 3,
        "L3 grace ignored": 3,
        "L3 grace without end": 4,
        "L4 reopened by the daemon": 2,
        "L4 stop beside the commit point": 2,
        "L5 asked too early": 1,
        "L5 stale evidence decides": 5,
        "L5 verdict without evidence": 3,
        "L6 one prompt waits": 1,
        "L6 reading outlives its pane": 2,
        "L7 hash in memory": 1,
        "L7 wasAlive from statuses": 1,
        "L7f hash in memory": 2,
        "L7f stop beside the commit point": 1,
        "L7f torn commit": 5,
        "L7f torn commit of a PR": 3,
        "L7f wasAlive from statuses": 1,
        "L7s first reporter believed": 2,
        "L7s life forgotten": 2,
        "L8 call before the write": 1,
        "L8 call twice": 3,
        "L8 failed append calls": 2,
        "L8 no-op calls": 5,
        "L9 error after status": 1,
        "L9 error dropped": 1,
      }
    `);
  });
});

test("L13 ends at the observers that are remembered: three in turn starve the verdict for 20 reports", () => {
  const law = runLaws.find(({ id }) => id === "L13");
  const checks = (law?.checks ?? []).map((check) => ({
    key: "L13",
    law: "L13",
    check: { ...check, within: () => 20 },
  }));
  const [found] = search(build(runMonitor, "observers"), {
    checks,
    stopWhenViolated: true,
  }).checks;
  expect(found?.counterexample?.breach).toBe(
    "running still stands after 20 reports that the session is gone",
  );
});

test("every place where the lifecycle differs from its origin has a mutant that goes back to it", () => {
  const differences: readonly (readonly [law: string, mutant: string])[] = [
    ["L17", "remote plane concludes failed"],
    ["L11b", "exit-when-done on hearsay"],
    ["L18", "unseen tree is clean"],
    ["L7", "hash in memory"],
    ["L7f", "wasAlive from statuses"],
    ["L13", "one streak for all"],
    ["L10a", "one reading ends it"],
    ["L19", "alive does not answer"],
    ["L3", "exit-when-done fails"],
    ["L14", "reasonless unknown"],
    ["L4", "stop beside the commit point"],
    ["L7f", "torn commit"],
    ["L10c", "reason-only change not committed"],
  ];
  const known = runLaws.flatMap(({ id, mutants }) => mutants.map(({ name }) => `${id} ${name}`));
  expect(
    differences.map(([law, name]) => `${law} ${name}`).filter((name) => !known.includes(name)),
  ).toEqual([]);
});

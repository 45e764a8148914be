/** The worker-lease laws at small bounds: each holds with its witness, and each mutant breaks it. */
import { describe, expect, test } from "vitest";

import { workerLeaseLaws } from "../laws/worker-lease/index.js";
import { type Law, type Mutant, isPending, placeOf } from "../laws/law.js";
import type { Model, System } from "../spec/kernel/index.js";
import { type CheckRequest, type SearchResult, createSearch, search } from "../src/checker/index.js";

function build(system: System, configuration = "", variant?: unknown): Model {
  const found = system.configurations.find(({ name }) => name === configuration);
  if (found === undefined) throw new RangeError(`${system.name} has no configuration "${configuration}"`);
  return system.build(found.bounds.small, variant);
}

/** One search for each place a law is checked at; a response check is searched alone. */
const places = new Map<string, { readonly checks: CheckRequest[]; found: SearchResult | null }>();
for (const law of workerLeaseLaws) {
  law.checks.forEach((check, index) => {
    const place = check.kind === "response" ? `${placeOf(check)} ${law.id}` : placeOf(check);
    const known = places.get(place) ?? { checks: [], found: null };
    known.checks.push({ key: `${law.id} ${index}`, law: law.id, check });
    places.set(place, known);
  });
}

function searched(place: string): SearchResult {
  const known = places.get(place);
  const first = known?.checks[0]?.check;
  if (known === undefined || first === undefined) throw new RangeError(`no law is checked on ${place}`);
  known.found ??= search(build(first.system, first.configuration), { checks: known.checks });
  return known.found;
}

/** Length of the shortest counterexample over the law's checks at the mutant's place, in steps. */
function shortest(law: Law, mutant: Mutant): number | null {
  const checks = law.checks
    .filter((check) => placeOf(check) === placeOf(mutant))
    .map((check, index) => ({ key: String(index), law: law.id, check }));
  const model = build(mutant.system, mutant.configuration, mutant.variant);
  const running = createSearch(model, { checks, mutant: mutant.name });
  for (let over = false; !over; ) {
    over = running.advance(500);
    const caught = running.result().checks.find(({ verdict }) => verdict === "violated");
    if (caught?.counterexample) return caught.counterexample.path.length - 1;
  }
  return null;
}

const counterexamples: Readonly<Record<string, number>> = {
  "LL1 wait ignores worker liveness": 4,
  "LL1 wait ignores the verdict": 5,
  "LL1 crash counts as a heartbeat": 3,
  "LL1 crash keeps the heartbeat young": 5,
  "LL2 dispatch before expiry": 4,
  "LL2 completed lease is handed out": 5,
  "LL2 attempt number reused": 7,
  "LL2 any attempt's progress counts": 10,
  "LL3 acknowledge overwrites": 5,
  "LL3 slow attempt overwrites": 10,
  "LL3 failure is retried": 5,
  "LL4 leases survive the master's restart": 3,
  "LL4 waiter not told": 3,
  "LL4 restart reported as a result": 3,
  "LL6 fallback to another worker": 2,
  "LL6 empty target is anybody": 2,
  "LL6 re-dispatch moves": 5,
  "LL8 acknowledgement without attempt": 9,
  "LL8 only the first dispatch completes": 9,
  "LL9 two mutating leases of one run": 3,
  "LL9 pending mutations do not count": 3,
  "LL9 abandoned mutations do not count": 6,
  "LL10 completed leases stay": 5,
  "LL10 nothing is evicted": 10,
};

describe("laws", () => {
  test("the catalogue is LL1 to LL10, and only LL5 and LL7 wait for the runtime", () => {
    expect(workerLeaseLaws.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => `LL${index + 1}`),
    );
    expect(workerLeaseLaws.filter(isPending).map(({ id }) => id)).toEqual(["LL5", "LL7"]);
  });

  test.each([...places.keys()])("on %s every law holds and reaches its witness", (place) => {
    const verdicts = searched(place).checks.map(({ key, verdict, counterexample }) => ({
      key,
      verdict,
      breach: counterexample?.breach ?? null,
    }));
    expect(verdicts).toEqual(verdicts.map(({ key }) => ({ key, verdict: "holds", breach: null })));
  }, 60_000);
});

describe("mutants", () => {
  const mutants = workerLeaseLaws.flatMap((law) => law.mutants.map((mutant) => [law, mutant] as const));
  test.each(mutants.map(([law, mutant]) => [`${law.id} ${mutant.name}`, law, mutant] as const))(
    "%s is caught, with a counterexample of the pinned length",
    (name, law, mutant) => {
      expect(shortest(law, mutant)).toBe(counterexamples[name]);
    },
  );

  test("every pinned mutant exists", () => {
    expect(Object.keys(counterexamples)).toEqual(mutants.map(([law, { name }]) => `${law.id} ${name}`));
  });
});

describe("systems", () => {
  test("the fenced plane has the pinned number of states at small bounds", () => {
    const sizes = ["worker-plane-fenced", "worker-plane-fenced/targets"].map((place) => {
      const { statistics } = searched(place);
      return [statistics.distinctStates, statistics.transitions, statistics.depth];
    });
    expect(sizes).toEqual([
      [49_976, 412_155, 23],
      [14_366, 111_375, 16],
    ]);
  });

  test("each transition of each chart is taken in one of the systems", () => {
    const found = ["worker-plane", "worker-plane-fenced", "worker-plane-fenced/targets"].map(
      (place) => searched(place).coverage.machines,
    );
    for (const name of ["worker", "lease", "caller"]) {
      const unreached = found.map(
        (machines) => machines.find(({ machine }) => machine === name)?.unreached ?? [],
      );
      const everywhere = unreached[0]?.filter((label) => unreached.every((list) => list.includes(label)));
      expect(everywhere).toEqual([]);
    }
  });
});

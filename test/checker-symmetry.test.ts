/**
 * Symmetry: one state of each orbit is explored, no more and no fewer, and what is found there is true of the
 * whole space. Orbits are counted a second time by renaming every state of the full space in every way.
 */
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { type Check, type StepCheck, isPending, laws } from "../laws/index.js";
import { type Model, idOf, indexedBy, replaceAt } from "../spec/kernel/index.js";
import { type CheckRequest, actionTable, confirm, search, traceOf } from "../src/checker/index.js";
import { type WorkerPlaneState, workerPlane } from "../spec/systems/worker-plane.js";
import { asItIs, naiveSpace } from "./harness/naive-checker.js";
import { checked, modelErrorOf, requests, stepsOf } from "./harness/search-results.js";
import { type Club, action, club, renamedClub, toyModel, toySystem } from "./harness/toy-models.js";

function permutations(size: number): number[][] {
  if (size === 0) return [[]];
  return permutations(size - 1).flatMap((rest) =>
    Array.from({ length: size }, (_, place) => [...rest.slice(0, place), size - 1, ...rest.slice(place)]),
  );
}

/** The smallest JSON of a state under all renamings: one name for each orbit. */
function orbitName<S>(state: S, renamed: readonly ((state: S) => S)[]): string {
  return renamed
    .map((rename) => JSON.stringify(rename(state)))
    .reduce((least, one) => (one < least ? one : least));
}

interface Orbits {
  readonly distinctStates: number;
  readonly transitions: number;
}

/** Orbits of the full space; each contributes the steps of one of its states. */
function naiveOrbits<S extends object>(model: Model<S>, renamed: readonly ((state: S) => S)[]): Orbits {
  const seen = new Set<string>();
  let transitions = 1;
  const { states, enabled } = naiveSpace(model, asItIs);
  (states as S[]).forEach((state, place) => {
    const name = orbitName(state, renamed);
    if (!seen.has(name)) transitions += enabled[place] ?? 0;
    seen.add(name);
  });
  return { distinctStates: seen.size, transitions };
}

function clubRenamings(size: number): ((state: Club) => Club)[] {
  return permutations(size).map((to) => (state: Club) => renamedClub(state, to));
}

describe("the orbits are those counted naively from the full space", () => {
  test.each([1, 2, 3])("a club of %i, with index arrays, id fields and a list of ids", (size) => {
    const model = club(size);
    const orbits = naiveOrbits(model, clubRenamings(size));
    const { statistics, symmetry } = search(model, { symmetry: true });
    expect(statistics).toMatchObject({ ...orbits });
    expect(symmetry).toBe(size > 1);
  });

  test("a club of three has 1,162 states in 203 orbits", () => {
    expect(search(club(3)).statistics.distinctStates).toBe(1162);
    expect(search(club(3), { symmetry: true }).statistics.distinctStates).toBe(203);
  });

  const ages = { dispatchMax: 2, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 };
  const renamedPlane =
    (to: readonly number[]) =>
    (state: WorkerPlaneState): WorkerPlaneState => {
      const workers = state.workers.map(
        (_, index) => state.workers[to.indexOf(index)] ?? state.workers[index],
      );
      const name = (worker: number | null): number | null =>
        worker === null ? null : (to[worker] ?? worker);
      const leases = state.leases.map((lease) => ({ ...lease, worker: name(lease.worker) }));
      return { ...state, workers: workers as WorkerPlaneState["workers"], leases };
    };

  test("one worker and one lease: 656 states, each an orbit", () => {
    const model = workerPlane.build({ workers: 1, leases: 1, ...ages });
    expect(naiveOrbits(model, [(state) => state])).toEqual({ distinctStates: 656, transitions: 3244 });
    const { statistics, symmetry } = search(model, { symmetry: true });
    expect(statistics).toMatchObject({ distinctStates: 656, transitions: 3244 });
    expect(symmetry).toBe(false);
  });

  test("two workers and one lease: 6,470 orbits and 44,978 transitions", () => {
    const model = workerPlane.build({ workers: 2, leases: 1, ...ages });
    const expected = { distinctStates: 6470, transitions: 44_978 };
    expect(naiveOrbits(model, permutations(2).map(renamedPlane))).toEqual(expected);
    expect(search(model, { symmetry: true }).statistics).toMatchObject(expected);
  });
});

const system = toySystem(club(2));

function clubInvariant(breach: (state: Club) => string | null): Check {
  return { kind: "invariant", system, breach, witness: () => true } as unknown as Check;
}

function clubStep(breach: StepCheck<Club>["breach"]): Check {
  return { kind: "step", system, breach, witness: () => true } as unknown as Check;
}

const queueOfTwo = clubInvariant(({ queue }) => (queue.length === 2 ? "two in the queue" : null));
const allRisen = clubInvariant(({ members }) =>
  members.every(({ n }) => n === 1) ? "all have risen" : null,
);
const friendsLead = clubStep(({ members, leader }, { name }, after) => {
  const friend = leader === null ? null : (members[leader]?.friend ?? null);
  return name === "lead" && after.leader !== leader && after.leader === friend
    ? "the leader's friend leads"
    : null;
});
const selfFriend = clubInvariant(({ members }) =>
  members.some(({ friend }, i) => friend === i) ? "own friend" : null,
);

describe("what is found under symmetry is true of the full model", () => {
  test("verdicts and the length of counterexamples are those of the full space", () => {
    const checks = requests([queueOfTwo, allRisen, friendsLead, selfFriend]);
    const found = (symmetry: boolean) =>
      search(club(3), { checks, symmetry }).checks.map((result) => [result.verdict, stepsOf(result)]);
    expect(found(true)).toEqual(found(false));
    expect(found(true).map(([verdict]) => verdict)).toEqual([
      "violated",
      "violated",
      "violated",
      "holds",
    ]);
  });

  test("counterexamples replay in the full model to their breach", () => {
    const model = club(3);
    for (const check of [queueOfTwo, allRisen, friendsLead]) {
      const { counterexample } = checked(model, check, { symmetry: true });
      const path = counterexample?.path ?? [];
      expect(path.length).toBeGreaterThan(3);
      expect(traceOf(model, path)).toEqual(counterexample?.steps);
      expect(confirm(model, actionTable(model), check, path, null)).toBe(counterexample?.breach);
    }
  });

  test("the laws of the worker plane: the same verdicts on orbits as on all states", () => {
    const model = workerPlane.build({ ...workerPlane.parameters.parse({}), leases: 1 });
    const checks = symmetricRequests(laws.flatMap((law) => (isPending(law) ? [] : law.checks)));
    expect(checks.length).toBeGreaterThan(4);
    const verdicts = (symmetry: boolean) =>
      search(model, { checks, symmetry }).checks.map(({ verdict }) => verdict);
    expect(verdicts(true)).toEqual(verdicts(false));
  });

  test("the mutants of the worker plane: as short on orbits as on all states", () => {
    for (const law of laws) {
      for (const { system: of, variant } of law.mutants) {
        const checks = isPending(law) ? [] : symmetricRequests(law.checks);
        if (of !== workerPlane || checks.length === 0) continue;
        const model = of.build({ ...workerPlane.parameters.parse({}), leases: 1 }, variant);
        const found = (symmetry: boolean) =>
          search(model, { checks, symmetry, stopWhenViolated: true }).checks.map((result) =>
            stepsOf(result),
          );
        expect([law.id, found(true)]).toEqual([law.id, found(false)]);
      }
    }
  });
});

function symmetricRequests(checks: readonly Check[]): CheckRequest[] {
  return requests(
    checks.filter(({ system: of, kind, symmetric }) => {
      return of === workerPlane && (kind === "invariant" || kind === "step") && symmetric !== false;
    }),
  );
}

describe("paths from representatives lead through the real model", () => {
  /** Starts with the second of two switched on: not the representative of its orbit. */
  interface Pair {
    readonly on: readonly boolean[];
    readonly due: boolean;
  }
  const schema: z.ZodType<Pair> = z.strictObject({
    on: indexedBy("side", z.array(z.boolean()).length(2)),
    due: z.boolean(),
  });
  const pair = toyModel<Pair>(
    schema,
    [{ on: [false, true], due: false }],
    [
      {
        name: "off",
        instances: [{ side: 0 }, { side: 1 }],
        next: (state, { side }) => turnOff(state, Number(side)),
      },
      action("wait", (state) => state),
      action("tick", (state) => state),
    ],
  );
  function turnOff(state: Pair, side: number): Pair | null {
    return state.on[side] === true ? { on: replaceAt(state.on, side, false), due: true } : null;
  }
  const turns: Check = {
    kind: "step",
    system,
    breach: () => null,
    witness: (_before: Pair, { name }: { name: string }) => name === "off",
  } as unknown as Check;
  const answered: Check = {
    kind: "response",
    system,
    unit: "ticks",
    within: () => 2,
    starts: (before: Pair, _action: unknown, after: Pair) => !before.due && after.due,
    answered: () => false,
    counts: (_before: Pair, { name }: { name: string }) => name === "tick",
    breach: (_state: Pair, counted: number) => `nothing after ${counted} ticks`,
  } as unknown as Check;

  test("a breach of a step", () => {
    const check = {
      ...turns,
      breach: (_before: Pair, { name }: { name: string }) => (name === "off" ? "off" : null),
    };
    const { counterexample } = checked(pair, check as unknown as Check, { symmetry: true });
    expect(counterexample).toMatchObject({ path: [0, 1], breach: "off" });
  });

  test("the witness of a step", () => {
    const { witness } = checked(pair, turns, { symmetry: true });
    expect(traceOf(pair, witness ?? []).map(({ name }) => name)).toEqual(["init", "off"]);
  });

  test("a response without symmetry", () => {
    expect(checked(pair, answered).counterexample?.path).toEqual([0, 1, 3, 3]);
  });

  test("a response is refused: its count belongs to one path", () => {
    const { message } = modelErrorOf(() => checked(pair, answered, { symmetry: true }));
    expect(message).toContain("counts along paths; check it without symmetry");
  });
});

describe("what is not symmetric is refused", () => {
  test("a check that tells the ids apart", () => {
    const check = { ...selfFriend, symmetric: false };
    const { failure, message } = modelErrorOf(() => checked(club(3), check, { symmetry: true }));
    expect(failure).toMatchObject({ code: "model/asymmetric", sort: "member" });
    expect(message).toContain("T0 tells the ids apart; check it without symmetry");
    expect(checked(club(3), check).verdict).toBe("holds");
  });

  test("a check that tells ids apart is allowed where there is nothing to swap", () => {
    expect(checked(club(1), { ...selfFriend, symmetric: false }, { symmetry: true }).verdict).toBe(
      "holds",
    );
  });

  test("an action that treats one member differently, when a counterexample leads through it", () => {
    const schema = z.strictObject({
      on: indexedBy("side", z.array(z.boolean()).length(2)),
      who: idOf("side", [0, 1], z.int().min(0).max(1).nullable()),
    });
    type Chosen = z.infer<typeof schema>;
    const choose = action<Chosen>("chooseFirst", (state) => ({ ...state, who: 0 }));
    const model = toyModel<Chosen>(schema, [{ on: [false, true], who: null }], [choose]);
    const breach = ({ on, who }: Chosen): string | null =>
      who !== null && on[who] === true ? "it is on" : null;
    const check = { kind: "invariant", system, breach, witness: () => true } as unknown as Check;
    const { failure } = modelErrorOf(() => checked(model, check, { symmetry: true }));
    expect(failure).toMatchObject({ code: "model/asymmetric", sort: "side" });
    expect(checked(model, check).verdict).toBe("holds");
  });

  test("a sort that has more members in one place than in another", () => {
    const schema = z.strictObject({
      on: indexedBy("x", z.array(z.boolean()).length(3)),
      who: idOf("x", [0, 1], z.int().min(0).max(1)),
    });
    const model = toyModel<z.infer<typeof schema>>(schema, [{ on: [false, false, false], who: 0 }], []);
    const { failure } = modelErrorOf(() => search(model, { symmetry: true }));
    expect(failure).toEqual({
      code: "model/asymmetric",
      sort: "x",
      found: "it has 3 members in one place and 2 in another",
    });
  });

  test("more permutations than can be tried", () => {
    const schema = z.strictObject({ on: indexedBy("x", z.array(z.boolean()).length(8)) });
    const model = toyModel<z.infer<typeof schema>>(
      schema,
      [{ on: Array.from({ length: 8 }, () => false) }],
      [],
    );
    expect(modelErrorOf(() => search(model, { symmetry: true })).message).toContain(
      "40320 permutations are more than 5040",
    );
    expect(search(model).complete).toBe(true);
  });
});

/** The lane-lease laws on `lane-contention`: the size of each space, each mutant caught, and what the model reaches. */
import { describe, expect, test } from "vitest";

import { laneLeaseLaws } from "../laws/lane-lease/index.js";
import { type Law, isPending } from "../laws/law.js";
import { instancesOf } from "../spec/kernel/index.js";
import { type ContentionVariant, laneContention } from "../spec/systems/lane-contention.js";
import type { ContentionParameters } from "../spec/systems/lane-contention-state.js";
import { search } from "../src/checker/index.js";
import { mutantSteps, spaceSizes } from "./harness/law-reports.js";
import { verifyLaws } from "./harness/verify-laws.js";

test("the catalogue is NL1 to NL10, and no law waits for a runtime", () => {
  expect(laneLeaseLaws.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => `NL${index + 1}`),
  );
  expect(laneLeaseLaws.filter(isPending)).toEqual([]);
});

describe("the laws", () => {
  test("hold at small bounds, and each mutant is caught in the pinned number of steps", async () => {
    const report = await verifyLaws(laneLeaseLaws);
    expect([report.verdict, report.agreement.verdict]).toEqual(["holds", "holds"]);
    expect(spaceSizes(report)).toEqual({
      "lane-contention": [1795, 12_462, 14],
      "lane-contention/adoption": [3373, 26_914, 17],
      "lane-contention/pace": [816, 5877, 17],
      "lane-contention/reboot": [231, 1475, 13],
      "lane-contention/queue": [652, 3127, 18],
    });
    expect(mutantSteps(report)).toEqual({
      "NL1 no validation at append": 4,
      "NL1 regions do not count": 4,
      "NL1 nobody stops by itself": 9,
      "NL2 compaction forgets the mark": 7,
      "NL2 adoption keeps the token": 5,
      "NL2 the fence knows no end": 7,
      "NL3 anybody is the holder": 3,
      "NL3 no secret is every secret": 3,
      "NL4 late beats count": 10,
      "NL4 a reboot changes nothing": 4,
      "NL5 no compare-and-swap": 8,
      "NL5 no evidence needed": 4,
      "NL5 expired leases are adopted": 8,
      "NL5 adopted as old as it was": 6,
      "NL6 expiry by the wall clock": 6,
      "NL6 dead at its TTL": 6,
      "NL6 processes are not looked at": 5,
      "NL6 what has no age is old": 5,
      "NL7 elides whatever lives": 27,
      "NL7 a stamp of the future is young": 8,
      "NL8 deadline from the answer": 6,
      "NL8 an elided beat counts as written": 11,
      "NL8 nobody tells it": 4,
      "NL9 no queue": 10,
      "NL9 the dead keep their place": 8,
      "NL9 a lock outlives its process": 5,
      "NL10 conflict by prefixes": 4,
      "NL10 conflict one way": 4,
    });
  });

  test("hold at default bounds, and every transition and action is taken there", async () => {
    const withoutMutants = laneLeaseLaws.map((law) => ({
      ...law,
      mutants: [],
    })) as unknown as readonly Law[];
    const report = await verifyLaws(withoutMutants, { bounds: "default" });
    expect([report.verdict, report.agreement.verdict]).toEqual(["holds", "holds"]);
    expect(spaceSizes(report)).toEqual({
      "lane-contention": [12_148, 110_213, 21],
      "lane-contention/adoption": [15_855, 124_980, 20],
      "lane-contention/pace": [16_128, 164_905, 23],
      "lane-contention/reboot": [6685, 59_598, 16],
      "lane-contention/queue": [11_606, 71_897, 22],
    });
    const [{ coverage } = { coverage: null }] = report.coverage;
    expect(coverage?.machines.map(({ machine, unreached }) => [machine, unreached])).toEqual([
      ["lane-lease", []],
    ]);
    expect(coverage?.unreachedActions).toEqual([]);
  });
});

describe("the model", () => {
  const bounds = (name: string): ContentionParameters => {
    const found = laneContention.configurations.find((one) => one.name === name);
    if (found === undefined) throw new RangeError(name);
    return found.bounds.small;
  };
  const states = (parameters: ContentionParameters, variant?: ContentionVariant): number =>
    search(laneContention.build(parameters, variant)).statistics.distinctStates;

  test("compacting the log reaches no state that is not reached without it", () => {
    for (const name of ["", "adoption", "queue"]) {
      const model = laneContention.build(bounds(name));
      const without = {
        ...model,
        actions: model.actions.filter((family) => family.name !== "compact"),
      };
      const [all, some] = [model, without].map((one) => search(one).statistics.distinctStates);
      expect(some).toBe(all);
    }
  });

  test("setting the wall clock reaches nothing but other wall clocks", () => {
    const pace = bounds("pace");
    const model = laneContention.build(pace);
    const seen = (wallSteps: boolean): ReadonlySet<string> => {
      const keys = new Set<string>();
      const check = {
        kind: "invariant",
        system: laneContention,
        breach: (state: object) => {
          keys.add(
            JSON.stringify(state, (key, value: unknown) => (key === "skew" ? undefined : value)),
          );
          return null;
        },
        witness: () => true,
      } as const;
      const built = laneContention.build({ ...pace, wallSteps });
      search(built, { checks: [{ key: "seen", law: "seen", check: check }], direct: true });
      return keys;
    };
    expect(seen(true)).toEqual(seen(false));
    expect(instancesOf(model).some(({ name }) => name === "stepWall")).toBe(true);
  });

  test("a journal that validates again is the same model, whatever was thought when the request was sent", () => {
    // The broken part is seen to matter: what it decided early is in its states.
    const right = states(bounds(""));
    expect(states(bounds(""), { host: { revalidates: false } })).toBeGreaterThan(right);
    expect(states(bounds(""), { host: { revalidates: true } })).toBe(right);
  });

  test("every state is in its schema", () => {
    for (const { bounds: all } of laneContention.configurations) {
      for (const parameters of Object.values(all)) {
        const { schema, initial } = laneContention.build(parameters);
        expect(initial.every((state) => schema.safeParse(state).success)).toBe(true);
      }
    }
  });
});

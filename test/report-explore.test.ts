/** An exploration as text and JSON, pinned on one made by hand. */
import { describe, expect, it } from "vitest";

import {
  type ExploreReport,
  exploreJson,
  exploreText,
  explorationVerdict,
  plainPaint,
} from "../src/report/index.js";

const report: ExploreReport = {
  system: "worker-plane",
  configuration: "",
  parameters: { workers: 2, leases: 1 },
  symmetry: true,
  complete: true,
  limit: null,
  statistics: {
    distinctStates: 12920,
    transitions: 89801,
    depth: 3,
    levels: [1, 2, 12917],
    seconds: 0.5,
    statesPerSecond: 25840,
    peakRssBytes: 76 * 1024 * 1024,
    stateBytes: 4,
  },
  laws: [
    {
      id: "LL1",
      title: "liveness detection",
      statement: "A lost worker is noticed.",
      why: "Nobody noticed.",
      verdict: "holds",
      checks: [{ clause: null, verdict: "holds", counterexample: null }],
    },
  ],
  left: [{ id: "LL2", reason: "it tells the ids apart" }],
  coverage: { machines: [], actions: [{ action: "tick", steps: 1 }], unreachedActions: [] },
};

const page = { width: 80, paint: plainPaint, verbose: false };

describe("an exploration", () => {
  it("prints its size, its laws, what it left out, and the verdict last", () => {
    expect(exploreText(report, page)).toBe(`\
system       worker-plane  workers=2 leases=1
states       12,920, one of each orbit
transitions  89,801
depth        3
levels       1 2 12917
speed        25,840 states a second, 500 ms
memory       peak 76.0 MiB, 4 bytes a state
search       complete within its bounds

law  claim               verdict
LL1  liveness detection  holds
LL2: not judged here: it tells the ids apart

coverage
  worker-plane  1 of 1 action enabled

holds: 1 law on 12,920 states
`);
  });

  it("is unknown when a limit was reached or no law was checked", () => {
    expect(explorationVerdict(report)).toBe("holds");
    expect(explorationVerdict({ ...report, complete: false })).toBe("unknown");
    expect(explorationVerdict({ ...report, laws: [] })).toBe("unknown");
    const limited = { ...report, complete: false, limit: { limit: "memory", value: 1024 ** 3 } } as const;
    expect(exploreText(limited, page)).toContain(
      "search       the limit of 1.0 GiB of memory was reached\n",
    );
  });

  it("loses nothing as JSON", () => {
    const json = exploreJson(report);
    expect(JSON.parse(JSON.stringify(json))).toStrictEqual(json);
    expect(json).toMatchObject({
      system: "worker-plane",
      distinctStates: 12920,
      laws: [{ id: "LL1", verdict: "holds" }],
    });
  });
});

/** The closed models of the run host: their sizes at small and default bounds, and that they stay as they are. */
import { expect, test } from "vitest";

import { monitorFencing } from "../spec/systems/monitor-fencing.js";
import { observationRelay } from "../spec/systems/observation-relay.js";
import { runHost } from "../spec/systems/run-host.js";
import type { Bounds } from "../spec/kernel/index.js";
import { search } from "../src/checker/index.js";

function sizeOf(system: typeof runHost | typeof monitorFencing | typeof observationRelay, bounds: Bounds): object {
  const [configuration] = system.configurations;
  if (configuration === undefined) throw new RangeError(system.name);
  const { complete, statistics, coverage } = search(
    (system as typeof runHost).build(configuration.bounds[bounds] as never),
    { checks: [] },
  );
  const { distinctStates, transitions, depth } = statistics;
  return { complete, distinctStates, transitions, depth, idle: coverage.unreachedActions };
}

test("sizes are pinned, and every action is reached", () => {
  expect({
    "run-host small": sizeOf(runHost, "small"),
    "run-host default": sizeOf(runHost, "default"),
    "monitor-fencing small": sizeOf(monitorFencing, "small"),
    "monitor-fencing default": sizeOf(monitorFencing, "default"),
    "observation-relay small": sizeOf(observationRelay, "small"),
    "observation-relay default": sizeOf(observationRelay, "default"),
  }).toMatchInlineSnapshot(`
    {
      "monitor-fencing default": {
        "complete": true,
        "depth": 34,
        "distinctStates": 27752,
        "idle": [],
        "transitions": 152258,
      },
      "monitor-fencing small": {
        "complete": true,
        "depth": 27,
        "distinctStates": 7302,
        "idle": [],
        "transitions": 39836,
      },
      "observation-relay default": {
        "complete": true,
        "depth": 6,
        "distinctStates": 178,
        "idle": [],
        "transitions": 599,
      },
      "observation-relay small": {
        "complete": true,
        "depth": 5,
        "distinctStates": 74,
        "idle": [],
        "transitions": 229,
      },
      "run-host default": {
        "complete": true,
        "depth": 23,
        "distinctStates": 60395,
        "idle": [],
        "transitions": 289694,
      },
      "run-host small": {
        "complete": true,
        "depth": 17,
        "distinctStates": 14531,
        "idle": [],
        "transitions": 65287,
      },
    }
  `);
});

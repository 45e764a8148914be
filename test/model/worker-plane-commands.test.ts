/**
 * Commands on the worker plane beside its model: workers start, crash, freeze, leave and say what they should not; effects
 * are leased, executed and acknowledged; words are held back; time passes; the master is started again. Each change of the
 * master has to be a step of `worker-plane-fenced`, and every law is asked. It keeps nothing on a disk: a master that is
 * started again remembers nothing, by law (LL4).
 */
import { expect, test } from "vitest";

import { checkWorkerPlane } from "../../src/conformance/index.js";
import type { MasterOptions } from "../../src/worker-plane/index.js";
import { failureOn, holdsOnScripts } from "../harness/command-scripts.js";
import { scriptedPlane } from "../harness/scripted-hosts.js";

test("master and workers keep to their model and laws", async () => {
  await holdsOnScripts(scriptedPlane(), { runs: 60, commandsMax: 40 });
}, 120_000);

test("a master that keeps more than it may is caught by a short script, which the kit takes", async () => {
  const hoarding = (options: MasterOptions): MasterOptions => ({ ...options, policy: { ...options.policy, completedLeasesMax: 2 } });
  const { message, script } = await failureOn(scriptedPlane(hoarding), { commandsMax: 40 });
  expect(script.steps.length).toBeLessThanOrEqual(14);
  expect(message).toMatch(/^ {2}1\. [^]*\n {7}expected [^]*\n {7}seen /);
  expect((await checkWorkerPlane({ script, change: hoarding })).verdict).toBe("violated");
  expect((await checkWorkerPlane({ script })).verdict).toBe("holds");
}, 60_000);

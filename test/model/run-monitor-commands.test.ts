/**
 * Actions of `run-monitor` on the run host of this package, on a simulated disk: its world is the model's, its monitor and its
 * log are real. After each action its view, its memory and the fold of its log have to be the model's successor, and every
 * law of the configuration is asked.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { runLaws } from "../../laws/run/index.js";
import { checkRunHost, ourRunHost } from "../../src/conformance/index.js";
import { createLawJudge } from "../../src/conformance/law-judge.js";
import { type MonitorScene, monitorScene, monitorSceneNames } from "../../src/conformance/monitor-scene.js";
import { type MonitorCommand, MonitorScript, monitorCommand, monitorCommandText } from "../../src/conformance/monitor-script.js";
import { ourMonitoredHost } from "../../src/conformance/our-monitored-host.js";
import type { OurRunOptions } from "../../src/conformance/our-run-host.js";
import type { HostStorage } from "../../src/conformance/our-storage.js";
import { type Running, type Scripted, type Wrong, failureOn, holdsOnScripts, mendedScripts } from "../harness/command-scripts.js";
import { SimulatedStorage } from "../harness/simulated-storage.js";

const simulated = (): HostStorage => new SimulatedStorage();

/** Actions of the first arguments come more often: what is said again is what streaks and confirmations are made of. */
function commandsOf({ model, actions }: MonitorScene): readonly fc.Arbitrary<MonitorCommand>[] {
  const possible = actions.instances.filter(({ name }) => name !== "mirror");
  const firsts = possible.filter(({ name }, place) => possible.findIndex((one) => one.name === name) === place);
  const doing = (from: typeof possible): fc.Arbitrary<MonitorCommand> =>
    fc.constantFrom(...from.map(({ label }) => ({ action: label })));
  return [
    fc.record({ begins: fc.nat(model.initial.length - 1) }),
    ...Array.from({ length: 4 }, () => doing(firsts)),
    ...Array.from({ length: 4 }, () => doing(possible)),
  ];
}

function scriptedMonitor(name: string, options: OurRunOptions = { storage: simulated }): Scripted<MonitorCommand> {
  const scene = monitorScene(name, runLaws) as MonitorScene;
  return {
    scene: name,
    commands: commandsOf(scene),
    parse: (command) => monitorCommand.parse(command),
    text: (command) => monitorCommandText(scene, command),
    begin: async (): Promise<Running<MonitorCommand>> => {
      const host = await ourMonitoredHost(options, scene.policy);
      const script = new MonitorScript(host, scene, createLawJudge(scene.asked, scene.model, new Map()));
      return {
        can: (command) => script.can(command),
        step: async (command): Promise<Wrong | null> => {
          const [found] = await script.step(command);
          if (found === undefined) return null;
          return found.law === null && found.divergence !== null ? found.divergence : { expected: `${found.law ?? ""} holds`, seen: found.breach };
        },
        end: () => host.close(),
      };
    },
  };
}

test.each(monitorSceneNames)("the run host keeps to its model and laws (%s)", async (name) => {
  await holdsOnScripts(scriptedMonitor(name), { runs: 15, commandsMax: 60 });
  expect(await mendedScripts(scriptedMonitor(name))).toEqual([]);
}, 120_000);

test("a host that ends a run at one reading is caught by a short script, which the kit takes", async () => {
  const hasty: OurRunOptions = { storage: simulated, policy: (given) => ({ ...given, confirmation: 1 }) };
  const { message, script } = await failureOn(scriptedMonitor("run-monitor-panes", hasty), { commandsMax: 60 });
  expect(script.steps.length).toBe(1);
  expect(message).toMatch(/^ {2}1\. capture\(signal=[^]*\n {7}expected L\d+\w? holds\n {7}seen {5}/);
  expect((await checkRunHost(ourRunHost(hasty), { script })).verdict).toBe("violated");
  expect((await checkRunHost(ourRunHost(), { script })).verdict).toBe("holds");
}, 60_000);

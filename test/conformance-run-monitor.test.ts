/**
 * The laws of `run-monitor` on hosts whose world is the kit's: ours keeps them all; hosts that decide by a broken model, and
 * ours with one mistake each, are told which law they break.
 */
import { describe, expect, test } from "vitest";

import type { ModelLaw } from "../laws/law.js";
import { runLaws } from "../laws/run/index.js";
import type { RunMonitorVariant } from "../spec/systems/run-monitor.js";
import { brokenHosts } from "../src/conformance/broken-run-hosts.js";
import { type OurRunOptions, type RunHostAdapter, checkRunHost, ourRunHost } from "../src/conformance/index.js";
import { MonitorCheck } from "../src/conformance/monitor-kit.js";
import { monitored, tellingScripts } from "../src/conformance/monitor-scripts.js";
import { monitorPlan } from "../src/conformance/monitor-walks.js";
import { ourMonitoredHost } from "../src/conformance/our-monitored-host.js";
import { Counterexamples } from "../src/conformance/report.js";
import { machineHost } from "./conformance-stores/machine-host.js";

/** Laws with a check on `run-monitor`. */
const asked = runLaws.filter(({ checks }) => checks.some(({ system }) => system.name === "run-monitor")) as readonly ModelLaw[];
const plan = await monitorPlan(runLaws, { seed: 1, walks: 1, steps: 30 });

function check(open: ReturnType<typeof machineHost>): { readonly kit: MonitorCheck; readonly found: Counterexamples; readonly judged: Map<string, number> } {
  const [found, judged] = [new Counterexamples(), new Map<string, number>()];
  return { kit: new MonitorCheck(open, runLaws, judged, found), found, judged };
}

test("a host that decides by the right machine breaks no law and leaves no model", async () => {
  const { kit, found } = check(machineHost());
  await kit.search(plan);
  expect(found.all.map(({ text }) => text)).toEqual([]);
  expect(kit.steps).toBeGreaterThan(500);
});

test("each of the twenty-three laws has something to say of the scripts that are known to tell, whatever the seed", async () => {
  const { kit, judged } = check(machineHost());
  for (const script of tellingScripts) expect(await kit.replay(script)).toBe(true);
  const said = new Set([...judged.keys()].filter((key) => !key.endsWith("#history")).map((key) => key.split("#")[0]));
  expect(asked.map(({ id }) => id).filter((id) => !said.has(id))).toEqual([]);
  expect(asked.length).toBe(23);
});

const broken = asked.flatMap(({ id, mutants }) =>
  mutants
    .filter(({ system, variant }) => system.name === "run-monitor" && (variant as RunMonitorVariant).gatherer === undefined)
    .map(({ name, configuration, variant }) => ({ id, name, configuration, variant: variant as RunMonitorVariant })),
);

test.each(broken)("a host with the mistake $name breaks $id", async ({ id, configuration, variant }) => {
  const { kit, found } = check(machineHost(variant));
  for (const script of tellingScripts) {
    if (script.scene === `run-monitor-${configuration ?? "absence"}` && !found.has(id)) await kit.replay(script);
  }
  expect(found.all.map(({ law }) => law)).toContain(id);
});

describe("our run host with one mistake", () => {
  test.each(brokenHosts)("$name, breaks $law by a script that the right one passes", async ({ law, options, script }) => {
    const report = await checkRunHost(ourRunHost(options), { script });
    expect(report.judged.filter(({ verdict }) => verdict === "violated").map((one) => one.law)).toContain(law);
    const right = await checkRunHost(ourRunHost(), { script });
    expect(right.counterexamples.map(({ text }) => text)).toEqual([]);
  });

  test("is found without a script, the same way each time, told by a short one, and shown again by it", async () => {
    const options: OurRunOptions = { policy: (given) => ({ ...given, neverAliveGraceMs: 0 }) };
    const searched = async () => {
      const { kit, found } = check((policy) => ourMonitoredHost(options, policy));
      await kit.search(plan.filter(({ scene }) => scene.name === "run-monitor-absence"));
      return { all: found.all, scripts: kit.scripts, steps: kit.steps };
    };
    const report = await searched();
    expect(await searched()).toEqual(report);
    const found = report.all.find(({ law }) => law === "L3");
    expect(found?.script.steps.length).toBeLessThanOrEqual(4);
    expect(found?.text).toMatch(/^ {2}1\. [^]*\n {7}expected run [^]*\n {7}seen {5}run [^]*inside the grace \(age 0 of 3\): unknown\(never_alive\)\nshow it again with/);
    const again = await checkRunHost(ourRunHost(options), { script: found?.script ?? { scene: "", steps: [] } });
    expect(again.counterexamples.find(({ law }) => law === "L3")?.breach).toBe(found?.breach);
  });

  test("that changes what no law speaks of has left the model", async () => {
    const options: OurRunOptions = { hears: () => [] };
    const report = await checkRunHost(ourRunHost(options), { script: monitored("panes", 0, "stop") });
    expect(report.verdict).toBe("violated");
    expect(report.counterexamples.map(({ law, text }) => `${law ?? "model"}: ${text}`)).toEqual([
      expect.stringMatching(/^model: [^]*expected heard \[{"status":"canceled","reason":null}\]\n {7}seen {5}heard \[\]/),
    ]);
  });
});

test("of a host that cannot be given policy and clock the report says that these laws were not asked", async () => {
  const { name, open } = ourRunHost();
  const adapter: RunHostAdapter = { name, open };
  const { judged, verdict } = await checkRunHost(adapter, { runs: 1 });
  const l3 = judged.find(({ law }) => law === "L3");
  expect(verdict).toBe("holds");
  expect(l3).toMatchObject({ verdict: "vacuous", judged: 0, scope: expect.stringMatching(/^not asked: the adapter has no `monitored`/) as string });
  await expect(checkRunHost(adapter, { script: monitored("panes", 0, "stop") })).rejects.toThrow(/"run-monitor-panes": not asked: the adapter/);
});

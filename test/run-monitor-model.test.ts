/**
 * The system run-monitor: its size at small bounds, what it exercises, and what it refuses to pass
 * on.
 */
import { describe, expect, test } from "vitest";

import { foldEffects, viewOf } from "../spec/run/index.js";
import { type RunMonitorState, runMonitor } from "../spec/systems/run-monitor.js";
import type { Effect } from "../spec/vocabulary/index.js";
import { type ActionTable, actionTable, runScript, search } from "../src/checker/index.js";

function configuration(name: string): (typeof runMonitor.configurations)[number] {
  const found = runMonitor.configurations.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no configuration "${name}"`);
  return found;
}

/** Plays actions given as `name` or `name key=value …` from the first initial state. */
function play(
  name: string,
  script: readonly string[],
): { end: RunMonitorState; effects: readonly Effect[] } {
  const model = runMonitor.build(configuration(name).bounds.default);
  const actions: ActionTable = actionTable(model);
  const ids = script.map((line) => {
    const [action = "", ...args] = line.split(" ");
    const given = args.map((arg) => arg.split("=") as [string, string]);
    return actions.index.get(action, Object.fromEntries(given)).id;
  });
  const outcome = runScript(actions, model.initial[0] as RunMonitorState, ids);
  expect(outcome.blocked).toBeNull();
  const end = outcome.end as RunMonitorState;
  return { end, effects: outcome.steps.flatMap((step) => step.effects as readonly Effect[]) };
}

test("the sizes at small bounds are pinned", () => {
  const sizes = runMonitor.configurations.map(({ name, bounds }) => {
    const { distinctStates, transitions, depth } = search(runMonitor.build(bounds.small)).statistics;
    return `${name} ${distinctStates}/${transitions}/${depth}`;
  });
  expect(sizes).toEqual([
    "absence 20622/233971/17",
    "observers 11124/139051/15",
    "turns 3282/34387/16",
    "panes 1250/31251/8",
    "prs 3492/36391/15",
  ]);
});

test("every action of every configuration is taken at small bounds", () => {
  for (const { name, bounds } of runMonitor.configurations) {
    expect([name, search(runMonitor.build(bounds.small)).coverage.unreachedActions]).toEqual([name, []]);
  }
});

test("the parameters of every configuration are within the declared ranges", () => {
  for (const { bounds } of runMonitor.configurations) {
    for (const parameters of Object.values(bounds)) {
      expect(runMonitor.parameters.parse(parameters)).toEqual(parameters);
    }
  }
});

describe("a story told by actions", () => {
  test("ends as failed when the observer that saw the run alive reports it gone three times", () => {
    const gone = "report observer=a";
    const { end } = play("absence", ["alive observer=a", "session is=gone", gone, gone, gone]);
    expect([end.log.status, end.log.reason]).toEqual(["failed", "session_dead"]);
  });

  test("ends as unknown when another observer does", () => {
    const gone = "report observer=b";
    const { end } = play("absence", ["alive observer=a", gone, gone, gone]);
    expect([end.log.status, end.log.reason]).toEqual(["unknown", "observer_unverified"]);
  });

  test("delivers evidence with the work tree as it was when it was gathered", () => {
    const gone = "gone observer=a";
    const { end } = play("absence", ["alive observer=a", gone, gone, gone, "tree is=dirty", "evidence"]);
    expect([end.world.tree, end.log.status, end.log.reason]).toEqual(["dirty", "failed", "session_dead"]);
  });

  test("keeps the log equal to the fold of the effects, and the run's view equal to the log", () => {
    const script = [
      "capture signal=nothing pane=h1",
      "alive observer=a",
      "prOpens owner=owned",
      "prDiscovered",
    ];
    const { end, effects } = play("prs", [
      ...script,
      "verifiedPr signal=nothing",
      "prEnds as=closed",
      "prState",
    ]);
    const start = runMonitor.build(configuration("prs").bounds.default).initial[0] as RunMonitorState;
    expect(end.log).toEqual(foldEffects(start.log, effects));
    expect(viewOf(end.run)).toEqual(end.log);
    expect(end.log.status).toBe("canceled");
  });

  test("never passes a foreign pull request on to a run with a branch", () => {
    const model = runMonitor.build(configuration("prs").bounds.small);
    const actions = actionTable(model);
    const foreign = runScript(actions, model.initial[0] as RunMonitorState, [
      actions.index.get("prOpens", { owner: "foreign" }).id,
      actions.index.get("prDiscovered").id,
    ]);
    expect(foreign.blocked).toBe(1);
  });
});

test("mirroring twice changes nothing", () => {
  const script = ["alive observer=a", "gone observer=b", "gone observer=a"];
  const plain = play("absence", script).end;
  expect(play("absence", [...script, "mirror", "mirror"]).end).toEqual(plain);
  expect(play("absence", [...script, "mirror"]).end.run.aliveObserver).toBe("b");
});

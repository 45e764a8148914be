/** The scripted runs, and what a scenario file may say. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { replay, scenario, scenarioFile } from "../spec/run/index.js";

const text = readFileSync(new URL("./scenarios/run.json", import.meta.url), "utf8");
const { scenarios } = scenarioFile.parse(JSON.parse(text));

const gone = { type: "session.gone", observer: null, class: "session_absent" };
const bare = { id: "X", script: [{ afterMs: 1, observe: gone }] };

describe("scenarios", () => {
  test("there are 65 of them, each with a name of its own and an expectation", () => {
    expect(scenarios).toHaveLength(65);
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(65);
    expect(scenarios.filter(({ expect: expected }) => expected === undefined)).toEqual([]);
  });

  test.each(scenarios.map((one) => [one.id, one] as const))("%s ends as expected", (_, one) => {
    expect(replay(one).differences).toEqual([]);
    expect(replay(one).matches).toBe(true);
  });
});

describe("a scenario", () => {
  test("is replayed without an expectation and then matches nothing and misses nothing", () => {
    expect(replay(scenario.parse(bare))).toEqual({
      id: "X",
      commits: [],
      effects: [],
      final: { status: "running", reason: null },
      matches: null,
      differences: [],
    });
  });

  test("starts as a codex run on a branch an hour ago when it says nothing else", () => {
    const { run, core } = scenario.parse(bare);
    expect(run).toEqual({
      status: "running",
      reason: null,
      agent: "codex",
      branch: "feature/x",
      prUrl: null,
      startedAtMs: -3_600_000,
      paneHash: null,
    });
    expect(core).toEqual({
      aliveObserver: null,
      deadStreaks: {},
      reading: null,
      streak: 0,
      wasAlive: false,
      prRecorded: false,
    });
  });

  test("names the null observer of a streak by the empty string", () => {
    const standing = scenario.parse({ ...bare, core: { deadStreaks: { "": 2 } } });
    expect(replay(standing).effects).toEqual([{ step: 1, type: "gatherEvidence", observer: null }]);
  });

  test("loses its streaks at a restart and keeps what the log folds to", () => {
    const seen = { type: "pane.captured", text: "a", signal: {} };
    const steps = [
      { afterMs: 1, observe: { type: "session.alive", observer: "a" } },
      { afterMs: 1, observe: seen },
      { afterMs: 1, observe: { ...gone, observer: "a" } },
      { afterMs: 1, observe: { ...gone, observer: "a" } },
      { afterMs: 0, restart: true },
      { afterMs: 1, observe: { ...gone, observer: "a" } },
      { afterMs: 1, observe: { type: "session.alive", observer: "a" } },
      { afterMs: 1, observe: seen },
    ];
    expect(replay(scenario.parse({ id: "X", script: steps })).effects).toEqual([
      { step: 1, type: "recordAlive" },
      { step: 2, type: "recordBaseline" },
    ]);
  });

  test("that is not met says where, what was found and what was expected", () => {
    const wrong = scenario.parse({
      ...bare,
      script: [{ afterMs: 0, observe: { type: "user.stopped" } }],
      expect: {
        commits: [],
        effects: [{ step: 2, type: "recordAlive" }],
        final: { status: "done", reason: null },
      },
    });
    expect(replay(wrong).matches).toBe(false);
    expect(replay(wrong).differences).toEqual([
      'commit 1: found {"reason":null,"source":"user","status":"canceled","step":1}, expected none',
      'effect 1: found none, expected {"step":2,"type":"recordAlive"}',
      'final: found {"reason":null,"status":"canceled"}, expected {"reason":null,"status":"done"}',
    ]);
  });

  test.each([
    ["an unknown key", { ...bare, note: "" }],
    ["an unknown key of the run", { ...bare, run: { host: "h" } }],
    ["an unknown key of the core", { ...bare, core: { ticks: 1 } }],
    ["an unknown key of an observation", { id: "X", script: [{ afterMs: 1, observe: { ...gone, at: 1 } }] }],
    ["a step that is both an observation and a restart", {
      id: "X",
      script: [{ afterMs: 1, observe: gone, restart: true }],
    }],
    ["a step back in time", { id: "X", script: [{ afterMs: -1, observe: gone }] }],
    ["a baseline with its hash in the expectation", {
      ...bare,
      expect: {
        commits: [],
        effects: [{ step: 1, type: "recordBaseline", paneHash: "0" }],
        final: { status: "running", reason: null },
      },
    }],
  ])("is refused with %s", (_, wrong) => {
    expect(scenario.safeParse(wrong).success).toBe(false);
  });
});

/**
 * Scripted runs: a view, what the monitor remembers, a list of observations, and what must come of it.
 *
 * Unknown keys are refused. Time is counted from 0 by the script's own delays; replaying is pure.
 */
import { z } from "zod";

import { observation } from "../vocabulary/observation.js";
import {
  type Effect,
  type RunCore,
  type RunPolicy,
  type RunView,
  defaultRunPolicy,
  effect,
} from "../vocabulary/run.js";
import { reason, source, status } from "../vocabulary/status.js";
import { foldEffects } from "./fold.js";
import { emptyView, initialCore } from "./record.js";
import { step } from "./step.js";

const pair = { status, reason: reason.nullable() };
const stepNumber = z.int().min(1);

/** The view at time 0. */
const scenarioRun = z.strictObject({
  status: status.default("running"),
  reason: reason.nullable().default(null),
  agent: z.string().default("codex"),
  branch: z.string().min(1).nullable().default("feature/x"),
  prUrl: z.string().min(1).nullable().default(null),
  /** `null`: unknown, which means no grace. */
  startedAtMs: z.int().nullable().default(-3_600_000),
  paneHash: z.string().nullable().default(null),
});

/** What the monitor remembers; `wasAlive` and `prRecorded` stand for the notes in the log. */
const scenarioCore = z.strictObject({
  aliveObserver: z.string().min(1).nullable().default(null),
  /** Observer to count, least recently used first; the empty string stands for the null observer. */
  deadStreaks: z.record(z.string(), z.int().min(1)).default({}),
  reading: z.string().nullable().default(null),
  streak: z.int().min(0).default(0),
  wasAlive: z.boolean().default(false),
  prRecorded: z.boolean().default(false),
});

const afterMs = z.int().min(0);
const scenarioStep = z.union([
  z.strictObject({ afterMs, observe: observation }),
  /** The core is lost, the folds of the log are kept. */
  z.strictObject({ afterMs, restart: z.literal(true) }),
]);

const [, recordAlive, recordBaseline, recordPr, recordPrClosed, recordError, gatherEvidence] = effect.options;

/** Effects other than `setStatus`, as a scenario states them: a baseline without its hash. */
const scenarioEffect = z.discriminatedUnion("type", [
  recordAlive.extend({ step: stepNumber }),
  recordBaseline.omit({ paneHash: true }).extend({ step: stepNumber }),
  recordPr.extend({ step: stepNumber }),
  recordPrClosed.extend({ step: stepNumber }),
  recordError.extend({ step: stepNumber }),
  gatherEvidence.extend({ step: stepNumber }),
]);
/** An effect that a scenario expects. */
export type ScenarioEffect = z.infer<typeof scenarioEffect>;

/** A (status, reason) pair that changed, and at which step. */
const scenarioCommit = z.strictObject({ step: stepNumber, ...pair, source });
/** One commit of a scenario, with what is expected of it. */
export type ScenarioCommit = z.infer<typeof scenarioCommit>;

const expectation = z.strictObject({
  commits: z.array(scenarioCommit),
  effects: z.array(scenarioEffect),
  final: z.strictObject(pair),
});
/** What a scenario expects. */
export type ScenarioExpectation = z.infer<typeof expectation>;

export const scenario = z.strictObject({
  id: z.string().min(1),
  title: z.string().default(""),
  origin: z.string().default(""),
  run: scenarioRun.prefault({}),
  core: scenarioCore.prefault({}),
  script: z.array(scenarioStep),
  expect: expectation.optional(),
});
/** A parsed scenario. */
export type Scenario = z.infer<typeof scenario>;

/** A file of scenarios; `format` explains it to the reader. */
export const scenarioFile = z.strictObject({
  format: z.string().optional(),
  scenarios: z.array(scenario),
});
/** A parsed file of scenarios. */
export type ScenarioFile = z.infer<typeof scenarioFile>;

/** What came of a scenario. */
export interface Replay {
  readonly id: string;
  readonly commits: readonly ScenarioCommit[];
  readonly effects: readonly ScenarioEffect[];
  readonly final: ScenarioExpectation["final"];
  /** `null` when the scenario expects nothing. */
  readonly matches: boolean | null;
  /** One line for each difference from what is expected. */
  readonly differences: readonly string[];
}

/** Applies the script, step by step, through `step` and the fold. */
export function replay(script: Scenario, policy: RunPolicy = defaultRunPolicy): Replay {
  const commits: ScenarioCommit[] = [];
  const effects: ScenarioEffect[] = [];
  let view = viewAtStart(script);
  let core = coreAtStart(script, policy);
  let now = 0;
  script.script.forEach((scripted, index) => {
    now += scripted.afterMs;
    if ("restart" in scripted) {
      core = initialCore;
      return;
    }
    const decision = step(view, core, scripted.observe, now, policy);
    const after = foldEffects(view, decision.effects);
    commits.push(...commitsOf(index + 1, view, after, decision.effects));
    effects.push(...decision.effects.flatMap((one) => effectOf(index + 1, one)));
    core = decision.core;
    view = after;
  });
  const final = { status: view.status, reason: view.reason };
  const differences =
    script.expect === undefined ? [] : differencesOf({ commits, effects, final }, script.expect);
  const matches = script.expect === undefined ? null : differences.length === 0;
  return { id: script.id, commits, effects, final, matches, differences };
}

function viewAtStart({ run, core }: Scenario): RunView {
  const { startedAtMs, ...rest } = run;
  return emptyView({
    ...rest,
    startedAt: startedAtMs,
    wasAlive: core.wasAlive,
    prRecorded: core.prRecorded,
  });
}

function coreAtStart({ core }: Scenario, policy: RunPolicy): RunCore {
  const { aliveObserver, deadStreaks, reading, streak } = core;
  const streaks = Object.entries(deadStreaks).map(([observer, count]) => ({
    observer: observer === "" ? null : observer,
    count: Math.min(count, policy.deadChecks),
  }));
  return {
    aliveObserver,
    deadStreaks: streaks.slice(-policy.observersMax),
    reading,
    streak: Math.min(streak, policy.confirmation),
  };
}

function commitsOf(
  at: number,
  before: RunView,
  after: RunView,
  effects: readonly Effect[],
): ScenarioCommit[] {
  if (before.status === after.status && before.reason === after.reason) return [];
  return effects
    .filter((one) => one.type === "setStatus")
    .map((one) => ({ step: at, status: one.status, reason: one.reason, source: one.source }));
}

function effectOf(at: number, one: Effect): ScenarioEffect[] {
  if (one.type === "setStatus") return [];
  if (one.type === "recordBaseline") return [{ step: at, type: one.type }];
  return [{ step: at, ...one }];
}

function differencesOf(found: ScenarioExpectation, expected: ScenarioExpectation): string[] {
  return [
    ...listDifferences("commit", found.commits, expected.commits),
    ...listDifferences("effect", found.effects, expected.effects),
    ...difference("final", found.final, expected.final),
  ];
}

function listDifferences(what: string, found: readonly object[], expected: readonly object[]): string[] {
  const length = Math.max(found.length, expected.length);
  return Array.from({ length }, (_, place) =>
    difference(`${what} ${place + 1}`, found[place], expected[place]),
  ).flat();
}

function difference(what: string, found: object | undefined, expected: object | undefined): string[] {
  const [is, wanted] = [print(found), print(expected)];
  return is === wanted ? [] : [`${what}: found ${is}, expected ${wanted}`];
}

/** Keys in alphabetical order, so that equal records print alike. */
function print(record: object | undefined): string {
  if (record === undefined) return "none";
  return JSON.stringify(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));
}

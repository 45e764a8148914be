/**
 * States of the system `run-monitor`, bounded by its parameters: the run's record, the fold of its
 * log, the world.
 *
 * Fields that a parameter switches off are literals and take no space in a packed state.
 */
import { z } from "zod";

import { idOf } from "../kernel/index.js";

import { plainReasons, status } from "../vocabulary/status.js";
import type { RunRecord, RunView } from "../vocabulary/run.js";

const observerNames = ["a", "b", "c"] as const;
/** `null` is the channel without identity. */
export type Observer = (typeof observerNames)[number] | null;

export const ownPr = "pr-own";
export const foreignPr = "pr-foreign";
const branchName = "feature";
/** The first agent's process stays when its work is done, the second one's ends. */
export const agentNames = ["codex", "opencode"] as const;
const paneHashes = ["h1", "h2"] as const;
const gateKinds = ["login", "trust"] as const;
const launchReasons = ["launch_agent", "launch_bootstrap"] as const;

/** How the run and its world are bounded, and which observations can be made. */
export const runMonitorParameters = z.strictObject({
  /** Named observers: a, b, c. */
  observers: z.int().min(1).max(3).default(2),
  /** The channel without identity observes too. */
  nameless: z.boolean().default(false),
  /** Observers whose streaks are remembered. */
  observersMax: z.int().min(1).max(4).default(4),
  /** Never-alive grace in units of age; age stops at its end. */
  grace: z.int().min(0).max(6).default(2),
  /** The session can be reported gone, and evidence gathered. */
  absence: z.boolean().default(true),
  /**
   * Evidence may be under way while the world and the run go on, and is delivered any number of
   * times.
   */
  late: z.boolean().default(true),
  /** What a capture may show: nothing at all, a prompt or not, or everything. */
  panes: z.enum(["none", "prompt", "all"]).default("none"),
  /** Distinct texts of the pane. */
  hashes: z.int().min(1).max(2).default(1),
  /** Pull requests: none, of the run's own branch, or of a foreign branch as well. */
  prs: z.enum(["none", "own", "foreign"]).default("none"),
  /** The launch is observed: the run starts queued. Otherwise it starts running. */
  launch: z.boolean().default(false),
  /** Feedback, stop and assertions. */
  user: z.boolean().default(false),
  /** Assertions of every status, not only of a few. */
  everyAssertion: z.boolean().default(false),
  /** Also runs of an agent whose process ends when its work is done. */
  exitAgent: z.boolean().default(false),
  /** Also runs without a branch. */
  branchless: z.boolean().default(false),
  /** Also runs whose start nobody knows. */
  undated: z.boolean().default(false),
});
export type RunMonitorParameters = z.infer<typeof runMonitorParameters>;

export interface World {
  readonly session: "alive" | "gone";
  /** The work tree as its host could see it now. */
  readonly tree: "clean" | "dirty" | "invisible";
  /** The one pull request of the story. */
  readonly pr: "none" | "open" | "merged" | "closed";
  /** Whether its head branch is the run's. `owned` as long as there is none. */
  readonly prOwner: "owned" | "foreign";
  /** Whose evidence is under way, as the work tree was when it was gathered. `clean` when none is. */
  readonly evidenceOf: "none" | "a" | "b" | "c" | "channel";
  readonly evidenceTree: "clean" | "dirty" | "invisible";
  /** Time since the start, up to the end of the grace. */
  readonly age: number;
  /** The age at which the grace is over. Constant. */
  readonly grace: number;
}

export interface RunMonitorState {
  readonly run: RunRecord;
  /** Fold of the appended effects, kept apart from the run. */
  readonly log: RunView;
  readonly world: World;
}

/** Everybody who may observe. */
export function observersOf(parameters: RunMonitorParameters): readonly Observer[] {
  const named = observerNames.slice(0, parameters.observers);
  return parameters.nameless ? [...named, null] : named;
}

export function hashesOf(parameters: RunMonitorParameters): readonly string[] {
  return paneHashes.slice(0, parameters.hashes);
}

/** A literal when there is one value, else an enum; with null when it is among the values. */
function oneOf(values: readonly (string | null)[]): z.ZodType<string | null> {
  const words = values.filter((value) => value !== null);
  if (words.length === 0) return z.null();
  const some = z.enum(words as [string, ...string[]]);
  return words.length === values.length ? some : some.nullable();
}

function viewFields(parameters: RunMonitorParameters): Record<string, z.ZodType> {
  const { panes, prs, launch, exitAgent, branchless, undated } = parameters;
  const gates = panes === "all" ? gateKinds.map((kind) => `gate_${kind}`) : [];
  const captured = panes === "none" ? [] : hashesOf(parameters);
  return {
    status,
    reason: oneOf([null, ...plainReasons, ...gates, ...(launch ? launchReasons : [])]),
    agent: oneOf(exitAgent ? agentNames : [agentNames[0]]),
    branch: oneOf(branchless ? [branchName, null] : [branchName]),
    prUrl: oneOf(prs === "none" ? [null] : [null, ownPr, foreignPr]),
    prRecorded: prs === "none" ? z.literal(false) : z.boolean(),
    startedAt: undated ? z.literal(0).nullable() : z.literal(0),
    paneHash: oneOf([null, ...captured]),
    wasAlive: z.boolean(),
  };
}

function coreFields(parameters: RunMonitorParameters): Record<string, z.ZodType> {
  const { absence, panes, observersMax } = parameters;
  const channel = named(parameters, oneOf(observersOf(parameters)));
  const others = [...gateKinds.map((kind) => `gate:${kind}`), "exited", "completed", "limited", "failed"];
  const streak = z.strictObject({ observer: channel, count: z.int().min(1).max(3) });
  return {
    aliveObserver: named(parameters, oneOf([...new Set([null, ...observersOf(parameters)])])),
    deadStreaks: z
      .array(streak)
      .max(absence ? Math.min(observersMax, observersOf(parameters).length) : 0),
    reading: oneOf([null, ...(panes === "none" ? [] : ["prompt"]), ...(panes === "all" ? others : [])]),
    streak: panes === "none" ? z.literal(0) : z.int().min(0).max(2),
  };
}

/** Observers with a name are interchangeable; the nameless channel is not one of them. */
function named<T extends z.ZodType>(parameters: RunMonitorParameters, schema: T): T {
  return idOf("observer", observerNames.slice(0, parameters.observers), schema);
}

/** How the world names an observer. */
export function channelOf(observer: Observer): Exclude<World["evidenceOf"], "none"> {
  return observer ?? "channel";
}

function worldFields(parameters: RunMonitorParameters): Record<string, z.ZodType> {
  const { absence, late, prs, grace } = parameters;
  const trees = z.enum(["clean", "dirty", "invisible"]);
  return {
    session: z.enum(["alive", "gone"]),
    tree: absence ? trees : z.literal("clean"),
    evidenceOf: late
      ? named(parameters, z.enum(["none", ...observersOf(parameters).map(channelOf)]))
      : z.literal("none"),
    evidenceTree: late ? trees : z.literal("clean"),
    pr: prs === "none" ? z.literal("none") : z.enum(["none", "open", "merged", "closed"]),
    prOwner: prs === "foreign" ? z.enum(["owned", "foreign"]) : z.literal("owned"),
    age: z.int().min(0).max(grace),
    grace: z.literal(grace),
  };
}

export function schemaOf(parameters: RunMonitorParameters): z.ZodType<RunMonitorState> {
  const view = viewFields(parameters);
  const schema = z.strictObject({
    run: z.strictObject({ ...view, ...coreFields(parameters) }),
    log: z.strictObject(view),
    world: z.strictObject(worldFields(parameters)),
  });
  return schema as unknown as z.ZodType<RunMonitorState>;
}

/** Views a run may start with: every agent, with a branch and without, with a known start and without. */
export function initialViews(parameters: RunMonitorParameters): readonly RunView[] {
  const { exitAgent, branchless, undated, launch } = parameters;
  const views: RunView[] = [];
  for (const agent of exitAgent ? agentNames : [agentNames[0]]) {
    for (const branch of branchless ? [branchName, null] : [branchName]) {
      for (const startedAt of undated ? [0, null] : [0]) {
        views.push({
          status: launch ? "queued" : "running",
          reason: null,
          agent,
          branch,
          prUrl: null,
          prRecorded: false,
          startedAt,
          paneHash: null,
          wasAlive: false,
        });
      }
    }
  }
  return views;
}

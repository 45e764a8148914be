/**
 * Configurations of the system `run-monitor` as scenes for a running host: the model, the policy and the clock that fit
 * it, and what its actions let a monitor observe. Of the world nothing is left to the host: the model is the world.
 */
import type { Law } from "../../laws/law.js";
import { type ActionInstance, type Model } from "../../spec/kernel/index.js";
import { type RunEvent, paneHash } from "../../spec/run/index.js";
import { type Observations, observationsOf } from "../../spec/systems/run-monitor-gatherer.js";
import {
  type Lookup,
  type Observer,
  type ResolvedWord,
  type RunMonitorParameters,
  type RunMonitorState,
  evidenceObserver,
  hashesOf,
  rightGatherer,
  runMonitor,
} from "../../spec/systems/run-monitor.js";
import {
  type Effect,
  type LaunchStage,
  type Observation,
  type RunPolicy,
  defaultRunPolicy,
  source,
  status,
} from "../../spec/vocabulary/index.js";
import { type ActionTable, actionTable } from "../checker/index.js";
import { type AskedCheck, checksOn } from "./law-judge.js";

/** One unit of the model's age on the host's clock, in milliseconds. */
export const ageMs = 60_000;

/** What one action lets the monitor observe. */
export interface Gathers {
  /** Null: the action is none of the monitor's. */
  observation(state: RunMonitorState, action: ActionInstance): Observation | null;
  /** The answer in the same tick, when evidence is asked for; null: there is none. */
  evidence(state: RunMonitorState, action: ActionInstance): Observation | null;
}

export interface MonitorScene {
  /** As a script names it: `run-monitor-absence`. */
  readonly name: string;
  readonly parameters: RunMonitorParameters;
  readonly model: Model<RunMonitorState, Effect>;
  readonly actions: ActionTable;
  readonly policy: RunPolicy;
  readonly gathers: Gathers;
  /** The model's names of the hashes of panes. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Checks of this configuration that are asked step by step. */
  readonly asked: readonly AskedCheck[];
  /** Checks of this configuration that compare scripts. */
  readonly compared: readonly AskedCheck[];
}

/** Names of all scenes. */
export const monitorSceneNames: readonly string[] = runMonitor.configurations.map(({ name }) => sceneName(name));

function sceneName(configuration: string): string {
  return `${runMonitor.name}-${configuration}`;
}

const scenes = new WeakMap<readonly Law[], Map<string, MonitorScene | null>>();

/**
 * A configuration at its default bounds, with the checks of these laws on it; null: there is none of that name. Made once
 * for each list of laws.
 */
export function monitorScene(name: string, laws: readonly Law[]): MonitorScene | null {
  const known = scenes.get(laws) ?? new Map<string, MonitorScene | null>();
  scenes.set(laws, known);
  const scene = known.get(name) ?? made(name, laws);
  known.set(name, scene);
  return scene;
}

function made(name: string, laws: readonly Law[]): MonitorScene | null {
  const configuration = runMonitor.configurations.find((one) => sceneName(one.name) === name);
  if (configuration === undefined) return null;
  const parameters = configuration.bounds.default;
  const model = runMonitor.build(parameters);
  const policy: RunPolicy = {
    ...defaultRunPolicy,
    neverAliveGraceMs: parameters.grace * ageMs,
    observersMax: parameters.observersMax,
  };
  const here = ({ check }: AskedCheck): boolean => check.configuration === configuration.name;
  return {
    name,
    parameters,
    model,
    actions: actionTable(model),
    policy,
    gathers: gathersOf(parameters),
    hashes: new Map(hashesOf(parameters).map((pane) => [paneHash(pane, policy), pane])),
    asked: checksOn(laws, runMonitor).filter(here),
    compared: checksOn(laws, runMonitor, true).filter(here),
  };
}

/** The gatherer of the model; its events are handed over as the observations they are of. */
function gathersOf(parameters: RunMonitorParameters): Gathers {
  const events: RunEvent[] = [];
  const observe = observationsOf((event) => events.push(event) - 1, parameters, rightGatherer);
  const numbered = (number: number): Observation | null => {
    const event = events[number];
    return event === undefined ? null : observationOf(event);
  };
  return {
    observation: (state, action) => numbered(eventOf(observe, state, action)),
    evidence: ({ run, world }, { args }) =>
      numbered(observe.evidence(args["observer"] as Observer, lookupOf(args), run, world, world.tree)),
  };
}

function lookupOf({ lookup }: ActionInstance["args"]): Lookup {
  return lookup === undefined ? "branch" : (lookup as Lookup);
}

/** Number of the event; -1: there is none. */
function eventOf(observe: Observations, { run, world }: RunMonitorState, { name, args }: ActionInstance): number {
  const observer = args["observer"] as Observer;
  const text = (key: string): string => String(args[key]);
  switch (name) {
    case "alive":
      return observe.alive(observer);
    case "gone":
    case "report":
      return observe.gone(observer);
    case "evidence":
      return observe.evidence(evidenceObserver(world), lookupOf(args), run, world, world.evidenceTree);
    case "capture":
      return observe.capture(text("signal"), text("pane"));
    case "verifiedPr":
      return observe.captureVerified(text("signal"), run, world);
    case "resolve":
      return observe.resolve(text("word") as ResolvedWord);
    case "prState":
      return observe.prState(text("sees") as "outcome" | "unknown", run, world);
    case "prDiscovered":
      return observe.prDiscovered(run, world);
    case "launch":
      return observe.launch(text("stage") as LaunchStage);
    case "launchFailed":
      return observe.launchFailed(text("step"));
    case "assert":
      return observe.assert(status.parse(args["status"]), source.parse(args["by"]));
    case "feedback":
      return observe.feedback;
    case "stop":
      return observe.stop;
    default:
      return -1;
  }
}

/** The time is the host's, and what stands for a hash in the model is the text of the pane. */
function observationOf({ now: _, ...event }: RunEvent): Observation {
  if (event.type !== "pane.captured") return event;
  const { paneHash: text, ...captured } = event;
  return { ...captured, text };
}

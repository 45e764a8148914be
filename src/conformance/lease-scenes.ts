/** The models that a lane-lease store is compared with: the configurations of `lane-contention` it can follow. */
import { type ActionFamily, type Model, instancesOf } from "../../spec/kernel/index.js";
import { laneContention } from "../../spec/systems/lane-contention.js";
import {
  type ContentionParameters,
  type ContentionState,
  contentionParameters,
} from "../../spec/systems/lane-contention-state.js";
import type { LeaseClient, LeaseStoreUnderTest } from "./lease-adapter.js";

/** What a store has, as its adapter shows. */
export interface LeaseFeatures {
  readonly processes: boolean;
  readonly regions: boolean;
  readonly adopts: boolean;
  readonly fences: boolean;
  readonly compacts: boolean;
  readonly sweeps: boolean;
  readonly stepsWall: boolean;
  readonly reboots: boolean;
  readonly waits: boolean;
}

export interface Scene {
  readonly name: string;
  readonly parameters: ContentionParameters;
  readonly model: Model<ContentionState>;
  /** By number of the action instance. */
  readonly families: readonly ActionFamily<ContentionState>[];
  readonly actions: ReturnType<typeof instancesOf>;
  /** Numbers of the instances that the store can perform, by kind, and how often each kind is tried. */
  readonly choices: readonly { readonly ids: readonly number[]; readonly weight: number }[];
}

export function featuresOf(store: LeaseStoreUnderTest, client: LeaseClient): LeaseFeatures {
  return {
    processes: store.processes === true,
    regions: store.regions === true,
    adopts: client.adopt !== undefined,
    fences: client.checkFence !== undefined,
    compacts: store.compact !== undefined,
    sweeps: store.scavenge !== undefined,
    stepsWall: store.stepWall !== undefined,
    reboots: store.reboot !== undefined,
    waits: store.waiting !== undefined && client.wait !== undefined,
  };
}

/** What has to happen before anything else can is picked most; all others have the weight 1. */
const weights: Readonly<Record<string, number>> = { ask: 4, append: 8, hear: 6, beat: 5, askToAdopt: 4, tick: 5, write: 2, call: 2 };

/** Tokens are bounded in a model: enough for a script of any length that is run. */
const tokens = 64;

export function scenesFor(features: LeaseFeatures): readonly Scene[] {
  const { processes, regions, adopts, stepsWall, reboots, waits } = features;
  const lanes = regions && processes ? "both" : processes ? "process" : "detached";
  const base = { ...contentionParameters.parse({ lanes }), tokens, strangers: true };
  const pace = { ...base, principals: 2, lanes: "detached", ttl: 4, coalesces: true, wallSteps: stepsWall } as const;
  const line = { ticks: false, beats: false, strangers: false, waits: true, principals: 3 } as const;
  const queued = { ...base, ...line, lanes: processes ? "process" : "detached" } as const;
  return [
    sceneOf("contention", { ...base, ttl: 3 }, features),
    ...(adopts ? [sceneOf("adoption", { ...base, lanes: processes ? "process" : "detached", adopts, forces: true }, features)] : []),
    sceneOf("pace", pace, features),
    ...(waits ? [sceneOf("queue", queued, features)] : []),
    ...(reboots ? [sceneOf("reboot", { ...base, reboots: 1 }, features)] : []),
  ];
}

export function sceneOf(name: string, parameters: ContentionParameters, features: LeaseFeatures): Scene {
  const model = laneContention.build(parameters);
  const actions = instancesOf(model);
  const families = model.actions.flatMap((family) => family.instances.map(() => family));
  const missing = new Set([
    ...(features.fences ? [] : ["write"]),
    ...(features.compacts ? [] : ["compact"]),
    ...(features.sweeps ? [] : ["sweep"]),
  ]);
  const byName = new Map<string, number[]>();
  for (const { id, name: kind } of actions) {
    if (!missing.has(kind)) byName.set(kind, [...(byName.get(kind) ?? []), id]);
  }
  const choices = [...byName].map(([kind, ids]) => ({ ids, weight: weights[kind] ?? 1 }));
  return { name, parameters, model, families, actions, choices };
}

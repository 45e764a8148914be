/**
 * Which scripts of `run-monitor` are tried on a host: those that are known to tell, and random walks of the model, of which those are chosen that give
 * the most laws something to say; and along them, comparisons of scripts that the laws make. The host has no part in it.
 */
import type { Law, ScriptCase } from "../../laws/law.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import type { RunMonitorState } from "../../spec/systems/run-monitor.js";
import { runScript } from "../checker/index.js";
import { type AskedCheck, createLawJudge } from "./law-judge.js";
import { type MonitorScene, monitorScene, monitorSceneNames } from "./monitor-scene.js";
import { type MonitorCommand, commandsIn } from "./monitor-script.js";
import { tellingScripts } from "./monitor-scripts.js";

/** A walk of the model from one of its beginnings, with the states it comes through; the first is the beginning. */
interface Walk {
  readonly begins: number;
  readonly actions: readonly ActionInstance[];
  readonly states: readonly RunMonitorState[];
}

/** A comparison that a check makes in the state after so many actions of a walk. */
interface Comparison {
  readonly asked: AskedCheck;
  readonly which: ScriptCase;
  readonly walk: Walk;
  readonly after: number;
}

/** What is done up to there. */
function commandsTo({ begins, actions }: Walk, after: number = actions.length): readonly MonitorCommand[] {
  return [{ begins }, ...actions.slice(0, after).map(({ label }) => ({ action: label }))];
}

/** What is tried in one configuration. */
export interface MonitorPlan {
  readonly scene: MonitorScene;
  readonly scripts: readonly (readonly MonitorCommand[])[];
}

/** How much is tried in each configuration. */
export interface PlanSize {
  readonly seed: number;
  /** Walks, and comparisons for each check that makes them. */
  readonly walks: number;
  /** Of one walk. */
  readonly steps: number;
}

/** Walks of the model that are looked at for each one that is performed. */
const candidates = 60;

/** The same seed gives the same plan. */
export async function monitorPlan(laws: readonly Law[], { seed, walks, steps }: PlanSize): Promise<readonly MonitorPlan[]> {
  const { default: fc } = await import("fast-check");
  const picks = fc.array(fc.nat(), { minLength: steps + 1, maxLength: steps + 1 });
  return monitorSceneNames.flatMap((name): readonly MonitorPlan[] => {
    const scene = monitorScene(name, laws);
    if (scene === null) return [];
    const all = fc.sample(picks, { seed, numRuns: walks * candidates }).map((numbers) => walkOf(scene, numbers));
    const compared = comparisonsAlong(scene, all, walks).map(({ asked, which, walk, after }) => [
      ...commandsTo(walk, after),
      { compares: asked.key, of: which.label },
    ]);
    const told = tellingScripts.filter((one) => one.scene === name).map(commandsIn);
    return [{ scene, scripts: [...told, ...telling(scene, all, walks).map((walk) => commandsTo(walk)), ...compared] }];
  });
}

/** A walk from numbers: the same numbers are the same walk. Every other step repeats the one before. */
function walkOf(scene: MonitorScene, picks: readonly number[]): Walk {
  const { model, actions } = scene;
  const begins = (picks[0] ?? 0) % model.initial.length;
  const states = [model.initial[begins] as RunMonitorState];
  const done: ActionInstance[] = [];
  for (const pick of picks.slice(1)) {
    const state = states.at(-1) as RunMonitorState;
    const enabled = (one: ActionInstance): boolean => one.name !== "mirror" && nextOf(scene, state, one) !== null;
    const possible = actions.instances.filter(enabled);
    const last = done.at(-1);
    const repeats = pick % 2 === 0 && last !== undefined && possible.includes(last);
    const action = repeats ? last : chosen(possible, Math.floor(pick / 2));
    done.push(action);
    states.push(nextOf(scene, state, action) as RunMonitorState);
  }
  return { begins, actions: done, states };
}

/** A name first, then one of its instances: actions with many arguments do not crowd out the others. */
function chosen(possible: readonly ActionInstance[], pick: number): ActionInstance {
  const names = [...new Set(possible.map(({ name }) => name))];
  const name = names[pick % names.length];
  const instances = possible.filter((one) => one.name === name);
  return instances[Math.floor(pick / names.length) % instances.length] as ActionInstance;
}

function nextOf({ actions }: MonitorScene, state: RunMonitorState, { id, args }: ActionInstance): RunMonitorState | null {
  return (actions.families[id]?.next(state, args) ?? null) as RunMonitorState | null;
}

/** As many of the walks, one after another that which gives the most checks something new to say. */
function telling(scene: MonitorScene, walks: readonly Walk[], count: number): readonly Walk[] {
  const known = new Set<string>();
  const left = walks.map((walk) => ({ walk, says: saidAlong(scene, walk) }));
  const kept: Walk[] = [];
  while (kept.length < count && left.length > 0) {
    const news = left.map(({ says }) => says.filter((key) => !known.has(key)).length);
    const best = news.indexOf(Math.max(...news));
    for (const { walk, says } of left.splice(best, 1)) {
      kept.push(walk);
      for (const key of says) known.add(key);
    }
  }
  return kept;
}

function saidAlong({ actions, asked, model }: MonitorScene, { states, actions: done }: Walk): readonly string[] {
  const judged = new Map<string, number>();
  const judge = createLawJudge(asked, model, judged);
  for (const [place, action] of done.entries()) {
    const [before, after] = [states[place] as RunMonitorState, states[place + 1] as RunMonitorState];
    judge.step({ action, before, after, effects: actions.families[action.id]?.effects?.(before, action.args) ?? [] });
  }
  return [...judged.keys()];
}

/** Comparisons of one state that are looked at. */
const looksMax = 12;

/**
 * For each check so many comparisons along the walks that give it something to say, of different actions where there
 * are. The shortest ways there come first.
 */
function comparisonsAlong(scene: MonitorScene, walks: readonly Walk[], count: number): readonly Comparison[] {
  return scene.compared.flatMap((asked) => {
    const kept = new Map<string, Comparison>();
    for (const one of comparisonsOf(scene, walks, asked)) {
      if (kept.size >= count) break;
      if (!kept.has(one.which.label) && says(scene, one)) kept.set(one.which.label, one);
    }
    return [...kept.values()];
  });
}

function* comparisonsOf(scene: MonitorScene, walks: readonly Walk[], asked: AskedCheck): Generator<Comparison> {
  const { check } = asked;
  if (check.kind !== "convergence" && check.kind !== "hyper") return;
  const longest = Math.max(...walks.map(({ actions }) => actions.length));
  for (let after = 0; after <= longest; after += 1) {
    for (const [number, walk] of walks.entries()) {
      const state = walk.states[after];
      const cases = state === undefined ? [] : check.cases(state, scene.actions.index, scene.model);
      for (let look = 0; look < Math.min(looksMax, cases.length); look += 1) {
        const which = cases[(after * 5 + number * 3 + look * 7) % cases.length];
        if (which !== undefined) yield { asked, which, walk, after };
      }
    }
  }
}

function says(scene: MonitorScene, { asked: { check }, which, walk, after }: Comparison): boolean {
  if (check.kind !== "convergence" && check.kind !== "hyper") return false;
  const start = walk.states[after] as RunMonitorState;
  return check.witness(which.scripts.map((script) => runScript(scene.actions, start, script)), which);
}

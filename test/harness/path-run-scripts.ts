/**
 * Paths of a run as scripts of `run-monitor` and `run-host`, for the conformance kit to perform on the commit point: it
 * compares every state with the model's and asks the laws. A path that no configuration can show has no script: the
 * events of a machine may come in any order, those of a system have a world behind them.
 */
import type { EventObject } from "xstate";

import { runLaws } from "../../laws/run/index.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import type { RunMonitorState } from "../../spec/systems/run-monitor.js";
import type { Effect, Observation } from "../../spec/vocabulary/index.js";
import { runScript } from "../../src/checker/index.js";
import type { ConformanceScript } from "../../src/conformance/index.js";
import { createLawJudge } from "../../src/conformance/law-judge.js";
import { type MonitorScene, monitorScene, monitorSceneNames } from "../../src/conformance/monitor-scene.js";
import type { MonitorCommand } from "../../src/conformance/monitor-script.js";
import type { RunCommand } from "../../src/conformance/run-commands.js";
import type { Fields } from "./path-drivers.js";
import { type Beginning, observationOf, pathPolicy } from "./path-subjects.js";
import type { Walk } from "./path-walks.js";

const monitorScenes: readonly MonitorScene[] = monitorSceneNames.map((name) => monitorScene(name, runLaws) as MonitorScene);

/** Comparisons of one check that are made along all paths. */
const comparisonsMax = 4;

/** A path as it goes in one configuration of `run-monitor`. */
export interface Story {
  readonly scene: MonitorScene;
  readonly told: Told;
}

/** The path in each configuration that can show it; of those with one of these laws, if any are named. */
export function storiesOf({ path, beginning }: Walk, laws?: ReadonlySet<string>): readonly Story[] {
  const observed = path.map((event) => ({ observation: observationOf(event), late: isLate(event) }));
  return monitorScenes.flatMap((scene) => {
    if (laws !== undefined && !scene.asked.some(({ law }) => laws.has(law))) return [];
    const told = storyOf(scene, beginning, observed);
    return told === null ? [] : [{ scene, told }];
  });
}

/** Laws that have something to say of one of its steps. */
export function lawsAlong({ scene, told }: Story): ReadonlySet<string> {
  const judged = new Map<string, number>();
  const judge = createLawJudge(scene.asked, scene.model, judged);
  let before = scene.model.initial[told.begins] as RunMonitorState;
  for (const action of told.actions) {
    const after = nextOf(scene, before, action) ?? before;
    judge.step({ action, before, after, effects: scene.actions.families[action.id]?.effects?.(before, action.args) ?? [] });
    before = after;
  }
  return new Set([...judged.keys()].map((key) => key.slice(0, key.indexOf("#"))));
}

/** A script, and how many steps the kit makes on the way: those of a comparison are steps as well. */
export interface CountedScript {
  readonly script: ConformanceScript;
  readonly steps: number;
}

/** A comparison that is made, and the steps of what it compares. */
interface Comparison {
  readonly command: MonitorCommand;
  readonly steps: number;
}

/** Stories as scripts; on their way, comparisons that nobody made yet. */
export class MonitorScripts {
  readonly #compared = new Map<string, Set<string>>();

  of({ scene, told }: Story): CountedScript {
    const commands: MonitorCommand[] = [{ begins: told.begins }];
    let compared = 0;
    const compare = (state: RunMonitorState): void => {
      for (const { command, steps } of this.#comparisons(scene, state)) {
        commands.push(command);
        compared += steps;
      }
    };
    let state = scene.model.initial[told.begins] as RunMonitorState;
    for (const action of told.actions) {
      compare(state);
      commands.push({ action: action.label });
      state = nextOf(scene, state, action) ?? state;
    }
    compare(state);
    const script = { scene: scene.name, steps: commands.map((command) => JSON.stringify(command)) };
    return { script, steps: commands.length + compared };
  }

  #comparisons(scene: MonitorScene, state: RunMonitorState): readonly Comparison[] {
    return scene.compared.flatMap(({ key, check }) => {
      if (check.kind !== "convergence" && check.kind !== "hyper") return [];
      const known = this.#compared.get(key) ?? new Set();
      this.#compared.set(key, known);
      if (known.size >= comparisonsMax) return [];
      for (const which of check.cases(state, scene.actions.index, scene.model)) {
        const outcomes = which.scripts.map((script) => runScript(scene.actions, state, script));
        if (known.has(which.label) || !check.witness(outcomes, which)) continue;
        known.add(which.label);
        const steps = outcomes.reduce((sum, outcome) => sum + outcome.steps.length, 0);
        return [{ command: { compares: key, of: which.label }, steps }];
      }
      return [];
    });
  }
}

/**
 * A path of assertions as a script of `run-host`: each is committed to a run of the model by who says it, and at the end
 * the monitor looks at every run. Null: something else is on the path.
 */
export function hostScript({ path }: Walk): ConformanceScript | null {
  const commands: RunCommand[] = [];
  for (const event of path) {
    const said = observationOf(event);
    if (said.type !== "status.asserted") return null;
    const { status: verdict, source, reason = null } = said;
    if (source === "agent" || reason !== null) return null;
    if (verdict !== "running" && verdict !== "done" && verdict !== "canceled") return null;
    commands.push({ does: "commit", by: source === "user" ? 1 : 0, run: 0, verdict });
  }
  return { scene: "run-host", steps: [...commands, { does: "tick" }].map((command) => JSON.stringify(command)) };
}

interface Seen {
  readonly observation: Observation;
  /** After the grace. */
  readonly late: boolean;
}

function isLate(event: EventObject): boolean {
  return Number((event as Fields)["now"]) >= pathPolicy.neverAliveGraceMs;
}

/** How far a path has been told, by which actions. */
export interface Told {
  readonly begins: number;
  readonly actions: readonly ActionInstance[];
  readonly state: RunMonitorState;
  readonly place: number;
}

/** Actions that make observations of a type. A configuration that lacks the first has none of them. */
const actionsOf: Readonly<Record<Observation["type"], readonly [string, ...string[]]>> = {
  "pr.state": ["prState", "prDiscovered"],
  "session.alive": ["alive"],
  "session.gone": ["gone", "report"],
  "pane.captured": ["capture", "resolve", "verifiedPr"],
  "evidence.gathered": ["report", "evidence"],
  "feedback.delivered": ["feedback"],
  "user.stopped": ["stop"],
  "launch.progressed": ["launch"],
  "launch.failed": ["launchFailed"],
  "status.asserted": ["assert"],
};

/** Moves of the world that may have to come first. Whether the session is there is told by what is seen of it. */
function movesBefore(path: readonly Seen[]): readonly string[] {
  const judges = path.some(({ observation: { type } }) => type === "evidence.gathered");
  const findsPr = path.some(({ observation }) => /url/i.test(wordOf(observation)));
  return [...(judges ? ["tree", "tick"] : []), ...(findsPr ? ["prOpens", "prEnds"] : [])];
}

/** The shortest script in which the monitor observes what is on the path, in its order. Null: there is none. */
function storyOf(scene: MonitorScene, beginning: Beginning, path: readonly Seen[]): Told | null {
  const begins = scene.model.initial.findIndex(({ log }) => {
    const { agent, branch, startedAt, status } = log;
    return agent === beginning.agent && branch === beginning.branch && startedAt === 0 && status === (beginning.launched ? "running" : "queued");
  });
  const first = scene.model.initial[begins];
  const made = byName(scene);
  if (first === undefined || !path.every(({ observation: { type } }) => made.has(actionsOf[type][0]))) return null;
  const moves = movesBefore(path).flatMap((name) => made.get(name) ?? []);
  const known = new Set<string>();
  const queue: Told[] = [{ begins, actions: [], state: first, place: 0 }];
  for (let told = queue.shift(); told !== undefined; told = queue.shift()) {
    if (told.place === path.length) return told;
    const key = `${told.place} ${JSON.stringify(told.state.world)}`;
    if (known.has(key)) continue;
    known.add(key);
    for (const action of moves) queue.push(...taking(scene, told, action, 0));
    queue.push(...onwards(scene, told, path));
  }
  return null;
}

const named = new WeakMap<MonitorScene, ReadonlyMap<string, readonly ActionInstance[]>>();

function byName(scene: MonitorScene): ReadonlyMap<string, readonly ActionInstance[]> {
  const known = named.get(scene);
  if (known !== undefined) return known;
  const found = new Map<string, readonly ActionInstance[]>();
  for (const action of scene.actions.instances) found.set(action.name, [...(found.get(action.name) ?? []), action]);
  named.set(scene, found);
  return found;
}

/** The next thing on the path is seen; when it makes the monitor ask for evidence, perhaps the answer as well. */
function onwards(scene: MonitorScene, told: Told, path: readonly Seen[]): readonly Told[] {
  const here = path[told.place] as Seen;
  const { type } = here.observation;
  const truth = truthOf(scene, told, type);
  const actions = actionsOf[type].flatMap((name) => byName(scene).get(name) ?? []);
  return actions.flatMap((action): readonly Told[] => {
    if (!isAlike(scene.gathers.observation(truth.state, action), here, truth.state)) return [];
    if (action.name !== "report") return taking(scene, truth, action, 1);
    const asks = scene.actions.families[action.id]?.effects?.(truth.state, action.args) as readonly Effect[];
    if (!asks.some((effect) => effect.type === "gatherEvidence")) return [];
    const next = path[told.place + 1];
    const answers = next !== undefined && isAlike(scene.gathers.evidence(truth.state, action), next, truth.state);
    return answers ? taking(scene, truth, action, 2) : [];
  });
}

/** Before a session is reported gone it goes, before it is seen again it comes back. */
function truthOf(scene: MonitorScene, told: Told, type: Observation["type"]): Told {
  const is = type === "session.gone" ? "gone" : type === "session.alive" || type === "pane.captured" ? "alive" : null;
  if (is === null || told.state.world.session === is) return told;
  const [moved = told] = taking(scene, told, scene.actions.index.get("session", { is }), 0);
  return moved;
}

function taking(scene: MonitorScene, { begins, actions, state, place }: Told, action: ActionInstance, seen: number): readonly Told[] {
  const next = nextOf(scene, state, action);
  return next === null ? [] : [{ begins, actions: [...actions, action], state: next, place: place + seen }];
}

function nextOf({ actions }: MonitorScene, state: RunMonitorState, { id, args }: ActionInstance): RunMonitorState | null {
  return (actions.families[id]?.next(state, args) ?? null) as RunMonitorState | null;
}

/** Only evidence is judged by the time. */
function isAlike(made: Observation | null, { observation, late }: Seen, { world }: RunMonitorState): boolean {
  if (made === null || wordOf(made) !== wordOf(observation)) return false;
  return made.type !== "evidence.gathered" || late === world.age >= world.grace;
}

const words = new WeakMap<Observation, string>();

/** What is absent is left out, and what says the same is the same. */
function wordOf(observation: Observation): string {
  const known = words.get(observation);
  if (known !== undefined) return known;
  const plain = JSON.stringify(observation, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key, one]) => one !== undefined && (one !== null || key === "observer" || key === "tree")).sort())
      : value,
  );
  words.set(observation, plain);
  return plain;
}

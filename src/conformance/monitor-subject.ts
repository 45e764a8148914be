/**
 * One run on a host whose monitor and world are the kit's, seen as a state of `run-monitor`: the run is what the monitor
 * takes for its view and what it remembers, the log is the fold of what was committed, the world is the model's.
 */
import type { ActionFamily, ActionInstance } from "../../spec/kernel/index.js";
import { coreOf, emptyView, foldEffects, initialCore, viewOf } from "../../spec/run/index.js";
import { type RunMonitorState, type World, channelOf } from "../../spec/systems/run-monitor.js";
import type { Effect, Observation, ObserverId, RunCommitted, RunView } from "../../spec/vocabulary/index.js";
import { type MonitorScene, ageMs } from "./monitor-scene.js";
import type { MonitoredHost } from "./run-adapter.js";

type Pair = Pick<RunView, "status" | "reason">;

/** What an action did, and what the model makes of it. */
export interface MonitoredStep {
  readonly action: ActionInstance;
  readonly before: RunMonitorState;
  readonly after: RunMonitorState;
  readonly effects: readonly Effect[];
  /** What listeners were told of. */
  readonly heard: readonly Pair[];
  /** Why an observation had no answer; null: all had. */
  readonly error: string | null;
  readonly expected: { readonly after: RunMonitorState; readonly effects: readonly Effect[] };
}

/** Name of the one run. */
export const monitoredRunName = "run-0";

export class MonitorSubject {
  #state: RunMonitorState;
  #commits = 0;
  #heard = 0;

  private constructor(
    private readonly host: MonitoredHost,
    private readonly scene: MonitorScene,
    private readonly startedAt: number | null,
    private readonly first: RunMonitorState,
  ) {
    this.#state = first;
  }

  /** A run that begins as this initial state of the model. */
  static async begin(host: MonitoredHost, scene: MonitorScene, first: RunMonitorState): Promise<MonitorSubject> {
    const { agent, branch, startedAt, status } = first.log;
    const subject = new MonitorSubject(host, scene, startedAt === null ? null : host.now(), first);
    await host.create({ run: monitoredRunName, agent, branch, startedAt: subject.startedAt });
    if (status === "running") await host.observe(monitoredRunName, { type: "launch.progressed", stage: "agentStarted" });
    const { state, commits } = await subject.#look(first.world);
    subject.#state = state;
    subject.#commits = commits.length;
    subject.#heard = (await host.heard(monitoredRunName)).length;
    return subject;
  }

  get state(): RunMonitorState {
    return this.#state;
  }

  can(action: ActionInstance): boolean {
    return this.#family(action).next(this.#state, action.args) !== null;
  }

  /** Performs an action that is enabled. */
  async perform(action: ActionInstance): Promise<MonitoredStep> {
    const before = this.#state;
    const family = this.#family(action);
    const after = family.next(before, action.args) ?? before;
    const effects = family.effects?.(before, action.args) ?? [];
    const expected = { after, effects };
    // The same run with two observers exchanged: nothing happens to the host.
    if (action.name === "mirror") return this.#mirrored(action, before, after);
    const { asks, error } = await this.#tried(action, before);
    const { state, commits } = await this.#look(worldAfter(action, before, expected, asks));
    const fresh = commits.slice(this.#commits).flatMap((commit) => commit.effects.map((effect) => this.#named(effect)));
    const heard = (await this.host.heard(monitoredRunName)).slice(this.#heard).map(({ status, reason }) => ({ status, reason }));
    this.#state = state;
    this.#commits = commits.length;
    this.#heard += heard.length;
    const asked = asks.map((observer): Effect => ({ type: "gatherEvidence", observer }));
    return { action, before, after: state, effects: [...asked, ...fresh], heard, error, expected };
  }

  #mirrored(action: ActionInstance, before: RunMonitorState, mirrored: RunMonitorState): MonitoredStep {
    const run = { ...viewOf(mirrored.run), ...coreOf(mirrored.run) };
    this.#state = { ...mirrored, run };
    return { action, before, after: this.#state, effects: [], heard: [], error: null, expected: { after: this.#state, effects: [] } };
  }

  async #tried(action: ActionInstance, before: RunMonitorState) {
    const asks: (ObserverId | null)[] = [];
    try {
      await this.#act(action, before, asks);
      return { asks, error: null };
    } catch (error) {
      return { asks, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #act(action: ActionInstance, before: RunMonitorState, asks: (ObserverId | null)[]): Promise<void> {
    const { host, scene } = this;
    if (action.name === "tick") return host.advance(ageMs);
    if (action.name === "restart") return host.restart();
    const observe = async (observation: Observation | null): Promise<boolean> => {
      const asked = observation === null ? [] : await host.observe(monitoredRunName, observation);
      asks.push(...asked);
      return asked.length > 0;
    };
    const asked = await observe(scene.gathers.observation(before, action));
    if (asked && action.name === "report") await observe(scene.gathers.evidence(before, action));
  }

  async #look(world: World) {
    const commits: readonly RunCommitted[] = await this.host.commits(monitoredRunName);
    const { agent, branch } = this.first.log;
    const empty = emptyView({ agent, branch, startedAt: this.startedAt });
    const log = this.#viewed(commits.reduce((view, { effects }) => foldEffects(view, effects), empty));
    const view = this.#viewed(await this.host.view(monitoredRunName));
    const run = { ...view, ...coreOf(await this.host.memory(monitoredRunName)) };
    return { state: { run, log, world } satisfies RunMonitorState, commits };
  }

  /** Hashes by the model's names, times in units of age since the start. */
  #viewed(view: RunView): RunView {
    const { startedAt, paneHash } = view;
    const began = startedAt === null ? null : (startedAt - (this.startedAt ?? 0)) / ageMs;
    return viewOf({ ...view, ...initialCore, startedAt: began, paneHash: this.#pane(paneHash) });
  }

  #named(effect: Effect): Effect {
    if (effect.type === "setStatus") return { ...effect, paneHash: this.#pane(effect.paneHash) };
    return effect.type === "recordBaseline" ? { ...effect, paneHash: this.#pane(effect.paneHash) ?? "" } : effect;
  }

  #pane(hash: string | null): string | null {
    return hash === null ? null : (this.scene.hashes.get(hash) ?? hash);
  }

  #family({ id }: ActionInstance): ActionFamily<RunMonitorState, Effect> {
    return this.scene.actions.families[id] as unknown as ActionFamily<RunMonitorState, Effect>;
  }
}

/** The world goes on as in the model, but evidence is gathered when the host asks for it. */
function worldAfter(
  { name, args }: ActionInstance,
  { world }: RunMonitorState,
  expected: MonitoredStep["expected"],
  asks: readonly (ObserverId | null)[],
): World {
  const due = expected.effects.some(({ type }) => type === "gatherEvidence");
  if (name !== "gone" || due === asks.length > 0) return expected.after.world;
  if (due) return world;
  const evidenceOf = channelOf(args["observer"] as Parameters<typeof channelOf>[0]);
  return { ...world, evidenceOf, evidenceTree: world.tree };
}

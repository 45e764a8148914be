/**
 * Actions of the system `run-monitor`: observations, commands, a restart of the monitor, and what
 * the world does.
 */
import { type ActionFamily, defineAction } from "../kernel/index.js";
import type { Effect, RunView } from "../vocabulary/run.js";
import type { Observations } from "./run-monitor-gatherer.js";
import type { Worlds } from "./run-monitor-world.js";
import type { MonitoredRun } from "./run-monitor-record.js";
import {
  type RunMonitorParameters,
  type Observer,
  type RunMonitorState,
  type World,
  channelOf,
  hashesOf,
  observersOf,
} from "./run-monitor-schema.js";
import {
  type Lookup,
  assertedStatuses,
  asserters,
  launchStages,
  launchSteps,
  lookups,
  signalNames,
  wordsSaid,
} from "./run-monitor-words.js";

export type RunMonitorAction = ActionFamily<RunMonitorState, Effect>;

const define = defineAction<RunMonitorState, Effect>();
const none: readonly Effect[] = [];

/** What the actions are made of. */
export interface Parts {
  readonly parameters: RunMonitorParameters;
  readonly run: MonitoredRun;
  readonly observe: Observations;
  readonly worlds: Worlds;
  /** Writes a stop to the log without telling the machine; only in a mutant. */
  readonly stopBeside: boolean;
}

export function actionsOf(parts: Parts): readonly RunMonitorAction[] {
  const { absence, panes, prs, launch, user } = parts.parameters;
  return [
    ...sessionActions(parts),
    ...(absence ? absenceActions(parts) : []),
    ...(panes === "none" ? [] : paneActions(parts)),
    ...(prs === "none" ? [] : prActions(parts)),
    ...(launch ? launchActions(parts) : []),
    ...(user ? userActions(parts) : []),
    ...monitorActions(parts),
    ...worldActions(parts),
  ];
}

/** The state after one event of the run; the same state object when nothing changed. */
function after(state: RunMonitorState, event: number, run: MonitoredRun): RunMonitorState | null {
  if (event < 0) return null;
  const outcome = run.fire(state.run, event);
  return commit(state, outcome.run, run.append(state.log, outcome.list));
}

function commit(state: RunMonitorState, run: RunMonitorState["run"], log: RunView): RunMonitorState {
  return run === state.run && log === state.log ? state : { run, log, world: state.world };
}

function effectsOf(state: RunMonitorState, event: number, run: MonitoredRun): readonly Effect[] {
  return event < 0 ? none : run.effects(run.fire(state.run, event).list);
}

function sessionActions({ parameters, run, observe }: Parts): readonly RunMonitorAction[] {
  const observer = observersOf(parameters);
  return [
    define({
      name: "alive",
      over: { observer },
      next: (state, args) =>
        state.world.session === "gone" ? null : after(state, observe.alive(args.observer), run),
      effects: (state, args) => effectsOf(state, observe.alive(args.observer), run),
      actors: (args) => [nameOf(args.observer), "monitor"],
    }),
  ];
}

function nameOf(observer: string | null): string {
  return observer === null ? "channel" : `observer ${observer}`;
}

/** An observer may look at the wrong place: it can report a run gone whatever the world is like. */
function absenceActions(parts: Parts): readonly RunMonitorAction[] {
  const { parameters, run, observe } = parts;
  const observer = observersOf(parameters);
  const how: { readonly lookup?: readonly Lookup[] } =
    parameters.prs === "none" ? {} : { lookup: lookups };
  const asked = new Map(
    observer.map((one) => [
      one,
      parts.worlds.turn((world) => ({ ...world, evidenceOf: channelOf(one), evidenceTree: world.tree })),
    ]),
  );
  const gone = define({
    name: "gone",
    over: { observer },
    // The evidence, if it is asked for, is gathered now and delivered later.
    next: (state, args) => {
      const event = observe.gone(args.observer);
      const next = after(state, event, run);
      if (next === null || !parameters.late || !run.asks(run.fire(state.run, event).list)) return next;
      const world = asked.get(args.observer)?.(state.world) ?? state.world;
      return { run: next.run, log: next.log, world };
    },
    effects: (state, args) => effectsOf(state, observe.gone(args.observer), run),
    actors: (args) => [nameOf(args.observer), "monitor"],
  });
  const report = define({
    name: "report",
    over: { observer, ...how },
    next: (state, args) => afterReport(parts, state, args.observer, lookupOf(args)),
    effects: (state, args) => reportEffects(parts, state, args.observer, lookupOf(args)),
    actors: (args) => [nameOf(args.observer), "monitor"],
  });
  const underWay = ({ run: known, world }: RunMonitorState, by: Lookup): number =>
    world.evidenceOf === "none"
      ? -1
      : observe.evidence(evidenceObserver(world), by, known, world, world.evidenceTree);
  const evidence = define({
    name: "evidence",
    over: how,
    next: (state, args) => after(state, underWay(state, lookupOf(args)), run),
    effects: (state, args) => effectsOf(state, underWay(state, lookupOf(args)), run),
    actors: () => ["gatherer", "monitor"],
  });
  return parameters.late ? [gone, report, evidence] : [gone, report];
}

/** Without pull requests there is one way to look. */
function lookupOf({ lookup }: { readonly lookup?: unknown }): Lookup {
  return lookup === undefined ? "branch" : (lookup as Lookup);
}

/** The observer whose evidence is under way. */
export function evidenceObserver({ evidenceOf }: Pick<World, "evidenceOf">): Observer {
  return evidenceOf === "channel" || evidenceOf === "none" ? null : evidenceOf;
}

/** Gone, and in the same tick the evidence if it is asked for: two commits, one after the other. */
function afterReport(
  { run, observe }: Parts,
  state: RunMonitorState,
  observer: Observer,
  lookup: Lookup,
): RunMonitorState | null {
  const gone = run.fire(state.run, observe.gone(observer));
  const log = run.append(state.log, gone.list);
  if (!run.asks(gone.list)) return commit(state, gone.run, log);
  const event = observe.evidence(observer, lookup, state.run, state.world, state.world.tree);
  if (event < 0) return null;
  const decided = run.fire(gone.run, event);
  return commit(state, decided.run, run.append(log, decided.list));
}

function reportEffects(
  { run, observe }: Parts,
  state: RunMonitorState,
  observer: Observer,
  lookup: Lookup,
): readonly Effect[] {
  const gone = run.fire(state.run, observe.gone(observer));
  if (!run.asks(gone.list)) return run.effects(gone.list);
  const event = observe.evidence(observer, lookup, state.run, state.world, state.world.tree);
  if (event < 0) return none;
  return run.effects(run.join(gone.list, run.fire(gone.run, event).list));
}

/** A pane can be captured while the session is there. */
function paneActions({ parameters, run, observe }: Parts): readonly RunMonitorAction[] {
  const signal = signalNames(parameters);
  const capture = define({
    name: "capture",
    over: { signal, pane: hashesOf(parameters) },
    next: (state, args) =>
      state.world.session === "gone" ? null : after(state, observe.capture(args.signal, args.pane), run),
    effects: (state, args) => effectsOf(state, observe.capture(args.signal, args.pane), run),
    actors: () => ["pane", "monitor"],
  });
  const resolve = define({
    name: "resolve",
    over: { word: wordsSaid(parameters) },
    next: (state, args) =>
      state.world.session === "gone" ? null : after(state, observe.resolve(args.word), run),
    effects: (state, args) => effectsOf(state, observe.resolve(args.word), run),
    actors: () => ["agent API", "monitor"],
  });
  return [capture, resolve];
}

function prActions(parts: Parts): readonly RunMonitorAction[] {
  const { parameters, run, observe } = parts;
  const prState = define({
    name: "prState",
    over: { sees: ["outcome", "unknown"] },
    next: (state, args) => after(state, observe.prState(args.sees, state.run, state.world), run),
    effects: (state, args) => effectsOf(state, observe.prState(args.sees, state.run, state.world), run),
    actors: () => ["PR host", "monitor"],
  });
  const prDiscovered = define({
    name: "prDiscovered",
    over: {},
    next: (state) => after(state, observe.prDiscovered(state.run, state.world), run),
    effects: (state) => effectsOf(state, observe.prDiscovered(state.run, state.world), run),
    actors: () => ["PR host", "monitor"],
  });
  const verifiedPr = define({
    name: "verifiedPr",
    over: { signal: ["nothing", "prompt"] },
    next: (state, { signal }) =>
      state.world.session === "gone"
        ? null
        : after(state, observe.captureVerified(signal, state.run, state.world), run),
    effects: (state, { signal }) =>
      effectsOf(state, observe.captureVerified(signal, state.run, state.world), run),
    actors: () => ["pane", "monitor"],
  });
  return parameters.panes === "none" ? [prState, prDiscovered] : [prState, prDiscovered, verifiedPr];
}

function launchActions({ run, observe }: Parts): readonly RunMonitorAction[] {
  return [
    define({
      name: "launch",
      over: { stage: launchStages },
      next: (state, args) => after(state, observe.launch(args.stage), run),
      effects: (state, args) => effectsOf(state, observe.launch(args.stage), run),
      actors: () => ["launcher", "monitor"],
    }),
    define({
      name: "launchFailed",
      over: { step: launchSteps },
      next: (state, args) => after(state, observe.launchFailed(args.step), run),
      effects: (state, args) => effectsOf(state, observe.launchFailed(args.step), run),
      actors: () => ["launcher", "monitor"],
    }),
  ];
}

function userActions({ parameters, run, observe, stopBeside }: Parts): readonly RunMonitorAction[] {
  const canceled: Effect = {
    type: "setStatus",
    status: "canceled",
    reason: null,
    source: "user",
    paneHash: null,
  };
  const beside = run.listOf([canceled]);
  return [
    define({
      name: "feedback",
      over: {},
      next: (state) => after(state, observe.feedback, run),
      effects: (state) => effectsOf(state, observe.feedback, run),
      actors: () => ["user", "monitor"],
    }),
    define({
      name: "stop",
      over: {},
      next: (state) =>
        stopBeside
          ? commit(state, state.run, run.append(state.log, beside))
          : after(state, observe.stop, run),
      effects: (state) => (stopBeside ? run.effects(beside) : effectsOf(state, observe.stop, run)),
      actors: () => ["user", "monitor"],
    }),
    define({
      name: "assert",
      over: { status: assertedStatuses(parameters), by: asserters },
      next: (state, args) => after(state, observe.assert(args.status, args.by), run),
      effects: (state, args) => effectsOf(state, observe.assert(args.status, args.by), run),
      actors: (args) => [args.by, "monitor"],
    }),
  ];
}

function monitorActions({ parameters, run, worlds }: Parts): readonly RunMonitorAction[] {
  const restart = define({
    name: "restart",
    over: {},
    next: (state) => commit(state, run.restart(state.log), state.log),
    actors: () => ["monitor", "monitor"],
  });
  const exchange = worlds.turn(mirrored);
  // Not an event of the world: the same state with two observers exchanged, for the law of plane symmetry.
  const mirror = define({
    name: "mirror",
    over: {},
    next: (state) => ({ run: run.mirror(state.run), log: state.log, world: exchange(state.world) }),
    actors: () => ["monitor", "monitor"],
  });
  return parameters.observers > 1 && parameters.absence ? [restart, mirror] : [restart];
}

function mirrored(world: World): World {
  const { evidenceOf } = world;
  return { ...world, evidenceOf: evidenceOf === "a" ? "b" : evidenceOf === "b" ? "a" : evidenceOf };
}

function worldActions({ parameters, worlds }: Parts): readonly RunMonitorAction[] {
  const { absence, prs, grace } = parameters;
  const turning = <K extends string>(values: readonly K[], change: (value: K) => Partial<World>) => {
    const turns = new Map(
      values.map((value) => [value, worlds.turn((world) => ({ ...world, ...change(value) }))]),
    );
    return (state: RunMonitorState, value: K): RunMonitorState => ({
      run: state.run,
      log: state.log,
      world: turns.get(value)?.(state.world) ?? state.world,
    });
  };
  const sessions = ["gone", "alive"] as const;
  const toSession = turning(sessions, (session) => ({ session }));
  const session = define({
    name: "session",
    over: { is: sessions },
    next: (state, { is }) => (state.world.session === is ? null : toSession(state, is)),
    actors: () => ["world", "world"],
  });
  const trees = ["clean", "dirty", "invisible"] as const;
  const toTree = turning(trees, (tree) => ({ tree }));
  const tree = define({
    name: "tree",
    over: { is: trees },
    next: (state, { is }) => (state.world.tree === is ? null : toTree(state, is)),
    actors: () => ["world", "world"],
  });
  const older = worlds.turn((world) => ({ ...world, age: world.age + 1 }));
  const tick = define({
    name: "tick",
    over: {},
    next: (state) =>
      state.world.age < grace ? { run: state.run, log: state.log, world: older(state.world) } : null,
    actors: () => ["clock", "clock"],
  });
  return [
    session,
    ...(absence ? [tree] : []),
    ...(prs === "none" ? [] : prWorldActions(prs, turning)),
    ...(grace > 0 ? [tick] : []),
  ];
}

type Turning = <K extends string>(
  values: readonly K[],
  change: (value: K) => Partial<World>,
) => (state: RunMonitorState, value: K) => RunMonitorState;

function prWorldActions(prs: "own" | "foreign", turning: Turning): readonly RunMonitorAction[] {
  const owners = prs === "foreign" ? (["owned", "foreign"] as const) : (["owned"] as const);
  const opened = turning(owners, (prOwner) => ({ pr: "open", prOwner }));
  const ends = ["merged", "closed"] as const;
  const ended = turning(ends, (pr) => ({ pr }));
  return [
    define({
      name: "prOpens",
      over: { owner: owners },
      next: (state, { owner }) =>
        state.world.pr !== "none" || (owner === "owned" && state.run.branch === null)
          ? null
          : opened(state, owner),
      actors: () => ["world", "world"],
    }),
    define({
      name: "prEnds",
      over: { as: ends },
      next: (state, args) => (state.world.pr === "open" ? ended(state, args.as) : null),
      actors: () => ["world", "world"],
    }),
  ];
}

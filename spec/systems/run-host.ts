/**
 * The commit point: a monitor and a console that commit to the same runs, their listeners, and the monitor's ticks.
 *
 * Two runs and two committers suffice: every law speaks of one run; the other run and the other committer are
 * there to interfere. Changes of one run are bounded, so the search ends; a run at its bound takes no further
 * commits. What an observation means is the run machine's word: the system asks its step.
 *
 * Faults: a committer crashes at any point, an append fails, a read fails, a gatherer is blind, the other
 * committer is slow at any point. Not modelled: bytes and syncs (see `journal-crash`), listeners in other
 * processes, which follow the log by its sequence numbers, and what panes and sessions say (see `run-monitor`).
 */
import { z } from "zod";

import { type ActionFamily, type Model, type System, defineAction, replaceAt } from "../kernel/index.js";
import { type Status, isTerminal } from "../vocabulary/status.js";
import {
  type Committer,
  type HostRun,
  type RunHostState,
  type RunHostVariant,
  committers,
  decide,
  idle,
  runHostSchema,
} from "./run-host-state.js";

export type { RunHostState, RunHostVariant } from "./run-host-state.js";

/** Bounds of the model. */
export const runHostParameters = z.strictObject({
  runs: z.int().min(1).max(3).default(2),
  /** Commits of one run. */
  changesMax: z.int().min(1).max(4).default(2),
});
/** Parsed values of `runHostParameters`. */
export type RunHostParameters = z.infer<typeof runHostParameters>;

export const runHost: System<RunHostParameters, RunHostVariant, RunHostState> = {
  name: "run-host",
  title: "A monitor and a console commit to the same runs, and somebody listens",
  parameters: runHostParameters,
  configurations: [
    {
      name: "",
      purpose: "commits, listeners and ticks",
      bounds: {
        small: { runs: 2, changesMax: 2 },
        default: { runs: 2, changesMax: 3 },
        deep: { runs: 2, changesMax: 4 },
      },
    },
  ],
  build,
};

interface Host {
  readonly parameters: RunHostParameters;
  readonly variant: RunHostVariant;
  readonly runs: readonly number[];
}

type Family = ActionFamily<RunHostState>;
const action = defineAction<RunHostState>();

function build(parameters: RunHostParameters, variant: RunHostVariant = {}): Model<RunHostState> {
  const host: Host = { parameters, variant, runs: [...Array(parameters.runs).keys()] };
  return {
    name: runHost.name,
    parameters,
    schema: runHostSchema(parameters.runs, parameters.changesMax),
    initial: [initialOf(host)],
    actions: [
      startTick(host),
      visit(host),
      visitBlind(host),
      endTick(host),
      request(host),
      readFails(host),
      append(host),
      ...(variant.torn === true ? [finish(host)] : []),
      appendFails(host),
      fire(host),
      crash(host),
    ],
    machines: [],
  };
}

function initialOf({ runs }: Host): RunHostState {
  const none = runs.map(() => false);
  return {
    runs: runs.map(() => ({ status: "queued", artifacts: 0, changes: 0, calls: 0, lost: 0 })),
    committers: committers.map(() => idle),
    lock: null,
    tick: { open: false, due: none, asked: none },
  };
}

const runOf = (state: RunHostState, run: number): HostRun => present(state.runs[run]);
const committerOf = (state: RunHostState, by: number): Committer => present(state.committers[by]);

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("no such member");
  return value;
}

/** Every run that has not ended is due. */
function startTick({ runs }: Host): Family {
  return action({
    name: "startTick",
    over: {},
    next: (state) => {
      if (state.tick.open || committerOf(state, 0).phase !== "idle") return null;
      const due = state.runs.map((run) => !isTerminal(run.status));
      return { ...state, tick: { open: true, due, asked: runs.map(() => false) } };
    },
    actors: () => ["monitor", "monitor"],
  });
}

/** Is it this run's turn in the tick? */
function isNext(host: Host, state: RunHostState, run: number): boolean {
  const { tick } = state;
  if (!tick.open || committerOf(state, 0).phase !== "idle") return false;
  return tick.due[run] === true && tick.asked[run] === false && !skips(host, state, run);
}

function skips({ variant }: Host, state: RunHostState, run: number): boolean {
  return variant.skipsQueued === true && runOf(state, run).status === "queued";
}

function asked(state: RunHostState, run: number): RunHostState {
  return { ...state, tick: { ...state.tick, asked: replaceAt(state.tick.asked, run, true) } };
}

/** The monitor looks at a run and has something to commit. */
function visit(host: Host): Family {
  return action({
    name: "visit",
    over: { run: host.runs, verdict: ["running", "done"] },
    next: (state, { run, verdict }) => {
      if (!isNext(host, state, run)) return null;
      const begun = begin(host, state, 0, run, verdict);
      return begun === null ? null : asked(begun, run);
    },
    actors: ({ run }) => ["monitor", `run ${run}`],
  });
}

/** The monitor looks at a run and cannot see it: no observation, but it has looked. */
function visitBlind(host: Host): Family {
  return action({
    name: "visitBlind",
    over: { run: host.runs },
    next: (state, { run }) => {
      if (!isNext(host, state, run)) return null;
      const next = asked(state, run);
      if (host.variant.blindEndsTick !== true) return next;
      return { ...next, tick: { ...next.tick, open: false } };
    },
    actors: ({ run }) => ["monitor", `run ${run}`],
  });
}

function endTick(host: Host): Family {
  return action({
    name: "endTick",
    over: {},
    next: (state) => {
      const { tick } = state;
      if (!tick.open || committerOf(state, 0).phase !== "idle") return null;
      const rest = host.runs.some(
        (run) => tick.due[run] === true && tick.asked[run] === false && !skips(host, state, run),
      );
      return rest ? null : { ...state, tick: { ...tick, open: false } };
    },
    actors: () => ["monitor", "monitor"],
  });
}

/** A person stops a run, or says that a run which has ended is running. */
function request(host: Host): Family {
  return action({
    name: "request",
    over: { run: host.runs, verdict: ["canceled", "running"] },
    next: (state, { run, verdict }) =>
      committerOf(state, 1).phase === "idle" ? begin(host, state, 1, run, verdict) : null,
    actors: ({ run }) => ["console", `run ${run}`],
  });
}

/** Takes the lock, follows the log, and knows what the run is. */
function begin(
  host: Host,
  state: RunHostState,
  by: number,
  run: number,
  verdict: Status,
): RunHostState | null {
  const { variant, parameters } = host;
  if (runOf(state, run).changes >= parameters.changesMax) return null;
  if (state.lock !== null && variant.unlocked !== true) return null;
  const seen = runOf(state, run).status;
  const committer: Committer = { phase: "deciding", run, seen, verdict };
  const taken = {
    ...state,
    committers: replaceAt(state.committers, by, committer),
    lock: variant.unlocked === true ? state.lock : by,
  };
  return variant.firesFirst === true ? called(taken, run, 1) : taken;
}

/** The log cannot be read: the commit is refused. */
function readFails(host: Host): Family {
  return action({
    name: "readFails",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const committer = committerOf(state, by);
      if (committer.phase !== "deciding" || committer.seen === null) return null;
      if (host.variant.failsOpen !== true) return released(state, by, idle);
      return { ...state, committers: replaceAt(state.committers, by, { ...committer, seen: null }) };
    },
    actors: ({ by }) => [nameOf(by), "log"],
  });
}

/** All effects of the observation in one record, or nothing when it decides nothing. */
function append(host: Host): Family {
  const { variant } = host;
  return action({
    name: "append",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const committer = committerOf(state, by);
      if (committer.phase !== "deciding" || committer.run === null) return null;
      const status = decided(committer, by);
      const owing: Committer = { ...committer, phase: "owing", seen: null, verdict: null };
      if (status === null) return released(state, by, variant.noopsFire === true ? owing : idle);
      const run = runOf(state, committer.run);
      const artifacts = Math.min(run.artifacts + 1, host.parameters.changesMax + 1);
      const noted = { ...state, runs: replaceAt(state.runs, committer.run, { ...run, artifacts }) };
      if (variant.torn === true) {
        const half: Committer = { ...committer, phase: "half", verdict: status };
        return { ...noted, committers: replaceAt(state.committers, by, half) };
      }
      const after = variant.firesFirst === true ? idle : owing;
      return released(changed(host, noted, committer.run, status), by, after);
    },
    actors: ({ by }) => [nameOf(by), "log"],
  });
}

/** The second half of a commit in two records: only a broken host has one. */
function finish(host: Host): Family {
  return action({
    name: "finish",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const { phase, run, verdict } = committerOf(state, by);
      if (phase !== "half" || run === null || verdict === null) return null;
      const owing: Committer = { phase: "owing", run, seen: null, verdict: null };
      return released(changed(host, state, run, verdict), by, owing);
    },
    actors: ({ by }) => [nameOf(by), "log"],
  });
}

/** Nothing reached the log. */
function appendFails(host: Host): Family {
  return action({
    name: "appendFails",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const committer = committerOf(state, by);
      if (committer.phase !== "deciding") return null;
      const owing: Committer = { ...committer, phase: "owing", seen: null, verdict: null };
      return released(state, by, host.variant.failuresFire === true ? owing : idle);
    },
    actors: ({ by }) => [nameOf(by), "log"],
  });
}

/** The listener of the committer's process hears of the change. */
function fire(host: Host): Family {
  return action({
    name: "fire",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const { phase, run } = committerOf(state, by);
      if (phase !== "owing" || run === null) return null;
      const next = called(state, run, host.variant.firesTwice === true ? 2 : 1);
      return { ...next, committers: replaceAt(next.committers, by, idle) };
    },
    actors: ({ by }) => [nameOf(by), "listener"],
  });
}

/** The process dies: the kernel frees its lock, and its listeners die with it. */
function crash(_host: Host): Family {
  return action({
    name: "crash",
    over: { by: [0, 1] },
    next: (state, { by }) => {
      const { phase, run } = committerOf(state, by);
      if (phase === "idle" && !(by === 0 && state.tick.open)) return null;
      const runs =
        phase === "owing" && run !== null
          ? replaceAt(state.runs, run, { ...runOf(state, run), lost: runOf(state, run).lost + 1 })
          : state.runs;
      const tick = by === 0 ? { ...state.tick, open: false } : state.tick;
      return released({ ...state, runs, tick }, by, idle);
    },
    actors: ({ by }) => [nameOf(by), nameOf(by)],
  });
}

const nameOf = (by: number): string => committers[by] ?? "nobody";

/** What the run machine makes of the observation; a committer that could not read asks nobody. */
function decided({ seen, verdict }: Committer, by: number): Status | null {
  if (verdict === null) return null;
  return seen === null ? verdict : decide(seen, verdict, by === 0 ? "daemon" : "user");
}

function changed({ parameters }: Host, state: RunHostState, run: number, status: Status): RunHostState {
  const before = runOf(state, run);
  const changes = Math.min(before.changes + 1, parameters.changesMax + 1);
  return { ...state, runs: replaceAt(state.runs, run, { ...before, status, changes }) };
}

function called(state: RunHostState, run: number, times: number): RunHostState {
  const before = runOf(state, run);
  return { ...state, runs: replaceAt(state.runs, run, { ...before, calls: before.calls + times }) };
}

function released(state: RunHostState, by: number, committer: Committer): RunHostState {
  const lock = state.lock === by ? null : state.lock;
  return { ...state, committers: replaceAt(state.committers, by, committer), lock };
}

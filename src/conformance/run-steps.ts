/** What was seen of a command as steps of the model, for the laws to be asked about. */
import type { RunHostState } from "../../spec/systems/run-host.js";
import type { RunCommitted } from "../../spec/vocabulary/index.js";
import type { ObservedStep } from "./law-judge.js";
import { type RunCommand, committedRuns } from "./run-commands.js";
import type { Performed } from "./run-subject.js";

/** The monitor is in a tick in which every run is still to be looked at. */
export function ticking(state: RunHostState): RunHostState {
  return { ...state, tick: { open: true, due: state.runs.map(() => true), asked: state.runs.map(() => false) } };
}

/** What ends with the command, then each commit that it appended. */
export function stepsOf(
  command: RunCommand,
  performed: Performed,
  before: RunHostState,
  after: RunHostState,
  fresh: readonly RunCommitted[],
): readonly ObservedStep[] {
  const committed = fresh.filter(({ run }) => committedRuns.some((name) => name === run));
  return [ends(command, performed, before, after, committed), ...appends(command, before, after, committed)];
}

const named = (name: string, args: Readonly<Record<string, number>> = {}) => ({ id: -1, name, args, label: name });

/** A tick, a commit that came to nothing, or anything else. */
function ends(
  command: RunCommand,
  { asked, fails }: Performed,
  before: RunHostState,
  after: RunHostState,
  committed: readonly RunCommitted[],
): ObservedStep {
  if (asked !== null) {
    const open = { ...before, tick: { open: true, due: after.tick.due, asked: before.runs.map(() => false) } };
    return { action: named("endTick"), before: open, after, effects: [] };
  }
  const name = fails && committed.length === 0 ? "readFails" : "look";
  // What was appended is a step of its own: here only the state that was reached is asked about.
  return { action: named(name, "by" in command ? { by: command.by } : {}), before: after, after, effects: [] };
}

/** Each new commit of the log as the model's append: decided on the status that its record says it was decided on. */
function appends(
  command: RunCommand,
  before: RunHostState,
  after: RunHostState,
  committed: readonly RunCommitted[],
): readonly ObservedStep[] {
  let state = before;
  return committed.map(({ run, from, effects }, index) => {
    const number = committedRuns.findIndex((name) => name === run);
    const by = "by" in command ? command.by : 0;
    const deciding = { phase: "deciding", run: number, seen: from.status, verdict: null } as const;
    const then = { ...state, committers: state.committers.with(by, deciding) };
    const last = index === committed.length - 1;
    const next = last ? after : { ...state, runs: state.runs.map((one, place) => (place === number ? grown(one, effects) : one)) };
    state = next;
    return { action: named("append", { by }), before: then, after: next, effects: [] };
  });
}

function grown(run: RunHostState["runs"][number], effects: RunCommitted["effects"]): RunHostState["runs"][number] {
  const set = effects.find((effect) => effect.type === "setStatus");
  const status = set?.type === "setStatus" ? set.status : run.status;
  return { ...run, status, changes: run.changes + 1, artifacts: run.artifacts + 1, calls: run.calls + 1 };
}

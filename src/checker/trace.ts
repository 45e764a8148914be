/** From a place in the state space to a path, from a path to a trace that was replayed step by step. */
import type { Check, ScriptCase } from "../../laws/law.js";
import { placeOf } from "../../laws/law.js";
import type { ActionFamily, ActionInstance, Model } from "../../spec/kernel/index.js";

import type { Codec } from "./codec.js";
import { codecFor } from "./codec.js";
import { ModelError } from "./errors.js";
import type { CheckRequest } from "./live-checks.js";
import type { Orbit } from "./orbit.js";
import type { Change, Counterexample, Path, TraceBranch, TraceStep } from "./result.js";
import { type ActionTable, actionTable, effectsOf, runScript } from "./scripts.js";
import { countAfter } from "./response.js";
import type { StateTable } from "./state-table.js";

interface Space {
  readonly model: Model;
  readonly actions: ActionTable;
  readonly table: StateTable;
  readonly codec: Codec<object>;
  readonly orbit: Orbit | null;
}

/** Path to a state, followed by an action when the place is a step. */
export function pathTo(space: Space, state: number, action: number | null): Path {
  const { table, orbit } = space;
  const chain: number[] = [];
  for (let at = state; at !== -1; at = table.parents[at] as number) chain.push(at);
  chain.reverse();
  const path =
    orbit === null ? chain.map((at) => table.actions[at] as number) : concretePath(space, orbit, chain);
  return action === null ? path : [...path, action];
}

/** Stored states are representatives; finds real steps whose representatives they are. */
function concretePath(space: Space, orbit: Orbit, chain: readonly number[]): number[] {
  const { table, codec, model, actions } = space;
  const width = codec.words;
  const words = new Uint32Array(table.words);
  const matches = (state: object, index: number): boolean => {
    codec.pack(state, words, 0);
    orbit.canonicalize(words);
    for (let k = 0; k < width; k += 1) if (words[k] !== table.packed[index * table.words + k]) return false;
    return true;
  };
  const first = chain[0] as number;
  const start = model.initial.findIndex((state) => matches(state, first));
  const path = [start];
  let state = model.initial[start] as object;
  for (const index of chain.slice(1)) {
    const next = actions.instances.find((instance) => {
      const after = (actions.families[instance.id] as ActionFamily<object>).next(state, instance.args);
      return after !== null && matches(after, index);
    });
    if (next === undefined) {
      throw new ModelError({
        code: "model/asymmetric",
        sort: orbit.sorts.map(({ sort }) => sort).join(", "),
        found: "a step of a representative has no counterpart; some action treats the ids differently",
      });
    }
    path.push(next.id);
    state = (actions.families[next.id] as ActionFamily<object>).next(state, next.args) as object;
  }
  return path;
}

interface Found {
  readonly request: CheckRequest;
  readonly path: Path;
  readonly reason: string;
  readonly which: ScriptCase | null;
  readonly on: string;
  readonly mutant: string | null;
  readonly states: number;
  readonly symmetric: boolean;
}

/** Replays what was found on fresh states and only then reports it. */
export function counterexampleOf(model: Model, actions: ActionTable, found: Found): Counterexample {
  const { request, which, on, mutant, states } = found;
  const { check } = request;
  // The last action of a symmetric search was taken from a representative: look for it again on the real path.
  const path =
    found.symmetric && check.kind === "step"
      ? realLastStep(model, actions, found.path, (...step) => check.breach(...step) !== null)
      : found.path;
  const scripts = which === null ? [] : which.scripts;
  const confirmed = confirm(model, actions, check, path, which);
  if (confirmed === null) {
    throw new ModelError(
      { code: "model/replay", step: path.length - 1, action: request.law, found: `no breach; the search saw: ${found.reason}` },
      { model: model.name },
    );
  }
  return {
    law: request.law,
    kind: check.kind,
    clause: check.clause ?? null,
    on: on === "" ? placeOf(check) : on,
    model: model.name,
    parameters: model.parameters,
    mutant,
    breach: confirmed,
    path,
    steps: traceOf(model, path, actions),
    branches: scripts.map((script, index) => branchOf(model, actions, path, script, which as ScriptCase, index)),
    states,
  };
}

/** The same path with the last action replaced by the first one that does what is asked. */
export function realLastStep(
  model: Model,
  actions: ActionTable,
  path: Path,
  isAsked: (before: object, action: ActionInstance, after: object, effects: readonly unknown[]) => boolean,
): Path {
  const prefix = path.slice(0, -1);
  const before = statesAlong(model, actions, prefix).at(-1) as object;
  for (const instance of actions.instances) {
    const after = (actions.families[instance.id] as ActionFamily<object>).next(before, instance.args);
    if (after !== null && isAsked(before, instance, after, effectsOf(actions, instance.id, before))) {
      return [...prefix, instance.id];
    }
  }
  return path;
}

/** The breach at the end of a path, or `null` when the law holds there. */
export function confirm(
  model: Model,
  actions: ActionTable,
  check: Check,
  path: Path,
  which: ScriptCase | null,
): string | null {
  const states = statesAlong(model, actions, path);
  const last = states.at(-1) as object;
  switch (check.kind) {
    case "invariant":
      return check.breach(last);
    case "step": {
      const before = states.at(-2);
      const id = path.at(-1) as number;
      if (before === undefined) return null;
      return check.breach(before, actions.instances[id] as ActionInstance, last, effectsOf(actions, id, before));
    }
    case "response": {
      let due = 0;
      for (let index = 1; index < states.length; index += 1) {
        const id = path[index] as number;
        const before = states[index - 1] as object;
        const action = actions.instances[id] as ActionInstance;
        due = countAfter(check, due, before, action, states[index] as object, effectsOf(actions, id, before));
      }
      return due > 0 && due - 1 >= check.within(model) ? check.breach(last, due - 1) : null;
    }
    case "convergence":
    case "hyper": {
      const cases = which === null ? check.cases(last, actions.index, model) : [which];
      for (const one of cases) {
        const reason = check.breach(one.scripts.map((script) => runScript(actions, last, script)), one);
        if (reason !== null) return reason;
      }
      return null;
    }
  }
}

/** Fresh states along a path; a ModelError when a step is not enabled. */
export function statesAlong(model: Model, actions: ActionTable, path: Path): object[] {
  const [initial, ...ids] = path;
  const start = initial === undefined ? undefined : model.initial[initial];
  if (start === undefined) {
    const found = `initial state ${String(initial)}; the model has ${model.initial.length}`;
    throw new ModelError({ code: "model/replay", step: 0, action: "init", found }, { model: model.name });
  }
  const states = [structuredClone(start)];
  ids.forEach((id, index) => {
    const family = actions.families[id];
    const instance = actions.instances[id];
    const before = states.at(-1) as object;
    const after = family === undefined || instance === undefined ? null : family.next(before, instance.args);
    if (after === null) {
      const found = instance === undefined ? `the model has ${actions.instances.length} actions` : "it is not enabled";
      const action = instance?.label ?? `action ${id}`;
      throw new ModelError({ code: "model/replay", step: index + 1, action, found }, { model: model.name });
    }
    states.push(structuredClone(after));
  });
  return states;
}

/** The trace of a path. Throws a ModelError when the path does not replay or leaves the schema. */
export function traceOf(model: Model, path: Path, actions: ActionTable = actionTable(model)): TraceStep[] {
  const states = statesAlong(model, actions, path);
  const codec = codecFor(model.schema);
  const words = new Uint32Array(codec.words);
  return states.map((state, index) => {
    codec.pack(state, words, 0);
    if (index === 0) return initialStep(state);
    const id = path[index] as number;
    const before = states[index - 1] as object;
    return stepOf(actions, id, before, state, index);
  });
}

function initialStep(state: object): TraceStep {
  const changes = [...leavesOf(state)].map(([field, to]) => ({ field, from: undefined, to }));
  return { index: 0, action: "init", name: "init", args: {}, actors: null, changes, effects: [], state };
}

function stepOf(actions: ActionTable, id: number, before: object, after: object, index: number): TraceStep {
  const instance = actions.instances[id] as ActionInstance;
  const family = actions.families[id] as ActionFamily<object>;
  return {
    index,
    action: instance.label,
    name: instance.name,
    args: instance.args,
    actors: family.actors?.(instance.args) ?? null,
    changes: changesBetween(before, after),
    effects: effectsOf(actions, id, before),
    state: after,
  };
}

function branchOf(
  model: Model,
  actions: ActionTable,
  path: Path,
  script: readonly number[],
  which: ScriptCase,
  index: number,
): TraceBranch {
  const start = statesAlong(model, actions, path).at(-1) as object;
  const { steps } = runScript(actions, start, script);
  return {
    label: `${which.label}, script ${index + 1} of ${which.scripts.length}`,
    path: script,
    steps: steps.map(({ action, before, after }, place) => stepOf(actions, action.id, before, after, place + 1)),
  };
}

/** Fields that differ, by dotted path. A field that is only on one side is undefined on the other. */
export function changesBetween(before: object, after: object): Change[] {
  const from = leavesOf(before);
  const to = leavesOf(after);
  const changes: Change[] = [];
  for (const [field, value] of to) {
    if (from.get(field) !== value) changes.push({ field, from: from.get(field), to: value });
  }
  for (const [field, value] of from) {
    if (!to.has(field)) changes.push({ field, from: value, to: undefined });
  }
  return changes;
}

function leavesOf(value: unknown, path = "", leaves = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== "object" || value === null) {
    leaves.set(path, value);
  } else if (Array.isArray(value)) {
    value.forEach((part, index) => leavesOf(part, `${path}[${index}]`, leaves));
  } else {
    for (const [key, part] of Object.entries(value)) leavesOf(part, path === "" ? key : `${path}.${key}`, leaves);
  }
  return leaves;
}

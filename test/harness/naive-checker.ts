/**
 * A stupid second checker: states told apart by their JSON in a map, every function called on fresh clones,
 * no packing, no trees, no symmetry. Slow and short; the real one is compared with it.
 */
import type { Check, ResponseCheck, ScriptOutcome, ScriptStep } from "../../laws/law.js";
import { type ActionInstance, type Model, instancesOf } from "../../spec/kernel/index.js";
import { actionTable } from "../../src/checker/index.js";

export interface NaiveStep {
  readonly action: ActionInstance;
  readonly before: object;
  readonly after: object;
  readonly effects: readonly unknown[];
}

export interface NaiveSpace {
  /** Distinct states in the order they were found. */
  readonly states: readonly object[];
  readonly transitions: number;
  readonly levels: readonly number[];
  /** Steps to each state, by its JSON. */
  readonly depths: ReadonlyMap<string, number>;
  /** Enabled steps of each state, by its place in `states`. */
  readonly enabled: readonly number[];
}

export function key(state: object): string {
  return JSON.stringify(state);
}

type Copy = <T>(value: T) => T;

/** For models of some size: their functions get the states as they are. */
export const asItIs: Copy = (value) => value;

/** A copy that shares nothing. */
function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => copyOf(part)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, copyOf(part as unknown)]),
  ) as T;
}

/** Every enabled step of a state, in the order of the action instances. */
export function stepsFrom(model: Model, state: object, copy: Copy = copyOf): NaiveStep[] {
  const families = model.actions.flatMap((family) => family.instances.map(() => family));
  return instancesOf(model).flatMap((action, place) => {
    const family = families[place];
    const after = family?.next(copy(state), action.args) ?? null;
    if (family === undefined || after === null) return [];
    const effects = family.effects?.(copy(state), action.args) ?? [];
    return [{ action, before: state, after: copy(after), effects }];
  });
}

export function naiveSpace(model: Model, copy: Copy = copyOf): NaiveSpace {
  const depths = new Map<string, number>();
  const states: object[] = [];
  const levels: number[] = [];
  const enabled: number[] = [];
  const add = (state: object, depth: number): boolean => {
    const name = key(state);
    if (depths.has(name)) return false;
    depths.set(name, depth);
    states.push(state);
    return true;
  };
  let level = model.initial.filter((state) => add(state, 0));
  while (level.length > 0) {
    levels.push(level.length);
    const found = level.map((state) => stepsFrom(model, state, copy));
    enabled.push(...found.map(({ length }) => length));
    level = found.flat().flatMap(({ after }) => (add(after, levels.length) ? [after] : []));
  }
  const transitions = enabled.reduce((sum, count) => sum + count, 1);
  return { states, transitions, levels, depths, enabled };
}

export interface NaiveVerdict {
  readonly verdict: "holds" | "violated" | "vacuous";
  /** Steps of a shortest counterexample; for scripts up to the state they start from. */
  readonly steps: number | null;
}

export function naiveVerdict(model: Model, check: Check): NaiveVerdict {
  if (check.kind === "response") return naiveResponse(model, check);
  const { states, depths } = naiveSpace(model);
  const found: { steps: number | null; witnessed: boolean } = { steps: null, witnessed: false };
  const note = (reason: string | null, depth: number, witness: boolean): void => {
    if (reason !== null && (found.steps === null || depth < found.steps)) found.steps = depth;
    found.witnessed ||= witness;
  };
  for (const state of states) {
    const depth = depths.get(key(state)) ?? 0;
    if (check.kind === "invariant") {
      note(check.breach(state), depth, check.witness(state));
    } else if (check.kind === "step") {
      for (const { before, action, after, effects } of stepsFrom(model, state)) {
        if (check.actions !== undefined && !check.actions.includes(action.name)) continue;
        note(
          check.breach(before, action, after, effects),
          depth + 1,
          check.witness(before, action, after, effects),
        );
      }
    } else {
      for (const one of check.cases(state, actionTable(model).index, model)) {
        const outcomes = one.scripts.map((script) => naiveScript(model, state, script));
        note(check.breach(outcomes, one), depth, check.witness(outcomes, one));
      }
    }
  }
  if (found.steps !== null) return { verdict: "violated", steps: found.steps };
  return { verdict: found.witnessed ? "holds" : "vacuous", steps: null };
}

function naiveScript(model: Model, start: object, script: readonly number[]): ScriptOutcome {
  const steps: ScriptStep[] = [];
  let end = start;
  for (const [place, id] of script.entries()) {
    const step = stepsFrom(model, end).find(({ action }) => action.id === id);
    if (step === undefined) return { steps, end, blocked: place };
    steps.push(step);
    end = step.after;
  }
  return { steps, end, blocked: null };
}

interface Due {
  readonly state: object;
  /** Units since an answer is due; -1 when none is. */
  readonly due: number;
}

/** Breadth first over (state, units since due). */
export function naiveResponse(
  model: Model,
  check: ResponseCheck,
): NaiveVerdict & { readonly pairs: number } {
  const within = check.within(model);
  const seen = new Set<string>();
  const add = (pair: Due): boolean => seen.size < seen.add(JSON.stringify([pair.due, pair.state])).size;
  let witnessed = false;
  let level = model.initial.map((state): Due => ({ state, due: -1 })).filter(add);
  for (let depth = 1; level.length > 0; depth += 1) {
    const found: Due[] = [];
    for (const { state, due } of level) {
      for (const { before, action, after, effects } of stepsFrom(model, state)) {
        const answered = check.answered(before, action, after, effects);
        const starts = due === -1 && check.starts(before, action, after, effects);
        const counts = due >= 0 && check.counts(before, action, after, effects);
        const next = answered ? -1 : starts ? 0 : counts ? due + 1 : due;
        witnessed ||= starts && !answered;
        if (next >= within && next !== due)
          return { verdict: "violated", steps: depth, pairs: seen.size };
        found.push({ state: after, due: next });
      }
    }
    level = found.filter(add);
  }
  return { verdict: witnessed ? "holds" : "vacuous", steps: null, pairs: seen.size };
}

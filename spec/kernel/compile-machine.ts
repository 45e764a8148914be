/**
 * compile-machine: an XState chart becomes a pure transition function over plain records.
 *
 * Promise: for every record and event, `step` gives the state, the context and the effects that XState's own
 * `transition()` gives. The agreement law checks it on every reachable pair; `compileMachine` refuses every
 * feature for which it could not (timers, invocations, eventless transitions, parallel regions, …).
 */
import type { AnyStateMachine } from "xstate";

import { type Guard, compileGuard } from "./compile-guard.js";
import { type Chart, type ChartNode, type ChartTransition, chartOf } from "./chart.js";
import { type Operation, applyOperations, compileActions } from "./compile-actions.js";

/** An effect: the name of a machine's action with its parameters. Data, not executed. */
export interface NamedEffect {
  readonly type: string;
}

/** What one event did to one record. */
export interface Step<R, F> {
  readonly next: R;
  readonly effects: readonly F[];
  /** Index into `transitions`; -1 when no transition was enabled and nothing changed. */
  readonly taken: number;
}

/** One arrow of the chart. */
export interface TransitionInfo {
  readonly index: number;
  /** Dotted path of the node that declares it; `(root)` for the machine itself. */
  readonly source: string;
  readonly event: string;
  /** Leaf it leads to, or `null` when it stays where it is. */
  readonly target: string | null;
  /** The guard as written, `""` when there is none. */
  readonly guard: string;
  readonly actions: readonly string[];
  /** One line that names it: `active.running  pane.captured [confirmed gate] → waiting`. */
  readonly label: string;
}

/** Sees which transitions were taken and how guards answered. */
export interface Probe {
  /** Told of each transition that fires, by its index into `transitions`. */
  taken(transition: number): void;
  /** Told of each answer of a named guard. */
  guard(name: string, answer: boolean): void;
}

/** A chart as a pure function over plain records `R` with events `E` and effects `F`, and its parts listed. */
export interface Compiled<R extends object, E extends { readonly type: string }, F> {
  readonly id: string;
  /** The field of a record that holds the leaf's key. */
  readonly stateField: string;
  readonly leaves: readonly { readonly key: string; readonly path: string; readonly tags: readonly string[] }[];
  readonly initialLeaf: string;
  readonly events: readonly string[];
  readonly transitions: readonly TransitionInfo[];
  readonly guards: readonly string[];
  readonly actions: readonly string[];
  /** The chart it came from, for the agreement law and for pictures. */
  readonly machine: AnyStateMachine;
  /**
   * The next record and the effects of one event; the record given is not changed. No enabled transition
   * changes nothing.
   */
  step(record: R, event: E, probe?: Probe): Step<R, F>;
  /** XState's state value of a leaf, for example `{ active: "running" }`. */
  stateValueOf(leaf: string): string | Readonly<Record<string, unknown>>;
}

/** The chart uses something that a pure function cannot stand for. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly problems: readonly string[];
  constructor(machine: string, problems: readonly string[]) {
    super(`cannot compile machine "${machine}":\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

interface Candidate {
  readonly guard: Guard | null;
  readonly operations: readonly Operation[];
  readonly target: string | null;
  readonly index: number;
}

/** Arrows by leaf, then by event, in the order they are tried. */
type Table = ReadonlyMap<string, ReadonlyMap<string, readonly Candidate[]>>;

/**
 * Compiles a chart. `stateField` names the record's field for the state's key; all other fields are context.
 * Throws a CompileError that lists every node it cannot compile, and why.
 */
export function compileMachine<R extends object, E extends { readonly type: string }, F = NamedEffect>(
  machine: AnyStateMachine,
  options: { readonly stateField: string },
): Compiled<R, E, F> {
  const { stateField } = options;
  const problems: string[] = [];
  const chart = chartOf(machine, problems);
  const table = tableOf(machine, chart, problems);
  if (problems.length > 0) throw new CompileError(machine.id, [...new Set(problems)]);
  const candidates = [...table.values()].flatMap((row) => [...row.values()].flat());

  const step = (record: R, event: E, probe?: Probe): Step<R, F> => {
    const leaf = (record as Record<string, unknown>)[stateField];
    const row = table.get(leaf as string);
    if (row === undefined) throw new RangeError(unknownLeaf(machine.id, stateField, leaf, chart));
    const scope = { context: record, event };
    for (const candidate of row.get(event.type) ?? []) {
      const { guard } = candidate;
      if (guard !== null && !(probe === undefined ? guard.test(scope) : guard.holds(scope, probe))) continue;
      probe?.taken(candidate.index);
      const effects: F[] = [];
      const next = applyOperations(candidate.operations, record, event, effects);
      if (candidate.target === null || candidate.target === leaf) return { next, effects, taken: candidate.index };
      const moved = next === record ? { ...record } : next;
      (moved as Record<string, unknown>)[stateField] = candidate.target;
      return { next: moved, effects, taken: candidate.index };
    }
    return { next: record, effects: [], taken: -1 };
  };

  return {
    id: machine.id,
    stateField,
    leaves: chart.leaves.map(({ key, path, tags }) => ({ key, path, tags })),
    initialLeaf: chart.initial.key,
    events: chart.events,
    transitions: chart.transitions.map(describe),
    guards: [...new Set(candidates.flatMap(({ guard }) => guard?.names ?? []))].sort(),
    actions: [...new Set(candidates.flatMap(({ operations }) => operations.map(({ name }) => name)))].sort(),
    machine,
    step,
    stateValueOf: (leaf) => chart.stateValueOf(leaf),
  };
}

function tableOf(machine: AnyStateMachine, chart: Chart, problems: string[]): Table {
  const candidate = (leaf: ChartNode, transition: ChartTransition): Candidate => {
    const where = `state "${transition.source.path}", event "${transition.event}"`;
    return {
      guard: compileGuard(machine, transition.guard, where, problems),
      operations: compileActions(machine, chart.actionsOf(leaf, transition), where, problems),
      target: transition.target === null ? null : transition.target.key,
      index: transition.index,
    };
  };
  const rowOf = (leaf: ChartNode): ReadonlyMap<string, readonly Candidate[]> =>
    new Map(chart.events.map((type) => [type, chart.candidates(leaf, type).map((one) => candidate(leaf, one))]));
  return new Map(chart.leaves.map((leaf) => [leaf.key, rowOf(leaf)]));
}

function unknownLeaf(machine: string, field: string, found: unknown, chart: Chart): string {
  const known = chart.leaves.map((leaf) => leaf.key).join(", ");
  return `machine "${machine}": field "${field}" holds ${JSON.stringify(found)}, expected one of ${known}`;
}

function describe(transition: ChartTransition): TransitionInfo {
  const { index, source, event, guardLabel, actionLabels } = transition;
  const target = transition.target === null ? null : transition.target.key;
  const arrow = target === null ? "" : ` → ${target}`;
  const guard = guardLabel === "" ? "" : ` [${guardLabel}]`;
  const label = `${source.path}  ${event}${guard}${arrow}`;
  return { index, source: source.path, event, target, guard: guardLabel, actions: actionLabels, label };
}

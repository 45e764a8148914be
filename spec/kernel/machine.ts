/**
 * A compiled machine as part of a model: a numbered list of events, results computed once for each distinct
 * (record, event), and what was exercised.
 */
import { canonOf, canonize, tabulate } from "./canonical.js";
import type { Compiled, Probe, Step } from "./compile-machine.js";

/** What coverage and the agreement law read. */
export interface Machine {
  readonly name: string;
  readonly compiled: Compiled<object, { readonly type: string }, unknown>;
  /** How often each transition was taken, over distinct (record, event) pairs. */
  readonly taken: readonly number[];
  /** How each guard answered. */
  readonly guards: ReadonlyMap<string, { readonly held: number; readonly failed: number }>;
  /** Number of distinct (record, event) pairs fired. */
  readonly firings: number;
  /** Every distinct (record, event) fired, with the compiled result. Kept only when asked for. */
  readonly fired: readonly Firing[];
}

/** One distinct (record, event) pair and what the compiled machine made of it. */
export interface Firing {
  readonly record: object;
  readonly event: { readonly type: string };
  readonly step: Step<object, unknown>;
}

/** A machine that a model fires by event number. */
export interface Instrument<R extends object, E extends { readonly type: string }, F> {
  readonly machine: Machine;
  /** Registers an event and returns its number. Call it while the model is built. */
  event(event: E): number;
  /** Fires event number `event` at a record. */
  fire(record: R, event: number): Step<R, F>;
}

/** `keepFirings`: remember every distinct pair, for the agreement law. Costs memory. */
export function instrument<R extends object, E extends { readonly type: string }, F>(
  name: string,
  compiled: Compiled<R, E, F>,
  options: { readonly keepFirings?: boolean } = {},
): Instrument<R, E, F> {
  const events: E[] = [];
  const fired: Firing[] = [];
  let firings = 0;
  const { taken, guards, probe } = counters(compiled);
  const fire = tabulate<R, Step<R, F>>(
    (record, index) => {
      const event = events[index];
      if (event === undefined) throw new RangeError(`machine "${name}" has no event number ${index}`);
      const canon = canonOf(record);
      if (canon === undefined) return compiled.step(record, event);
      // Replicas repeat pairs that were counted before.
      const step = compiled.step(record, event, canon.replica ? undefined : probe);
      return step.next === record ? step : { ...step, next: canonize(alike(step.next, record), canon.replica) };
    },
    (record, index, step) => {
      firings += 1;
      if (options.keepFirings) fired.push({ record, event: events[index] as E, step });
    },
    { isStep: true },
  );
  const machine: Machine = {
    name,
    compiled,
    taken,
    guards,
    get firings() {
      return firings;
    },
    fired,
  };
  return {
    machine,
    event: (event) => events.push(event) - 1,
    fire,
  };
}

/** A probe and what it counts. */
function counters(compiled: Pick<Machine["compiled"], "transitions" | "guards">): {
  readonly taken: number[];
  readonly guards: Map<string, { held: number; failed: number }>;
  readonly probe: Probe;
} {
  const taken = compiled.transitions.map(() => 0);
  const guards = new Map(compiled.guards.map((guard) => [guard, { held: 0, failed: 0 }]));
  const probe: Probe = {
    taken: (index) => {
      taken[index] = (taken[index] ?? 0) + 1;
    },
    guard: (guard, answer) => {
      const count = guards.get(guard);
      if (count === undefined) return;
      if (answer) count.held += 1;
      else count.failed += 1;
    },
  };
  return { taken, guards, probe };
}

/** A copy with its fields in the model's order: engines look up records of one shape faster. */
function alike<R extends object>(record: R, model: R): R {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(model)) copy[key] = (record as Record<string, unknown>)[key];
  return copy as R;
}

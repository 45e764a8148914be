/**
 * Walks of a machine, and what of it they cover: the shortest path to each state and from there each event once; of a
 * small machine every simple path as well. Covered is a transition that was taken, and a guard that answered both ways.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";

import type { PathDriver } from "./path-drivers.js";
import type { Beginning, Group, Subject } from "./path-subjects.js";
import { type Paths, graphPaths, shortestPaths, simplePaths } from "./xstate-paths.js";

export interface Walk {
  readonly subject: Subject;
  readonly beginning: Beginning;
  readonly path: readonly EventObject[];
  /** The machine's record before the last event. */
  readonly record: object;
}

export interface Coverage {
  /** By number of the transition. */
  readonly taken: number[];
  readonly guards: Map<string, { held: number; failed: number }>;
}

export function nothingYet({ compiled }: Subject): Coverage {
  const none = compiled.guards.map((guard) => [guard, { held: 0, failed: 0 }] as const);
  return { taken: compiled.transitions.map(() => 0), guards: new Map(none) };
}

/** Counts what a step exercises. */
export const counting = ({ taken, guards }: Coverage) => ({
  taken: (index: number) => void (taken[index] = (taken[index] ?? 0) + 1),
  guard: (name: string, holds: boolean) => {
    const count = guards.get(name);
    if (count !== undefined) count[holds ? "held" : "failed"] += 1;
  },
});

/** Counts what the last event of a walk exercises. */
export function execute({ subject, path, record }: Walk, coverage: Coverage): void {
  for (const event of path.slice(-1)) subject.compiled.step(record, event, counting(coverage));
}

/** What is not covered, by its name. */
export function gapsOf({ compiled }: Subject, { taken, guards }: Coverage): readonly string[] {
  return [
    ...compiled.transitions.filter(({ index }) => taken[index] === 0).map(({ label }) => label),
    ...[...guards].filter(([, { held }]) => held === 0).map(([name]) => `${name} holds`),
    ...[...guards].filter(([, { failed }]) => failed === 0).map(([name]) => `${name} fails`),
  ];
}

export function* walksOf(subject: Subject): Generator<Walk> {
  for (const group of subject.groups) {
    const { beginning, events } = group;
    const after = (path: readonly EventObject[]): object =>
      path.reduce<object>((record, event) => subject.compiled.step(record, event).next, subject.initial(beginning));
    for (const path of pathsOf(subject, group)) {
      const record = after(path);
      for (const event of events) yield { subject, beginning, path: [...path, event], record };
    }
    if (!subject.small) continue;
    for (const path of simplePaths(subject.machine, events)) yield { subject, beginning, path, record: after(path.slice(0, -1)) };
  }
}

function pathsOf({ name, machine, initial }: Subject, { events, beginning }: Group): Paths {
  return name === "run" ? graphPaths(machine, events, { from: begins(machine, initial(beginning)) }) : shortestPaths(machine, events);
}

/** The record that a run begins with, as a state of its machine. */
function begins(machine: AnyStateMachine, initial: object): AnyMachineSnapshot {
  const { status, ...context } = initial as { readonly status: string };
  return machine.resolveState({ value: { active: status }, context }) as AnyMachineSnapshot;
}

/** What is executed on what runs: of a small machine every walk that calls can make, else those that cover something new. */
export interface Chosen {
  readonly walks: readonly Walk[];
  /** Why other walks that would have covered something were left out, by event. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** `told`: whether the systems have a story for it. Walks that have one come first: on them more is judged. */
export function chosenOf(subject: Subject, driverOf: (walk: Walk) => PathDriver, told: (walk: Walk) => boolean = () => true): Chosen {
  const coverage = nothingYet(subject);
  const reasons = new Map<string, string>();
  const walks: Walk[] = [];
  for (const isFirst of [true, false]) {
    if (!isFirst && gapsOf(subject, coverage).length === 0) break;
    for (const walk of walksOf(subject)) {
      const own = nothingYet(subject);
      execute(walk, own);
      const covers = isNew(own, coverage);
      if (!covers && !(subject.small && isFirst)) continue;
      const why = cannotBe(walk, driverOf(walk));
      if (why === null && (!isFirst || told(walk))) {
        execute(walk, coverage);
        walks.push(walk);
      } else if (why !== null && covers) reasons.set(why.event, why.reason);
    }
  }
  return { walks, reasons };
}

function isNew(own: Coverage, known: Coverage): boolean {
  if (own.taken.some((times, index) => times > 0 && known.taken[index] === 0)) return true;
  return [...own.guards].some(([name, { held, failed }]) => {
    const count = known.guards.get(name);
    return (held > 0 && count?.held === 0) || (failed > 0 && count?.failed === 0);
  });
}

function cannotBe({ subject, beginning, path }: Walk, driver: PathDriver): { readonly event: string; readonly reason: string } | null {
  let record = subject.initial(beginning);
  for (const [place, event] of path.entries()) {
    const reason = driver.cannot(event, record, path.slice(0, place));
    if (reason !== null) return { event: event.type, reason };
    record = subject.compiled.step(record, event).next;
  }
  return null;
}

/**
 * Broken systems by small changes: a guard that answers wrongly, an update that forgets, a commit
 * that loses.
 */
import { assign } from "xstate";

import {
  type RunContext,
  type RunEvent,
  type RunScope,
  createRunMachine,
  readOn,
  readingOf,
  runGuards,
} from "../../spec/run/index.js";
import type { RunMonitorVariant } from "../../spec/systems/run-monitor.js";
import { type RunPolicy, defaultRunPolicy } from "../../spec/vocabulary/index.js";
import type { Mutant } from "../law.js";
import { type Configuration, system } from "./monitor.js";

type Implementations = Parameters<ReturnType<typeof createRunMachine>["provide"]>[0];
type Guards = NonNullable<Implementations["guards"]>;
/** A broken update by the name of the one it takes the place of. */
type Updates = Readonly<Record<string, (scope: RunScope) => Partial<RunContext>>>;

/** The right guards, for changes that build on them. */
type RightGuards = ReturnType<typeof runGuards>;

export function mutant(
  name: string,
  change: string,
  configuration: Configuration,
  variant: RunMonitorVariant,
): Mutant {
  return { name, change, system, configuration, variant };
}

/** The machine with some guards replaced. */
export function withGuards(change: (right: RightGuards) => Guards): Pick<RunMonitorVariant, "machine"> {
  return {
    machine: (policy: RunPolicy) =>
      createRunMachine(policy).provide({ guards: change(runGuards(policy)) }),
  };
}

/** The machine with some updates replaced. */
export function withUpdates(updates: Updates): Pick<RunMonitorVariant, "machine"> {
  const actions = Object.fromEntries(
    Object.entries(updates).map(([name, update]) => [
      name,
      assign<RunContext, RunEvent, unknown, RunEvent, never>((scope) => update(scope)),
    ]),
  );
  return { machine: (policy: RunPolicy) => createRunMachine(policy).provide({ actions }) };
}

/** Any observer is believed. */
export const believesAnybody = withGuards(() => ({ attested: () => true }));

/** An agent that ends when its work is done is judged by any observer. */
export const exitOnHearsay = withGuards((right) => ({
  attested: (scope: RunScope) => right.attested(scope) || right.exitsWhenDone(scope),
}));

/** What one observer's process runs on another host than the monitor's. */
export const remotePlane = withGuards((right) => ({
  treeInvisible: (scope: RunScope) => !isRemote(scope) && right.treeInvisible(scope),
}));

function isRemote({ event }: RunScope): boolean {
  return event.type === "evidence.gathered" && event.observer === "b";
}

/** A pane that says nothing leaves the last reading as it was. */
export const readingOutlivesPane = withUpdates({
  readPane: ({ context, event }) => {
    if (event.type !== "pane.captured" || readingOf(event.signal) === null) return {};
    const { reading, streak } = readOn(context, event.signal, defaultRunPolicy);
    return { reading, streak };
  },
  clearReading: () => ({}),
});

/** One reading confirms, for the readings named. */
export function oneReadingConfirms(kinds: readonly string[]): Pick<RunMonitorVariant, "machine"> {
  return withGuards((right) => ({
    confirmed: (scope: RunScope) =>
      right.confirmed(scope) || kinds.some((kind) => right.reads(scope, { kind: kind as "prompt" })),
  }));
}

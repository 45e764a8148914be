/**
 * Shortest and simple paths of a machine, by the library that makes them. The one place that imports it.
 *
 * `@xstate/test` cannot walk a machine whose actions are effects: it has nobody to execute them. Such a machine is
 * walked by its successor, `xstate/graph`; a test holds that both make the same paths of the others.
 */
import { createTestModel } from "@xstate/test";
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { getShortestPaths, getSimplePaths } from "xstate/graph";

export type Paths = readonly (readonly EventObject[])[];

/** Distinct (state, event) pairs that are looked at. */
const pairsMax = 400_000;

/** How a state was come by does not tell two states apart. */
function optionsOf(events: readonly EventObject[]) {
  const serializeState = (state: { readonly value: unknown; readonly context: unknown }): string =>
    JSON.stringify([state.value, state.context]);
  return { events: [...events], limit: pairsMax, serializeState } as never;
}

export function shortestPaths(machine: AnyStateMachine, events: readonly EventObject[]): Paths {
  return prefixesOf(createTestModel(machine as never).getShortestPaths(optionsOf(events)).map(eventsOf));
}

export function simplePaths(machine: AnyStateMachine, events: readonly EventObject[]): Paths {
  return prefixesOf(createTestModel(machine as never).getSimplePaths(optionsOf(events)).map(eventsOf));
}

/** What `xstate/graph` makes of the same; `from` is another beginning. */
export function graphPaths(
  machine: AnyStateMachine,
  events: readonly EventObject[],
  { simple = false, from }: { readonly simple?: boolean; readonly from?: AnyMachineSnapshot } = {},
): Paths {
  const how = { ...(optionsOf(events) as object), ...(from === undefined ? {} : { fromState: from }) } as never;
  return prefixesOf((simple ? getSimplePaths(machine, how) : getShortestPaths(machine, how)).map(eventsOf));
}

/** The first step of a path is the beginning, which both write down as an event of their own. */
function eventsOf({ steps }: { readonly steps: readonly { readonly event: EventObject }[] }): readonly EventObject[] {
  return steps.map(({ event }) => event).filter(({ type }) => type !== "xstate.init");
}

/** `@xstate/test` leaves a path out that another one begins with; here each state has its own. */
function prefixesOf(paths: Paths): Paths {
  const found = new Map<string, readonly EventObject[]>();
  for (const path of paths) {
    for (let length = 0; length <= path.length; length += 1) {
      const prefix = path.slice(0, length);
      found.set(JSON.stringify(prefix), prefix);
    }
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, path]) => path);
}

/** The agreement law: the compiled machine gives the state, context and effects of XState's own `transition`. */
import { isDeepStrictEqual } from "node:util";

import type { Firing, Machine } from "../../spec/kernel/index.js";
import { type AnyMachineSnapshot, transition } from "xstate";

export interface Agreement {
  readonly machine: string;
  readonly states: number;
  readonly pairs: number;
  readonly difference: string | null;
  /** False when it was stopped before every pair was compared. */
  readonly complete: boolean;
}

/** Pairs compared between two looks at `stop`. */
const sliceMax = 512;

/** Compares every pair the machine was fired with. Ends at the first difference, or when `stop` says so. */
export function agreementOf(machine: Machine, stop: () => boolean): Agreement {
  const snapshots = new Map<object, AnyMachineSnapshot>();
  let pairs = 0;
  for (const firing of machine.fired) {
    if (pairs % sliceMax === 0 && stop()) {
      return { machine: machine.name, states: snapshots.size, pairs, difference: null, complete: false };
    }
    const snapshot = snapshots.get(firing.record) ?? snapshotOf(machine, firing.record);
    snapshots.set(firing.record, snapshot);
    pairs += 1;
    const difference = compare(machine, snapshot, firing);
    if (difference !== null) {
      return { machine: machine.name, states: snapshots.size, pairs, difference, complete: true };
    }
  }
  return { machine: machine.name, states: snapshots.size, pairs, difference: null, complete: true };
}

function snapshotOf(machine: Machine, record: object): AnyMachineSnapshot {
  const { compiled } = machine;
  const { [compiled.stateField]: leaf, ...context } = record as Record<string, unknown>;
  const value = compiled.stateValueOf(leaf as string);
  return compiled.machine.resolveState({ value, context } as never) as AnyMachineSnapshot;
}

function compare(machine: Machine, snapshot: AnyMachineSnapshot, { event, record, step }: Firing): string | null {
  const { compiled } = machine;
  const [next, actions] = transition(compiled.machine, snapshot as never, event) as unknown as [
    AnyMachineSnapshot,
    readonly { readonly type: string; readonly params: unknown }[],
  ];
  const theirs = { [compiled.stateField]: leafOf(next.value), ...(next.context as object) };
  const effects = actions.map(({ type, params }) =>
    type === "xstate.emit" ? (params as { event: unknown }).event : { type, ...(params as object | undefined) },
  );
  if (isDeepStrictEqual({ ...step.next }, theirs) && isDeepStrictEqual([...step.effects], effects)) return null;
  return (
    `${machine.name} on ${JSON.stringify(event)} in ${JSON.stringify(record)}: ` +
    `compiled gives ${JSON.stringify(step.next)} ${JSON.stringify(step.effects)}, ` +
    `XState gives ${JSON.stringify(theirs)} ${JSON.stringify(effects)}`
  );
}

function leafOf(value: unknown): unknown {
  let at = value;
  while (typeof at === "object" && at !== null) at = Object.values(at)[0];
  return at;
}

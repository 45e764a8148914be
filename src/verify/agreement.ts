/** The agreement law: the compiled machine gives the state, context and effects of XState's own `transition`. */
import { isDeepStrictEqual } from "node:util";

import type { Firing, Machine } from "../../spec/kernel/index.js";
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, transition } from "xstate";

export interface Agreement {
  readonly machine: string;
  readonly states: number;
  readonly pairs: number;
  readonly difference: string | null;
  /** False when it was stopped before every pair was compared. */
  readonly complete: boolean;
}

/** Pairs compared between two looks at `stop`; the first of them goes through XState's exported `transition`. */
const sliceMax = 512;

/** XState's step of one machine: the snapshot after an event, and the actions it asks for. */
type Transition = (snapshot: AnyMachineSnapshot, event: { readonly type: string }) => [AnyMachineSnapshot, readonly Action[]];

interface Action {
  readonly type: string;
  readonly params: unknown;
}

/** Compares every pair the machine was fired with. Ends at the first difference, or when `stop` says so. */
export function agreementOf(machine: Machine, stop: () => boolean): Agreement {
  const snapshots = new Map<object, AnyMachineSnapshot>();
  const exported: Transition = (snapshot, event) =>
    transition(machine.compiled.machine, snapshot, event);
  const reused = reusedTransition(machine.compiled.machine);
  let pairs = 0;
  for (const firing of machine.fired) {
    if (pairs % sliceMax === 0 && stop()) {
      return { machine: machine.name, states: snapshots.size, pairs, difference: null, complete: false };
    }
    const snapshot = snapshots.get(firing.record) ?? snapshotOf(machine, firing.record);
    snapshots.set(firing.record, snapshot);
    const theirs = pairs % sliceMax === 0 ? exported : reused;
    pairs += 1;
    const difference = compare(machine, theirs(snapshot, firing.event), firing);
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

/** What `transition` does, with one actor for all calls: it makes and starts a new one for each, which takes longer. */
function reusedTransition(machine: AnyStateMachine): Transition {
  let actions: Action[] = [];
  const self = createActor(machine);
  const nothing = (): void => undefined;
  const scope = {
    self,
    system: self.system,
    id: "",
    sessionId: "",
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: (action: Action) => void actions.push(action),
  } as unknown as Parameters<AnyStateMachine["transition"]>[2];
  return (snapshot, event) => {
    actions = [];
    return [machine.transition(snapshot, event, scope), actions];
  };
}

function compare(
  { name, compiled }: Machine,
  [next, actions]: ReturnType<Transition>,
  { event, record, step }: Firing,
): string | null {
  const theirs = { [compiled.stateField]: leafOf(next.value), ...(next.context as object) };
  const effects = actions.map(({ type, params }) =>
    type === "xstate.emit" ? (params as { event: unknown }).event : { type, ...(params as object | undefined) },
  );
  if (isDeepStrictEqual({ ...step.next }, theirs) && isDeepStrictEqual([...step.effects], effects)) return null;
  return (
    `${name} on ${JSON.stringify(event)} in ${JSON.stringify(record)}: ` +
    `compiled gives ${JSON.stringify(step.next)} ${JSON.stringify(step.effects)}, ` +
    `XState gives ${JSON.stringify(theirs)} ${JSON.stringify(effects)}`
  );
}

function leafOf(value: unknown): unknown {
  let at = value;
  while (typeof at === "object" && at !== null) at = Object.values(at)[0];
  return at;
}

/** A door with a statechart of its own: small enough to count every pair of a state and an event by hand. */
import { assign, emit, setup } from "xstate";
import { z } from "zod";

import { type Model, canonize, compileMachine, instrument } from "../../spec/kernel/index.js";
import { action, toyModel } from "./toy-models.js";

export interface Door {
  readonly phase: "closed" | "open" | "locked";
  readonly opened: number;
}

export type DoorEvent = { readonly type: "push" | "pull" | "lock" | "unlock" };

const chart = setup({
  types: {
    context: {} as { readonly opened: number },
    events: {} as DoorEvent,
    emitted: {} as { type: "creaked"; times: number },
  },
  guards: { worn: ({ context }) => context.opened >= 2 },
  actions: {
    count: assign({ opened: ({ context }) => Math.min(context.opened + 1, 2) }),
    creak: emit(({ context }) => ({ type: "creaked" as const, times: context.opened })),
  },
}).createMachine({
  id: "door",
  initial: "closed",
  context: { opened: 0 },
  states: {
    closed: {
      on: {
        push: { target: "open", actions: ["count", "creak"] },
        lock: { target: "locked", guard: "worn" },
      },
    },
    open: { on: { pull: "closed" } },
    locked: { on: { unlock: "closed" } },
  },
});

export const doorEvents = ["push", "pull", "lock", "unlock"] as const;

export interface DoorState {
  readonly door: Door;
}

/** A door that is a model; `events` that it knows may be fewer than the chart's. */
export function door(known: readonly DoorEvent["type"][], keepFirings = false): Model<DoorState> {
  const compiled = compileMachine<Door, DoorEvent, { readonly type: string }>(chart, {
    stateField: "phase",
  });
  const { machine, event, fire } = instrument("door", compiled, { keepFirings });
  const schema: z.ZodType<DoorState> = z.strictObject({
    door: z.strictObject({ phase: z.enum(["closed", "open", "locked"]), opened: z.int().min(0).max(2) }),
  });
  const actions = known.map((type) => {
    const number = event({ type });
    return action<DoorState>(type, (state) => {
      const { next, taken } = fire(state.door, number);
      return taken === -1 ? null : { door: next };
    });
  });
  const initial = { door: canonize<Door>({ phase: "closed", opened: 0 }) };
  return { ...toyModel(schema, [initial], actions), machines: [machine] };
}

/**
 * Small models for tests of the checker: literal transition tables, models made of random rules, and a model
 * with interchangeable members. Also a system around any of them, so that a law can be checked on it.
 */
import fc from "fast-check";
import { z } from "zod";

import {
  type ActionFamily,
  type Model,
  type System,
  defineAction,
  idOf,
  indexedBy,
  replaceAt,
} from "../../spec/kernel/index.js";

/** Seed and number of runs of every property here; fast-check prints the path of a failure. */
export function runs(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  return { seed: 5201, numRuns };
}

/** A model without machines. */
export function toyModel<S extends object>(
  schema: z.ZodType<S>,
  initial: readonly S[],
  actions: readonly ActionFamily<S>[],
): Model<S> {
  return { name: "toy", parameters: {}, schema, initial, actions, machines: [] };
}

/** An action without arguments. */
export function action<S extends object>(
  name: string,
  next: (state: S) => S | null,
  effects?: (state: S) => readonly unknown[],
): ActionFamily<S> {
  return { name, instances: [{}], next, ...(effects === undefined ? {} : { effects }) };
}

/** A system that is one model at all bounds; `variant`, when given to `build`, is the model itself. */
export function toySystem(model: Model, name = "toy"): System {
  const bounds = { small: {}, default: {}, deep: {} };
  return {
    name,
    title: "A toy",
    parameters: z.strictObject({}),
    configurations: [{ name: "", purpose: "the only one", bounds }],
    build: (_parameters, variant) => (variant as Model | undefined) ?? model,
  };
}

export interface Counter {
  readonly n: number;
}

/** Counts to `max`, and starts again when `wraps`. */
export function counter(max: number, wraps = false): Model<Counter> {
  return toyModel<Counter>(
    z.strictObject({ n: z.int().min(0).max(max) }),
    [{ n: 0 }],
    [
      action("increment", ({ n }) => (n < max ? { n: n + 1 } : null)),
      action("reset", ({ n }) => (wraps && n === max ? { n: 0 } : null)),
    ],
  );
}

export interface At {
  readonly at: number;
}

/** What each action makes of each state; `null` where it is not enabled. */
export interface Table {
  readonly size: number;
  readonly initial: readonly number[];
  readonly actions: readonly (readonly (number | null)[])[];
}

export const tables: fc.Arbitrary<Table> = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const place = fc.integer({ min: 0, max: size - 1 });
  const row = fc.array(fc.option(place, { freq: 2 }), { minLength: size, maxLength: size });
  return fc.record({
    size: fc.constant(size),
    initial: fc.array(place, { minLength: 1, maxLength: 3 }),
    actions: fc.array(row, { minLength: 1, maxLength: 4 }),
  });
});

export function tableModel({ size, initial, actions }: Table): Model<At> {
  return toyModel<At>(
    z.strictObject({
      at: z
        .int()
        .min(0)
        .max(size - 1),
    }),
    initial.map((at) => ({ at })),
    actions.map((row, index) =>
      action(`a${index}`, ({ at }) => {
        const to = row[at] ?? null;
        return to === null ? null : { at: to };
      }),
    ),
  );
}

export interface Member {
  readonly n: number;
  readonly friend: number | null;
}

/** Members, each with a friend or none; one may lead; some stand in a queue. */
export interface Club {
  readonly members: readonly Member[];
  readonly leader: number | null;
  readonly queue: readonly number[];
}

const queueMax = 2;

/** Every member is like every other. */
export function club(size: number): Model<Club> {
  const ids = Array.from({ length: size }, (_, index) => index);
  const id = (): z.ZodType<number | null> => {
    return idOf(
      "member",
      ids,
      z
        .int()
        .min(0)
        .max(size - 1)
        .nullable(),
    );
  };
  const member = z.strictObject({ n: z.int().min(0).max(1), friend: id() });
  const one = idOf(
    "member",
    ids,
    z
      .int()
      .min(0)
      .max(size - 1),
  );
  const schema = z.strictObject({
    members: indexedBy("member", z.array(member).length(size)),
    leader: id(),
    queue: z.array(one).max(queueMax),
  });
  const initial: Club = { members: ids.map(() => ({ n: 0, friend: null })), leader: null, queue: [] };
  return toyModel<Club>(schema, [initial], clubActions(ids));
}

function clubActions(ids: readonly number[]): ActionFamily<Club>[] {
  const define = defineAction<Club>();
  const put = (state: Club, at: number, fields: Partial<Member>): Club => {
    return {
      ...state,
      members: replaceAt(state.members, at, { ...(state.members[at] as Member), ...fields }),
    };
  };
  return [
    define({
      name: "rise",
      over: { member: ids },
      next: (state, { member }) => (state.members[member]?.n === 0 ? put(state, member, { n: 1 }) : null),
    }),
    define({
      name: "befriend",
      over: { member: ids, other: ids },
      next: (state, { member, other }) =>
        member !== other && state.members[member]?.n === 1 ? put(state, member, { friend: other }) : null,
    }),
    define({
      name: "lead",
      over: { member: ids },
      next: (state, { member }) => (state.members[member]?.n === 1 ? { ...state, leader: member } : null),
    }),
    define({
      name: "enqueue",
      over: { member: ids },
      next: (state, { member }) =>
        state.leader === member && state.queue.length < queueMax && !state.queue.includes(member)
          ? { ...state, queue: [...state.queue, member] }
          : null,
    }),
    action("serve", (state) =>
      state.queue.length > 0 ? { ...state, queue: state.queue.slice(1) } : null,
    ),
  ];
}

/** The state with member i called `to[i]`. */
export function renamedClub({ members, leader, queue }: Club, to: readonly number[]): Club {
  const name = (id: number | null): number | null => (id === null ? null : (to[id] as number));
  const moved: Member[] = [];
  members.forEach(({ n, friend }, index) => {
    moved[to[index] as number] = { n, friend: name(friend) };
  });
  return { members: moved, leader: name(leader), queue: queue.map((id) => to[id] as number) };
}

/**
 * Random models made of rules: when some fields have some values, set some fields. Rules write in several
 * styles, laws read in several, so that whatever a checker learns of a function's reads is put to the test.
 */
import fc from "fast-check";
import { z } from "zod";

import type { Check, InvariantCheck, ResponseCheck, StepCheck } from "../../laws/law.js";
import { type Model, replaceAt } from "../../spec/kernel/index.js";
import { action, toyModel, toySystem } from "./toy-models.js";

interface Cell {
  readonly n: number;
  readonly on: boolean;
}

export interface Rules {
  readonly a: number;
  readonly b: boolean;
  readonly cells: readonly Cell[];
  readonly queue: readonly number[];
  readonly owner: "x" | "y" | null;
}

const schema: z.ZodType<Rules> = z.strictObject({
  a: z.int().min(-1).max(2),
  b: z.boolean(),
  cells: z.array(z.strictObject({ n: z.int().min(0).max(2), on: z.boolean() })).length(2),
  queue: z.array(z.int().min(0).max(1)).max(2),
  owner: z.enum(["x", "y"]).nullable(),
});

const start: Rules = {
  a: 0,
  b: false,
  cells: [
    { n: 0, on: false },
    { n: 1, on: false },
  ],
  queue: [],
  owner: null,
};

/** How a rule writes an element of the array. */
type Style = "replace" | "map" | "literal";

interface Variable {
  readonly values: readonly unknown[];
  get(state: Rules): unknown;
  put(state: Rules, value: unknown, style: Style): Rules;
}

function ofCell(index: number, field: keyof Cell, values: readonly unknown[]): Variable {
  return {
    values,
    get: ({ cells }) => cells[index]?.[field],
    put: (state, value, style) => {
      const cell = { ...(state.cells[index] as Cell), [field]: value };
      if (style === "replace") return { ...state, cells: replaceAt(state.cells, index, cell) };
      const cells = state.cells.map((other, at) => (at === index ? cell : other));
      if (style === "map") return { ...state, cells };
      const { a, b, queue, owner } = state;
      return { a, b, cells, queue: [...queue], owner };
    },
  };
}

function ofRoot(field: "a" | "b" | "owner", values: readonly unknown[]): Variable {
  return {
    values,
    get: (state) => state[field],
    put: (state, value) => ({ ...state, [field]: value }),
  };
}

function ofQueue(values: readonly (readonly number[])[]): Variable {
  return {
    values,
    get: ({ queue }) => [...queue],
    put: (state, value) => ({ ...state, queue: value as readonly number[] }),
  };
}

const variables: readonly Variable[] = [
  ofRoot("a", [-1, 0, 1, 2]),
  ofRoot("b", [false, true]),
  ofCell(0, "n", [0, 1, 2]),
  ofCell(0, "on", [false, true]),
  ofCell(1, "n", [0, 1, 2]),
  ofCell(1, "on", [false, true]),
  ofQueue([[], [0], [1], [0, 1], [1, 1]]),
  ofRoot("owner", [null, "x", "y"]),
];

/** Variable number `of` has its value number `value`. */
interface Condition {
  readonly of: number;
  readonly value: number;
}

/** `to`: a value. `next`: the one after its own. `copy`: the place of another variable's value. */
type Assignment =
  | { readonly kind: "to"; readonly of: number; readonly value: number }
  | { readonly kind: "next"; readonly of: number }
  | { readonly kind: "copy"; readonly of: number; readonly from: number };

export interface Rule {
  readonly when: readonly Condition[];
  readonly set: readonly Assignment[];
  readonly style: Style;
}

const variable = fc.nat(variables.length - 1);
const condition: fc.Arbitrary<Condition> = fc.record({ of: variable, value: fc.nat(4) });
const assignment: fc.Arbitrary<Assignment> = fc.oneof(
  fc.record({ kind: fc.constant("to" as const), of: variable, value: fc.nat(4) }),
  fc.record({ kind: fc.constant("next" as const), of: variable }),
  fc.record({ kind: fc.constant("copy" as const), of: variable, from: variable }),
);
const rule: fc.Arbitrary<Rule> = fc.record({
  when: fc.array(condition, { maxLength: 2 }),
  set: fc.array(assignment, { minLength: 1, maxLength: 3 }),
  style: fc.constantFrom<Style>("replace", "map", "literal"),
});

/** By action: its rules; the first whose conditions hold is applied. */
export const ruleBooks: fc.Arbitrary<readonly (readonly Rule[])[]> = fc.array(
  fc.array(rule, { minLength: 1, maxLength: 3 }),
  { minLength: 2, maxLength: 5 },
);

function at(of: number): Variable {
  return variables[of] as Variable;
}

function placeOfValue(of: number, state: Rules): number {
  const shown = JSON.stringify(at(of).get(state));
  return at(of).values.findIndex((value) => JSON.stringify(value) === shown);
}

function valueAt(of: number, place: number): unknown {
  const { values } = at(of);
  return values[place % values.length];
}

function meets(state: Rules, { of, value }: Condition): boolean {
  return JSON.stringify(at(of).get(state)) === JSON.stringify(valueAt(of, value));
}

function applied(state: Rules, { set, style }: Rule): Rules {
  return set.reduce((next, one) => {
    const place =
      one.kind === "to"
        ? one.value
        : one.kind === "next"
          ? placeOfValue(one.of, next) + 1
          : placeOfValue(one.from, next);
    return at(one.of).put(next, valueAt(one.of, Math.max(0, place)), style);
  }, state);
}

export function ruleModel(book: readonly (readonly Rule[])[]): Model<Rules> {
  const actions = book.map((rules, index) =>
    action<Rules>(
      `a${index}`,
      (state) => {
        const found = rules.find(({ when }) => when.every((one) => meets(state, one)));
        return found === undefined ? null : applied(state, found);
      },
      (state) => (index % 2 === 0 ? [{ owner: state.owner }] : []),
    ),
  );
  return toyModel(schema, [start], actions);
}

const system = toySystem(toyModel(schema, [start], []));

/** Claims made of conditions, for any rule model. */
export interface Claim {
  readonly left: readonly Condition[];
  readonly right: readonly Condition[];
  readonly witness: Condition;
  readonly ofActions: readonly number[] | null;
}

export const claims: fc.Arbitrary<Claim> = fc.record({
  left: fc.array(condition, { minLength: 1, maxLength: 2 }),
  right: fc.array(condition, { minLength: 1, maxLength: 2 }),
  witness: condition,
  ofActions: fc.option(fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }), { freq: 2 }),
});

export function invariantOf({ left, right, witness }: Claim): Check {
  const check: InvariantCheck<Rules> = {
    kind: "invariant",
    system,
    breach: (state) => {
      const both = [...left, ...right].every((one) => meets(state, one));
      return both ? `a is ${state.a}, the queue ${JSON.stringify(state.queue)}` : null;
    },
    witness: (state) => meets(state, witness),
  };
  return check;
}

export function stepOf({ left, right, witness, ofActions }: Claim): Check {
  const check: StepCheck<Rules> = {
    kind: "step",
    system,
    ...(ofActions === null ? {} : { actions: ofActions.map((index) => `a${index}`) }),
    breach: (before, { name }, after, effects) => {
      if (!left.every((one) => meets(before, one)) || !right.every((one) => meets(after, one)))
        return null;
      return `${name} went to ${JSON.stringify(after)} with ${effects.length} effects`;
    },
    // An object that a step left alone is the same object: laws skip it, and so does this.
    witness: (before, _action, after) => {
      const [one] = before.cells;
      const [other] = after.cells;
      return meets(after, witness) && (one === other || (one?.n ?? 0) <= (other?.n ?? 0));
    },
  };
  return check;
}

export function responseOf({ left, right, ofActions }: Claim, within: number): ResponseCheck {
  const check: ResponseCheck<Rules> = {
    kind: "response",
    system,
    unit: "steps",
    within: () => within,
    starts: (_before, _action, after) => left.every((one) => meets(after, one)),
    answered: (_before, _action, after) => right.every((one) => meets(after, one)),
    counts: (_before, { id }) => ofActions === null || ofActions.includes(id),
    breach: (state, counted) => `a is ${state.a} after ${counted}`,
  };
  return check;
}

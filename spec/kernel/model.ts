/**
 * What a model is: initial states, named actions, a schema that bounds every field.
 *
 * States are plain immutable records. `next` is a pure function: it returns a new state that shares the
 * parts it did not change, or `null` when the action is not enabled. Nothing here knows a domain.
 */
import type { z } from "zod";

import type { Machine } from "./machine.js";

/** A value an action may be parameterised with. Printed as is. */
export type Arg = string | number | boolean | null;

/** Arguments of one action instance, in the order they are printed. */
export type Args = Readonly<Record<string, Arg>>;

/** Declared as a method, so that a family of a narrower state is a family of objects. */
type Method<A extends readonly unknown[], R> = { method(...args: A): R }["method"];

/** One action of a model with all the argument lists it may be called with. */
export interface ActionFamily<S extends object, F = unknown, A extends Args = Args> {
  /** Imperative, unique in the model, for example `dispatch`. */
  readonly name: string;
  /** Every argument list, in the order in which they are tried. The order is part of a replay path. */
  readonly instances: readonly A[];
  /** The state after the action, or `null` when it is not enabled. */
  next(state: S, args: A): S | null;
  /**
   * The same action taken apart: it is enabled when every condition holds, and then does `next`. A checker that
   * learns functions learns each condition by itself.
   */
  readonly parts?: {
    readonly when: readonly Method<[state: S, args: A], boolean>[];
    readonly next: Method<[state: S, args: A], S | null>;
  };
  /** The effects the action asks for, in order. Called only on states in which the action is enabled. */
  effects?(state: S, args: A): readonly F[];
  /** Who acts, for sequence diagrams: from, to. Defaults to the model. */
  actors?(args: A): readonly [from: string, to: string];
}

/** One action with one argument list. `id` is its place in the model and is what replay paths name. */
export interface ActionInstance {
  readonly id: number;
  readonly name: string;
  readonly args: Args;
  /** `name(arg, arg)`, arguments of one model told apart by name: `dispatch(lease=0)`. */
  readonly label: string;
}

/** A closed system with bounded state. */
export interface Model<S extends object = object, F = unknown> {
  readonly name: string;
  /** The bounds it was built with, for people and for replay. */
  readonly parameters: Readonly<Record<string, Arg>>;
  /** Bounds every field; the checker derives its codec from it. */
  readonly schema: z.ZodType<S>;
  readonly initial: readonly S[];
  readonly actions: readonly ActionFamily<S, F>[];
  /** The machines the model is composed of: coverage and the agreement law read them. */
  readonly machines: readonly Machine[];
}

type Domain = Readonly<Record<string, readonly Arg[]>>;
type ArgsOf<D extends Domain> = { readonly [K in keyof D]: D[K][number] };

/** Declares an action over the product of its argument domains, first argument slowest. */
export function defineAction<S extends object, F = unknown>() {
  return <const D extends Domain>(definition: {
    readonly name: string;
    readonly over: D;
    /** Conditions, each looked at by itself: the action is enabled only when all of them hold. */
    readonly when?: readonly ((state: S, args: ArgsOf<D>) => boolean)[];
    next(state: S, args: ArgsOf<D>): S | null;
    effects?(state: S, args: ArgsOf<D>): readonly F[];
    actors?(args: ArgsOf<D>): readonly [from: string, to: string];
  }): ActionFamily<S, F> => {
    const { over, when, next, ...rest } = definition;
    const whole =
      when === undefined
        ? { next }
        : {
            next: (state: S, args: ArgsOf<D>): S | null =>
              when.every((condition) => condition(state, args)) ? next(state, args) : null,
            parts: { when, next },
          };
    return { ...rest, ...whole, instances: product(over) };
  };
}

/** Every combination of the domains' values, the first name varying slowest. */
export function product<D extends Domain>(over: D): readonly ArgsOf<D>[] {
  let rows: Record<string, Arg>[] = [{}];
  for (const [name, values] of Object.entries(over)) {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows as ArgsOf<D>[];
}

/** All action instances of a model, numbered in declaration order. */
export function instancesOf(model: Model): readonly ActionInstance[] {
  const instances: ActionInstance[] = [];
  for (const family of model.actions) {
    for (const args of family.instances) {
      instances.push({ id: instances.length, name: family.name, args, label: label(family.name, args) });
    }
  }
  return instances;
}

function label(name: string, args: Args): string {
  const parts = Object.entries(args).map(([key, value]) => `${key}=${String(value)}`);
  return parts.length === 0 ? name : `${name}(${parts.join(", ")})`;
}

/**
 * Key under which a list that somebody watches offers its own replacement of an element. A plain copy would
 * look at every element; a watched list only notes the change.
 */
export const REPLACE: unique symbol = Symbol("leasehold.replace");

interface Watched<T> {
  readonly [REPLACE]?: (index: number, value: T) => readonly T[];
}

/** The same list with one element replaced; shares all others. Short lists are written out, which is faster. */
export function replaceAt<T>(list: readonly T[], index: number, value: T): readonly T[] {
  const watched = (list as Watched<T>)[REPLACE];
  if (watched !== undefined) return watched(index, value);
  if (list[index] === value) return list;
  switch (list.length) {
    case 1:
      return [value];
    case 2:
      return index === 0 ? [value, list[1] as T] : [list[0] as T, value];
    default: {
      const copy = list.slice();
      copy[index] = value;
      return copy;
    }
  }
}

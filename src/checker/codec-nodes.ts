/**
 * A bounded zod schema as a tree of finite domains: each node knows how many values it has and numbers them.
 *
 * Numbers are mixed radix, so that a value of n possible ones is a number below n.
 */
import { symmetryOf } from "../../spec/kernel/index.js";
import type { z } from "zod";

import { ModelError } from "./errors.js";

/** Renames ids: `rename(sort, member)` is the member that takes its place. */
export interface Renaming {
  readonly sort: string;
  /** Member i becomes member `to[i]`. */
  readonly to: readonly number[];
}

export interface Domain {
  /** Number of values. */
  readonly size: number;
  readonly path: string;
  /** The number of a value, or -1 when it is not in the domain; `fault` receives where and what. */
  encode(value: unknown, fault: Fault): number;
  decode(code: number): unknown;
  /** The value with ids renamed and index arrays permuted. */
  rename(value: unknown, renaming: Renaming): unknown;
  /** Sub-domains by key, for layout. */
  readonly shape: Shape;
  readonly expected: string;
  /** The sort of ids its values name, when it is marked. */
  readonly id?: IdMark;
}

/** The members of a sort, in order, as the values that name them. */
export interface IdMark {
  readonly sort: string;
  readonly members: readonly unknown[];
}

export type Shape =
  | { readonly kind: "scalar" }
  | { readonly kind: "object"; readonly fields: readonly (readonly [string, Domain])[] }
  | { readonly kind: "array"; readonly element: Domain; readonly length: number; readonly sort: string | null }
  | { readonly kind: "list"; readonly element: Domain; readonly max: number };

export interface Fault {
  report(field: string, value: unknown, expected: string): void;
}

export function domainOf(schema: z.core.$ZodType, path: string): Domain {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  const mark = symmetryOf(schema);
  switch (def.type) {
    case "boolean":
      return scalar(path, [false, true]);
    case "literal":
      return scalar(path, def.values);
    case "enum":
      return scalar(path, Object.values(def.entries), members(mark));
    case "null":
      return scalar(path, [null]);
    case "number":
      return integers(schema, path, members(mark));
    case "nullable":
      return union(path, [scalar(path, [null]), domainOf(def.innerType, path)], members(mark));
    case "union":
      return union(path, def.options.map((option) => domainOf(option, path)), members(mark));
    case "readonly":
      return domainOf(def.innerType, path);
    case "object": {
      const fields = Object.entries(def.shape).map(
        ([key, field]) => [key, domainOf(field, path === "" ? key : `${path}.${key}`)] as const,
      );
      return object(path, fields);
    }
    case "tuple":
      return tuple(path, def.items.map((item, index) => domainOf(item, `${path}[${index}]`)));
    case "array": {
      const { exact, max } = lengthOf(schema);
      const element = domainOf(def.element, `${path}[]`);
      if (exact !== null) return array(path, element, exact, mark?.role === "index" ? mark.sort : null);
      if (max !== null) return list(path, element, max);
      throw schemaError(path, "an array", "Give it .length(n) or .max(n).");
    }
    default:
      throw schemaError(path, `z.${def.type}`, hintFor(def.type));
  }
}

function hintFor(type: string): string {
  if (type === "optional") return "Use .nullable(): a state has every field.";
  if (type === "string") return "Use z.enum or z.literal: a state is bounded.";
  return "Use objects, arrays, booleans, enums, literals and bounded integers.";
}

function schemaError(path: string, found: string, hint: string): ModelError {
  return new ModelError({ code: "model/schema", path: path === "" ? "(state)" : path, found, hint });
}

function members(mark: ReturnType<typeof symmetryOf>): IdMark | undefined {
  if (mark?.role !== "id" || mark.members === undefined) return undefined;
  return { sort: mark.sort, members: mark.members };
}

function renameScalar(value: unknown, id: IdMark | undefined, renaming: Renaming): unknown {
  if (id === undefined || id.sort !== renaming.sort) return value;
  const at = id.members.indexOf(value);
  return at === -1 ? value : id.members[renaming.to[at] ?? at];
}

function scalar(path: string, values: readonly unknown[], id?: IdMark): Domain {
  const numbers = new Map(values.map((value, index) => [value, index]));
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- not every value has JSON
  const expected = values.map((value) => JSON.stringify(value) ?? String(value)).join(", ");
  return {
    size: values.length,
    path,
    expected,
    ...(id === undefined ? {} : { id }),
    shape: { kind: "scalar" },
    encode: (value, fault) => {
      const number = numbers.get(value);
      if (number !== undefined) return number;
      fault.report(path, value, expected);
      return -1;
    },
    decode: (code) => values[code],
    rename: (value, renaming) => renameScalar(value, id, renaming),
  };
}

function integers(schema: z.core.$ZodType, path: string, id?: IdMark): Domain {
  const { minValue, maxValue, isInt } = schema as unknown as {
    minValue: number | null;
    maxValue: number | null;
    isInt: boolean;
  };
  if (!isInt || minValue === null || maxValue === null || maxValue - minValue > 2 ** 32 || minValue <= -(2 ** 52)) {
    throw schemaError(path, "a number", "Use z.int().min(a).max(b).");
  }
  const size = maxValue - minValue + 1;
  const expected = `an integer ${minValue}..${maxValue}`;
  return {
    size,
    path,
    expected,
    ...(id === undefined ? {} : { id }),
    shape: { kind: "scalar" },
    encode: (value, fault) => {
      if (typeof value === "number" && value >= minValue && value <= maxValue && Number.isInteger(value)) {
        return value - minValue;
      }
      fault.report(path, value, expected);
      return -1;
    },
    decode: (code) => code + minValue,
    rename: (value, renaming) => renameScalar(value, id, renaming),
  };
}

/** Values of the options one after another; an option is tried when all before it refused the value. */
function union(path: string, options: readonly Domain[], id?: IdMark): Domain {
  const silent: Fault = { report: () => undefined };
  const size = options.reduce((sum, option) => sum + option.size, 0);
  const expected = options.map((option) => option.expected).join(" or ");
  return {
    size,
    path,
    expected,
    ...(id === undefined ? {} : { id }),
    shape: { kind: "scalar" },
    encode: (value, fault) => {
      let offset = 0;
      for (const option of options) {
        const code = option.encode(value, silent);
        if (code >= 0) return offset + code;
        offset += option.size;
      }
      fault.report(path, value, expected);
      return -1;
    },
    decode: (code) => {
      let rest = code;
      for (const option of options) {
        if (rest < option.size) return option.decode(rest);
        rest -= option.size;
      }
      return undefined;
    },
    rename: (value, renaming) => {
      if (id !== undefined) return renameScalar(value, id, renaming);
      const option = options.find((candidate) => candidate.encode(value, silent) >= 0);
      return option === undefined ? value : option.rename(value, renaming);
    },
  };
}

function object(path: string, fields: readonly (readonly [string, Domain])[]): Domain {
  const size = fields.reduce((product, [, field]) => product * field.size, 1);
  const keys = fields.map(([key]) => key);
  const expected = `an object with ${keys.join(", ")}`;
  return {
    size,
    path,
    expected,
    shape: { kind: "object", fields },
    encode: (value, fault) => {
      if (typeof value !== "object" || value === null) return refuse(path, value, expected, fault);
      let code = 0;
      for (const [key, field] of fields) {
        const part = field.encode((value as Record<string, unknown>)[key], fault);
        if (part < 0) return -1;
        code = code * field.size + part;
      }
      // Same number of fields and every declared one present: no undeclared field.
      let count = 0;
      for (const key in value) if (Object.hasOwn(value, key)) count += 1;
      if (count === keys.length) return code;
      const extra = Object.keys(value).find((key) => !keys.includes(key)) ?? "?";
      return refuse(`${path}.${extra}`, (value as Record<string, unknown>)[extra], "no such field", fault);
    },
    decode: (code) => {
      let rest = code;
      const parts: unknown[] = [];
      for (let index = fields.length - 1; index >= 0; index -= 1) {
        const field = (fields[index] as readonly [string, Domain])[1];
        const next = Math.floor(rest / field.size);
        parts[index] = field.decode(rest - next * field.size);
        rest = next;
      }
      const value: Record<string, unknown> = {};
      keys.forEach((key, index) => {
        value[key] = parts[index];
      });
      return value;
    },
    rename: (value, renaming) => {
      const renamed: Record<string, unknown> = {};
      for (const [key, field] of fields) {
        renamed[key] = field.rename((value as Record<string, unknown>)[key], renaming);
      }
      return renamed;
    },
  };
}

function array(path: string, element: Domain, length: number, sort: string | null): Domain {
  const expected = `an array of ${length}`;
  return {
    size: element.size ** length,
    path,
    expected,
    shape: { kind: "array", element, length, sort },
    encode: (value, fault) => {
      if (!Array.isArray(value) || value.length !== length) return refuse(path, value, expected, fault);
      return encodeAll(value, element, fault);
    },
    decode: (code) => decodeAll(code, element, length),
    rename: (value, renaming) => {
      const parts = (value as unknown[]).map((part) => element.rename(part, renaming));
      if (sort !== renaming.sort) return parts;
      const moved: unknown[] = [];
      parts.forEach((part, index) => {
        moved[renaming.to[index] ?? index] = part;
      });
      return moved;
    },
  };
}

function tuple(path: string, items: readonly Domain[]): Domain {
  const asObject = object(path, items.map((item, index) => [String(index), item] as const));
  return {
    ...asObject,
    expected: `a tuple of ${items.length}`,
    shape: { kind: "scalar" },
    encode: (value, fault) =>
      Array.isArray(value) ? asObject.encode({ ...(value as object) }, fault) : refuse(path, value, "a tuple", fault),
    decode: (code) => Object.values(asObject.decode(code) as object) as unknown[],
    rename: (value, renaming) => (value as unknown[]).map((part, index) => items[index]?.rename(part, renaming)),
  };
}

/** A list of at most `max`: its length, then its elements, then zeros. */
function list(path: string, element: Domain, max: number): Domain {
  const expected = `an array of at most ${max}`;
  const room = element.size ** max;
  return {
    size: (max + 1) * room,
    path,
    expected,
    shape: { kind: "list", element, max },
    encode: (value, fault) => {
      if (!Array.isArray(value) || value.length > max) return refuse(path, value, expected, fault);
      const elements = encodeAll(value, element, fault);
      return elements < 0 ? -1 : value.length * room + elements;
    },
    decode: (code) => {
      const length = Math.floor(code / room);
      return decodeAll(code - length * room, element, length);
    },
    rename: (value, renaming) => (value as unknown[]).map((part) => element.rename(part, renaming)),
  };
}

function encodeAll(values: readonly unknown[], element: Domain, fault: Fault): number {
  let code = 0;
  for (const value of values) {
    const part = element.encode(value, fault);
    if (part < 0) return -1;
    code = code * element.size + part;
  }
  return code;
}

function decodeAll(code: number, element: Domain, length: number): unknown[] {
  const values: unknown[] = [];
  let rest = code;
  for (let index = length - 1; index >= 0; index -= 1) {
    const next = Math.floor(rest / element.size);
    values[index] = element.decode(rest - next * element.size);
    rest = next;
  }
  return values;
}

function refuse(field: string, value: unknown, expected: string, fault: Fault): -1 {
  fault.report(field, value, expected);
  return -1;
}

/** `.length(n)` and `.max(n)` of an array schema. */
function lengthOf(schema: z.core.$ZodType): { exact: number | null; max: number | null } {
  let min: number | null = null;
  let max: number | null = null;
  for (const check of schema._zod.def.checks ?? []) {
    const def = check._zod.def as { check: string; length?: number; maximum?: number; minimum?: number };
    if (def.check === "length_equals") return { exact: def.length ?? null, max: def.length ?? null };
    if (def.check === "max_length") max = def.maximum ?? null;
    if (def.check === "min_length") min = def.minimum ?? null;
  }
  return { exact: max !== null && min === max ? max : null, max };
}

/**
 * Packs a state into a few 32-bit words and back. Derived from the model's schema alone.
 *
 * The parts of a state (fields of the root, elements of its arrays) are *slots*. A slot that is an object is a
 * component: it has one canonical object for each value, so that decoding is a look-up and functions of the
 * component are computed once. Values outside the schema are errors that name the field and the value.
 */
import { CANON, type Canon, canonOf, canonize } from "../../spec/kernel/index.js";
import type { z } from "zod";

import { type Domain, type Fault, domainOf } from "./codec-nodes.js";
import { ModelError } from "./errors.js";

/** Components with at most this many values keep their canonical objects in an array, others in a map. */
const directTableMax = 1 << 20;

/** One packed part of the state. */
export interface Slot {
  /** JavaScript path from the state, for example `.leases[0]`. */
  readonly access: string;
  readonly component: Component;
  readonly bits: number;
  readonly word: number;
  readonly shift: number;
  /** The array it is an element of and its place there, when that array is indexed by a sort. */
  readonly indexed: { readonly sort: string; readonly array: string; readonly index: number } | null;
}

/** A domain with its canonical objects. */
export interface Component {
  readonly domain: Domain;
  /** Owner of the codes its canonical objects carry; null for scalars. */
  readonly owner: object | null;
  codeOf(value: unknown): number;
  valueOf(code: number): unknown;
}

export interface Codec<S extends object> {
  /** 32-bit words a state takes. */
  readonly words: number;
  readonly bits: number;
  /** The highest bit of the last word is never set. */
  readonly spareBit: boolean;
  readonly slots: readonly Slot[];
  readonly root: Domain;
  /** Writes the state's words to `out` from `offset`. */
  pack(state: S, out: Uint32Array, offset: number): void;
  /** A state made of canonical components. */
  unpack(words: Uint32Array, offset: number): S;
  /** Throws a ModelError when the state is not exactly what the schema allows: every field, no other. */
  validate(state: S): void;
  /** Whether the state is the packed one, looked at field by field. */
  matches(state: S, words: Uint32Array, offset: number): boolean;
  /** A state of new objects that share nothing and carry no results. */
  unpackFresh(words: Uint32Array, offset: number): S;
}

export function codecFor<S extends object>(schema: z.ZodType<S>): Codec<S> {
  const root = domainOf(schema, "");
  const slots = layOut(root);
  const last = slots.at(-1);
  const words = last === undefined ? 1 : last.word + (last.bits > 32 ? 2 : 1);
  const bits = slots.reduce((sum, slot) => sum + slot.bits, 0);
  const pack = generatePack<S>(root, slots);
  const unpack = generateUnpack<S>(root, slots);
  return {
    words,
    bits,
    spareBit: last === undefined || (last.bits > 32 ? last.bits < 64 : last.shift + last.bits < 32),
    slots,
    root,
    pack,
    unpack,
    validate: (state) => void root.encode(state, strict),
    matches: (state, source, offset) => {
      const silent = { report: (): void => undefined };
      const packed = unpack(source, offset);
      const codes = (value: S): string => JSON.stringify(valuesOf(slots, value).map((part, index) => (slots[index] as Slot).component.domain.encode(part, silent)));
      return codes(state) === codes(packed);
    },
    unpackFresh: generateUnpack<S>(root, slots, replica),
  };
}

/** Components that hand out a new object each time. Of the same shape: other shapes would slow the search down. */
function replica(component: Component): Component {
  const { domain, owner } = component;
  if (owner === null) return component;
  const valueOf = (code: number): unknown => {
    const value = domain.decode(code) as object;
    return Array.isArray(value) ? value : canonize(value, true);
  };
  return { ...component, valueOf };
}

function layOut(root: Domain): Slot[] {
  const parts: { access: string; component: Component; indexed: Slot["indexed"] }[] = [];
  if (root.shape.kind !== "object") {
    throw new ModelError({ code: "model/schema", path: "(state)", found: root.expected, hint: "Make it z.object." });
  }
  for (const [key, field] of root.shape.fields) {
    if (!/^[A-Za-z_$][\w$]*$/.test(key)) {
      throw new ModelError({ code: "model/schema", path: key, found: "a key", hint: "Use a JavaScript identifier." });
    }
    const access = `.${key}`;
    if (field.shape.kind === "array") {
      const { element, length, sort } = field.shape;
      const component = componentOf(element);
      for (let index = 0; index < length; index += 1) {
        const indexed = sort === null ? null : { sort, array: key, index };
        parts.push({ access: `${access}[${index}]`, component, indexed });
      }
    } else {
      parts.push({ access, component: componentOf(field), indexed: null });
    }
  }
  let word = 0;
  let used = 0;
  return parts.map((part) => {
    const bits = part.component.domain.size <= 1 ? 0 : Math.ceil(Math.log2(part.component.domain.size));
    if (used + bits > 32 && used > 0) {
      word += 1;
      used = 0;
    }
    const slot = { ...part, bits, word, shift: used };
    if (bits > 32) {
      word += 2;
      used = 0;
    } else {
      used += bits;
    }
    return slot;
  });
}

/** A value out of bounds is an error. */
const strict: Fault = {
  report: (field, value, expected) => {
    const shown = value === undefined ? "undefined" : JSON.stringify(value);
    throw new ModelError({ code: "model/bounds", field: field === "" ? "(state)" : field, value: shown, expected });
  },
};

/** The parts of a state, slot by slot. */
function valuesOf(slots: readonly Slot[], state: object): unknown[] {
  return slots.map(({ access }) => {
    const [, key = "", index] = /^\.(\w+)(?:\[(\d+)\])?$/.exec(access) ?? [];
    const value = (state as Record<string, unknown>)[key];
    return index === undefined ? value : (value as unknown[])[Number(index)];
  });
}

function componentOf(domain: Domain): Component {
  if (domain.size > 2 ** 53) {
    throw new ModelError({ code: "model/too-wide", path: domain.path, values: domain.size.toExponential(1) });
  }
  const fault = strict;
  if (domain.shape.kind === "scalar") {
    return { domain, owner: null, codeOf: (value) => domain.encode(value, fault), valueOf: (code) => domain.decode(code) };
  }
  const owner = {};
  const table: Table = domain.size <= directTableMax ? arrayTable() : new Map<number, object>();
  const slowCode = (value: unknown, canon: Canon | undefined): number => {
    const code = domain.encode(value, fault);
    if (canon !== undefined && canon.owner === null && canon.standIn === undefined) {
      canon.owner = owner;
      canon.code = code;
      if (table.get(code) === undefined) table.set(code, value as object);
    }
    return code;
  };
  return {
    domain,
    owner,
    codeOf: (value) => {
      const canon = typeof value === "object" && value !== null ? canonOf(value) : undefined;
      if (canon !== undefined && canon.owner === owner) return canon.code;
      return slowCode(value, canon);
    },
    valueOf: (code) => {
      const known = table.get(code);
      if (known !== undefined) return known;
      const value = domain.decode(code) as object;
      const canonical = Array.isArray(value) ? value : canonize(value);
      const canon = canonOf(canonical);
      if (canon !== undefined) {
        canon.owner = owner;
        canon.code = code;
      }
      table.set(code, canonical);
      return canonical;
    },
  };
}

interface Table {
  get(code: number): object | undefined;
  set(code: number, value: object): unknown;
}

function arrayTable(): Table {
  const entries: (object | undefined)[] = [];
  return { get: (code) => entries[code], set: (code, value) => (entries[code] = value) };
}

/** `.leases[0]` is element 0 of the local `s_leases`. */
function localOf(access: string): string {
  return `s_${access.slice(1)}`;
}

function keyOf(access: string): string {
  return access.slice(1).replace(/\[.*/, "");
}

/** Canonical objects carry their code; each slot has a look-up of its own, so that it sees one shape only. */
function codeOfSlot(slot: Slot, index: number, name: string, value: string): string {
  if (slot.component.owner === null) return `const c${index} = ${name}.codeOf(${value});`;
  return (
    `const m${index} = ${value}[CANON]; ` +
    `const c${index} = m${index} !== undefined && m${index}.owner === ${name}.owner ? m${index}.code : ${name}.codeOf(${value});`
  );
}

/** The generated functions are straight-line code; a loop over slots costs three times as much. */
function generatePack<S extends object>(root: Domain, slots: readonly Slot[]): Codec<S>["pack"] {
  const { declare, names, values } = componentNames(slots);
  const lines: string[] = [];
  const parts = new Map<number, string[]>();
  slots.forEach((slot, index) => {
    lines.push(codeOfSlot(slot, index, names[index] ?? "", localOf(slot.access)));
    if (slot.bits > 32) {
      parts.set(slot.word, [`c${index}`]);
      parts.set(slot.word + 1, [`(c${index} / 4294967296)`]);
    } else {
      const shifted = slot.shift === 0 ? `c${index}` : `(c${index} << ${slot.shift})`;
      parts.set(slot.word, [...(parts.get(slot.word) ?? []), shifted]);
    }
  });
  const writes = [...parts].map(([word, list]) => `out[offset + ${word}] = (${list.join(" | ")}) >>> 0;`);
  // States of one model come in several shapes: each field is read once.
  const keys = new Set([...slots.map(({ access }) => keyOf(access)), ...arraysOf(root).map(({ key }) => key)]);
  const locals = [...keys].map((key) => `const s_${key} = s.${key};`);
  const lengths = arraysOf(root).map(
    ({ key, length }) => `if (s_${key}.length !== ${length}) wrongLength("${key}", s_${key}, ${length});`,
  );
  const body = `${declare}
    return function pack(s, out, offset) {
      try {
        ${locals.join("\n        ")}
        ${lengths.join("\n        ")}
        ${lines.join("\n        ")}
        ${writes.join("\n        ")}
      } catch (error) {
        throw located(error, s);
      }
    };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- built from the schema's own keys, see above
  const make = new Function("components", "CANON", "wrongLength", "located", body) as (...parts: unknown[]) => Codec<S>["pack"];
  return make(values, CANON, wrongLength, (error: unknown, state: object) => located(error, state, slots, root));
}

function generateUnpack<S extends object>(
  root: Domain,
  slots: readonly Slot[],
  through: (component: Component) => Component = (component) => component,
): Codec<S>["unpack"] {
  const { declare, names, values } = componentNames(slots);
  const value = (access: string): string => {
    const index = slots.findIndex((slot) => slot.access === access);
    const slot = slots[index] as Slot;
    const word = `w[offset + ${slot.word}]`;
    if (slot.bits > 32) {
      return `${names[index] ?? ""}.valueOf(${word} + w[offset + ${slot.word + 1}] * 4294967296)`;
    }
    const mask = slot.bits === 32 ? "" : ` & ${2 ** slot.bits - 1}`;
    const shifted = slot.bits === 0 ? "0" : `(${word} >>> ${slot.shift}${mask}) >>> 0`;
    return `${names[index] ?? ""}.valueOf(${shifted})`;
  };
  const fields = (root.shape as { fields: readonly (readonly [string, Domain])[] }).fields.map(([key, field]) => {
    if (field.shape.kind !== "array") return `${key}: ${value(`.${key}`)}`;
    const elements = Array.from({ length: field.shape.length }, (_, index) => value(`.${key}[${index}]`));
    return `${key}: [${elements.join(", ")}]`;
  });
  const body = `${declare}
    return function unpack(w, offset) {
      return { ${fields.join(", ")} };
    };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- built from the schema's own keys, see above
  const make = new Function("components", body) as (...parts: unknown[]) => Codec<S>["unpack"];
  return make(values.map(through));
}

function componentNames(slots: readonly Slot[]): { declare: string; names: string[]; values: Component[] } {
  const values = [...new Set(slots.map((slot) => slot.component))];
  const declare = values.map((_, index) => `const k${index} = components[${index}];`).join(" ");
  return { declare, names: slots.map((slot) => `k${values.indexOf(slot.component)}`), values };
}

function arraysOf(root: Domain): { key: string; length: number }[] {
  if (root.shape.kind !== "object") return [];
  return root.shape.fields.flatMap(([key, field]) =>
    field.shape.kind === "array" ? [{ key, length: field.shape.length }] : [],
  );
}

/** Elements of an array share a component: names the element that holds the value. */
function located(error: unknown, state: object, slots: readonly Slot[], root: Domain): unknown {
  // A part is missing: the schema says which.
  if (error instanceof TypeError) root.encode(state, strict);
  if (!(error instanceof ModelError) || error.failure.code !== "model/bounds") return error;
  const { failure } = error;
  for (const { access, component } of slots) {
    const { path } = component.domain;
    if (!path.endsWith("[]") || !failure.field.startsWith(path)) continue;
    const [, key = "", index = "0"] = /^\.(\w+)\[(\d+)\]$/.exec(access) ?? [];
    const element = (state as Record<string, unknown[]>)[key]?.[Number(index)];
    const silent = { report: (): void => undefined };
    if (component.domain.encode(element, silent) >= 0) continue;
    return new ModelError({ ...failure, field: access.slice(1) + failure.field.slice(path.length) }, error.context);
  }
  return error;
}

function wrongLength(field: string, value: unknown, length: number): never {
  throw new ModelError({
    code: "model/bounds",
    field,
    value: JSON.stringify(value),
    expected: `an array of ${length}`,
  });
}

/**
 * Symmetry reduction: of all states that differ only in the names of interchangeable ids, one is explored.
 *
 * The representative is the smallest packed state over all permutations of all sorts the schema marks. Sound
 * for laws that do not prefer one id over another; tests compare the orbits with those of the full space.
 */
import type { Component, Codec, Slot } from "./codec.js";
import type { Domain, Renaming } from "./codec-nodes.js";
import { ModelError } from "./errors.js";

/** Largest number of permutations tried for a state. */
const permutationsMax = 5040;

export interface Orbit {
  /** Number of permutations, the identity included. */
  readonly permutations: number;
  readonly sorts: readonly { readonly sort: string; readonly size: number }[];
  /** Replaces the packed state at the start of `words` by its representative. */
  canonicalize(words: Uint32Array): void;
}

/** `null` when the schema marks nothing as interchangeable. */
export function orbitOf(codec: Codec<object>): Orbit | null {
  const sorts = sortsOf(codec);
  if (sorts.length === 0) return null;
  const groups = renamings(sorts).filter((list) => list.some(({ to }) => to.some((at, from) => at !== from)));
  if (groups.length + 1 > permutationsMax) {
    const found = `${groups.length + 1} permutations are more than ${permutationsMax}`;
    throw new ModelError({ code: "model/asymmetric", sort: sorts.map(({ sort }) => sort).join(", "), found });
  }
  const permuters = groups.map((group) => permuter(codec, group));
  const width = codec.words;
  const candidate = new Uint32Array(width);
  const original = new Uint32Array(width);
  return {
    permutations: groups.length + 1,
    sorts,
    canonicalize: (words) => {
      for (let k = 0; k < width; k += 1) original[k] = words[k] as number;
      for (const permute of permuters) {
        permute(original, candidate);
        if (isLess(candidate, words, width)) for (let k = 0; k < width; k += 1) words[k] = candidate[k] as number;
      }
    },
  };
}

function isLess(a: Uint32Array, b: Uint32Array, width: number): boolean {
  for (let k = 0; k < width; k += 1) {
    const left = a[k] as number;
    const right = b[k] as number;
    if (left !== right) return left < right;
  }
  return false;
}

/** Sorts and their sizes: from index arrays, or from the members named by id fields. */
function sortsOf(codec: Codec<object>): { sort: string; size: number }[] {
  const sizes = new Map<string, number>();
  const visit = (domain: Domain): void => {
    const { shape } = domain;
    if (domain.id !== undefined) note(domain.id.sort, domain.id.members.length);
    if (shape.kind === "object") shape.fields.forEach(([, field]) => visit(field));
    if (shape.kind === "array") {
      if (shape.sort !== null) note(shape.sort, shape.length);
      visit(shape.element);
    }
    if (shape.kind === "list") visit(shape.element);
  };
  const note = (sort: string, size: number): void => {
    const known = sizes.get(sort);
    if (known !== undefined && known !== size) {
      const found = `it has ${known} members in one place and ${size} in another`;
      throw new ModelError({ code: "model/asymmetric", sort, found });
    }
    sizes.set(sort, size);
  };
  visit(codec.root);
  return [...sizes].map(([sort, size]) => ({ sort, size })).filter(({ size }) => size > 1);
}

function renamings(sorts: readonly { sort: string; size: number }[]): Renaming[][] {
  let groups: Renaming[][] = [[]];
  for (const { sort, size } of sorts) {
    groups = groups.flatMap((group) => permutations(size).map((to) => [...group, { sort, to }]));
  }
  return groups;
}

function permutations(size: number): number[][] {
  if (size === 0) return [[]];
  return permutations(size - 1).flatMap((rest) =>
    Array.from({ length: size }, (_, place) => [...rest.slice(0, place), size - 1, ...rest.slice(place)]),
  );
}

/** Moves and renames slots; what happens to one component value is computed once. */
function permuter(codec: Codec<object>, group: readonly Renaming[]): (from: Uint32Array, to: Uint32Array) => void {
  const { slots, words } = codec;
  const memo = new Map<Component, Map<number, number>>();
  const rename = (component: Component, code: number): number => {
    const known = memo.get(component) ?? new Map<number, number>();
    memo.set(component, known);
    const done = known.get(code);
    if (done !== undefined) return done;
    const value = group.reduce((at, renaming) => component.domain.rename(at, renaming), component.domain.decode(code));
    const renamed = component.codeOf(value);
    known.set(code, renamed);
    return renamed;
  };
  const sources = slots.map((slot) => sourceOf(slots, slot, group));
  return (from, to) => {
    for (let k = 0; k < words; k += 1) to[k] = 0;
    slots.forEach((slot, index) => {
      const source = sources[index] as Slot;
      write(slot, rename(slot.component, read(source, from)), to);
    });
  };
}

/** The slot whose content moves into `slot`. */
function sourceOf(slots: readonly Slot[], slot: Slot, group: readonly Renaming[]): Slot {
  const { indexed } = slot;
  if (indexed === null) return slot;
  const renaming = group.find(({ sort }) => sort === indexed.sort);
  if (renaming === undefined) return slot;
  const from = renaming.to.indexOf(indexed.index);
  const source = slots.find((other) => other.indexed?.array === indexed.array && other.indexed.index === from);
  return source ?? slot;
}

function read(slot: Slot, words: Uint32Array): number {
  const low = words[slot.word] as number;
  if (slot.bits > 32) return low + (words[slot.word + 1] as number) * 4294967296;
  if (slot.bits === 0) return 0;
  return slot.bits === 32 ? low : (low >>> slot.shift) & (2 ** slot.bits - 1);
}

function write(slot: Slot, code: number, words: Uint32Array): void {
  if (slot.bits > 32) {
    words[slot.word] = code >>> 0;
    words[slot.word + 1] = Math.floor(code / 4294967296);
    return;
  }
  words[slot.word] = ((words[slot.word] as number) | (code << slot.shift)) >>> 0;
}

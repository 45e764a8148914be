/**
 * Watched states: what a pure function reads of a packed state, and what it changes, slot by slot.
 *
 * A facade looks like a state. Reading one of its slots notes the slot and gives the canonical component; a list
 * changed with `replaceAt` notes the change without reading its neighbours. Whatever else a function does with
 * the facade (spread, map, JSON) reads slots, so that nothing it could depend on escapes. A slot that a step
 * left alone is one and the same object on both sides, and counts as read only when somebody looks inside.
 */
import { REPLACE } from "../../spec/kernel/index.js";

import type { Codec, Slot } from "./codec.js";
import type { Write } from "./decision-tree.js";

/** A slot of one of the two states under watch: 0 before, 1 after. */
export interface Read {
  readonly side: 0 | 1;
  readonly slot: Slot;
  readonly code: number;
}

export interface Watch {
  /** The facades of both states. */
  readonly before: object;
  readonly after: object;
  /** Starts a new record over these words. `touched`: the slots that may differ; all when absent. */
  begin(before: Uint32Array, beforeOffset: number, after: Uint32Array, touched?: ReadonlySet<Slot>): void;
  /** What was read since, each slot once, in order. */
  readonly reads: readonly Read[];
  /** The slots in which a function's result differs from the facade it was given; it may repeat what was there. */
  writes(result: object): readonly Write[];
}

/** A list of the facade: its field, and the elements that were replaced. */
interface ListNote {
  readonly field: string;
  readonly side: 0 | 1;
  readonly replaced: ReadonlyMap<number, unknown>;
}

export function codeAt(slot: Slot, words: Uint32Array, offset: number): number {
  const low = words[offset + slot.word] as number;
  if (slot.bits > 32) return low + (words[offset + slot.word + 1] as number) * 4294967296;
  return slot.bits === 32 ? low : (low >>> slot.shift) & (2 ** slot.bits - 1);
}

export function watch(codec: Codec<object>): Watch {
  const notes = new WeakMap<object, ListNote>();
  const sources: { words: Uint32Array; offset: number }[] = [
    { words: new Uint32Array(0), offset: 0 },
    { words: new Uint32Array(0), offset: 0 },
  ];
  let reads: Read[] = [];
  let touched: ReadonlySet<Slot> | undefined;
  const seen = new Set<number>();
  const untouched = new Map<number, object>();

  const read = (side: 0 | 1, index: number): unknown => {
    const slot = codec.slots[index] as Slot;
    const { words, offset } = sources[side] as { words: Uint32Array; offset: number };
    const code = slot.bits === 0 ? 0 : codeAt(slot, words, offset);
    const key = index * 2 + side;
    if (slot.bits > 0 && !seen.has(key)) {
      seen.add(key);
      reads.push({ side, slot, code });
    }
    return slot.component.valueOf(code);
  };

  /** What a facade gives for a slot. */
  const look = (side: 0 | 1, index: number): unknown => {
    const slot = codec.slots[index] as Slot;
    if (touched === undefined || touched.has(slot)) return read(side, index);
    if (slot.component.owner === null) return read(0, index);
    const known = untouched.get(index);
    if (known !== undefined) return known;
    const lazy = lazily(() => read(0, index) as object);
    untouched.set(index, lazy);
    return lazy;
  };

  const fields = fieldsOf(codec);
  const list = (note: ListNote, slots: readonly number[]): readonly unknown[] => {
    const target: unknown[] = slots.map(() => null);
    const proxy: readonly unknown[] = new Proxy(target, {
      get: (_, key, receiver) => {
        if (key === REPLACE) {
          return (index: number, value: unknown) =>
            list({ ...note, replaced: new Map([...note.replaced, [index, value]]) }, slots);
        }
        const index = typeof key === "string" && /^\d+$/.test(key) ? Number(key) : -1;
        if (index === -1 || index >= slots.length) return Reflect.get(target, key, receiver) as unknown;
        return note.replaced.has(index) ? note.replaced.get(index) : look(note.side, slots[index] as number);
      },
      set: (_, key) => {
        throw new TypeError(`a state is not changed in place: element ${String(key)} of ${note.field}`);
      },
    });
    notes.set(proxy, note);
    return proxy;
  };

  const facade = (side: 0 | 1): object => {
    const state = {};
    for (const { field, slots, isList } of fields) {
      const whole = isList ? list({ field, side, replaced: new Map() }, slots) : null;
      const get = (): unknown => whole ?? look(side, slots[0] as number);
      Object.defineProperty(state, field, { enumerable: true, get });
    }
    return state;
  };
  const before = facade(0);
  const after = facade(1);

  return {
    before,
    after,
    begin: (beforeWords, beforeOffset, afterWords, slots) => {
      sources[0] = { words: beforeWords, offset: beforeOffset };
      sources[1] = { words: afterWords, offset: 0 };
      touched = slots;
      reads = [];
      seen.clear();
      untouched.clear();
    },
    get reads() {
      return reads;
    },
    writes: (result) => {
      if (result === before) return [];
      return fields.flatMap(({ field, slots, isList }) => {
        const value = (result as Record<string, unknown>)[field];
        if (!isList) return [written(codec, slots[0] as number, value)];
        const note = notes.get(value as object);
        if (note !== undefined && note.field === field && note.side === 0) {
          return [...note.replaced].map(([index, element]) => written(codec, slots[index] as number, element));
        }
        const elements = value as readonly unknown[];
        return slots.map((slot, index) => written(codec, slot, elements[index]));
      });
    },
  };
}

/** An object that is looked up when a property of it is asked for. */
function lazily(look: () => object): object {
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(look(), key) as unknown,
      has: (_, key) => Reflect.has(look(), key),
      ownKeys: () => Reflect.ownKeys(look()),
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(look(), key);
        return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
      },
    },
  );
}

function written(codec: Codec<object>, index: number, value: unknown): Write {
  const slot = codec.slots[index] as Slot;
  return { slot, code: slot.component.codeOf(value) };
}

/** The root's fields with the slots they are made of. */
function fieldsOf(codec: Codec<object>): { field: string; slots: number[]; isList: boolean }[] {
  const fields = new Map<string, { field: string; slots: number[]; isList: boolean }>();
  codec.slots.forEach(({ access }, index) => {
    const [, field = "", element] = /^\.(\w+)(\[\d+\])?$/.exec(access) ?? [];
    const entry = fields.get(field) ?? { field, slots: [], isList: element !== undefined };
    entry.slots.push(index);
    fields.set(field, entry);
  });
  return [...fields.values()];
}

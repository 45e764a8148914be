/**
 * Watched states: what a pure function reads of a packed state, and what it changes, slot by slot.
 *
 * A facade looks like a state. Its components are stand-ins: looking inside one notes its slot as read and gives
 * the canonical component; passing one on, or firing an event at it and passing the result on, reads nothing. A
 * list changed with `replaceAt` notes the change without reading its neighbours. Whatever else a function does
 * with the facade (spread, map, JSON) reads slots, so that nothing it could depend on escapes.
 */
import { CANON, type Canon, REPLACE } from "../../spec/kernel/index.js";

import type { Codec, Slot } from "./codec.js";
import { ModelError } from "./errors.js";
import type { Patch, Write } from "./patch.js";

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
  /** Starts a new record over a state that an action or an invariant looks at. */
  begin(words: Uint32Array, offset: number): void;
  /** Starts a new record over a step that `patch` made. */
  beginStep(before: Uint32Array, offset: number, after: Uint32Array, patch: Patch): void;
  /** What was read since, each slot once, in order. */
  readonly reads: readonly Read[];
  /** The slots in which an action's result differs from the facade; it may repeat what was there. */
  writes(result: object): readonly Write[];
}

/** A list of the facade: its field, and the elements that were replaced. */
interface ListNote {
  readonly field: string;
  readonly side: 0 | 1;
  readonly replaced: ReadonlyMap<number, unknown>;
}

/** A stand-in for a component, or for what a tabulated function makes of it. */
interface StandIn {
  readonly slot: number;
  readonly mapped: { readonly fn: TabulatedStep; readonly index: number } | null;
}

export type TabulatedStep = (record: object, index: number) => { readonly next: object };

export function codeAt(slot: Slot, words: Uint32Array, offset: number): number {
  if (slot.bits === 0) return 0;
  const low = words[offset + slot.word] as number;
  if (slot.bits > 32) return low + (words[offset + slot.word + 1] as number) * 4294967296;
  return slot.bits === 32 ? low : (low >>> slot.shift) & (2 ** slot.bits - 1);
}

/** Which slots a function could not tell from those of another state. */
type Touch = (slot: Slot) => "constant" | "mapped" | "untouched" | "anything";

export function watch(codec: Codec<object>): Watch {
  const lists = new WeakMap<object, ListNote>();
  const standIns = new WeakMap<object, StandIn>();
  const sources = [
    { words: new Uint32Array(0), offset: 0 },
    { words: new Uint32Array(0), offset: 0 },
  ] as [Source, Source];
  let reads: Read[] = [];
  let touch: Touch = () => "anything";
  const seen = new Set<number>();
  const shared = new Map<number, object>();

  const valueAt = (side: 0 | 1, slot: Slot): unknown =>
    slot.component.valueOf(codeAt(slot, sources[side].words, sources[side].offset));

  const note = (side: 0 | 1, index: number): void => {
    const slot = codec.slots[index] as Slot;
    const key = index * 2 + side;
    if (slot.bits === 0 || seen.has(key)) return;
    seen.add(key);
    reads.push({ side, slot, code: codeAt(slot, sources[side].words, sources[side].offset) });
  };

  /** Reads a slot: the value depends on it from now on, as far as it could be another one. */
  const read = (side: 0 | 1, index: number): unknown => {
    const slot = codec.slots[index] as Slot;
    const kind = side === 0 ? "anything" : touch(slot);
    if (kind === "untouched") note(0, index);
    else if (kind === "anything") note(side, index);
    // What a mapped slot becomes follows from what it was, when that is known already.
    else if (kind === "mapped" && !seen.has(index * 2)) note(1, index);
    return valueAt(side, slot);
  };

  const standIn = (self: StandIn): object => {
    const force = (): object => {
      const value = read(0, self.slot) as object;
      return self.mapped === null ? value : self.mapped.fn(value, self.mapped.index).next;
    };
    const canon: Canon = {
      code: -1,
      owner: null,
      tables: [],
      replica: true,
      standIn: { look: force, defer: (fn, index) => deferred(self.slot, fn as TabulatedStep, index) },
    };
    const proxy = lazily(force, self.mapped === null ? canon : null);
    standIns.set(proxy, self);
    return proxy;
  };

  /** The step of a stand-in: `next` is a stand-in again, everything else looks. */
  const deferred = (slot: number, fn: TabulatedStep, index: number): object =>
    new Proxy(
      {},
      {
        get: (_, key) =>
          key === "next"
            ? standIn({ slot, mapped: { fn, index } })
            : (Reflect.get(fn(read(0, slot) as object, index), key) as unknown),
      },
    );

  /** What a facade gives for a slot. Scalars have no inside: they are read at once. */
  const look = (side: 0 | 1, index: number): unknown => {
    const slot = codec.slots[index] as Slot;
    if (slot.component.owner === null) return read(side, index);
    const kind = touch(slot);
    if (kind !== "untouched" && (side === 1 || kind !== "anything")) return read(side, index);
    const known = shared.get(index);
    if (known !== undefined) return known;
    const fresh = standIn({ slot: index, mapped: null });
    shared.set(index, fresh);
    return fresh;
  };

  const fields = fieldsOf(codec);
  const before = facade(0);
  const after = facade(1);

  function facade(side: 0 | 1): object {
    const state = {};
    for (const { field, slots, isList } of fields) {
      const whole = isList ? listOf({ field, side, replaced: new Map() }, slots, look, lists) : null;
      Object.defineProperty(state, field, { enumerable: true, get: () => whole ?? look(side, slots[0] as number) });
    }
    return state;
  }

  function written(index: number, value: unknown): Write | null {
    const slot = codec.slots[index] as Slot;
    const self = typeof value === "object" && value !== null ? standIns.get(value) : undefined;
    if (self === undefined) return { slot, code: slot.component.codeOf(value), map: null };
    if (self.slot === index) return self.mapped === null ? null : { slot, code: -1, map: self.mapped };
    const moved = read(0, self.slot) as object;
    const code = slot.component.codeOf(self.mapped === null ? moved : self.mapped.fn(moved, self.mapped.index).next);
    return { slot, code, map: null };
  }

  function start(first: Source, second: Source, touched: Touch): void {
    sources[0] = first;
    sources[1] = second;
    touch = touched;
    reads = [];
    seen.clear();
    shared.clear();
  }

  return {
    before,
    after,
    begin: (words, offset) => start({ words, offset }, { words, offset }, () => "anything"),
    beginStep: (words, offset, afterWords, patch) => {
      const touched: Touch = (slot) => patch.touched.get(slot) ?? "untouched";
      start({ words, offset }, { words: afterWords, offset: 0 }, touched);
    },
    get reads() {
      return reads;
    },
    writes: (result) => {
      if (result === before) return [];
      const writes = fields.flatMap(({ field, slots, isList }) => {
        const value = (result as Record<string, unknown>)[field];
        if (!isList) return [written(slots[0] as number, value)];
        const list = lists.get(value as object);
        if (list !== undefined && list.field === field && list.side === 0) {
          return [...list.replaced].map(([index, element]) => written(slots[index] as number, element));
        }
        const elements = value as readonly unknown[];
        if (elements.length !== slots.length) {
          const value = JSON.stringify(elements);
          throw new ModelError({ code: "model/bounds", field, value, expected: `an array of ${slots.length}` });
        }
        return slots.map((slot, index) => written(slot, elements[index]));
      });
      return writes.filter((write) => write !== null);
    },
  };
}

interface Source {
  readonly words: Uint32Array;
  readonly offset: number;
}

function listOf(
  self: ListNote,
  slots: readonly number[],
  look: (side: 0 | 1, index: number) => unknown,
  lists: WeakMap<object, ListNote>,
): readonly unknown[] {
  const target: unknown[] = slots.map(() => null);
  const proxy: readonly unknown[] = new Proxy(target, {
    get: (_, key, receiver) => {
      if (key === REPLACE) {
        return (index: number, value: unknown) =>
          listOf({ ...self, replaced: new Map([...self.replaced, [index, value]]) }, slots, look, lists);
      }
      const index = typeof key === "string" && /^\d+$/.test(key) ? Number(key) : -1;
      if (index === -1 || index >= slots.length) return Reflect.get(target, key, receiver) as unknown;
      return self.replaced.has(index) ? self.replaced.get(index) : look(self.side, slots[index] as number);
    },
    set: (_, key) => {
      throw new TypeError(`a state is not changed in place: element ${String(key)} of ${self.field}`);
    },
  });
  lists.set(proxy, self);
  return proxy;
}

/** An object that is looked up when a property of it is asked for. `canon` answers for it until then. */
function lazily(look: () => object, canon: Canon | null): object {
  return new Proxy(
    {},
    {
      get: (_, key) => (key === CANON && canon !== null ? canon : (Reflect.get(look(), key) as unknown)),
      has: (_, key) => Reflect.has(look(), key),
      ownKeys: () => Reflect.ownKeys(look()).filter((key) => key !== CANON),
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(look(), key);
        return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
      },
      set: (_, key) => {
        throw new TypeError(`a state is not changed in place: field ${String(key)}`);
      },
    },
  );
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

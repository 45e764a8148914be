/**
 * Watched states: what a pure function reads of a packed state, and what it changes, slot by slot.
 *
 * A facade looks like a state. Its components are stand-ins: looking inside one notes its slot as read and gives
 * the canonical component; passing one on, or firing an event at it and passing the result on, reads nothing. A
 * list changed with `replaceAt` notes the change without reading its neighbours. Whatever else a function does
 * with the facade (spread, map, JSON) reads slots, so that nothing it could depend on escapes.
 */
import { CANON, type Canon, REPLACE, type StandIn } from "../../spec/kernel/index.js";

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
interface StandInOf {
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

export function watch(codec: Codec<object>): Watch {
  return new Watcher(codec);
}

class Watcher implements Watch {
  readonly before: object;
  readonly after: object;
  reads: Read[] = [];
  private readonly codec: Codec<object>;
  private readonly fields: readonly Field[];
  private readonly lists = new WeakMap<object, ListNote>();
  private readonly standIns = new WeakMap<object, StandInOf>();
  private sources: readonly [Source, Source] = [nowhere, nowhere];
  /** Null: no step is watched, every slot may hold anything. */
  private touched: Patch["touched"] | null = null;
  private readonly seen = new Set<number>();
  private readonly shared = new Map<number, object>();

  constructor(codec: Codec<object>) {
    this.codec = codec;
    this.fields = fieldsOf(codec);
    this.before = this.facade(0);
    this.after = this.facade(1);
  }

  begin(words: Uint32Array, offset: number): void {
    this.start({ words, offset }, { words, offset }, null);
  }

  beginStep(words: Uint32Array, offset: number, afterWords: Uint32Array, patch: Patch): void {
    this.start({ words, offset }, { words: afterWords, offset: 0 }, patch.touched);
  }

  writes(result: object): readonly Write[] {
    if (result === this.before) return [];
    const undeclared = Object.keys(result).find((key) => !this.fields.some(({ field }) => field === key));
    if (undeclared !== undefined) this.codec.validate(result);
    const writes = this.fields.flatMap(({ field, slots, isList }) => {
      const value = (result as Record<string, unknown>)[field];
      if (!isList) return [this.written(slots[0] as number, value)];
      const list = this.lists.get(value as object);
      if (list !== undefined && list.field === field && list.side === 0) {
        return [...list.replaced].map(([index, element]) => this.written(slots[index] as number, element));
      }
      const elements = value as readonly unknown[];
      if (!Array.isArray(value) || elements.length !== slots.length) {
        const expected = `an array of ${slots.length}`;
        throw new ModelError({ code: "model/bounds", field, value: JSON.stringify(value), expected });
      }
      return slots.map((slot, index) => this.written(slot, elements[index]));
    });
    return writes.filter((write) => write !== null);
  }

  private start(first: Source, second: Source, touched: Patch["touched"] | null): void {
    this.sources = [first, second];
    this.touched = touched;
    this.reads = [];
    this.seen.clear();
    this.shared.clear();
  }

  private facade(side: 0 | 1): object {
    const state = {};
    for (const { field, slots, isList } of this.fields) {
      const look = (index: number): unknown => this.look(side, index);
      const whole = isList ? listOf({ field, side, replaced: new Map() }, slots, look, this.lists) : null;
      const get = (): unknown => whole ?? look(slots[0] as number);
      const set = (): never => mutated(field);
      Object.defineProperty(state, field, { enumerable: true, get, set });
    }
    return state;
  }

  /** What a facade gives for a slot. Only objects have stand-ins; everything else is read at once. */
  private look(side: 0 | 1, index: number): unknown {
    const slot = this.codec.slots[index] as Slot;
    const { owner, domain } = slot.component;
    if (owner === null || domain.shape.kind !== "object") return this.read(side, index);
    const kind = this.touchOf(slot);
    if (kind !== "untouched" && (side === 1 || kind !== "anything")) return this.read(side, index);
    const known = this.shared.get(index);
    if (known !== undefined) return known;
    const fresh = this.standIn({ slot: index, mapped: null });
    this.shared.set(index, fresh);
    return fresh;
  }

  private touchOf(slot: Slot): "constant" | "mapped" | "untouched" | "anything" {
    return this.touched === null ? "anything" : (this.touched.get(slot) ?? "untouched");
  }

  /** Reads a slot: the function depends on it from now on, as far as it could hold another value. */
  private read(side: 0 | 1, index: number): unknown {
    const slot = this.codec.slots[index] as Slot;
    const kind = side === 0 ? "anything" : this.touchOf(slot);
    if (kind === "untouched") this.note(0, index);
    else if (kind === "anything") this.note(side, index);
    // What a mapped slot becomes follows from what it was, when that is known already.
    else if (kind === "mapped" && !this.seen.has(index * 2)) this.note(1, index);
    return slot.component.valueOf(this.codeOf(side, slot));
  }

  private note(side: 0 | 1, index: number): void {
    const slot = this.codec.slots[index] as Slot;
    const key = index * 2 + side;
    if (slot.bits === 0 || this.seen.has(key)) return;
    this.seen.add(key);
    this.reads.push({ side, slot, code: this.codeOf(side, slot) });
  }

  private codeOf(side: 0 | 1, slot: Slot): number {
    const { words, offset } = this.sources[side];
    return codeAt(slot, words, offset);
  }

  private standIn(self: StandInOf): object {
    const look = (): object => this.lookInside(self);
    const defer = (fn: TabulatedStep, index: number): object => this.deferred(self.slot, fn, index);
    const answers = { look, defer: defer as StandIn["defer"] };
    const canon: Canon = { code: -1, owner: null, tables: [], replica: true, standIn: answers };
    const proxy = lazily(look, self.mapped === null ? canon : null);
    this.standIns.set(proxy, self);
    return proxy;
  }

  private lookInside({ slot, mapped }: StandInOf): object {
    const value = this.read(0, slot) as object;
    return mapped === null ? value : mapped.fn(value, mapped.index).next;
  }

  /** The step of a stand-in: `next` is a stand-in again, everything else looks. */
  private deferred(slot: number, fn: TabulatedStep, index: number): object {
    const get = (_: object, key: string | symbol): unknown =>
      key === "next"
        ? this.standIn({ slot, mapped: { fn, index } })
        : Reflect.get(fn(this.read(0, slot) as object, index), key);
    return new Proxy({}, { get });
  }

  /** `null`: the slot keeps what it holds. */
  private written(index: number, value: unknown): Write | null {
    const slot = this.codec.slots[index] as Slot;
    const self = typeof value === "object" && value !== null ? this.standIns.get(value) : undefined;
    if (self === undefined) return { slot, code: slot.component.codeOf(value), map: null };
    if (self.slot === index) return self.mapped === null ? null : { slot, code: -1, map: self.mapped };
    return { slot, code: slot.component.codeOf(this.lookInside(self)), map: null };
  }
}

function mutated(field: string): never {
  throw new ModelError({ code: "model/mutated", field });
}

const nowhere: Source = { words: new Uint32Array(0), offset: 0 };

interface Field {
  readonly field: string;
  readonly slots: readonly number[];
  readonly isList: boolean;
}

interface Source {
  readonly words: Uint32Array;
  readonly offset: number;
}

function listOf(
  self: ListNote,
  slots: readonly number[],
  look: (index: number) => unknown,
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
      return self.replaced.has(index) ? self.replaced.get(index) : look(slots[index] as number);
    },
    set: (_, key) => mutated(`${self.field}[${String(key)}]`),
    deleteProperty: (_, key) => mutated(`${self.field}[${String(key)}]`),
    defineProperty: (_, key) => mutated(`${self.field}[${String(key)}]`),
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
      set: (_, key) => mutated(String(key)),
      deleteProperty: (_, key) => mutated(String(key)),
      defineProperty: (_, key) => mutated(String(key)),
    },
  );
}

/** The root's fields with the slots they are made of. */
function fieldsOf(codec: Codec<object>): Field[] {
  const fields = new Map<string, { field: string; slots: number[]; isList: boolean }>();
  codec.slots.forEach(({ access }, index) => {
    const [, field = "", element] = /^\.(\w+)(\[\d+\])?$/.exec(access) ?? [];
    const entry = fields.get(field) ?? { field, slots: [], isList: element !== undefined };
    entry.slots.push(index);
    fields.set(field, entry);
  });
  return [...fields.values()];
}

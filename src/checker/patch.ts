/** What an action does to the words of a state, learnt once: constants it writes and components it maps. */
import type { Slot } from "./codec.js";
import type { OpenLaw } from "./judge.js";
import { type TabulatedStep, codeAt } from "./watch.js";

/** Widest component, in bits, whose mapping is kept as a table. */
const mappedBitsMax = 16;

/** One slot that an action writes: a constant, or what a tabulated function makes of the slot's own component. */
export interface Write {
  readonly slot: Slot;
  /** -1 with a map. */
  readonly code: number;
  readonly map: { readonly fn: TabulatedStep; readonly index: number } | null;
}

/** One mapped component: new code by old code, filled as it is asked; -1 is not known yet. */
export interface Mapping {
  readonly slot: Slot;
  readonly codes: Int32Array;
  readonly fn: TabulatedStep;
  readonly index: number;
}

/** `(word & keep) | set` for every word, then the mapped components. */
export interface Patch {
  readonly enabled: boolean;
  readonly keep: Int32Array;
  readonly set: Int32Array;
  readonly mappings: readonly Mapping[];
  /** Slots it writes, for laws that look at what changed. */
  readonly touched: ReadonlyMap<Slot, "constant" | "mapped">;
  /** The step laws that its leaf does not settle. */
  readonly laws: OpenLaw[];
}

/** Number of the patch that means "not enabled". */
export const disabled = 0;

export function isDisabled(patch: Patch): boolean {
  return !patch.enabled;
}

/** Patches by what they do and which laws they leave open: an action has few distinct ones. */
export class Patches {
  readonly list: Patch[] = [];
  private readonly ids = new Map<string, number>();
  private readonly bares = new Map<string, Patch>();
  private readonly mappings = new Map<string, Mapping>();
  private readonly functions = new Map<TabulatedStep, number>();
  private readonly numbers = new Map<Patch, number>();
  private readonly words: number;

  constructor(words: number) {
    this.words = words;
    this.list.push({ ...this.patchOf([]), enabled: false });
  }

  /** What the writes do; `null` when a component is too wide to be mapped by a table. */
  bare(writes: readonly Write[] | null): Patch | null {
    if (writes === null) return this.list[disabled] as Patch;
    if (writes.some(({ slot, map }) => map !== null && slot.bits > mappedBitsMax)) return null;
    const key = writes.map((write) => this.keyOf(write)).join();
    const known = this.bares.get(key) ?? this.patchOf(writes);
    this.bares.set(key, known);
    return known;
  }

  /** Number of the patch with these laws open. */
  idOf(bare: Patch, laws: OpenLaw[]): number {
    const key = `${this.numberOf(bare)}/${laws.map(({ live }) => live.number).join()}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.list.length;
    this.ids.set(key, id);
    this.list.push({ ...bare, laws });
    return id;
  }

  private numberOf(bare: Patch): number {
    const known = this.numbers.get(bare) ?? this.numbers.size;
    this.numbers.set(bare, known);
    return known;
  }

  private keyOf({ slot, code, map }: Write): string {
    if (map === null) return `${slot.access}=${code}`;
    const fn = this.functions.get(map.fn) ?? this.functions.size;
    this.functions.set(map.fn, fn);
    return `${slot.access}~${fn}.${map.index}`;
  }

  /** Patches that map a slot alike share the table of it. */
  private mappingOf(write: Write, map: NonNullable<Write["map"]>): Mapping {
    const key = this.keyOf(write);
    const { slot } = write;
    const known = this.mappings.get(key) ?? { slot, codes: new Int32Array(2 ** slot.bits).fill(-1), ...map };
    this.mappings.set(key, known);
    return known;
  }

  private patchOf(writes: readonly Write[]): Patch {
    const { words } = this;
    const keep = new Int32Array(words).fill(-1);
    const set = new Int32Array(words);
    const mappings: Mapping[] = [];
    for (const write of writes) {
      const { slot, code, map } = write;
      if (slot.bits === 0) continue;
      if (slot.bits >= 32) {
        keep[slot.word] = 0;
        set[slot.word] = code >>> 0;
        if (slot.bits > 32) {
          keep[slot.word + 1] = 0;
          set[slot.word + 1] = Math.floor(code / 4294967296);
        }
        continue;
      }
      const mask = (2 ** slot.bits - 1) << slot.shift;
      keep[slot.word] = (keep[slot.word] as number) & ~mask;
      if (map === null) set[slot.word] = ((set[slot.word] as number) & ~mask) | (code << slot.shift);
      else mappings.push(this.mappingOf(write, map));
    }
    const touched = new Map(writes.map(({ slot, map }) => [slot, map === null ? "constant" : "mapped"] as const));
    return { enabled: true, keep, set, mappings, touched, laws: [] };
  }
}

/** Writes to `out` what the patch makes of the state at `offset` of `packed`. */
export function applyPatch(patch: Patch, packed: Uint32Array, offset: number, out: Uint32Array): void {
  const { keep, set, mappings } = patch;
  for (let k = 0; k < keep.length; k += 1) {
    out[k] = ((packed[offset + k] as number) & (keep[k] as number)) | (set[k] as number);
  }
  for (let m = 0; m < mappings.length; m += 1) {
    const mapping = mappings[m] as Mapping;
    const { word, shift } = mapping.slot;
    const old = ((packed[offset + word] as number) >>> shift) & (mapping.codes.length - 1);
    let code = mapping.codes[old] as number;
    if (code === -1) code = fill(mapping, old, packed, offset);
    out[word] = (out[word] as number) | (code << shift);
  }
}

function fill(mapping: Mapping, old: number, packed: Uint32Array, offset: number): number {
  const { slot, fn, index, codes } = mapping;
  const { component } = slot;
  const record = component.valueOf(codeAt(slot, packed, offset)) as object;
  const code = component.codeOf(fn(record, index).next);
  codes[old] = code;
  return code;
}

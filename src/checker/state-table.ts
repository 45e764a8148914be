/**
 * The set of states seen: exact packed words, found through an open-addressing table, with the step that led
 * to each. Grows by doubling; never forgets, never compacts by hashing. The table holds the words themselves, so
 * that a look-up touches one place of memory; a bit that no state uses says that an entry is taken.
 *
 * States are added in batches: the places of all of them in the table are loaded first. The loads do not depend
 * on each other, so the processor waits for memory once and not once a state.
 */

/** Largest share of the table that is filled. */
const loadMax = 0.6;
const firstCapacity = 1 << 12;
/** States that wait until they are looked up together. */
export const batchMax = 256;

/** States that wait to be added, with the step that led to each. */
export interface Batch {
  /** `words` of the table for each state. */
  readonly words: Uint32Array;
  readonly parents: Int32Array;
  readonly actions: Uint32Array;
  count: number;
}

/** The fields that generated code reads and writes. */
interface Tables {
  packed: Uint32Array;
  parents: Int32Array;
  actions: Uint32Array;
  entries: Int32Array;
  count: number;
}

/** Adds `count` states of a batch; the tables have room for all of them. Returns what keeps the loads alive. */
type AddAll = (tables: Tables, batch: Batch, count: number) => number;

export class StateTable {
  readonly words: number;
  count = 0;
  /** Packed states, `words` each, in the order they were found. */
  packed: Uint32Array;
  /** State each was found from; -1 for initial states. */
  parents: Int32Array;
  /** Action instance that led to it; for initial states its number among them. */
  actions: Uint32Array;
  /** Entries of `stride` cells: the words, the last of them with its highest bit set. All zero: not taken. */
  entries: Int32Array;
  /** Keeps the engine from dropping the loads. */
  touched = 0;
  private readonly stride: number;
  private readonly enterAll: AddAll;

  /** `spareBit`: the highest bit of the last word is never set. Otherwise entries are one cell longer. */
  constructor(words: number, spareBit: boolean) {
    this.words = words;
    this.stride = spareBit ? words : words + 1;
    this.packed = new Uint32Array(firstCapacity * words);
    this.parents = new Int32Array(firstCapacity);
    this.actions = new Uint32Array(firstCapacity);
    this.entries = new Int32Array(firstCapacity * 2 * this.stride);
    const key = `${words}/${this.stride}`;
    this.enterAll = generated.get(key) ?? generateAddAll(words, this.stride);
    generated.set(key, this.enterAll);
  }

  /** An empty batch for this table. */
  batch(): Batch {
    return {
      words: new Uint32Array(batchMax * this.words),
      parents: new Int32Array(batchMax),
      actions: new Uint32Array(batchMax),
      count: 0,
    };
  }

  /** Adds the states of the batch that are new, in its order, and empties it. */
  addAll(batch: Batch): void {
    const { count } = batch;
    while (this.count + count > this.parents.length) this.growStates();
    while ((this.count + count) * this.stride > this.entries.length * loadMax) this.growEntries();
    this.touched = this.enterAll(this, batch, count);
    batch.count = 0;
  }

  private growStates(): void {
    const capacity = this.parents.length * 2;
    const packed = new Uint32Array(capacity * this.words);
    packed.set(this.packed);
    this.packed = packed;
    const parents = new Int32Array(capacity);
    parents.set(this.parents);
    this.parents = parents;
    const actions = new Uint32Array(capacity);
    actions.set(this.actions);
    this.actions = actions;
  }

  /** Entries are moved in the order of their places: the new places follow the same order, in two runs. */
  private growEntries(): void {
    const { stride, words, entries: old } = this;
    const entries = new Int32Array(old.length * 2);
    const mask = entries.length / stride - 1;
    const last = stride - 1;
    const state = new Int32Array(words);
    for (let from = 0; from < old.length; from += stride) {
      if (old[from + last] === 0) continue;
      for (let k = 0; k < words; k += 1) state[k] = old[from + k] as number;
      if (last < words) state[last] = (state[last] as number) & ~taken;
      let at = (hash(state) & mask) * stride;
      while (entries[at + last] !== 0) at = at + stride === entries.length ? 0 : at + stride;
      for (let k = 0; k < stride; k += 1) entries[at + k] = old[from + k] as number;
    }
    this.entries = entries;
  }
}

/** Set in the last cell of every entry that is taken. */
const taken = 0x80000000 | 0;

/** 32-bit mixing of the words, after MurmurHash3's finaliser. The generated code has the same in one line a word. */
function hash(state: Int32Array): number {
  let h = seed;
  for (let k = 0; k < state.length; k += 1) {
    h = Math.imul(h ^ (state[k] as number), 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}

const seed = 0x2545f491;

/** One for each width: engines compile a function that is used again only once. */
const generated = new Map<string, AddAll>();

/** Straight-line code for one width; loops over a few words cost twice as much. */
function generateAddAll(words: number, stride: number): AddAll {
  const places = Array.from({ length: words }, (_, k) => k);
  const last = stride - 1;
  const mix = places.map((k) => `h = imul(h ^ W[o + ${k}], 0x9e3779b1); h ^= h >>> 15;`);
  const load = places.map((k) => `const w${k} = W[o + ${k}] | 0;`);
  const end = last < words ? `w${last} | ${taken}` : String(taken);
  const same = places.filter((k) => k !== last).map((k) => `E[at + ${k}] === w${k}`);
  const body = `
    const imul = Math.imul;
    const places = new Int32Array(${batchMax});
    return function addAll(tables, batch, count) {
      const { entries: E, packed, parents, actions } = tables;
      const { words: W, parents: P, actions: A } = batch;
      const length = E.length;
      const mask = length / ${stride} - 1;
      let touched = 0;
      for (let j = 0, o = 0; j < count; j += 1, o += ${words}) {
        let h = ${seed};
        ${mix.join("\n        ")}
        h = imul(h ^ (h >>> 13), 0x85ebca6b);
        h = imul(h ^ (h >>> 16), 0xc2b2ae35);
        const at = ((h ^ (h >>> 15)) & mask) * ${stride};
        places[j] = at;
        touched = (touched + E[at]) | 0;
      }
      let n = tables.count;
      for (let j = 0, o = 0; j < count; j += 1, o += ${words}) {
        ${load.join(" ")}
        const end = ${end};
        let at = places[j];
        for (;;) {
          const found = E[at + ${last}];
          if (found === 0) {
            ${places.map((k) => `E[at + ${k}] = packed[n * ${words} + ${k}] = w${k};`).join("\n            ")}
            E[at + ${last}] = end;
            parents[n] = P[j];
            actions[n] = A[j];
            n += 1;
            break;
          }
          if (${["found === end", ...same].join(" && ")}) break;
          at += ${stride};
          if (at === length) at = 0;
        }
      }
      tables.count = n;
      return touched;
    };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text above, with two numbers in it
  return (new Function(body) as () => AddAll)();
}

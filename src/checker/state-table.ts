/**
 * The set of states seen: exact packed words, found through an open-addressing table, with the step that led
 * to each. Grows by doubling; never forgets, never compacts by hashing. The table holds the words themselves, so
 * that a look-up touches one place of memory; a bit that no state uses says that an entry is taken.
 */

/** Largest share of the table that is filled. */
const loadMax = 0.6;
const firstCapacity = 1 << 12;
/** Set in the last cell of every entry that is taken. */
const taken = 0x80000000;

export class StateTable {
  readonly words: number;
  count = 0;
  /** Packed states, `words` each, in the order they were found. */
  packed: Uint32Array;
  /** State each was found from; -1 for initial states. */
  parents: Int32Array;
  /** Action instance that led to it; for initial states its number among them. */
  actions: Uint32Array;
  /** Entries of `stride` cells: the words, the last of them with the bit `taken`. */
  private entries: Uint32Array;
  private readonly stride: number;
  private capacity: number;

  /** `spareBit`: the highest bit of the last word is never set. Otherwise entries are one cell longer. */
  constructor(words: number, spareBit: boolean) {
    this.words = words;
    this.stride = spareBit ? words : words + 1;
    this.packed = new Uint32Array(firstCapacity * words);
    this.parents = new Int32Array(firstCapacity);
    this.actions = new Uint32Array(firstCapacity);
    this.capacity = firstCapacity * 2;
    this.entries = new Uint32Array(this.capacity * this.stride);
  }

  /** True when the state in `words` from `offset` is new: it is added as number `count - 1`. */
  add(words: Uint32Array, offset: number, parent: number, action: number): boolean {
    return this.addHashed(words, offset, hash(words, offset, this.words), parent, action);
  }

  /** `add` with the hash that `touch` computed. */
  addHashed(words: Uint32Array, offset: number, hashed: number, parent: number, action: number): boolean {
    const { words: width, stride, entries } = this;
    const mask = this.capacity - 1;
    const last = stride - 1;
    const lastWord = ((last < width ? (words[offset + last] as number) : 0) | taken) >>> 0;
    let at = hashed & mask;
    for (;;) {
      const place = at * stride;
      const end = entries[place + last] as number;
      if (end === 0) {
        this.insert(words, offset, parent, action, place);
        return true;
      }
      if (end === lastWord) {
        let k = 0;
        while (k < last && entries[place + k] === words[offset + k]) k += 1;
        if (k === last) return false;
      }
      at = (at + 1) & mask;
    }
  }

  /**
   * Reads the entries that `add` will look at for `states` states in a row, and writes their hashes to `hashes`.
   * The loads do not depend on each other, so the processor waits for memory once and not once a state.
   */
  touch(words: Uint32Array, states: number, hashes: Int32Array): number {
    const { words: width, stride, entries } = this;
    const mask = this.capacity - 1;
    let sum = 0;
    for (let state = 0; state < states; state += 1) {
      const hashed = hash(words, state * width, width);
      hashes[state] = hashed;
      const at = hashed & mask;
      sum = (sum + (entries[at * stride] as number)) | 0;
    }
    return sum;
  }

  private insert(words: Uint32Array, offset: number, parent: number, action: number, place: number): void {
    const index = this.count;
    if (index === this.parents.length) this.growStates();
    const to = index * this.words;
    for (let k = 0; k < this.words; k += 1) this.packed[to + k] = words[offset + k] as number;
    this.enter(words, offset, place);
    this.parents[index] = parent;
    this.actions[index] = action;
    this.count = index + 1;
    if (this.count > this.capacity * loadMax) this.growEntries();
  }

  private enter(words: Uint32Array, offset: number, place: number): void {
    const last = this.stride - 1;
    for (let k = 0; k < last; k += 1) this.entries[place + k] = words[offset + k] as number;
    this.entries[place + last] = ((last < this.words ? (words[offset + last] as number) : 0) | taken) >>> 0;
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

  private growEntries(): void {
    const { words, packed, count, stride } = this;
    this.capacity *= 2;
    this.entries = new Uint32Array(this.capacity * stride);
    const mask = this.capacity - 1;
    for (let index = 0; index < count; index += 1) {
      let at = hash(packed, index * words, words) & mask;
      while (this.entries[at * stride + stride - 1] !== 0) at = (at + 1) & mask;
      this.enter(packed, index * words, at * stride);
    }
  }
}

/** 32-bit mixing of the words, after MurmurHash3's finaliser. */
function hash(words: Uint32Array, offset: number, width: number): number {
  let h = 0x2545f491;
  for (let k = 0; k < width; k += 1) {
    h = Math.imul(h ^ (words[offset + k] as number), 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}

/**
 * Look-ups in flat trees as source text over one pool of cells.
 *
 * All tables lie in one array, so that generated code keeps a single address at hand. Regions are larger than
 * they have to be at first: what is learnt later is written into them, and the text stays as it is.
 */
import type { DecisionTree } from "./decision-tree.js";
import { type FlatTree, type TreeGraph, combinationsMax, flatten, graphHeader } from "./flat-tree.js";

/** Names of the locals that hold the words of a state: `w0`, and `n0` of the state after a step. */
export const wordOf = (k: number): string => `w${k}`;
export const nextOf = (k: number): string => `n${k}`;

/** The code of a slot in a word. All numbers of the text are signed and of 32 bits. */
export const codeOf = (word: string, shift: number, mask: number): string => `((${word} >> ${shift}) & ${mask})`;

/** Name of the pool's cells in generated text. */
export const poolName = "X";

/** Cells that belong to no region: places are told apart from the outcomes that are not places, and are not 0. */
const reserved = 4;
const firstCells = 1 << 12;
/** A region is this much larger than what is in it at first, and has at least so many cells. */
const slack = 16;
const regionMin = 512;

export class Pool {
  cells = new Int32Array(firstCells);
  private used = reserved;

  /** A region of so many cells; returns its place. Not to be called after the cells were handed out. */
  reserve(size: number): number {
    const place = this.used;
    this.used += size;
    while (this.used > this.cells.length) {
      const cells = new Int32Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
    }
    return place;
  }
}

/** The outcome of one tree, looked up in the pool. */
export class Lookup {
  /** False: the tree has no small form, there is no text. */
  readonly ready: boolean;
  private readonly pool: Pool;
  private readonly tree: DecisionTree;
  private readonly outcomeOf: (leaf: number) => number;
  private readonly slots: FlatTree["slots"];
  private readonly slotPlaces: readonly number[];
  private readonly isGraph: boolean;
  private readonly place: number;
  private readonly capacity: number;
  private version = -1;

  constructor(pool: Pool, tree: DecisionTree, outcomeOf: (leaf: number) => number) {
    this.pool = pool;
    this.tree = tree;
    this.outcomeOf = outcomeOf;
    const small = flatten(tree, outcomeOf);
    this.ready = small !== null;
    this.slots = small?.kind === "flat" ? small.slots : [];
    this.slotPlaces = this.slots.map(({ mask }) => pool.reserve(mask + 1));
    this.isGraph = small?.kind === "graph";
    const size = small === null ? 0 : (small.kind === "flat" ? small.outcomes : small.cells).length;
    const regionMax = small?.kind === "flat" ? combinationsMax : Infinity;
    this.capacity = Math.min(Math.max(size * slack, regionMin), regionMax);
    this.place = pool.reserve(this.capacity);
    if (small !== null) this.write(small);
  }

  /** Statements that leave the outcome in `t`. They use `o`, the place of the state in `packed`. */
  get text(): string {
    if (this.isGraph) {
      const code = `(packed[o + ${poolName}[-t]] >> ${poolName}[1 - t]) & ${poolName}[2 - t]`;
      return `t = -${this.place}; do { t = ${poolName}[${graphHeader} - t + (${code})]; } while (t < 0);`;
    }
    const places = this.slots.map(({ side, word, shift, mask }, number) => {
      const code = codeOf(side === 0 ? wordOf(word) : nextOf(word), shift, mask);
      return `${poolName}[${this.slotPlaces[number] as number} + ${code}]`;
    });
    return `t = ${poolName}[${[this.place, ...places].join(" + ")}];`;
  }

  /** Writes what was learnt since. False: it has outgrown its region. */
  refresh(): boolean {
    if (this.tree.version === this.version) return true;
    const small = flatten(this.tree, this.outcomeOf, this.isGraph);
    return small !== null && this.isAlike(small) && this.write(small);
  }

  private isAlike(small: FlatTree | TreeGraph): boolean {
    if (small.kind === "graph") return this.isGraph;
    const { slots } = this;
    const isSame = ({ side, word, shift }: FlatTree["slots"][number], number: number): boolean =>
      slots[number]?.side === side && slots[number].word === word && slots[number].shift === shift;
    return !this.isGraph && small.slots.length === slots.length && small.slots.every(isSame);
  }

  private write(small: FlatTree | TreeGraph): boolean {
    const { cells } = this.pool;
    const values = small.kind === "flat" ? small.outcomes : small.cells.map((cell) => (cell < 0 ? cell - this.place : cell));
    if (values.length > this.capacity) return false;
    if (small.kind === "flat") small.slots.forEach(({ adds }, number) => cells.set(adds, this.slotPlaces[number]));
    cells.set(values, this.place);
    this.version = this.tree.version;
    return true;
  }
}

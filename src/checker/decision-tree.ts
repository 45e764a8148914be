/**
 * A pure function of packed states as a decision tree over their slots, learnt as it is asked.
 *
 * An action reads a few components of a state and changes a few. Which ones it reads is found by running it on
 * a watched state; afterwards the same values lead to the same leaf without a call, without an object. Nothing
 * is assumed: a value that was not seen before runs the function. A function that reads wide components, or
 * whose tree grows past its bound, gives up its tree and is called directly from then on.
 */
import type { Read } from "./watch.js";

/** Widest component, in bits, that a tree branches on. */
export const branchBitsMax = 12;
/** Slots a function may read; one that reads more takes almost as many values as there are states. */
const readsMax = 5;
/** A tree is kept while it has few leaves, or was asked often for each of them; `leavesMax` bounds it in any case. */
const leavesFree = 384;
const leavesMax = 1 << 14;
/** A leaf of an action costs as much as some hundred calls: all laws are asked about it. One of a law costs less. */
const asksPerLeaf = { action: 16, law: 3 } as const;
/** 32-bit cells of one tree. */
const cellsMax = 1 << 17;
const firstCells = 1 << 7;
const noCells = new Int32Array(1);
/** A node: word, shift, mask, side, number of values, then a reference for each value. */
const header = 5;

/** References: 0 leads nowhere yet, above 0 is a node's place, below 0 is leaf −1 − n. */
export const unknownRef = 0;
export const leafOf = (reference: number): number => -1 - reference;

/** A node, as others look at it. */
export interface TreeNode {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  readonly side: number;
  /** By code of the slot. */
  readonly references: Int32Array;
}

/** Leaves are small numbers of the caller's choice. */
export class DecisionTree {
  private cells = noCells;
  /** Cell 0 is not a node: it is the reference to the root. */
  private used = 1;
  private leaves = 0;
  private asked = 0;
  /** False once it gave up. */
  active = true;
  /** Grows with every leaf, and when it gives up. */
  version = 0;
  private readonly asksPerLeaf: number;

  constructor(kind: keyof typeof asksPerLeaf) {
    this.asksPerLeaf = asksPerLeaf[kind];
  }

  /** The leaf for these states, or -1 when they lead nowhere yet. */
  find(before: Uint32Array, beforeOffset: number, after: Uint32Array): number {
    const { cells } = this;
    this.asked += 1;
    let at = cells[0] as number;
    while (at > 0) {
      const place = cells[at] as number;
      const word = (cells[at + 3] === 0 ? before[beforeOffset + place] : after[place]) as number;
      at = cells[at + header + ((word >>> (cells[at + 1] as number)) & (cells[at + 2] as number))] as number;
    }
    return at === unknownRef ? -1 : leafOf(at);
  }

  /** It would have been asked so often, had a compiled form not answered in its place. */
  credit(asks: number): void {
    this.asked += asks;
  }

  /** Adds the path that led to a leaf. Gives up when it is not worth it. */
  learn(reads: readonly Read[], leaf: number): void {
    if (this.cells === noCells) this.cells = new Int32Array(reads.length === 0 ? 1 : firstCells);
    if (reads.length > readsMax) return this.giveUp();
    let reference = 0;
    for (const read of reads) {
      if (this.cells[reference] === unknownRef && !this.branch(reference, read)) return this.giveUp();
      const node = this.cells[reference] as number;
      if (node < 0 || !this.isBranchOn(node, read)) return this.giveUp();
      reference = node + header + read.code;
    }
    this.cells[reference] = -1 - leaf;
    this.leaves += 1;
    this.version += 1;
    const { leaves } = this;
    if (leaves > leavesMax || (leaves > leavesFree && leaves * this.asksPerLeaf > this.asked)) this.giveUp();
  }

  private branch(reference: number, { slot, side }: Read): boolean {
    const values = slot.component.domain.size;
    const size = header + values;
    if (slot.bits > branchBitsMax || this.used + size > cellsMax) return false;
    while (this.used + size > this.cells.length) {
      const cells = new Int32Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
    }
    const node = this.used;
    this.used += size;
    this.cells.set([slot.word, slot.shift, 2 ** slot.bits - 1, side, values], node);
    this.cells[reference] = node;
    return true;
  }

  /** The one leaf of a function that reads nothing; -1 when it has none. */
  get constant(): number {
    const root = this.cells[0] as number;
    return root < 0 ? leafOf(root) : -1;
  }

  /** Reference of the root. */
  get root(): number {
    return this.cells[0] as number;
  }

  /** The node that a reference above 0 leads to. */
  nodeAt(reference: number): TreeNode {
    const { cells } = this;
    const first = reference + header;
    return {
      word: cells[reference] as number,
      shift: cells[reference + 1] as number,
      mask: cells[reference + 2] as number,
      side: cells[reference + 3] as number,
      references: cells.subarray(first, first + (cells[reference + 4] as number)),
    };
  }

  private isBranchOn(node: number, { slot, side }: Read): boolean {
    const { cells } = this;
    return cells[node] === slot.word && cells[node + 1] === slot.shift && cells[node + 3] === side;
  }

  giveUp(): void {
    this.active = false;
    this.version += 1;
    this.cells = noCells;
    this.used = 1;
  }
}

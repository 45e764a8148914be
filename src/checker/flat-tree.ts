/**
 * A decision tree made small: as one look-up for all slots together, or as a graph of few nodes.
 *
 * Codes of a slot that the tree treats alike wherever it branches on the slot form a class; a flat tree keeps an
 * outcome for each combination of classes. A tree with too many combinations becomes a graph, in which equal
 * subtrees are one. What the tree does not know yet stays unknown in both.
 */
import { type DecisionTree, type TreeNode, leafOf, unknownRef } from "./decision-tree.js";

/** Combinations of classes that are kept: a table of this size stays in the cache. */
export const combinationsMax = 1 << 13;

/** The outcome of states that lead nowhere yet. Other outcomes are above it. */
export const unknownOutcome = 0;

/** A slot that the tree branches on. */
export interface FlatSlot {
  /** 0: of the state before; 1: of the state after. */
  readonly side: number;
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  /** By code: what it adds to the place in the table. */
  readonly adds: Uint16Array;
}

export interface FlatTree {
  readonly kind: "flat";
  readonly slots: readonly FlatSlot[];
  /** Outcome by the sum of what the slots add. */
  readonly outcomes: Int32Array;
}

/** Over slots of the state before only. The first node is the root. */
export interface TreeGraph {
  readonly kind: "graph";
  /** Nodes one after another: word, shift, mask, then by code an outcome, or minus the place of a node. */
  readonly cells: Int32Array;
}

/** Cells of a node before its references. */
export const graphHeader = 3;

/** A slot while its classes are found. */
interface Column {
  readonly side: number;
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  /** By distinct node on the slot: the number of its subtree by code. */
  readonly nodes: (readonly number[])[];
}

/** A subtree; equal ones have the same number. */
type Subtree =
  | { readonly outcome: number }
  | { readonly column: number; readonly children: readonly number[] };

/**
 * `outcomeOf` gives the outcome of a leaf; `asGraph` asks for a graph even if the tree is small. `null`: the tree
 * gave up, or would be a graph and looks at both states.
 */
export function flatten(
  tree: DecisionTree,
  outcomeOf: (leaf: number) => number,
  asGraph = false,
): FlatTree | TreeGraph | null {
  if (!tree.active) return null;
  const reduced = new Reduced(tree, outcomeOf);
  const root = reduced.number(tree.root);
  const classes = reduced.columns.map(classesOf);
  const combinations = classes.reduce((product, { size }) => product * size, 1);
  if (combinations <= combinationsMax && !asGraph) return flat(reduced, root, classes, combinations);
  if (reduced.columns.some(({ side }) => side !== 0)) return null;
  return { kind: "graph", cells: reduced.graph(root) };
}

function flat(reduced: Reduced, root: number, classes: readonly Classes[], combinations: number): FlatTree {
  const outcomes = new Int32Array(combinations);
  const strides: number[] = [];
  classes.reduce((stride, { size }) => (strides.push(stride), stride * size), 1);
  for (let place = 0; place < combinations; place += 1) {
    const codes = classes.map(({ size, first }, column) => first[Math.floor(place / (strides[column] as number)) % size] as number);
    outcomes[place] = reduced.outcome(root, codes);
  }
  const slots = reduced.columns.map(({ side, word, shift, mask }, column) => {
    const adds = new Uint16Array(mask + 1);
    const { classOf } = classes[column] as Classes;
    classOf.forEach((number, code) => (adds[code] = number * (strides[column] as number)));
    return { side, word, shift, mask, adds };
  });
  return { kind: "flat", slots, outcomes };
}

/** A tree with equal subtrees found equal. */
class Reduced {
  readonly columns: Column[] = [];
  private readonly tree: DecisionTree;
  private readonly outcomeOf: (leaf: number) => number;
  private readonly subtrees: Subtree[] = [];
  /** Numbers of subtrees: by column and children, and by outcome. */
  private readonly branches = new Map<string, number>();
  private readonly leaves = new Map<number, number>();

  constructor(tree: DecisionTree, outcomeOf: (leaf: number) => number) {
    this.tree = tree;
    this.outcomeOf = outcomeOf;
  }

  /** The number of the subtree at a reference. */
  number(reference: number): number {
    if (reference <= 0) return this.leafNumber(reference);
    const node = this.tree.nodeAt(reference);
    const column = this.columnOf(node);
    const children: number[] = [];
    for (const child of node.references) children.push(this.number(child));
    const key = `${column}:${children.join()}`;
    const known = this.branches.get(key);
    if (known !== undefined) return known;
    (this.columns[column] as Column).nodes.push(children);
    const number = this.subtrees.push({ column, children }) - 1;
    this.branches.set(key, number);
    return number;
  }

  private leafNumber(reference: number): number {
    const outcome = reference === unknownRef ? unknownOutcome : this.outcomeOf(leafOf(reference));
    const known = this.leaves.get(outcome);
    if (known !== undefined) return known;
    const number = this.subtrees.push({ outcome }) - 1;
    this.leaves.set(outcome, number);
    return number;
  }

  /** The outcome of a subtree for the codes of all columns. */
  outcome(number: number, codes: readonly number[]): number {
    let subtree = this.subtrees[number] as Subtree;
    while ("column" in subtree) {
      subtree = this.subtrees[subtree.children[codes[subtree.column] as number] as number] as Subtree;
    }
    return subtree.outcome;
  }

  /** The subtree as nodes; it branches. */
  graph(root: number): Int32Array {
    const places = new Map<number, number>();
    const order: number[] = [];
    let size = 0;
    const visit = (number: number): void => {
      const subtree = this.subtrees[number] as Subtree;
      if (!("column" in subtree) || places.has(number)) return;
      places.set(number, size);
      size += graphHeader + subtree.children.length;
      order.push(number);
      subtree.children.forEach(visit);
    };
    visit(root);
    const cells = new Int32Array(size);
    for (const number of order) {
      const { column, children } = this.subtrees[number] as Extract<Subtree, { children: unknown }>;
      const { word, shift, mask } = this.columns[column] as Column;
      const references = children.map((child) => {
        const subtree = this.subtrees[child] as Subtree;
        return "outcome" in subtree ? subtree.outcome : -(places.get(child) as number);
      });
      cells.set([word, shift, mask, ...references], places.get(number));
    }
    return cells;
  }

  private columnOf({ side, word, shift, mask }: TreeNode): number {
    const found = this.columns.findIndex((column) => column.side === side && column.word === word && column.shift === shift);
    return found === -1 ? this.columns.push({ side, word, shift, mask, nodes: [] }) - 1 : found;
  }
}

interface Classes {
  readonly size: number;
  /** Class by code. */
  readonly classOf: readonly number[];
  /** The first code of each class. */
  readonly first: readonly number[];
}

/** Codes are alike when every node on the slot sends them to equal subtrees. */
function classesOf({ nodes }: Column): Classes {
  const numbers = new Map<string, number>();
  const first: number[] = [];
  const classOf = (nodes[0] ?? []).map((_, code) => {
    const key = nodes.map((children) => children[code]).join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, first.length);
    return first.push(code) - 1;
  });
  return { size: first.length, classOf, first };
}

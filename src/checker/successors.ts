/**
 * What the actions of a model make of a packed state, learnt as it is asked.
 *
 * Each action has a decision tree over the slots it reads; a leaf is a patch. Which actions may be enabled at all
 * is looked up for all of them together, by the slot each looks at first. An action that reads too much is
 * called directly.
 */
import type { ActionFamily, ActionInstance } from "../../spec/kernel/index.js";

import type { Codec, Slot } from "./codec.js";
import { DecisionTree } from "./decision-tree.js";
import { ModelError } from "./errors.js";
import type { OpenLaw } from "./judge.js";
import { type Patch, Patches, type Write, applyPatch, disabled } from "./patch.js";
import type { ActionTable } from "./scripts.js";
import type { Read, Watch } from "./watch.js";

/** A condition of an action, with its arguments. */
interface Condition {
  readonly tree: DecisionTree;
  holds(state: object): boolean;
}

/** A slot that some action looks at first. */
interface Root {
  readonly slot: Slot;
  readonly word: number;
  readonly shift: number;
  readonly codes: number;
  /** By code: the actions it does not rule out. */
  readonly may: Int32Array;
}

/** An action as it was learnt: enabled when all conditions answer `yes`; leaves of the tree are places of patches. */
export interface LearntAction {
  readonly conditions: readonly DecisionTree[];
  readonly tree: DecisionTree;
  readonly patches: readonly Patch[];
}

/** Asked once for every leaf: which step laws stay open there. */
export type OpenLaws = (id: number, patch: Patch, offset: number, after: Uint32Array, reads: readonly Read[]) => OpenLaw[];

const bitsOfMask = 32;

/** Answers of conditions. */
export const no = 0;
const yes = 1;
const unknown = 2;

export class Successors {
  /** False: every action is called directly. */
  learning = false;
  /** After `candidates`: bit `id` of word `id / 32` is set when the action may be enabled. */
  readonly mask: Int32Array;
  private readonly codec: Codec<object>;
  private readonly actions: ActionTable;
  private readonly watch: Watch;
  private readonly openLaws: OpenLaws;
  private readonly conditions: readonly Condition[][];
  private trees: DecisionTree[];
  private patches: Patches[];
  /** Actions whose first slot is not known, or who look at none. */
  private always: Int32Array;
  /** By slot that some action looks at first: the actions it does not rule out, by code. */
  private roots: Root[] = [];
  private readonly scratch: Uint32Array;

  constructor(codec: Codec<object>, actions: ActionTable, watch: Watch, openLaws: OpenLaws, direct: boolean) {
    this.codec = codec;
    this.actions = actions;
    this.watch = watch;
    this.openLaws = openLaws;
    this.mask = new Int32Array(Math.ceil(actions.instances.length / bitsOfMask));
    this.scratch = new Uint32Array(codec.words);
    this.conditions = actions.instances.map(({ id, args }) =>
      (this.family(id).parts?.when ?? []).map((condition) => ({
        tree: new DecisionTree("law"),
        holds: (state) => condition(state, args),
      })),
    );
    this.trees = actions.instances.map(() => new DecisionTree("action"));
    this.patches = this.trees.map(() => new Patches(codec.words));
    this.always = this.allActions();
    if (direct) {
      this.trees.forEach((tree) => tree.giveUp());
      this.conditions.forEach((list) => list.forEach(({ tree }) => tree.giveUp()));
    }
  }

  /** Learns everything anew: leaves may now settle laws that they had to leave open. */
  relearn(): void {
    this.trees = this.trees.map((tree) => (tree.active ? new DecisionTree("action") : tree));
    this.patches = this.trees.map(() => new Patches(this.codec.words));
    this.roots = [];
    this.always = this.allActions();
  }

  private allActions(): Int32Array {
    const all = new Int32Array(this.mask.length).fill(-1);
    const spare = this.mask.length * bitsOfMask - this.actions.instances.length;
    if (spare > 0) all[this.mask.length - 1] = -1 >>> spare;
    return all;
  }

  /** Every patch that was learnt, to tell its laws that something changed. */
  *learntPatches(): Generator<Patch> {
    for (const { list } of this.patches) yield* list;
  }

  /** What was learnt of an action, to be compiled. */
  learntOf(id: number): LearntAction {
    const conditions = (this.conditions[id] as readonly Condition[]).map(({ tree }) => tree);
    return { conditions, tree: this.trees[id] as DecisionTree, patches: (this.patches[id] as Patches).list };
  }

  /** Fills `mask` for a state. */
  candidates(packed: Uint32Array, offset: number): void {
    const { mask, always, roots } = this;
    const width = mask.length;
    for (let k = 0; k < width; k += 1) mask[k] = always[k] as number;
    for (let place = 0; place < roots.length; place += 1) {
      const { word, shift, codes, may } = roots[place] as Root;
      const code = ((packed[offset + word] as number) >>> shift) & codes;
      for (let k = 0; k < width; k += 1) mask[k] = (mask[k] as number) | (may[code * width + k] as number);
    }
  }

  /** The patch of an action on a state, the patch `disabled`, or `null` when it is to be called directly. */
  patchOf(id: number, packed: Uint32Array, offset: number): Patch | null {
    if (!this.learning) return null;
    const tree = this.trees[id] as DecisionTree;
    const conditions = this.conditions[id] as readonly Condition[];
    if (conditions.length > 0) {
      const answer = this.allHold(conditions, packed, offset);
      if (answer === no) return (this.patches[id] as Patches).list[disabled] as Patch;
      if (answer === unknown) return null;
    }
    if (!tree.active) return null;
    const leaf = tree.find(packed, offset, packed);
    if (leaf === -1) return this.learnSafely(id, packed, offset);
    return (this.patches[id] as Patches).list[leaf] as Patch;
  }

  /** The action itself, called. */
  apply(id: number, before: object): object | null {
    return this.family(id).next(before, (this.actions.instances[id] as ActionInstance).args);
  }

  private family(id: number): ActionFamily<object> {
    return this.actions.families[id] as ActionFamily<object>;
  }

  /** `unknown`: none is known to fail, and one is to be called directly. */
  private allHold(conditions: readonly Condition[], packed: Uint32Array, offset: number): number {
    let all = yes;
    for (let place = 0; place < conditions.length; place += 1) {
      const { tree, holds } = conditions[place] as Condition;
      if (!tree.active) {
        all = unknown;
        continue;
      }
      let answer = tree.find(packed, offset, packed);
      if (answer === -1) answer = this.learnCondition(tree, holds, packed, offset);
      if (answer === no) return no;
      if (answer === unknown) all = unknown;
    }
    return all;
  }

  private learnCondition(tree: DecisionTree, holds: Condition["holds"], packed: Uint32Array, offset: number): number {
    this.watch.begin(packed, offset);
    try {
      const answer = holds(this.watch.before) ? yes : no;
      tree.learn(this.watch.reads, answer);
      return answer;
    } catch (error) {
      if (error instanceof ModelError) throw error;
      tree.giveUp();
      return unknown;
    }
  }

  /** A function that cannot be watched (it clones its argument, say) is called directly. */
  private learnSafely(id: number, packed: Uint32Array, offset: number): Patch | null {
    try {
      return this.learn(id, packed, offset);
    } catch (error) {
      if (error instanceof ModelError) {
        const { label } = this.actions.instances[id] as ActionInstance;
        throw error.within({ action: label, state: JSON.stringify(this.codec.unpack(packed, offset)) });
      }
      (this.trees[id] as DecisionTree).giveUp();
      this.noteRoot(id, [], disabled);
      return null;
    }
  }

  private learn(id: number, packed: Uint32Array, offset: number): Patch | null {
    const { watch } = this;
    const tree = this.trees[id] as DecisionTree;
    const patches = this.patches[id] as Patches;
    watch.begin(packed, offset);
    const after = this.applyWatched(id);
    const writes = after === null ? null : this.writesOf(id, packed, offset, after);
    const { reads } = watch;
    const bare = patches.bare(writes);
    let leaf: number = disabled;
    if (bare !== null && writes !== null) {
      applyPatch(bare, packed, offset, this.scratch);
      leaf = patches.idOf(bare, this.openLaws(id, bare, offset, this.scratch, reads));
    }
    if (bare === null) tree.giveUp();
    else tree.learn(reads, leaf);
    this.noteRoot(id, reads, leaf);
    return tree.active ? (patches.list[leaf] as Patch) : null;
  }

  /** Its conditions have trees of their own and were found to hold. */
  private applyWatched(id: number): object | null {
    const { parts } = this.family(id);
    const { args } = this.actions.instances[id] as ActionInstance;
    return parts === undefined ? this.apply(id, this.watch.before) : parts.next(this.watch.before, args);
  }

  /** A value out of bounds is reported by the codec, which knows the whole state. */
  private writesOf(id: number, packed: Uint32Array, offset: number, after: object): readonly Write[] {
    try {
      return this.watch.writes(after);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const real = this.apply(id, this.codec.unpack(packed, offset));
      if (real !== null) this.codec.pack(real, this.scratch, 0);
      throw error;
    }
  }

  private noteRoot(id: number, reads: readonly Read[], leaf: number): void {
    const [first, ...rest] = reads;
    const word = Math.floor(id / bitsOfMask);
    const bit = 1 << (id % bitsOfMask);
    const width = this.mask.length;
    if (!(this.trees[id] as DecisionTree).active) {
      this.always[word] = (this.always[word] as number) | bit;
      return;
    }
    if (first === undefined || (this.conditions[id] as readonly Condition[]).length > 0) return;
    let root = this.roots.find(({ slot }) => slot === first.slot);
    if (root === undefined) {
      const { slot } = first;
      const { word: at, shift, bits } = slot;
      root = { slot, word: at, shift, codes: 2 ** bits - 1, may: new Int32Array(2 ** bits * width) };
      this.roots.push(root);
    }
    const { may } = root;
    if (((this.always[word] as number) & bit) !== 0) {
      this.always[word] = (this.always[word] as number) & ~bit;
      for (let at = word; at < may.length; at += width) may[at] = (may[at] as number) | bit;
    }
    if (leaf === disabled && rest.length === 0) {
      const at = first.code * width + word;
      may[at] = (may[at] as number) & ~bit;
    }
  }
}

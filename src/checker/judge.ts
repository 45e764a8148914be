/**
 * The laws of one search: asks each about states and steps, keeps first breaches and first witnesses.
 *
 * What a law makes of a step depends on the few slots it looks at; that is learnt as a decision tree. A law that
 * looks at no more than the action did is settled with the leaf of the action and not asked again.
 */
import type { InvariantCheck, ResponseCheck, StepCheck } from "../../laws/law.js";
import type { ActionInstance, Model } from "../../spec/kernel/index.js";

import type { Codec } from "./codec.js";
import { DecisionTree } from "./decision-tree.js";
import { ModelError } from "./errors.js";
import { type LiveCheck, type LiveChecks, type Place, settle } from "./live-checks.js";
import type { Patch } from "./patch.js";
import { countAfter } from "./response.js";
import { type ActionTable, effectsOf, runScript } from "./scripts.js";
import type { StateTable } from "./state-table.js";
import type { Read, Watch } from "./watch.js";

/** What a tree keeps of a law's answer. */
export const nothing = 0;
const breached = 1;
const witnessed = 2;
/** The law does something that a stand-in cannot answer (it clones the state, say): it is called directly. */
const unwatchable = 3;

/** A law with its tree. The functions are held here, so that all laws are called alike. */
interface AskedLaw<C extends InvariantCheck | StepCheck> {
  readonly live: LiveCheck<C>;
  tree: DecisionTree;
  readonly breach: C["breach"];
  readonly witness: C["witness"];
}

/** A step law that a leaf does not settle. */
export type OpenLaw = AskedLaw<StepCheck>;

/** What the judge needs of the search. */
export interface Bench {
  readonly model: Model;
  readonly codec: Codec<object>;
  readonly actions: ActionTable;
  readonly table: StateTable;
  readonly watch: Watch;
  readonly direct: boolean;
  /** Every patch that was learnt so far. */
  learntPatches(): Iterable<Patch>;
  /** Forgets the patches and the laws they leave open. */
  relearn(): void;
}

export class Judge {
  readonly checks: LiveChecks;
  /** False: every law is called directly. */
  learning = false;
  private readonly bench: Bench;
  private invariants: AskedLaw<InvariantCheck>[];
  /** Step laws by action instance, for actions that are called directly. */
  private direct: (AskedLaw<StepCheck>[] | undefined)[] = [];
  private readonly within: number;

  constructor(checks: LiveChecks, bench: Bench) {
    this.checks = checks;
    this.bench = bench;
    this.invariants = this.asked(checks.invariants);
    this.within = checks.response === null ? 0 : checks.response.check.within(bench.model);
  }

  get anyViolated(): boolean {
    return this.checks.all.some(({ breach }) => breach !== null);
  }

  /** Which step laws a leaf of an action leaves open: those that say something, or look further than the action. */
  openLaws(id: number, patch: Patch, offset: number, after: Uint32Array, reads: readonly Read[]): OpenLaw[] {
    const laws = this.lawsOf(id);
    const open: OpenLaw[] = [];
    for (let place = 0; place < laws.length; place += 1) {
      const law = laws[place] as AskedLaw<StepCheck>;
      const answer = this.watchStep(law, id, patch, offset, after);
      const isSettled = answer === nothing && this.bench.watch.reads.every((read) => isAmong(reads, read));
      if (isSettled) continue;
      const tree = this.freshTree();
      if (answer === unwatchable) tree.giveUp();
      open.push({ ...law, tree });
    }
    return open;
  }

  private lawsOf(id: number): AskedLaw<StepCheck>[] {
    return (this.direct[id] ??= this.asked(this.checks.steps[id] ?? []));
  }

  /** A new state, number `found`. */
  checkState(found: number): void {
    const { codec, table, watch } = this.bench;
    const offset = found * table.words;
    for (const { live, tree, breach, witness } of this.invariants) {
      if (this.learning && tree.active) {
        let answer = tree.find(table.packed, offset, table.packed);
        if (answer === -1) {
          watch.begin(table.packed, offset);
          answer = watched(() => answerOf(live, breach(watch.before), () => witness(watch.before)));
          if (answer === unwatchable) tree.giveUp();
          else tree.learn(watch.reads, answer);
        }
        if (answer === nothing) continue;
      }
      const state = codec.unpack(table.packed, offset);
      const place = { state: found, action: null };
      const reason = breach(state);
      if (reason !== null) this.settle(live, { place, reason, which: null }, found + 1);
      else if (live.witness === null && witness(state)) this.witness(live, place);
    }
  }

  /** A step whose effect is known as a patch: from state `index` to the state in `after`. */
  checkPatch(index: number, id: number, patch: Patch, after: Uint32Array): void {
    const { laws } = patch;
    for (let place = 0; place < laws.length; place += 1) {
      const law = laws[place] as OpenLaw;
      this.checkLaw(law, index, id, patch, after);
      // A breached law has left the list.
      if (laws[place] !== law) place -= 1;
      else if (law.tree.constant === nothing) {
        laws.splice(place, 1);
        place -= 1;
      }
    }
  }

  /** One law that a patch leaves open. */
  checkLaw(law: OpenLaw, index: number, id: number, patch: Patch, after: Uint32Array): void {
    const { codec, table, actions } = this.bench;
    const { tree, live } = law;
    if (live.breach !== null) return;
    const offset = index * table.words;
    if (tree.active) {
      let answer = tree.find(table.packed, offset, after);
      if (answer === -1) answer = this.ask(law, id, patch, offset, after);
      if (answer === nothing) return;
    }
    const before = codec.unpack(table.packed, offset);
    this.checkStep(law, index, id, before, codec.unpack(after, 0), effectsOf(actions, id, before));
  }

  /** A step whose states are at hand. */
  checkDirect(index: number, id: number, before: object, after: object): void {
    const laws = this.lawsOf(id);
    if (laws.length === 0) return;
    const effects = effectsOf(this.bench.actions, id, before);
    // A decided law starts a new list; this one stays as it is.
    for (let place = 0; place < laws.length; place += 1) {
      this.checkStep(laws[place] as AskedLaw<StepCheck>, index, id, before, after, effects);
    }
  }

  checkScripts(index: number, before: object): void {
    const { actions, model } = this.bench;
    for (const live of this.checks.scripts) {
      for (const which of live.check.cases(before, actions.index, model)) {
        const outcomes = which.scripts.map((script) => runScript(actions, before, script));
        const reason = live.check.breach(outcomes, which);
        if (reason !== null) {
          this.settle(live, { place: { state: index, action: null }, reason, which });
          break;
        }
        if (live.witness === null && live.check.witness(outcomes, which)) {
          this.witness(live, { state: index, action: null });
        }
      }
    }
  }

  /** The count of the response law after a step; it travels as one more word of the state. */
  countResponse(live: LiveCheck<ResponseCheck>, index: number, id: number, after: Uint32Array): number {
    const { codec, table, actions } = this.bench;
    const offset = index * table.words;
    const due = table.packed[offset + codec.words] as number;
    const before = codec.unpack(table.packed, offset);
    const next = codec.unpack(after, 0);
    const action = actions.instances[id] as ActionInstance;
    const count = countAfter(live.check, due, before, action, next, effectsOf(actions, id, before));
    if (due === 0 && count > 0 && live.witness === null) live.witness = { state: index, action: id };
    if (count - 1 >= this.within && live.breach === null && count !== due) {
      const reason = live.check.breach(next, count - 1);
      this.settle(live, { place: { state: index, action: id }, reason, which: null });
    }
    return count;
  }

  /** Asks a law about a watched step and keeps the answer. */
  private ask(law: AskedLaw<StepCheck>, id: number, patch: Patch, offset: number, after: Uint32Array): number {
    const answer = this.watchStep(law, id, patch, offset, after);
    if (answer === unwatchable) law.tree.giveUp();
    else law.tree.learn(this.bench.watch.reads, answer);
    return answer;
  }

  private watchStep(law: AskedLaw<StepCheck>, id: number, patch: Patch, offset: number, after: Uint32Array): number {
    const { table, watch, actions } = this.bench;
    const action = actions.instances[id] as ActionInstance;
    watch.beginStep(table.packed, offset, after, patch);
    return watched(() => {
      const effects = effectsOf(actions, id, watch.before);
      const reason = law.breach(watch.before, action, watch.after, effects);
      return answerOf(law.live, reason, () => law.witness(watch.before, action, watch.after, effects));
    });
  }

  private checkStep(
    law: AskedLaw<StepCheck>,
    index: number,
    id: number,
    before: object,
    after: object,
    effects: readonly unknown[],
  ): void {
    const action = this.bench.actions.instances[id] as ActionInstance;
    const reason = law.breach(before, action, after, effects);
    if (reason !== null) this.settle(law.live, { place: { state: index, action: id }, reason, which: null });
    if (law.live.witness === null && law.witness(before, action, after, effects)) {
      this.witness(law.live, { state: index, action: id });
    }
  }

  private asked<C extends InvariantCheck | StepCheck>(lives: readonly LiveCheck<C>[]): AskedLaw<C>[] {
    return lives.map((live) => {
      const { check } = live;
      return { live, tree: this.freshTree(), breach: check.breach.bind(check), witness: check.witness.bind(check) };
    });
  }

  private settle(live: LiveCheck, breach: NonNullable<LiveCheck["breach"]>, states = this.bench.table.count): void {
    if (live.breach !== null) return;
    settle(this.checks, live, breach, states);
    this.forget((law) => law.live === live);
    for (const { laws } of this.bench.learntPatches()) {
      const place = laws.findIndex((law) => law.live === live);
      if (place !== -1) laws.splice(place, 1);
    }
  }

  /** The law is no longer asked for a witness: what it answered before is learnt anew. */
  private witness(live: LiveCheck, place: Place): void {
    live.witness = place;
    this.forget((law) => law.live === live);
    for (const { laws } of this.bench.learntPatches()) {
      for (const law of laws) if (law.live === live) law.tree = this.freshTree();
    }
    // No step law looks for a witness any more: most leaves settle all of them now.
    const open = this.checks.all.some((one) => one.check.kind === "step" && one.witness === null && one.breach === null);
    if (live.check.kind === "step" && !open) this.bench.relearn();
  }

  private forget(isConcerned: (law: AskedLaw<InvariantCheck> | AskedLaw<StepCheck>) => boolean): void {
    this.invariants = this.invariants
      .filter(({ live }) => live.breach === null)
      .map((law) => (isConcerned(law) ? { ...law, tree: this.freshTree() } : law));
    this.direct = [];
  }

  private freshTree(): DecisionTree {
    const tree = new DecisionTree("law");
    if (this.bench.direct) tree.giveUp();
    return tree;
  }
}

function watched(ask: () => number): number {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return unwatchable;
  }
}

/** The action looked at the slot before, so that its leaf fixes what the law saw. */
function isAmong(reads: readonly Read[], { side, slot }: Read): boolean {
  return side === 0 && reads.some((read) => read.slot === slot);
}

/** A breach, or, as long as it is looked for, a witness. */
function answerOf(live: LiveCheck, reason: string | null, witness: () => boolean): number {
  if (reason !== null) return breached;
  return live.witness === null && witness() ? witnessed : nothing;
}

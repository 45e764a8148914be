/**
 * Exhaustive breadth-first search over a model, with the laws checked on the way.
 *
 * Exact: every distinct state is stored whole. Deterministic: the same model gives the same numbers, levels and
 * counterexamples. Every counterexample is one of the shortest. Limits end a search early and leave what was
 * not decided `unknown`. The search runs in slices, so that a caller can show progress or stop it.
 */
import type { InvariantCheck, ResponseCheck, StepCheck } from "../../laws/law.js";
import type { ActionFamily, ActionInstance, Model } from "../../spec/kernel/index.js";

import { type Codec, codecFor } from "./codec.js";
import { coverageOf } from "./coverage.js";
import { ModelError } from "./errors.js";
import { DecisionTree, type Patch, Patches, disabled } from "./decision-tree.js";
import { type LearntCheck, answerOf, learnt, nothing } from "./learnt-checks.js";
import { type CheckRequest, type LiveCheck, type LiveChecks, type Place, liveChecks, settle } from "./live-checks.js";
import { type Orbit, orbitOf } from "./orbit.js";
import type { CheckResult, LimitReached, Path, Progress, SearchResult } from "./result.js";
import { type ActionTable, actionTable, effectsOf, runScript } from "./scripts.js";
import { StateTable } from "./state-table.js";
import { counterexampleOf, pathTo } from "./trace.js";
import { type Watch, watch } from "./watch.js";

/** Limits of one search. Absent: none. */
export interface Limits {
  readonly statesMax?: number;
  readonly secondsMax?: number;
  /** Resident set of the whole process, in bytes. */
  readonly bytesMax?: number;
}

/** What the search asks of the world; tests give their own. */
export interface Clock {
  /** Seconds from any origin, never running backwards. */
  now(): number;
  /** Resident set of the process, in bytes. */
  rss(): number;
}

export interface SearchOptions {
  readonly checks?: readonly CheckRequest[];
  /** Explore one state of each orbit. Checks that are not symmetric are refused. */
  readonly symmetry?: boolean;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /** Stop as soon as one check is violated: what is asked of a mutant. */
  readonly stopWhenViolated?: boolean;
  /** Where the model stands, for counterexamples. Defaults to the model's name. */
  readonly on?: string;
  readonly mutant?: string | null;
  /** Call every action and every law on every state, without decision trees. Slower; the same result. */
  readonly direct?: boolean;
}

export interface Search {
  /** Expands up to `states` more states; true when the search is over. */
  advance(states: number): boolean;
  /** Ends the search; what is undecided becomes unknown. */
  interrupt(): void;
  progress(): Progress;
  result(): SearchResult;
}

const defaultClock: Clock = {
  now: () => performance.now() / 1000,
  rss: () => process.memoryUsage.rss(),
};

/** States between two looks at the limits. */
const sliceMax = 2048;
/** The first states, and then one in so many, are expanded twice to see that `next` is a function. */
const recheckedFirst = 32;
const recheckedEvery = 1009;
/** Successors that wait until they are looked up together. */
const waitingMax = 256;

interface Waiting {
  readonly words: Uint32Array;
  readonly parents: Int32Array;
  readonly actions: Uint16Array;
  count: number;
  /** Keeps the engine from dropping the loads. */
  touched: number;
}

/** Runs a search to its end. Throws a ModelError when the model is broken. */
export function search(model: Model, options: SearchOptions = {}): SearchResult {
  const running = createSearch(model, options);
  while (!running.advance(sliceMax));
  return running.result();
}

export function createSearch(model: Model, options: SearchOptions = {}): Search {
  return new BreadthFirst(model, options);
}

class BreadthFirst implements Search {
  private readonly codec: Codec<object>;
  private readonly orbit: Orbit | null;
  private readonly actions: ActionTable;
  private readonly checks: LiveChecks;
  private readonly table: StateTable;
  private readonly words: Uint32Array;
  private readonly twin: Uint32Array;
  private readonly stepsOf: Float64Array;
  private readonly clock: Clock;
  private readonly started: number;
  private readonly levels: number[] = [];
  private readonly within: number;
  private readonly watch: Watch;
  /** By action instance. */
  private readonly trees: DecisionTree[];
  private readonly patches: Patches[];
  private learntInvariants: LearntCheck<InvariantCheck>[];
  private readonly waiting: Waiting;
  private ended: number | null = null;
  private cursor = 0;
  private levelEnd = 0;
  private transitions = 1;
  private running: ActionInstance | null = null;
  private limit: LimitReached | null = null;
  private over = false;

  private readonly model: Model;
  private readonly options: SearchOptions;

  constructor(model: Model, options: SearchOptions) {
    this.model = model;
    this.options = options;
    this.clock = options.clock ?? defaultClock;
    this.started = this.clock.now();
    this.codec = codecFor(model.schema);
    this.orbit = options.symmetry === true ? orbitOf(this.codec) : null;
    this.actions = actionTable(model);
    this.checks = liveChecks(options.checks ?? [], this.actions.instances);
    this.refuseAsymmetric();
    const { response } = this.checks;
    this.within = response === null ? 0 : response.check.within(model);
    this.table =
      response === null
        ? new StateTable(this.codec.words, this.codec.spareBit)
        : new StateTable(this.codec.words + 1, true);
    this.words = new Uint32Array(this.table.words);
    this.waiting = {
      words: new Uint32Array(this.table.words * waitingMax),
      parents: new Int32Array(waitingMax),
      actions: new Uint16Array(waitingMax),
      count: 0,
      touched: 0,
    };
    this.twin = new Uint32Array(this.table.words);
    this.stepsOf = new Float64Array(this.actions.instances.length);
    this.watch = watch(this.codec);
    this.trees = this.actions.instances.map(() => new DecisionTree());
    this.patches = this.trees.map(() => new Patches(this.codec.words));
    this.learntInvariants = learnt(this.checks.invariants, options.direct === true);
    if (options.direct === true) this.trees.forEach((tree) => tree.giveUp());
    this.guarded(() => this.enterInitialStates());
    if (options.stopWhenViolated === true && this.anyViolated()) this.over = true;
  }

  private refuseAsymmetric(): void {
    if (this.orbit === null) return;
    const asymmetric = this.checks.all.find(({ check }) => check.symmetric === false);
    if (asymmetric === undefined) return;
    const found = `${asymmetric.request.law} tells the ids apart; check it without symmetry`;
    throw new ModelError({ code: "model/asymmetric", sort: this.orbit.sorts.map(({ sort }) => sort).join(", "), found });
  }

  private enterInitialStates(): void {
    if (this.model.initial.length === 0) throw new ModelError({ code: "model/no-initial-state" });
    this.model.initial.forEach((state, number) => {
      this.codec.pack(state, this.words, 0);
      this.orbit?.canonicalize(this.words);
      if (this.table.add(this.words, 0, -1, number)) this.checkInvariants(this.table.count - 1);
    });
    this.levelEnd = this.table.count;
    this.levels.push(this.table.count);
  }

  advance(states: number): boolean {
    let left = states;
    while (left > 0 && !this.over) {
      const slice = Math.min(left, sliceMax);
      this.guarded(() => this.expandUpTo(slice));
      left -= slice;
      this.lookAtLimits();
    }
    if (this.over && this.ended === null) this.ended = this.clock.now();
    return this.over;
  }

  private expandUpTo(states: number): void {
    const end = this.cursor + states;
    while (this.cursor < end && this.cursor < this.table.count) {
      if (this.cursor === this.levelEnd) {
        this.levels.push(this.table.count - this.levelEnd);
        this.levelEnd = this.table.count;
      }
      const stop = Math.min(end, this.levelEnd);
      while (this.cursor < stop) {
        this.expand(this.cursor);
        this.cursor += 1;
        if (this.options.stopWhenViolated === true && this.anyViolated()) break;
      }
      this.addWaiting();
      if (this.options.stopWhenViolated === true && this.anyViolated()) {
        this.over = true;
        return;
      }
    }
    if (this.cursor === this.table.count) this.over = true;
  }

  private expand(index: number): void {
    const { table, codec, words, orbit, checks, trees, patches, stepsOf } = this;
    const { packed } = table;
    const offset = index * table.words;
    const count = trees.length;
    const recheck = index < recheckedFirst || index % recheckedEvery === 0;
    const copy = recheck ? codec.unpackFresh(packed, offset) : null;
    let before: object | null = null;
    let enabled = 0;
    for (let id = 0; id < count; id += 1) {
      const tree = trees[id] as DecisionTree;
      let patch: Patch | null = null;
      let after: object | null = null;
      if (tree.active) {
        let leaf = tree.find(packed, offset, words);
        if (leaf === -1) leaf = this.learnAction(id, offset);
        if (leaf === disabled) {
          if (copy !== null) this.recheck(copy, id, false);
          continue;
        }
        if (leaf > 0) patch = (patches[id] as Patches).list[leaf] as Patch;
      }
      if (patch === null) {
        before ??= codec.unpack(packed, offset);
        after = this.apply(id, before);
        if (after === null) continue;
        codec.pack(after, words, 0);
      } else {
        const { keep, set } = patch;
        for (let k = 0; k < keep.length; k += 1) {
          words[k] = ((packed[offset + k] as number) & (keep[k] as number)) | (set[k] as number);
        }
      }
      if (copy !== null) this.recheck(copy, id, true);
      enabled += 1;
      stepsOf[id] = (stepsOf[id] as number) + 1;
      if (patch === null) this.checkSteps(index, id, before as object, after as object);
      else if (patch.laws === null || patch.laws.length > 0) this.checkPatch(index, id, patch);
      if (checks.response !== null) this.count(checks.response, index, id);
      if (orbit !== null) orbit.canonicalize(words);
      this.found(index, id);
    }
    this.running = null;
    this.transitions += enabled;
    if (checks.scripts.length > 0) this.checkScripts(index, before ?? codec.unpack(packed, offset));
  }

  /** A successor is in `words`: it waits with others, so that the table is asked for many at a time. */
  private found(index: number, id: number): void {
    const { waiting, words } = this;
    const width = this.table.words;
    const offset = waiting.count * width;
    for (let k = 0; k < width; k += 1) waiting.words[offset + k] = words[k] as number;
    waiting.parents[waiting.count] = index;
    waiting.actions[waiting.count] = id;
    waiting.count += 1;
    if (waiting.count === waitingMax) this.addWaiting();
  }

  private addWaiting(): void {
    const { waiting, table, checks } = this;
    const { words, parents, actions, count } = waiting;
    waiting.touched = table.touch(words, count);
    for (let place = 0; place < count; place += 1) {
      const offset = place * table.words;
      if (table.add(words, offset, parents[place] as number, actions[place] as number) && checks.invariants.length > 0) {
        this.checkInvariants(table.count - 1);
      }
    }
    waiting.count = 0;
  }

  private apply(id: number, before: object): object | null {
    const action = this.actions.instances[id] as ActionInstance;
    this.running = action;
    return (this.actions.families[id] as ActionFamily<object>).next(before, action.args);
  }

  /** Runs an action on a watched state and keeps what it did; -1 when it is to be called directly. */
  private learnAction(id: number, offset: number): number {
    const { packed } = this.table;
    this.watch.begin(packed, offset, this.words);
    const after = this.apply(id, this.watch.before);
    const patches = this.patches[id] as Patches;
    const patch = patches.idOf(after === null ? null : this.watch.writes(after));
    const tree = this.trees[id] as DecisionTree;
    tree.learn(this.watch.reads, patch);
    return tree.active ? patch : -1;
  }

  private checkInvariants(found: number): void {
    const { codec, table, watch: watched } = this;
    for (const { live, tree } of this.learntInvariants) {
      const { check } = live;
      if (tree.active) {
        let answer = tree.find(table.packed, found * table.words, this.words);
        if (answer === -1) {
          watched.begin(table.packed, found * table.words, this.words);
          answer = answerOf(live, check.breach(watched.before), () => check.witness(watched.before));
          tree.learn(watched.reads, answer);
        }
        if (answer === nothing) continue;
      }
      const state = codec.unpack(table.packed, found * table.words);
      const place = { state: found, action: null };
      const reason = check.breach(state);
      if (reason !== null) this.settle(live, { place, reason, which: null });
      else if (live.witness === null && check.witness(state)) this.witness(live, place);
    }
  }

  /** Step laws of a step whose effect is known as a patch: from state `index` to `words`. */
  private checkPatch(index: number, id: number, patch: Patch): void {
    const { codec, table, watch: watched, actions } = this;
    const list = (patch.laws ??= learnt(this.checks.steps[id] ?? [], this.options.direct === true));
    const offset = index * table.words;
    for (let place = 0; place < list.length; place += 1) {
      const { live, tree } = list[place] as LearntCheck<StepCheck>;
      const { check } = live;
      const action = actions.instances[id] as ActionInstance;
      if (tree.active) {
        let answer = tree.find(table.packed, offset, this.words);
        if (answer === -1) {
          watched.begin(table.packed, offset, this.words, patch.touched);
          const effects = effectsOf(actions, id, watched.before);
          const reason = check.breach(watched.before, action, watched.after, effects);
          answer = answerOf(live, reason, () => check.witness(watched.before, action, watched.after, effects));
          tree.learn(watched.reads, answer);
          if (tree.constant === nothing) {
            list.splice(place, 1);
            place -= 1;
          }
        }
        if (answer === nothing) continue;
      }
      const before = codec.unpack(table.packed, offset);
      this.checkStep(live, index, id, before, codec.unpack(this.words, 0), effectsOf(actions, id, before));
    }
  }

  private settle(live: LiveCheck, breach: NonNullable<LiveCheck["breach"]>): void {
    settle(this.checks, live, breach, this.table.count);
    this.forget();
  }

  private witness(live: LiveCheck, place: Place): void {
    live.witness = place;
    this.forget();
  }

  /** The laws in question changed, or are no longer asked for a witness: their trees are learnt anew. */
  private forget(): void {
    const direct = this.options.direct === true;
    for (const { list } of this.patches) for (const patch of list) patch.laws = null;
    this.learntInvariants = learnt(this.checks.invariants, direct);
  }

  private checkSteps(index: number, id: number, before: object, after: object): void {
    if ((this.checks.steps[id] as readonly unknown[]).length === 0) return;
    const effects = effectsOf(this.actions, id, before);
    for (const live of this.checks.steps[id] as LiveChecks["steps"][number]) {
      this.checkStep(live, index, id, before, after, effects);
    }
  }

  private checkStep(
    live: LiveCheck<StepCheck>,
    index: number,
    id: number,
    before: object,
    after: object,
    effects: readonly unknown[],
  ): void {
    const action = this.actions.instances[id] as ActionInstance;
    const reason = live.check.breach(before, action, after, effects);
    if (reason !== null) this.settle(live, { place: { state: index, action: id }, reason, which: null });
    if (live.witness === null && live.check.witness(before, action, after, effects)) {
      this.witness(live, { state: index, action: id });
    }
  }

  private checkScripts(index: number, before: object): void {
    for (const live of this.checks.scripts) {
      for (const which of live.check.cases(before, this.actions.index, this.model)) {
        const outcomes = which.scripts.map((script) => runScript(this.actions, before, script));
        const reason = live.check.breach(outcomes, which);
        if (reason !== null) {
          this.settle(live, { place: { state: index, action: null }, reason, which });
          break;
        }
        if (live.witness === null && live.check.witness(outcomes, which)) {
          live.witness = { state: index, action: null };
        }
      }
    }
  }

  /** The count of a response law travels as one more word of the state. */
  private count(live: LiveCheck<ResponseCheck>, index: number, id: number): void {
    const place = this.codec.words;
    const before = this.codec.unpack(this.table.packed, index * this.table.words);
    const after = this.codec.unpack(this.words, 0);
    const due = this.table.packed[index * this.table.words + place] as number;
    const action = this.actions.instances[id] as ActionInstance;
    const next = countAfter(live.check, due, before, action, after, effectsOf(this.actions, id, before));
    this.words[place] = next;
    if (due === 0 && next > 0 && live.witness === null) live.witness = { state: index, action: id };
    if (next - 1 < this.within || live.breach !== null || next === due) return;
    const reason = live.check.breach(after, next - 1);
    this.settle(live, { place: { state: index, action: id }, reason, which: null });
    this.over = true;
  }

  /** The action, called on a copy of the state that shares nothing, must give the state in `words`. */
  private recheck(copy: object, id: number, enabled: boolean): void {
    const { codec, words, twin } = this;
    const again = this.apply(id, copy);
    if (again !== null) codec.pack(again, twin, 0);
    let same = (again !== null) === enabled;
    for (let k = 0; same && enabled && k < codec.words; k += 1) same = words[k] === twin[k];
    if (same) return;
    throw new ModelError({
      code: "model/nondeterministic",
      action: (this.actions.instances[id] as ActionInstance).label,
      first: enabled ? JSON.stringify(codec.unpack(words, 0)) : "not enabled",
      second: again === null ? "not enabled" : JSON.stringify(again),
    });
  }

  private anyViolated(): boolean {
    return this.checks.all.some(({ breach }) => breach !== null);
  }

  private lookAtLimits(): void {
    if (this.over) return;
    const { statesMax, secondsMax, bytesMax } = this.options.limits ?? {};
    if (statesMax !== undefined && this.table.count >= statesMax) this.end("states", statesMax);
    else if (secondsMax !== undefined && this.clock.now() - this.started >= secondsMax) this.end("seconds", secondsMax);
    else if (bytesMax !== undefined && this.clock.rss() >= bytesMax) this.end("memory", bytesMax);
  }

  private end(limit: LimitReached["limit"], value: number): void {
    this.limit = { limit, value };
    this.over = true;
  }

  interrupt(): void {
    if (this.over) return;
    this.end("interrupted", 0);
    this.ended = this.clock.now();
  }

  progress(): Progress {
    return {
      model: this.model.name,
      distinctStates: this.table.count,
      frontier: this.table.count - this.cursor,
      depth: this.levels.length,
      transitions: this.transitions,
      seconds: (this.ended ?? this.clock.now()) - this.started,
      rssBytes: this.clock.rss(),
    };
  }

  result(): SearchResult {
    const seconds = (this.ended ?? this.clock.now()) - this.started;
    const complete = this.over && this.limit === null && this.cursor === this.table.count;
    const distinctStates = this.table.count;
    const levels = complete ? this.levels : [...this.levels, distinctStates - this.levelEnd].filter((n) => n > 0);
    return {
      model: this.model.name,
      parameters: this.model.parameters,
      symmetry: this.orbit !== null,
      complete,
      limit: this.limit,
      statistics: {
        distinctStates,
        transitions: this.transitions,
        depth: levels.length,
        levels,
        seconds,
        statesPerSecond: seconds > 0 ? Math.round(distinctStates / seconds) : 0,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        stateBytes: this.codec.words * 4,
      },
      checks: this.checks.all.map((live) => this.checkResult(live, complete)),
      coverage: coverageOf(this.model, this.actions.instances, this.stepsOf),
    };
  }

  private checkResult(live: LiveCheck, complete: boolean): CheckResult {
    const { key } = live.request;
    const witness = live.witness === null ? null : this.path(live.witness.state, live.witness.action);
    const witnessed = witness !== null;
    if (live.breach === null) {
      const verdict = !complete ? "unknown" : witnessed ? "holds" : "vacuous";
      return { key, verdict, witnessed, witness, counterexample: null };
    }
    const { place, reason, which } = live.breach;
    const counterexample = counterexampleOf(this.model, this.actions, {
      request: live.request,
      path: this.path(place.state, place.action),
      reason,
      which,
      on: this.options.on ?? this.model.name,
      mutant: this.options.mutant ?? null,
      states: live.statesAtBreach,
      symmetric: this.orbit !== null,
    });
    return { key, verdict: "violated", witnessed, witness, counterexample };
  }

  private path(state: number, action: number | null): Path {
    const { model, actions, table, codec, orbit } = this;
    return pathTo({ model, actions, table, codec, orbit }, state, action);
  }

  /** Errors of the model leave with the model's name, the action and the state. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const running = this.running;
      const from = this.table.count === 0 ? null : this.codec.unpack(this.table.packed, this.cursor * this.table.words);
      throw error.within({
        model: this.model.name,
        ...(running === null ? {} : { action: running.label }),
        ...(running === null || from === null ? {} : { state: JSON.stringify(from) }),
      });
    }
  }
}

/** 0: nothing due; n + 1: due since n units. */
export function countAfter(
  check: ResponseCheck,
  due: number,
  before: object,
  action: ActionInstance,
  after: object,
  effects: readonly unknown[],
): number {
  if (due === 0) {
    const starts = check.starts(before, action, after, effects);
    return starts && !check.answered(before, action, after, effects) ? 1 : 0;
  }
  if (check.answered(before, action, after, effects)) return 0;
  return check.counts(before, action, after, effects) ? due + 1 : due;
}

/**
 * Exhaustive breadth-first search over a model, with the laws checked on the way.
 *
 * Exact: every distinct state is stored whole. Deterministic: the same model gives the same numbers, levels and
 * counterexamples. Every counterexample is one of the shortest. Limits end a search early and leave what was
 * not decided `unknown`. The search runs in slices, so that a caller can show progress or stop it.
 */
import type { ActionInstance, Model } from "../../spec/kernel/index.js";

import { type Codec, codecFor } from "./codec.js";
import { Expansion, type ExpansionHost } from "./compiled-expansion.js";
import { coverageOf } from "./coverage.js";
import { branchBitsMax } from "./decision-tree.js";
import { ModelError } from "./errors.js";
import { Judge } from "./judge.js";
import { type LiveCheck, liveChecks } from "./live-checks.js";
import { type Orbit, orbitOf } from "./orbit.js";
import { type Patch, applyPatch, isDisabled } from "./patch.js";
import type { CheckResult, LimitReached, Path, Progress, SearchResult } from "./result.js";
import { type ActionTable, actionTable } from "./scripts.js";
import { Recheck, isSampled } from "./recheck.js";
import type { Clock, Search, SearchOptions } from "./search-options.js";
import { type Batch, StateTable, batchMax } from "./state-table.js";
import { Successors } from "./successors.js";
import { counterexampleOf, pathTo, realLastStep } from "./trace.js";
import { watch } from "./watch.js";

const defaultClock: Clock = {
  now: () => performance.now() / 1000,
  rss: () => process.memoryUsage.rss(),
};

/** Default of `learnAfter`. */
const learnAfterDefault = 1 << 12;
/** Default of `compileAfter`. */
const compileAfterDefault = 1 << 12;
/** Compiled code takes in what was learnt since when it missed so many steps, or one in so many of them. */
const missedMax = 1 << 12;
const missedShare = 16;
/** It is looked at after so many more states, as a share of those so far. */
const compileGrowth = 1 / 16;
/** States between two looks at the limits. */
const sliceMax = 2048;

/** Runs a search to its end. Throws a ModelError when the model is broken. */
export function search(model: Model, options: SearchOptions = {}): SearchResult {
  const running = createSearch(model, options);
  while (!running.advance(sliceMax));
  return running.result();
}

/**
 * A search of every reachable state, breadth first. Throws a `ModelError` for a model that cannot be
 * searched as asked.
 */
export function createSearch(model: Model, options: SearchOptions = {}): Search {
  return new BreadthFirst(model, options);
}

/** A component is too wide to branch on: most of the actions would learn for nothing. */
function isTooWide({ slots }: Codec<object>): boolean {
  return slots.some(({ bits }) => bits > branchBitsMax);
}

class BreadthFirst implements Search, ExpansionHost {
  private readonly model: Model;
  private readonly options: SearchOptions;
  private readonly codec: Codec<object>;
  private readonly orbit: Orbit | null;
  private readonly actions: ActionTable;
  readonly judge: Judge;
  private readonly successors: Successors;
  readonly table: StateTable;
  readonly batch: Batch;
  /** The successor at hand; under a response law its last word is the count. */
  readonly after: Uint32Array;
  readonly steps: Float64Array;
  private readonly recheck: Recheck;
  private readonly clock: Clock;
  private readonly started: number;
  private readonly levels: number[] = [];
  private readonly learnAfter: number;
  private ended: number | null = null;
  private cursor = 0;
  /** The state whose action is called, for errors. */
  private expanding = 0;
  private levelEnd = 0;
  /** The last state that was unpacked. */
  private unpacked: { readonly index: number; readonly state: object } = { index: -1, state: {} };
  private expansion: Expansion | null = null;
  private readonly compileAfter: number;
  /** The state from which on it is looked whether to compile. */
  private compileAt: number;
  private compiledTransitions = 0;
  /** Steps since then that the compiled function knew nothing of. */
  private missed = 0;
  private running: ActionInstance | null = null;
  private limit: LimitReached | null = null;
  private over = false;

  constructor(model: Model, options: SearchOptions) {
    this.model = model;
    this.options = options;
    this.clock = options.clock ?? defaultClock;
    this.started = this.clock.now();
    const codec = codecFor(model.schema);
    const actions = actionTable(model);
    const checks = liveChecks(options.checks ?? [], actions.instances);
    const direct = options.direct === true;
    this.codec = codec;
    this.actions = actions;
    this.learnAfter = options.learnAfter ?? (isTooWide(codec) ? Infinity : learnAfterDefault);
    this.orbit = options.symmetry === true ? orbitOf(codec) : null;
    this.refuseAsymmetric(checks.all);
    const counted = checks.response !== null;
    this.table = counted ? new StateTable(codec.words + 1, true) : new StateTable(codec.words, codec.spareBit);
    const watching = watch(codec);
    const { table } = this;
    const learntPatches = (): Iterable<Patch> => this.successors.learntPatches();
    const relearn = (): void => this.successors.relearn();
    this.judge = new Judge(checks, { model, codec, actions, table, watch: watching, direct, learntPatches, relearn });
    const openLaws: Judge["openLaws"] = (...leaf) => this.judge.openLaws(...leaf);
    this.successors = new Successors(codec, actions, watching, openLaws, direct);
    this.after = new Uint32Array(this.table.words);
    this.batch = this.table.batch();
    this.steps = new Float64Array(actions.instances.length);
    const calls = (index: number, id: number): void => this.calls(index, id);
    this.recheck = new Recheck({ codec, actions, successors: this.successors, table: this.table, calls });
    this.compileAfter = options.compileAfter ?? compileAfterDefault;
    this.compileAt = this.learnAfter + this.compileAfter;
    this.guarded(() => this.enterInitialStates());
    if (this.isDecided()) this.over = true;
  }

  private refuseAsymmetric(checks: readonly LiveCheck[]): void {
    if (this.orbit === null) return;
    // The count of a response law belongs to one path; paths of representatives are not followed with it.
    const asymmetric = checks.find(({ check }) => check.symmetric === false || check.kind === "response");
    if (asymmetric === undefined) return;
    const why = asymmetric.check.kind === "response" ? "counts along paths" : "tells the ids apart";
    const found = `${asymmetric.request.law} ${why}; check it without symmetry`;
    throw new ModelError({ code: "model/asymmetric", sort: this.orbit.sorts.map(({ sort }) => sort).join(", "), found });
  }

  private enterInitialStates(): void {
    if (this.model.initial.length === 0) throw new ModelError({ code: "model/no-initial-state" });
    this.model.initial.forEach((state, number) => {
      this.codec.validate(state);
      this.codec.pack(state, this.after, 0);
      this.orbit?.canonicalize(this.after);
      this.batch.words.set(this.after);
      this.batch.parents[0] = -1;
      this.batch.actions[0] = number;
      this.batch.count = 1;
      this.flush();
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
    this.compile();
    while (this.cursor < end && this.cursor < this.table.count) {
      if (this.cursor === this.levelEnd) {
        this.levels.push(this.table.count - this.levelEnd);
        this.levelEnd = this.table.count;
      }
      this.expandLevelUpTo(Math.min(end, this.levelEnd));
      this.flush();
      if (this.isDecided()) {
        this.over = true;
        return;
      }
    }
    if (this.cursor === this.table.count) this.over = true;
  }

  private expandLevelUpTo(stop: number): void {
    while (this.cursor < stop && !this.isDecided()) {
      const { cursor, expansion } = this;
      if (cursor === this.learnAfter) this.learn(true);
      if (isSampled(cursor, this.learnAfter)) {
        this.expandSampled(cursor);
        this.cursor = cursor + 1;
      } else if (expansion === null) {
        this.expand(cursor);
        this.cursor = cursor + 1;
      } else {
        let to = cursor + 1;
        while (to < stop && !isSampled(to, this.learnAfter)) to += 1;
        this.cursor = expansion.run(cursor, to);
      }
    }
  }

  /** Expands a state after seeing that `next` is a function, and that trees and compiled code do the same. */
  private expandSampled(index: number): void {
    const { recheck, expansion, batch } = this;
    recheck.all(index);
    // With an empty batch before, it holds the successors of this state alone.
    this.flush();
    if (expansion === null) return this.expand(index);
    expansion.run(index, index + 1);
    recheck.batch(index, batch);
  }

  private learn(on: boolean): void {
    this.successors.learning = on && this.options.direct !== true;
    this.judge.learning = this.successors.learning;
  }

  /** Nothing more is asked: the mutant is caught, or the response law is breached. */
  isDecided(): boolean {
    const { judge, options } = this;
    if (options.stopWhenViolated !== true && judge.checks.response === null) return false;
    return judge.anyViolated;
  }

  /** Makes what was learnt so far one function, and has it take in what was learnt since. */
  private compile(): void {
    const { successors, judge, cursor } = this;
    const { response, scripts } = judge.checks;
    if (!successors.learning || cursor < this.compileAt) return;
    if (this.orbit !== null || response !== null || scripts.length > 0) return;
    const transitions = this.transitions();
    const share = (this.missed * missedShare) / (transitions - this.compiledTransitions);
    this.compileAt = cursor + Math.max(this.compileAfter, cursor * compileGrowth);
    if (this.expansion !== null && this.missed < missedMax && share < 1) return;
    const learnt = this.actions.instances.map(({ id }) => successors.learntOf(id));
    if (this.expansion?.refresh(learnt) !== true) this.expansion = Expansion.of(this, learnt);
    // What is called directly by now will be: there is no hurry to look again.
    if (this.expansion === null) this.compileAt = cursor * 2;
    this.compiledTransitions = transitions;
    this.missed = 0;
  }

  private expand(index: number): void {
    const { successors, table, judge } = this;
    const { packed } = table;
    successors.candidates(packed, index * table.words);
    const { mask } = successors;
    for (let place = 0; place < mask.length; place += 1) {
      let bits = mask[place] as number;
      while (bits !== 0) {
        const bit = bits & -bits;
        bits ^= bit;
        this.step(index, place * 32 + 31 - Math.clz32(bit));
      }
    }
    if (judge.checks.scripts.length > 0) judge.checkScripts(index, this.stateAt(index));
  }

  /** Takes an action, or finds that it is not enabled: by its tree when it has one, or by a call. */
  step(index: number, id: number): void {
    const { successors, table, codec, judge, after } = this;
    const { packed } = table;
    const offset = index * table.words;
    const patch = successors.patchOf(id, packed, offset);
    if (patch === null) {
      this.calls(index, id);
      const before = this.stateAt(index);
      const next = successors.apply(id, before);
      if (next === null) {
        this.running = null;
        return;
      }
      codec.pack(next, after, 0);
      if (this.options.direct === true) codec.validate(next);
      judge.checkDirect(index, id, before, next);
      this.running = null;
    } else {
      if (isDisabled(patch)) return;
      applyPatch(patch, packed, offset, after);
      if (patch.laws.length > 0) judge.checkPatch(index, id, patch, after);
    }
    this.found(index, id);
  }

  /** Notes the action that is called, for errors. */
  private calls(index: number, id: number): void {
    this.running = this.actions.instances[id] as ActionInstance;
    this.expanding = index;
  }

  miss(index: number, id: number): void {
    this.missed += 1;
    this.step(index, id);
  }

  /** The state as an object, made once for all actions. */
  private stateAt(index: number): object {
    if (this.unpacked.index !== index) {
      this.unpacked = { index, state: this.codec.unpack(this.table.packed, index * this.table.words) };
    }
    return this.unpacked.state;
  }

  /** A successor is in `after`: it waits with others, so that the table is asked for many at a time. */
  private found(index: number, id: number): void {
    const { batch, after, judge, orbit, table } = this;
    const width = table.words;
    this.steps[id] = (this.steps[id] as number) + 1;
    const { response } = judge.checks;
    if (response !== null) after[width - 1] = judge.countResponse(response, index, id, after);
    if (orbit !== null) orbit.canonicalize(after);
    const from = index * width;
    let k = 0;
    while (k < width && after[k] === table.packed[from + k]) k += 1;
    // The state itself is known.
    if (k === width) return;
    const offset = batch.count * width;
    for (k = 0; k < width; k += 1) batch.words[offset + k] = after[k] as number;
    batch.parents[batch.count] = index;
    batch.actions[batch.count] = id;
    batch.count += 1;
    if (batch.count === batchMax) this.flush();
  }

  /** Adds the states that wait, and asks the invariants about those that are new. */
  flush(): void {
    const { table, judge } = this;
    const first = table.count;
    table.addAll(this.batch);
    if (judge.checks.invariants.length === 0) return;
    for (let found = first; found < table.count; found += 1) judge.checkState(found);
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
      transitions: this.transitions(),
      seconds: (this.ended ?? this.clock.now()) - this.started,
      rssBytes: this.clock.rss(),
    };
  }

  private transitions(): number {
    return this.steps.reduce((sum, count) => sum + count, 1);
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
        transitions: this.transitions(),
        depth: levels.length,
        levels,
        seconds,
        statesPerSecond: seconds > 0 ? Math.round(distinctStates / seconds) : 0,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        stateBytes: this.codec.words * 4,
      },
      checks: this.judge.checks.all.map((live) => this.checkResult(live, complete)),
      coverage: coverageOf(this.model, this.actions.instances, this.steps),
    };
  }

  private checkResult(live: LiveCheck, complete: boolean): CheckResult {
    const { key } = live.request;
    const witness = this.witnessPath(live);
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

  /** Under symmetry the step was taken by a representative: the same step is looked for on the real path. */
  private witnessPath({ witness, check }: LiveCheck): Path | null {
    if (witness === null) return null;
    const path = this.path(witness.state, witness.action);
    if (this.orbit === null || check.kind !== "step") return path;
    return realLastStep(this.model, this.actions, path, (before, action, after, effects) =>
      check.witness(before, action, after, effects),
    );
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
      const from = this.table.count === 0 ? null : this.codec.unpack(this.table.packed, this.expanding * this.table.words);
      throw error.within({
        model: this.model.name,
        ...(running === null ? {} : { action: running.label }),
        ...(running === null || from === null ? {} : { state: JSON.stringify(from) }),
      });
    }
  }
}

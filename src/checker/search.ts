/**
 * Exhaustive breadth-first search over a model, with the laws checked on the way.
 *
 * Exact: every distinct state is stored whole. Deterministic: the same model gives the same numbers, levels and
 * counterexamples. Every counterexample is one of the shortest. Limits end a search early and leave what was
 * not decided `unknown`. The search runs in slices, so that a caller can show progress or stop it.
 */
import type { ActionInstance, Model } from "../../spec/kernel/index.js";

import { type Codec, codecFor } from "./codec.js";
import { coverageOf } from "./coverage.js";
import { ModelError } from "./errors.js";
import { Judge } from "./judge.js";
import { type CheckRequest, type LiveCheck, liveChecks } from "./live-checks.js";
import { type Orbit, orbitOf } from "./orbit.js";
import { type Patch, applyPatch, isDisabled } from "./patch.js";
import type { CheckResult, LimitReached, Path, Progress, SearchResult } from "./result.js";
import { type ActionTable, actionTable } from "./scripts.js";
import { StateTable } from "./state-table.js";
import { Successors } from "./successors.js";
import { counterexampleOf, pathTo, realLastStep } from "./trace.js";
import { watch } from "./watch.js";

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
  /** Call every action and every law on every state, without decision trees. The same result, slower on large spaces. */
  readonly direct?: boolean;
  /** States expanded before decision trees are learnt: they cost more than they save in small spaces. */
  readonly learnAfter?: number;
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

/** Default of `learnAfter`. */
const learnAfterDefault = 1 << 12;
/** States between two looks at the limits. */
const sliceMax = 2048;
/** The first states, the first learnt ones, and then one in so many, are expanded twice to see that `next` is a function. */
const recheckedFirst = 32;
const recheckedEvery = 1009;
/** Successors that wait until they are looked up together. */
const waitingMax = 256;

interface Waiting {
  readonly words: Uint32Array;
  readonly parents: Int32Array;
  readonly actions: Uint32Array;
  readonly hashes: Int32Array;
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
  private readonly model: Model;
  private readonly options: SearchOptions;
  private readonly codec: Codec<object>;
  private readonly orbit: Orbit | null;
  private readonly actions: ActionTable;
  private readonly judge: Judge;
  private readonly successors: Successors;
  private readonly table: StateTable;
  private readonly waiting: Waiting;
  /** The successor at hand; under a response law its last word is the count. */
  private readonly words: Uint32Array;
  private readonly twin: Uint32Array;
  private readonly stepsOf: Float64Array;
  private readonly clock: Clock;
  private readonly started: number;
  private readonly levels: number[] = [];
  private readonly learnAfter: number;
  private ended: number | null = null;
  private cursor = 0;
  private levelEnd = 0;
  private transitions = 1;
  private running: ActionInstance | null = null;
  private limit: LimitReached | null = null;
  private over = false;

  constructor(model: Model, options: SearchOptions) {
    this.model = model;
    this.options = options;
    this.clock = options.clock ?? defaultClock;
    this.learnAfter = options.learnAfter ?? learnAfterDefault;
    this.started = this.clock.now();
    const codec = codecFor(model.schema);
    const actions = actionTable(model);
    const checks = liveChecks(options.checks ?? [], actions.instances);
    const direct = options.direct === true;
    this.codec = codec;
    this.actions = actions;
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
    this.words = new Uint32Array(this.table.words);
    this.twin = new Uint32Array(codec.words);
    this.waiting = {
      words: new Uint32Array(this.table.words * waitingMax),
      parents: new Int32Array(waitingMax),
      actions: new Uint32Array(waitingMax),
      hashes: new Int32Array(waitingMax),
      count: 0,
      touched: 0,
    };
    this.stepsOf = new Float64Array(actions.instances.length);
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
      this.codec.pack(state, this.words, 0);
      this.orbit?.canonicalize(this.words);
      if (this.table.add(this.words, 0, -1, number)) this.judge.checkState(this.table.count - 1);
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
      while (this.cursor < stop && !this.isDecided()) {
        this.expand(this.cursor);
        this.cursor += 1;
      }
      this.addWaiting();
      if (this.isDecided()) {
        this.over = true;
        return;
      }
    }
    if (this.cursor === this.table.count) this.over = true;
  }

  /** Nothing more is asked: the mutant is caught, or the response law is breached. */
  private isDecided(): boolean {
    const { judge, options } = this;
    if (options.stopWhenViolated !== true && judge.checks.response === null) return false;
    return judge.anyViolated;
  }

  private expand(index: number): void {
    const { successors, table, codec, judge, words } = this;
    const { packed } = table;
    const offset = index * table.words;
    if (index === this.learnAfter) {
      successors.learning = this.options.direct !== true;
      judge.learning = successors.learning;
    }
    const learnt = index - this.learnAfter;
    const recheck =
      index < recheckedFirst || (learnt >= 0 && learnt < recheckedFirst) || index % recheckedEvery === 0;
    if (recheck) this.recheckAll(packed, offset);
    let before: object | null = null;
    successors.candidates(packed, offset);
    const { mask } = successors;
    for (let place = 0; place < mask.length; place += 1) {
      let bits = mask[place] as number;
      while (bits !== 0) {
        const bit = bits & -bits;
        bits ^= bit;
        const id = place * 32 + 31 - Math.clz32(bit);
        const patch = successors.patchOf(id, packed, offset);
        if (patch === null) {
          this.running = this.actions.instances[id] as ActionInstance;
          before ??= codec.unpack(packed, offset);
          const after = successors.apply(id, before);
          if (after === null) continue;
          codec.pack(after, words, 0);
          if (this.options.direct === true) codec.validate(after);
          judge.checkDirect(index, id, before, after);
        } else {
          if (isDisabled(patch)) continue;
          applyPatch(patch, packed, offset, words);
          if (patch.laws.length > 0) judge.checkPatch(index, id, patch, words);
        }
        this.found(index, id);
      }
    }
    this.running = null;
    if (judge.checks.scripts.length > 0) judge.checkScripts(index, before ?? codec.unpack(packed, offset));
  }

  /** A successor is in `words`: it waits with others, so that the table is asked for many at a time. */
  private found(index: number, id: number): void {
    const { waiting, words, judge, orbit } = this;
    const width = this.table.words;
    this.transitions += 1;
    this.stepsOf[id] = (this.stepsOf[id] as number) + 1;
    const { response } = judge.checks;
    if (response !== null) words[width - 1] = judge.countResponse(response, index, id, words);
    if (orbit !== null) orbit.canonicalize(words);
    const offset = waiting.count * width;
    for (let k = 0; k < width; k += 1) waiting.words[offset + k] = words[k] as number;
    waiting.parents[waiting.count] = index;
    waiting.actions[waiting.count] = id;
    waiting.count += 1;
    if (waiting.count === waitingMax) this.addWaiting();
  }

  private addWaiting(): void {
    const { waiting, table, judge } = this;
    const { words, parents, actions, hashes, count } = waiting;
    const invariants = judge.checks.invariants.length > 0;
    waiting.touched = table.touch(words, count, hashes);
    waiting.count = 0;
    for (let place = 0; place < count; place += 1) {
      const offset = place * table.words;
      const hashed = hashes[place] as number;
      const added = table.addHashed(words, offset, hashed, parents[place] as number, actions[place] as number);
      if (added && invariants) judge.checkState(table.count - 1);
    }
  }

  /** Every action, called on a copy of the state that shares nothing, must do what is about to be done. */
  private recheckAll(packed: Uint32Array, offset: number): void {
    const { codec, successors, words, twin, actions } = this;
    const copy = codec.unpackFresh(packed, offset);
    for (const action of actions.instances) {
      this.running = action;
      const patch = successors.patchOf(action.id, packed, offset);
      const after = patch === null ? successors.apply(action.id, codec.unpack(packed, offset)) : null;
      const enabled = patch === null ? after !== null : !isDisabled(patch);
      if (after !== null) codec.pack(after, words, 0);
      else if (patch !== null && enabled) applyPatch(patch, packed, offset, words);
      const again = successors.apply(action.id, copy);
      if (again !== null) {
        codec.pack(again, twin, 0);
        codec.validate(again);
      }
      let same = (again !== null) === enabled;
      for (let k = 0; same && enabled && k < codec.words; k += 1) same = words[k] === twin[k];
      if (same) continue;
      const first = enabled ? JSON.stringify(codec.unpack(words, 0)) : "not enabled";
      const second = again === null ? "not enabled" : JSON.stringify(again);
      this.refuseMutation(packed, offset, copy);
      throw new ModelError({ code: "model/nondeterministic", action: action.label, first, second });
    }
    this.refuseMutation(packed, offset, copy);
  }

  /** An action that changes its argument has changed the copy that all actions were called on. */
  private refuseMutation(packed: Uint32Array, offset: number, copy: object): void {
    const { codec, successors, actions } = this;
    if (codec.matches(copy, packed, offset)) return;
    for (const action of actions.instances) {
      const fresh = codec.unpackFresh(packed, offset);
      this.running = action;
      successors.apply(action.id, fresh);
      if (!codec.matches(fresh, packed, offset)) throw new ModelError({ code: "model/mutated", field: "its argument" });
    }
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
      checks: this.judge.checks.all.map((live) => this.checkResult(live, complete)),
      coverage: coverageOf(this.model, this.actions.instances, this.stepsOf),
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
      const from = this.table.count === 0 ? null : this.codec.unpack(this.table.packed, this.cursor * this.table.words);
      throw error.within({
        model: this.model.name,
        ...(running === null ? {} : { action: running.label }),
        ...(running === null || from === null ? {} : { state: JSON.stringify(from) }),
      });
    }
  }
}

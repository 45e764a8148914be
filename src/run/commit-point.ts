/**
 * The commit point: the only place where an observation becomes a status in the log (WS1).
 *
 * One commit: under the log's lock the machine decides on the newest view; all durable effects become one
 * record, or nothing does (L15). Only then is the monitor's memory replaced and are the listeners called, once
 * for each change (L8). What it remembers of runs is lost with the process, by law (L7).
 */
import { randomUUID } from "node:crypto";

import type { z } from "zod";

import {
  type LoggedRun,
  decideOn,
  foldEffects,
  initialCore,
  isDurable,
  runEvent,
} from "../../spec/run/index.js";
import { fieldProblem } from "../../spec/vocabulary/field-problem.js";
import {
  type Effect,
  type Observation,
  type RunCore,
  type RunPolicy,
  type RunView,
  defaultRunPolicy,
  observation as observationSchema,
} from "../../spec/vocabulary/index.js";
import { JournalError, type Stamp } from "../journal/index.js";
import { RunError } from "./errors.js";
import { type Listener, type ListenerFailure, Listeners, type Timer } from "./listeners.js";
import {
  type Commit,
  type CommitCapability,
  type Fenced,
  type RunStore,
  type StatusChange,
  type StatusEvent,
  changeOf,
} from "./store.js";

/** What came of an observation. */
export interface CommitOutcome {
  /** The view after it. */
  readonly view: RunView;
  /** Everything that was decided, `gatherEvidence` included: serve it in the same tick. */
  readonly effects: readonly Effect[];
  /** The change of (status, reason), which listeners have been told of; null when there is none. */
  readonly change: StatusChange | null;
}

/** What commits are decided and told with. */
export interface CommitPointOptions {
  readonly store: RunStore;
  readonly capability: CommitCapability;
  readonly policy?: RunPolicy;
  readonly timer: Timer;
  readonly onListenerFailure?: (failure: ListenerFailure) => void;
}

/** Decides observations and records what they mean; keeps what the monitor remembers of each run. */
export class CommitPoint {
  readonly #options: CommitPointOptions;
  readonly #policy: RunPolicy;
  readonly #listeners: Listeners;
  readonly #cores = new Map<string, RunCore>();
  /** `seq` of the last entry of a run that its memory answers for. */
  readonly #answersFor = new Map<string, number>();
  /** Commits of one run follow one another: each needs the memory that the one before left. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Commits whose append may or may not have reached the log, by run. */
  readonly #unsettled = new Map<string, string[]>();
  readonly #self = randomUUID();
  #commits = 0;

  constructor(options: CommitPointOptions) {
    this.#options = options;
    this.#policy = options.policy ?? defaultRunPolicy;
    const report = options.onListenerFailure ?? (() => undefined);
    this.#listeners = new Listeners(options.timer, report);
  }

  /** Hears of every change that this commit point commits. The result unsubscribes. */
  listen(name: string, listener: Listener): () => void {
    return this.#listeners.add(name, listener);
  }

  /** Resolves when no listener has anything left to hear. */
  async settled(): Promise<void> {
    await this.#listeners.settled();
  }

  /**
   * Commits what an observation of a run means. Throws a `RunError` for an unknown run or an observation that
   * is none, and a `JournalError` when the log could not be read or written: then nothing was remembered, and
   * the same observation may be made again. After `journal/unknown-outcome` the next commit settles from the log.
   * Under a fencing token it is refused with `run/fenced` once another one was raised.
   */
  async commit(run: string, observation: Observation, under: Fenced = {}): Promise<CommitOutcome> {
    const parsed = observationSchema.safeParse(observation);
    if (!parsed.success) throw invalid(run, parsed.error.issues[0], observation);
    const before = this.#turns.get(run) ?? Promise.resolve();
    const turn = before.then(() => this.#commit(run, parsed.data, under));
    const settled = turn.catch(() => undefined);
    this.#turns.set(run, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(run) === settled) this.#turns.delete(run);
    }
  }

  /** What is remembered of a run: lost with the process. */
  coreOf(run: string): RunCore {
    return this.#cores.get(run) ?? initialCore;
  }

  /** Forgets runs that are not in the list: they have ended. */
  keepOnly(runs: ReadonlySet<string>): void {
    for (const run of this.#cores.keys()) if (!runs.has(run)) this.#cores.delete(run);
    for (const run of this.#answersFor.keys()) if (!runs.has(run)) this.#answersFor.delete(run);
  }

  async #commit(run: string, observation: Observation, under: Fenced): Promise<CommitOutcome> {
    const { store, capability } = this.#options;
    if (this.#unsettled.has(run)) await this.#settle(run);
    const seen = await store.get(run);
    const quiet = this.#decide(seen, observation, store.clock.now());
    if (quiet.commit === null) return this.#remember(run, quiet, null);
    this.#commits += 1;
    const id = `${this.#self}/${this.#commits}`;
    try {
      const decided = await store.append(
        run,
        (newest, { now, seq }) => {
          const decision = this.#decide(newest, observation, now);
          const commit = decision.commit === null ? null : { ...decision.commit, commit: id };
          const change = commit === null ? null : changeOf({ seq, at: now, data: commit });
          return { commit, result: { decision, change } };
        },
        capability,
        under,
      );
      return this.#remember(run, decided.decision, decided.change);
    } catch (error) {
      if (error instanceof JournalError && error.failure.code === "journal/unknown-outcome") {
        this.#unsettled.set(run, [...(this.#unsettled.get(run) ?? []), id]);
      }
      throw error;
    }
  }

  /** The machine's word on one observation, and the record it makes of it. */
  #decide({ created, createdAt, view, entries }: LoggedRun, observation: Observation, now: Stamp): Decided {
    const core = this.#coreFor(created.run, entries);
    const event = runEvent(observation, timeOf(createdAt.at, now), this.#policy);
    const decision = decideOn(view, core, event, this.#policy);
    const effects = decision.effects.filter(isDurable).map(minted);
    const from = { status: view.status, reason: view.reason };
    const commit =
      effects.length === 0 ? null : { run: created.run, commit: "-", from, event, core, effects };
    const lastSeq = entries.at(-1)?.seq ?? createdAt.seq;
    return { view, core: decision.core, effects: decision.effects, commit, lastSeq };
  }

  /** What another process told the agent answers what was read here before, as it would have from this one. */
  #coreFor(run: string, entries: LoggedRun["entries"]): RunCore {
    const core = this.coreOf(run);
    const from = this.#answersFor.get(run);
    if (from === undefined || core.reading === null) return core;
    for (let at = entries.length - 1; at >= 0; at -= 1) {
      const entry = entries[at];
      if (entry === undefined || entry.seq <= from) break;
      const answered = entry.type === "committed" && entry.data.event.type === "feedback.delivered";
      if (answered) return { ...core, reading: null, streak: 0 };
    }
    return core;
  }

  #remember(run: string, decided: Decided, change: StatusChange | null): CommitOutcome {
    this.#cores.set(run, decided.core);
    this.#answersFor.set(run, change?.seq ?? decided.lastSeq);
    if (change !== null) this.#listeners.tell(change);
    return { view: folded(decided), effects: decided.effects, change };
  }

  /** Commits that failed with an unknown outcome and are in the log after all: who listens hears of them now. */
  async #settle(run: string): Promise<void> {
    // Nobody hears of what a power cut could still take back.
    const { entries } = await this.#options.store.getDurable(run);
    const waiting = this.#unsettled.get(run);
    if (waiting === undefined) return;
    this.#unsettled.delete(run);
    for (const entry of entries) {
      if (entry.type !== "committed" || !waiting.includes(entry.data.commit)) continue;
      const change = changeOf(entry);
      if (change !== null) this.#listeners.tell(change);
    }
  }
}

interface Decided {
  readonly view: RunView;
  readonly core: RunCore;
  readonly effects: readonly Effect[];
  readonly commit: Commit | null;
  /** `seq` of the run's last entry that was decided on. */
  readonly lastSeq: number;
}

/** The one place that makes a status of the log. */
function minted(effect: Effect): Commit["effects"][number] {
  return effect.type === "setStatus" ? (effect as StatusEvent) : effect;
}

function folded({ view, commit }: Decided): RunView {
  return commit === null ? view : foldEffects(view, commit.effects);
}

/**
 * The time of an observation in milliseconds since 1970: on the boot that saw the run's creation it is counted
 * on the monotonic clock from there, so that a stepped wall clock neither opens nor ends a grace.
 */
function timeOf(createdAt: Stamp, now: Stamp): number {
  const passed = now.monotonicMs - createdAt.monotonicMs;
  const sameBoot = now.bootId === createdAt.bootId && passed >= 0;
  return Math.trunc(sameBoot ? createdAt.wallMs + passed : now.wallMs);
}

function invalid(run: string, issue: z.core.$ZodIssue | undefined, observation: unknown): RunError {
  const { field, found, hint } = fieldProblem(issue, observation);
  return new RunError({ code: "run/invalid", what: `an observation of run "${run}"`, field, detail: `${found}: ${hint}` });
}

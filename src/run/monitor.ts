/**
 * The monitor's loop: in every tick every run that has not ended is observed (L16), in the order of the page:
 * pull request (a change of status ends its tick), session and, when asked for, evidence in the same tick, pane.
 *
 * It decides nothing: observations go to the commit point, whose answer says what to gather next. A run that
 * cannot be seen, or whose gatherer fails or hangs, holds up nobody else. Clock and timer are injected.
 */
import type { LoggedRun } from "../../spec/run/index.js";
import { type Observation, isTerminal } from "../../spec/vocabulary/index.js";
import type { CommitOutcome, CommitPoint } from "./commit-point.js";
import type { Gatherer, Question } from "./gatherer.js";
import type { Timer } from "./listeners.js";
import type { RunStore, StatusChange } from "./store.js";

/** Something went wrong with one run; its tick ended there and the next one tries again. */
export interface MonitorFailure {
  readonly run: string;
  /** `commit`: the log could not be read or written. */
  readonly at: Question | "commit";
  readonly error: unknown;
}

/** What one tick saw, what it changed, and what went wrong in it. */
export interface TickReport {
  /** Every run that had not ended when the tick began. */
  readonly observed: readonly string[];
  /** Runs and questions that had no answer. */
  readonly blind: readonly { readonly run: string; readonly at: Question }[];
  readonly changes: readonly StatusChange[];
  readonly failures: readonly MonitorFailure[];
}

/** What a monitor works with, and its times. */
export interface MonitorOptions {
  readonly store: RunStore;
  readonly commits: CommitPoint;
  readonly gatherer: Gatherer;
  readonly timer: Timer;
  /** Milliseconds from the start of one tick to the start of the next; default 5,000. */
  readonly tickMs?: number;
  /** Milliseconds a gatherer may take for one answer; default 15,000. */
  readonly gatherMs?: number;
  /** The fencing token that `RunStore.raiseFence` answered with. Without one nothing is fenced. */
  readonly fence?: number;
  /** Runs that are observed side by side; default 16. */
  readonly concurrencyMax?: number;
  /** Hears of each tick that came to its end. */
  readonly onTick?: (report: TickReport) => void;
  /** A tick that could not begin: the log cannot be read. The next tick tries again. */
  readonly onFailure?: (error: unknown) => void;
}

interface Round {
  readonly blind: { run: string; at: Question }[];
  readonly changes: StatusChange[];
  readonly failures: MonitorFailure[];
}

/** Observes every run that has not ended, at every tick, and commits what is seen (L16). It decides nothing itself. */
export class Monitor {
  readonly #options: MonitorOptions;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** One tick. Rejects with a `JournalError` when the list of runs cannot be read: no run is "gone" for that. */
  async tick(): Promise<TickReport> {
    const { store, commits, concurrencyMax = 16 } = this.#options;
    const runs = await store.active();
    commits.keepOnly(new Set(runs.map(({ created }) => created.run)));
    const round: Round = { blind: [], changes: [], failures: [] };
    const waiting = [...runs];
    const lane = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        await this.#observe(run, round);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrencyMax, runs.length) }, lane));
    return { observed: runs.map(({ created }) => created.run), ...round };
  }

  /** Ticks until the signal is given. A tick that takes longer than its time is followed at once by the next. */
  async run(signal: AbortSignal): Promise<void> {
    const { onTick, onFailure, store, tickMs = 5_000 } = this.#options;
    while (!signal.aborted) {
      const started = store.clock.now().monotonicMs;
      try {
        const report = await this.tick();
        onTick?.(report);
      } catch (error) {
        if (onFailure === undefined) throw error;
        onFailure(error);
      }
      const rest = tickMs - (store.clock.now().monotonicMs - started);
      if (rest > 0) await this.#pause(rest, signal);
    }
  }

  async #observe(run: LoggedRun, round: Round): Promise<void> {
    const { branch, prUrl } = run.view;
    if (branch !== null || prUrl !== null) {
      const outcome = await this.#ask(run, "pullRequest", round, (g, s) => g.pullRequest(run, s));
      if (outcome === "failed" || ends(outcome)) return;
    }
    const session = await this.#ask(run, "session", round, (g, s) => g.session(run, s));
    if (session === "failed" || session === null || ends(session)) return;
    const asked = session.effects.find(({ type }) => type === "gatherEvidence");
    if (asked?.type === "gatherEvidence") {
      const { observer } = asked;
      await this.#ask(run, "evidence", round, (g, s) => g.evidence(run, observer, s));
      return;
    }
    if (session.observed === "session.alive") {
      await this.#ask(run, "pane", round, (g, s) => g.pane(run, s));
    }
  }

  /** Gathers one answer and commits it. `null`: blind. */
  async #ask(run: LoggedRun, at: Question, round: Round, ask: Ask): Promise<Answer> {
    const name = run.created.run;
    let observation: Observation | null;
    try {
      observation = await this.#within(ask);
    } catch (error) {
      round.failures.push({ run: name, at, error });
      observation = null;
    }
    if (observation === null) {
      round.blind.push({ run: name, at });
      return null;
    }
    try {
      const { commits, fence } = this.#options;
      const outcome = await commits.commit(name, observation, fence === undefined ? {} : { fence });
      if (outcome.change !== null) round.changes.push(outcome.change);
      return { ...outcome, observed: observation.type };
    } catch (error) {
      round.failures.push({ run: name, at: "commit", error });
      return "failed";
    }
  }

  /** The gatherer's answer, or an error when it does not come in time. */
  async #within(ask: Ask): Promise<Observation | null> {
    const { gatherer, timer, gatherMs = 15_000 } = this.#options;
    const late = new AbortController();
    let cancel: () => void = () => undefined;
    const deadline = new Promise<never>((_, reject) => {
      cancel = timer.after(gatherMs, () => {
        reject(new Error(`no answer within ${gatherMs} ms`));
        late.abort();
      });
    });
    try {
      return await Promise.race([ask(gatherer, late.signal), deadline]);
    } finally {
      cancel();
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.timer.after(ms, done);
      function done(): void {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done);
    });
  }
}

type Ask = (gatherer: Gatherer, signal: AbortSignal) => Promise<Observation | null>;
type Answer = (CommitOutcome & { readonly observed: Observation["type"] }) | "failed" | null;

/** A change of status by the pull request ends the tick, and so does an end. */
function ends(answer: Exclude<Answer, "failed">): boolean {
  if (answer === null) return false;
  return (answer.observed === "pr.state" && answer.change !== null) || isTerminal(answer.view.status);
}

/**
 * The store of runs: their log on the journal, their views as its fold. It decides nothing.
 *
 * Promise: a status reaches the log only with the capability that the commit point holds (WS1); an append
 * is decided and written under the journal's lock (L15); a read that fails is never an empty log.
 */
import { type z } from "zod";

import {
  type CommitEntry,
  type LoggedRun,
  type RunsState,
  runsFold,
} from "../../spec/run/index.js";
import { fieldProblem } from "../../spec/vocabulary/field-problem.js";
import {
  type Effect,
  type Reason,
  type RunCommitted,
  type RunCreated,
  type RunMonitored,
  type RunNoted,
  type SetStatus,
  type Status,
  isTerminal,
  runCommitted,
  runCreated,
  runMonitored,
  runNoted,
} from "../../spec/vocabulary/index.js";
import {
  type Clock,
  type Damage,
  type Disk,
  type Journal,
  type JournalEvent,
  type JsonObject,
  type Stamp,
  hostClock,
  openJournal,
} from "../journal/index.js";
import { RunError } from "./errors.js";

declare const statusEventBrand: unique symbol;
/** A status that the commit point made. Nothing else makes one: the brand is not a value. */
export type StatusEvent = SetStatus & { readonly [statusEventBrand]: true };

/** A commit as the store takes it: every status in it is the commit point's, and its fence is the store's to write. */
export type Commit = Omit<RunCommitted, "effects" | "fence"> & {
  readonly effects: readonly (StatusEvent | Exclude<Effect, SetStatus>)[];
};

/** The right to append a status. One for each store; `openRunStore` hands it out once. */
export class CommitCapability {
  readonly #store: RunStore;

  /** @internal */
  constructor(store: RunStore) {
    this.#store = store;
  }

  /** Is this the capability of that store? */
  opens(store: RunStore): boolean {
    return this.#store === store;
  }
}

/** A (status, reason) pair that was committed. */
export interface StatusChange {
  readonly run: string;
  readonly from: { readonly status: Status; readonly reason: Reason | null };
  readonly to: { readonly status: Status; readonly reason: Reason | null };
  readonly source: SetStatus["source"];
  /** What was observed. */
  readonly cause: RunCommitted["event"]["type"];
  readonly seq: number;
  readonly at: Stamp;
}

/** Where a log of runs lies, and how it is opened. */
export interface RunStoreOptions {
  /** State directory, made when absent. The log is `runs.ndjson` in it. */
  readonly directory: string;
  readonly disk?: Disk;
  readonly clock?: Clock;
  /** See `JournalOptions`. */
  readonly allowRemote?: boolean;
  readonly readOnly?: boolean;
  /** How long a call waits for the journal's lock, in milliseconds. */
  readonly lockWaitMs?: number;
}

/** Runs under way at once. */
export const activeRunsMax = 10_000;

/** Under which fencing token something is written; without one it is a person's, and no monitor stands behind it. */
export interface Fenced {
  readonly fence?: number;
}

/** What is to be appended for one run, decided on its newest state. `commit` null: nothing. */
export interface Appending<R> {
  readonly commit: Commit | null;
  readonly result: R;
}

/**
 * The log of runs: created runs, commits and notes. Its calls reject with a `JournalError` when the log
 * fails.
 */
export class RunStore {
  readonly #journal: Journal<RunsState>;
  readonly clock: Clock;

  /** @internal Use `openRunStore`. */
  constructor(journal: Journal<RunsState>, clock: Clock) {
    this.#journal = journal;
    this.clock = clock;
  }

  /** Every run of the log as it is now, oldest first. Throws a `JournalError` when the log cannot be read. */
  async list(): Promise<readonly LoggedRun[]> {
    const { state } = await this.#journal.read();
    return [...state.runs.values()];
  }

  /** Those that have not ended. */
  async active(): Promise<readonly LoggedRun[]> {
    return (await this.list()).filter(({ view }) => !isTerminal(view.status));
  }

  /** One run; a `RunError` with code `run/unknown` when the log has none of that id. */
  async get(run: string): Promise<LoggedRun> {
    const { state } = await this.#journal.read();
    return found(state, run);
  }

  /** The same, when all that it rests on is durable: no power cut takes back what is told of it. */
  async getDurable(run: string): Promise<LoggedRun> {
    return await this.#journal.transact((state) => ({
      events: [],
      durability: "durable",
      result: found(state, run),
    }));
  }

  /** The last `seq` of the log, what is damaged in it, and events of ours in it that mean nothing. */
  async health(): Promise<{ seq: number; damage: readonly Damage[]; rejected: number }> {
    const { state, seq, damage } = await this.#journal.read();
    return { seq, damage, rejected: state.rejected };
  }

  /** Writes that a run exists: `queued`, with nothing launched. Refused when the id is taken. */
  async create(request: RunCreated): Promise<LoggedRun> {
    const data = parsed(runCreated, request, "a new run");
    await this.#journal.transact((state) => {
      if (state.runs.has(data.run)) throw new RunError({ code: "run/exists", run: data.run });
      const active = [...state.runs.values()].filter(({ view }) => !isTerminal(view.status));
      if (active.length >= activeRunsMax) {
        throw new RunError({ code: "run/too-many", limit: activeRunsMax });
      }
      return { events: [event("run.created", data)], durability: "durable", result: null };
    });
    return await this.get(data.run);
  }

  /**
   * A monitor begins: from here on, whatever is written under another token is refused by the log itself, in any
   * process. Answers with the token to write under (L20): its own when that is above the log's; the one after the
   * log's when `instead` names just that; otherwise null, and nothing is written.
   */
  async raiseFence(token: number, { instead = null }: { readonly instead?: number | null } = {}): Promise<number | null> {
    const { fence: own } = parsed<RunMonitored>(runMonitored, { fence: token }, "a monitor's fencing token");
    return await this.#journal.transact<number | null>(({ fence: newest }) => {
      const above = newest === null || own > newest;
      if (!above && newest !== instead) return { events: [], durability: "durable", result: null };
      // No number is raised twice: whoever has an equal one would not be told from the newest.
      const fence = above ? own : newest + 1;
      const data = parsed<RunMonitored>(runMonitored, { fence }, "a monitor's fencing token");
      return { events: [event("run.monitored", data)], durability: "durable", result: fence };
    });
  }

  /**
   * Before an effect that no log can refuse: throws `run/fenced` when another token was raised. A look, and nothing is
   * written; what is raised between it and the effect is not seen (L20).
   */
  async checkFence(under: Fenced): Promise<void> {
    if (under.fence === undefined) return;
    const { state } = await this.#journal.read();
    refuseFenced(state, under);
  }

  /** Fencing token of the monitor that began last; null: none ever did. */
  async fence(): Promise<number | null> {
    const { state } = await this.#journal.read();
    return state.fence;
  }

  /** Keeps a fact about a run that decides nothing. Under a token, it is refused when another one was raised. */
  async note(run: string, name: string, value: string, under: Fenced = {}): Promise<void> {
    const data = parsed<RunNoted>(runNoted, { run, name, value }, `note "${name}" of run "${run}"`);
    await this.#journal.transact((state) => {
      refuseFenced(state, under);
      found(state, run);
      return { events: [event("run.noted", data)], durability: "durable", result: null };
    });
  }

  /**
   * The one append of a status: `decide` sees the newest state under the lock, and what it answers is one
   * record or none. Throws `run/no-capability` without the capability of this store, `run/fenced` when the log
   * was fenced with another token than the one it is made under.
   */
  async append<R>(
    run: string,
    decide: (run: LoggedRun, at: { readonly now: Stamp; readonly seq: number }) => Appending<R>,
    capability: CommitCapability,
    under: Fenced = {},
  ): Promise<R> {
    if (!holds(capability, this)) throw new RunError({ code: "run/no-capability", run });
    return await this.#journal.transact((state, at) => {
      refuseFenced(state, under);
      const { commit, result } = decide(found(state, run), at);
      if (commit === null) return { events: [], durability: "durable", result };
      const { fence } = under;
      const whole = fence === undefined ? commit : { ...commit, fence };
      const data = parsed(runCommitted, whole, `a commit to run "${run}"`);
      return { events: [event("run.committed", data)], durability: "durable", result };
    });
  }

  /**
   * Every committed change of status, in the order of the log: those from `from` on, then each new one as
   * anybody commits it. Resume with the `seq` after the last one seen.
   */
  async *changes(
    options: { readonly from?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<StatusChange> {
    for await (const { seq, at, events } of this.#journal.watch(options)) {
      for (const { type, data } of events) {
        if (type !== "run.committed") continue;
        const { data: commit } = runCommitted.safeParse(data);
        const change = commit === undefined ? null : changeOf({ seq, at, data: commit });
        if (change !== null) yield change;
      }
    }
  }

  /** Folds the log into a checkpoint now. It happens by itself as the log grows. */
  async compact(): Promise<void> {
    await this.#journal.compact();
  }

  /** Waits for calls under way and closes the log. */
  async close(): Promise<void> {
    await this.#journal.close();
  }
}

/** Opens the log of runs. The capability goes to the commit point and nowhere else. */
export async function openRunStore(
  options: RunStoreOptions,
): Promise<{ readonly store: RunStore; readonly capability: CommitCapability }> {
  const { clock = hostClock(), directory, disk, allowRemote, readOnly, lockWaitMs } = options;
  const journal = await openJournal<RunsState>({
    directory,
    name: "runs",
    fold: runsFold,
    clock,
    ...(disk === undefined ? {} : { disk }),
    ...(allowRemote === undefined ? {} : { allowRemote }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(lockWaitMs === undefined ? {} : { lock: { waitMs: lockWaitMs } }),
  });
  const store = new RunStore(journal, clock);
  return { store, capability: new CommitCapability(store) };
}

/** The change of status in a commit; null when it has none. */
export function changeOf({ seq, at, data }: Pick<CommitEntry, "seq" | "at" | "data">): StatusChange | null {
  const to = data.effects.find((effect) => effect.type === "setStatus");
  if (to?.type !== "setStatus") return null;
  const { status, reason, source } = to;
  return { run: data.run, from: data.from, to: { status, reason }, source, cause: data.event.type, seq, at };
}

/** For an append, under the lock of the log: no monitor begins between the look and the append (L20). */
function refuseFenced({ fence: newest }: RunsState, { fence }: Fenced): void {
  if (fence !== undefined && fence !== newest) throw new RunError({ code: "run/fenced", fence, newest });
}

/** Callers without types are callers too. */
function holds(capability: unknown, store: RunStore): boolean {
  return capability instanceof CommitCapability && capability.opens(store);
}

function found(state: RunsState, run: string): LoggedRun {
  const known = state.runs.get(run);
  if (known !== undefined) return known;
  throw new RunError({ code: "run/unknown", run, known: [...state.runs.keys()] });
}

/** The data as it will be read back: parsed by its schema, without what JSON does not keep. */
function event(type: string, data: object): JournalEvent {
  return { type, data: JSON.parse(JSON.stringify(data)) as JsonObject };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { field, found: was, hint } = fieldProblem(result.error.issues[0], value);
  throw new RunError({ code: "run/invalid", what, field, detail: `${was}: ${hint}` });
}

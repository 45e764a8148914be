/**
 * Acquire, and the wait for a lane: first come, first served among the waiters of one host. A waiter is woken by
 * what others record, by the end of a TTL and by the death of the process in its way; it records nothing while it
 * waits.
 */
import { type LaneCommand, type LaneOutcomes, type LaneState, decide } from "../../spec/lane-lease/index.js";
import type { LaneTerms } from "../../spec/vocabulary/lane.js";
import { type Engine, isProbed } from "./engine.js";
import type { Acquired } from "./types.js";
import type { Wakeups } from "./wakeups.js";

/** How often a waiter asks the kernel whether the processes in its way still live. No log is read for it. */
const probeEveryMs = 100;
/** How often it looks again while somebody is before it in the queue, whose time may run out without a word. */
const queueEveryMs = 1000;

type Command = Extract<LaneCommand, { readonly type: "acquire" }>;
type Outcome = LaneOutcomes["acquire"];
type Waiting = Extract<Outcome, { readonly outcome: "waiting" }>;

export interface AcquireCall {
  readonly leaseId: string;
  readonly secret: string;
  readonly secretHash: string;
  readonly terms: LaneTerms;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Hears of a grant before it is known whether it is recorded. */
  readonly decided: (granted: Decided) => void;
}

/** As the journal decides it: without the secret. */
export type Decided = Extract<Outcome, { readonly outcome: "granted" }>;
export type Granted = Extract<Acquired, { readonly outcome: "granted" }>;

export async function acquire(engine: Engine, wakeups: Wakeups, call: AcquireCall): Promise<Acquired> {
  const { leaseId, secret, secretHash, terms, waitMs, signal } = call;
  signal?.throwIfAborted();
  const wait = waitMs > 0 ? { waiterId: leaseId, waitMs } : null;
  const command: Command = { type: "acquire", leaseId, secretHash, terms, wait };
  const ask: Ask = () =>
    engine.run<"acquire">("acquire", command, (outcome) => {
      if (outcome.outcome === "granted") call.decided(outcome);
    });
  const first = await ask();
  const outcome =
    first.outcome === "waiting" ? await queued({ engine, wakeups, command, ask, signal }, first.ticket) : first;
  return outcome.outcome === "granted" ? withSecret(outcome, secret) : outcome;
}

/** Field by field: spreading an outcome takes longer than making it. */
export function withSecret({ outcome, grant, scavenged }: Decided, secret: string): Granted {
  return { outcome, grant, scavenged, secret };
}

type Ask = () => Promise<Outcome>;

interface Queued {
  readonly engine: Engine;
  readonly wakeups: Wakeups;
  readonly command: Command;
  readonly ask: Ask;
  readonly signal: AbortSignal | undefined;
}

type Answer = Exclude<Outcome, Waiting>;

async function queued(place: Queued, ticket: number): Promise<Answer> {
  const { engine, wakeups, command, ask, signal } = place;
  let answered = false;
  try {
    await wakeups.begin();
    for (;;) {
      await turn(place);
      signal?.throwIfAborted();
      const outcome = await ask();
      answered = outcome.outcome !== "waiting";
      if (outcome.outcome !== "waiting") return outcome;
    }
  } finally {
    wakeups.end();
    try {
      if (!answered) await engine.run<"withdraw">("acquire", { type: "withdraw", waiterId: command.leaseId });
    } finally {
      engine.holders?.free(ticket);
    }
  }
}

/** Resolves when asking again would be answered: granted, refused, or the wait is over. */
async function turn({ engine, wakeups, command, signal }: Queued): Promise<void> {
  while (signal?.aborted !== true) {
    const seen = wakeups.count;
    const view = await engine.look("acquire", ({ state }, now, evidence) =>
      obstacles(state, decide<"acquire">(state, command, now, evidence).outcome),
    );
    if (view === null || view.ms <= 0) return;
    await sleep(engine, wakeups, seen, view, signal);
  }
}

interface Obstacles {
  /** Tokens and tickets in the way that a process stands behind. */
  readonly numbers: readonly number[];
  /** Until the first of them runs out, or the wait does. */
  readonly ms: number;
}

function obstacles(state: LaneState, outcome: Outcome): Obstacles | null {
  if (outcome.outcome !== "waiting") return null;
  const { conflicts, ahead } = outcome.refusal;
  const tokens = conflicts.map(({ fencingToken }) => fencingToken);
  const tickets = ahead.map(({ ticket }) => ticket);
  const ends = conflicts.flatMap(({ remainingMs }) => (remainingMs === null ? [] : [remainingMs + 1]));
  return {
    numbers: [...tokens, ...tickets].filter((number) => isProbed(state, number)),
    ms: Math.min(outcome.remainingMs, ahead.length > 0 ? queueEveryMs : Infinity, ...ends),
  };
}

/** Sleeps until something was freed, something ran out, or a process in the way is gone. */
async function sleep(
  { clock, holders }: Engine,
  wakeups: Wakeups,
  seen: number,
  { numbers, ms }: Obstacles,
  signal: AbortSignal | undefined,
): Promise<void> {
  const started = clock.now().monotonicMs;
  for (let left = ms; left > 0; left = ms - (clock.now().monotonicMs - started)) {
    await wakeups.after(seen, numbers.length === 0 ? left : Math.min(left, probeEveryMs), signal);
    if (wakeups.count > seen || signal?.aborted === true) return;
    if (numbers.some((number) => holders?.isGone(number) === true)) return;
  }
}

/** `leasehold run watch | wait`: changes of status as anybody commits them, and waiting for one. */
import { type Reason, type Status, isTerminal, status as statusSchema } from "../../spec/vocabulary/index.js";
import type { StatusChange } from "../run/index.js";
import { UsageError } from "./exit.js";
import { listenForInterrupt } from "./interrupt.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf } from "./lease-shell.js";
import { lasting } from "./lease-text.js";
import { print, printJsonLine } from "./output.js";
import { asHost, asReader, noRun, runExit } from "./run-shell.js";
import { pairText } from "./run-text.js";
import { nearest } from "./suggest.js";

export function watchRunsCommand(id: string | undefined, flags: StoreFlags): Promise<number> {
  const { signal, dispose } = listenForInterrupt();
  // As a host: the log is made when it is absent, so that its first run is seen.
  const { json, ...others } = flags;
  return asHost(others, async ({ runs: { store } }) => {
    if (id !== undefined) await store.get(id);
    const { seq } = await store.health();
    try {
      for await (const change of store.changes({ from: seq + 1, signal })) {
        if (id !== undefined && change.run !== id) continue;
        await (json === true ? printJsonLine(change) : print(`${changeText(change)}\n`));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return answerOf(runExit.done, null, () => "");
  }).finally(dispose);
}

export function changeText({ run, from, to, source, cause, at }: StatusChange): string {
  return `${new Date(at.wallMs).toISOString()}  ${run}  ${pairText(from)} → ${pairText(to)}  (${cause}, by ${source})`;
}

export interface WaitFlags extends StoreFlags {
  readonly for?: readonly string[];
  readonly timeout?: number;
}

interface Pair {
  readonly status: Status;
  readonly reason: Reason | null;
}

export function waitCommand(id: string, flags: WaitFlags): Promise<number> {
  const wanted = wantedOf(flags.for ?? ["ended"]);
  const interrupt = listenForInterrupt();
  const over = new AbortController();
  const timer = flags.timeout === undefined ? undefined : setTimeout(() => over.abort(), flags.timeout);
  const signal = AbortSignal.any([interrupt.signal, over.signal]);
  return asReader(flags, noRun(id), async ({ store }) => {
    const { seq } = await store.health();
    const last = await followed(store.changes({ from: seq + 1, signal }), id, (await store.get(id)).view, wanted, signal);
    if (wanted.has(last.status)) return waitAnswer(runExit.done, "reached", id, last, "");
    if (isTerminal(last.status)) return waitAnswer(runExit.refused, "ended", id, last, `; it ended without ${[...wanted].join(" or ")}`);
    if (interrupt.signal.aborted) return waitAnswer(130, "interrupted", id, last, "");
    return waitAnswer(runExit.busy, "timeout", id, last, ` after ${lasting(flags.timeout ?? 0)}`);
  }).finally(() => {
    clearTimeout(timer);
    interrupt.dispose();
  });
}

/** The pair at which waiting is over: wanted, an end, or the last one before the signal. */
async function followed(
  changes: AsyncGenerator<StatusChange>,
  id: string,
  now: Pair,
  wanted: ReadonlySet<Status>,
  signal: AbortSignal,
): Promise<Pair> {
  let last: Pair = now;
  const isOver = (): boolean => wanted.has(last.status) || isTerminal(last.status);
  if (isOver()) return last;
  try {
    for await (const { run, to } of changes) {
      if (run === id) last = to;
      if (isOver()) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return last;
}

function waitAnswer(code: number, outcome: string, run: string, { status, reason }: Pair, more: string): Answer {
  return answerOf(code, { outcome, run, status, reason }, () => `${run}: ${pairText({ status, reason })}${more}\n`);
}

/** Statuses, and `ended` for the three a run ends in. */
function wantedOf(words: readonly string[]): ReadonlySet<Status> {
  return new Set(
    words.flatMap((word): readonly Status[] => {
      if (word === "ended") return statusSchema.options.filter(isTerminal);
      const parsed = statusSchema.safeParse(word);
      if (parsed.success) return [parsed.data];
      const known = ["ended", ...statusSchema.options];
      throw new UsageError(`there is no status "${word}" to wait for; known are ${known.join(", ")}.${nearest(word, known)}`);
    }),
  );
}

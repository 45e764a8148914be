/**
 * Keeps a lease while its holder works: beats it, and tells the holder when to stop. The signal aborts when the
 * lease is lost, and when no beat was confirmed for as long as the renew deadline, which is before anybody else can
 * be granted the lane (NL8).
 */
import { Worker } from "node:worker_threads";

import { laneMustStop } from "../../spec/lane-lease/index.js";
import type { LaneGrant, LaneLost } from "../../spec/vocabulary/lane.js";
import { laneRenewDeadlineMsOf } from "../../spec/vocabulary/lane.js";
import { type BeatInput, type FromBeatThread, type ToBeatThread, beatWords, newBeatMemory } from "./beat-protocol.js";
import { type BeatReport, type BeatTerms, type Beating, startBeating } from "./beating.js";
import { LeaseError } from "./errors.js";
import type { HolderProof, LeaseStore, StoreAddress } from "./types.js";

/** Why a holder has to stop. `renew-deadline`: it may still have the lease, and cannot know. */
export type LostReason = LaneLost | "renew-deadline";

/** The reason of a holder's signal. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
  readonly reason: LostReason;
  readonly leaseId: string;

  constructor(reason: LostReason, { leaseId, lane }: LaneGrant) {
    super(`the lease on lane "${lane}" was lost: ${lostMeanings[reason]} [${reason}]`);
    this.reason = reason;
    this.leaseId = leaseId;
  }
}

/** Each as the end of "the lease was lost: …". */
export const lostMeanings: Readonly<Record<LostReason, string>> = {
  expired: "no beat arrived within its TTL, or its process was taken for dead",
  adopted: "somebody else took it over",
  released: "it was released",
  scavenged: "it ran out and was cleared away",
  unknown: "the store does not know it, or not with this secret",
  "renew-deadline": "no beat could be confirmed in time, so it may run out at any moment",
};

/** How a lease is kept. */
export interface KeepOptions {
  /** `thread` (default where the store can be opened there): beats go on while this thread is busy. */
  readonly beats?: "thread" | "timer";
  /** Hears of beats that failed and will be tried again. */
  readonly onTrouble?: (message: string) => void;
}

/** A lease that is being kept; `end` it when the work is done. */
export interface Keeper {
  /** Aborts with a `LeaseLostError`. */
  readonly signal: AbortSignal;
  /** Asked at this moment, without waiting: null while the lease is held. */
  lost(): LeaseLostError | null;
  /** Ends the beats and frees the lease. */
  end(): Promise<Ended>;
}

/** How holding a lease ended. */
export type Ended =
  | { readonly type: "freed" }
  /** The holder was told while it held it, or it hears of it now. */
  | { readonly type: "lost"; readonly reason: LostReason }
  /** It could not be freed and runs out by itself. */
  | { readonly type: "left"; readonly error: LeaseError };

/** Beats a lease every quarter of its TTL until it is ended or lost. A lost lease aborts the signal; nothing is thrown. */
export function keepLease(
  store: LeaseStore,
  { grant, secret }: { readonly grant: LaneGrant; readonly secret: string },
  { beats = "thread", onTrouble = () => undefined }: KeepOptions = {},
): Keeper {
  const { leaseId, ttlMs, heartbeatAt } = grant;
  const shared = newBeatMemory();
  const words = beatWords(shared);
  words.confirm(heartbeatAt.monotonicMs);
  const controller = new AbortController();
  const lose = (reason: LostReason): void => {
    if (!controller.signal.aborted) controller.abort(new LeaseLostError(reason, grant));
  };
  const mustStop = (): boolean =>
    laneMustStop({ ...heartbeatAt, monotonicMs: words.confirmedMs }, store.clock.now(), { ttlMs });
  const judge = (): LeaseLostError | null => {
    if (words.lost !== null) lose(words.lost);
    else if (mustStop()) lose("renew-deadline");
    return controller.signal.aborted ? (controller.signal.reason as LeaseLostError) : null;
  };
  const hear = (report: BeatReport): void => {
    if (report.type === "failed") onTrouble(report.message);
    judge();
  };
  const terms: BeatTerms = { leaseId, secret, ttlMs, heartbeatAt };
  const here = (): Beating => beatHere(store, terms, shared, hear);
  const { elsewhere } = store;
  const beating = beats === "timer" || elsewhere === null ? here() : beatElsewhere(elsewhere, terms, shared, hear, here);
  const watchdog = watching(ttlMs, judge);
  return {
    signal: controller.signal,
    lost: judge,
    async end() {
      const told = judge();
      clearInterval(watchdog);
      await beating.stop();
      const freed = await free(store, { leaseId, secret });
      return told === null ? freed : { type: "lost", reason: told.reason };
    },
  };
}

async function free(store: LeaseStore, proof: HolderProof): Promise<Ended> {
  try {
    const released = await store.release(proof);
    return released.outcome === "lost" ? { type: "lost", reason: released.reason } : { type: "freed" };
  } catch (error) {
    if (error instanceof LeaseError) return { type: "left", error };
    throw error;
  }
}

/** Looks more often than the rest between deadline and TTL is long. */
function watching(ttlMs: number, judge: () => unknown): NodeJS.Timeout {
  const everyMs = Math.max(1, Math.floor((ttlMs - laneRenewDeadlineMsOf(ttlMs)) / 8));
  return setInterval(judge, everyMs).unref();
}

function beatHere(
  store: LeaseStore,
  terms: BeatTerms,
  shared: SharedArrayBuffer,
  hear: (report: BeatReport) => void,
): Beating {
  const words = beatWords(shared);
  return startBeating(store, { ...terms, heartbeatAt: { ...terms.heartbeatAt, monotonicMs: words.confirmedMs } }, (report) => {
    if (report.type === "confirmed") words.confirm(report.at.monotonicMs);
    if (report.type === "lost") words.lose(report.reason);
    hear(report);
  });
}

/** A thread that cannot beat is replaced by a timer in this one. */
function beatElsewhere(
  address: StoreAddress,
  terms: BeatTerms,
  shared: SharedArrayBuffer,
  hear: (report: BeatReport) => void,
  here: () => Beating,
): Beating {
  const workerData: BeatInput = { address, terms, shared };
  // A program that came by standard input or --eval has an option that a thread with a file refuses.
  const execArgv = process.execArgv.filter((option) => !option.startsWith("--input-type"));
  const worker = new Worker(new URL("./beat-worker.js", import.meta.url), { workerData, execArgv });
  let instead: Beating | null = null;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.unref();
  worker.on("message", (report: FromBeatThread) => hear(report));
  worker.on("error", (error) => {
    hear({ type: "failed", message: error.message });
    instead = here();
  });
  return {
    stop: async () => {
      // Until here it must not keep the process alive; now its end is waited for.
      worker.ref();
      worker.postMessage("stop" satisfies ToBeatThread);
      await ended;
      await instead?.stop();
    },
  };
}

/**
 * Beats a lease until it is stopped or the lease is lost. Reports what the store confirmed; whether that is enough
 * to go on is the holder's to judge. A store that fails is asked again soon.
 */
import { laneConfirmedAt, laneNextBeatMs } from "../../spec/lane-lease/index.js";
import type { LaneLost, Stamp } from "../../spec/vocabulary/lane.js";
import { LeaseError } from "./errors.js";
import type { HolderProof, LeaseStore } from "./types.js";

/** After a failure. */
const retryMs = 500;

export type BeatReport =
  /** The store has a beat of this time, or of a later one. */
  | { readonly type: "confirmed"; readonly at: Stamp }
  | { readonly type: "lost"; readonly reason: LaneLost }
  | { readonly type: "failed"; readonly message: string };

export interface BeatTerms extends HolderProof {
  readonly ttlMs: number;
  /** The last beat that is confirmed, the grant at first. */
  readonly heartbeatAt: Stamp;
}

export interface Beating {
  /** Resolves when no beat is under way and none will follow. */
  stop(): Promise<void>;
}

export function startBeating(
  store: Pick<LeaseStore, "clock" | "heartbeat">,
  terms: BeatTerms,
  report: (report: BeatReport) => void,
): Beating {
  const { clock } = store;
  let confirmed = terms.heartbeatAt;
  let stopped = false;
  let wake: () => void = () => undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = async (): Promise<void> => {
    let failed = false;
    while (!stopped) {
      const due = laneNextBeatMs(confirmed, clock.now(), terms);
      await pause(failed ? Math.min(retryMs, terms.ttlMs / 8) : due);
      if (isStopped()) return;
      const answer = await beat(store, terms);
      failed = answer.type === "failed";
      if (answer.type === "confirmed") confirmed = answer.at;
      report(answer);
      if (answer.type === "lost") return;
    }
  };
  // Read behind a function: it changes while the loop awaits.
  const isStopped = (): boolean => stopped;
  const ended = loop();
  return {
    stop: () => {
      stopped = true;
      wake();
      return ended;
    },
  };
}

async function beat({ clock, heartbeat }: Pick<LeaseStore, "clock" | "heartbeat">, proof: HolderProof): Promise<BeatReport> {
  const sentAt = clock.now();
  try {
    const answer = await heartbeat(proof);
    if (answer.outcome === "lost") return { type: "lost", reason: answer.reason };
    return { type: "confirmed", at: laneConfirmedAt(sentAt, answer.confirmedMs) };
  } catch (error) {
    if (error instanceof LeaseError) return { type: "failed", message: error.message };
    throw error;
  }
}

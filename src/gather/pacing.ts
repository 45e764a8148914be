/**
 * When a pane is captured next: often while it changes or is young, seldom while it rests, and ever more
 * seldom while it cannot be captured. Pure; the caller keeps the times.
 *
 * Only captures are paced. Whether a session is alive is asked at every tick (L16).
 */

export interface CaptureHistory {
  /** Since the run started; null: not known, which counts as young. Milliseconds, as all here. */
  readonly ageMs: number | null;
  /** Since the pane was seen to change; null: never captured. */
  readonly sinceChangeMs: number | null;
  /** Captures in a row that failed, and what the last one met. */
  readonly failures: number;
  readonly failure: "unreachable" | "other" | null;
}

/** Times between captures, in milliseconds. */
export interface CapturePacing {
  /** Between captures of a pane that changes. One tick of the monitor. */
  readonly intervalMs: number;
  /** Between captures of a pane that has long been the same. */
  readonly restingIntervalMs: number;
  /** A pane that did not change for so long rests; the interval doubles with each further such time. */
  readonly restAfterMs: number;
  /** A younger run never rests: its gates come early. */
  readonly youngMs: number;
  /** The first back-off after a failure, doubled for each further one, and its bound. */
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  /** The same while the host is not reached; never below `unreachableMinMs`. */
  readonly unreachableBackOffMs: number;
  readonly unreachableMinMs: number;
  readonly unreachableMaxMs: number;
}

/** Pacing of sessions on this host, for a tick of five seconds. */
export const localPacing: CapturePacing = {
  intervalMs: 5_000,
  restingIntervalMs: 15_000,
  restAfterMs: 60_000,
  youngMs: 180_000,
  backOffMs: 5_000,
  backOffMaxMs: 60_000,
  unreachableBackOffMs: 10_000,
  unreachableMinMs: 30_000,
  unreachableMaxMs: 300_000,
};

/** On another host every capture is a lease: one interval, young or not. */
export const remotePacing: CapturePacing = {
  ...localPacing,
  intervalMs: 15_000,
  restingIntervalMs: 15_000,
};

/** Doublings beyond this change nothing any more; it keeps the numbers finite. */
const doublingsMax = 30;

/** Milliseconds from the last capture, or attempt, to the next. */
export function nextCaptureAfter(history: CaptureHistory, pacing: CapturePacing = localPacing): number {
  if (history.failures > 0) return backOff(history, pacing);
  const { intervalMs, restingIntervalMs, restAfterMs, youngMs } = pacing;
  const { ageMs, sinceChangeMs } = history;
  if (ageMs === null || ageMs < youngMs || sinceChangeMs === null || sinceChangeMs < restAfterMs)
    return intervalMs;
  return doubled(intervalMs, Math.floor(Math.log2(sinceChangeMs / restAfterMs)) + 1, restingIntervalMs);
}

function backOff({ failures, failure }: CaptureHistory, pacing: CapturePacing): number {
  if (failure !== "unreachable") return doubled(pacing.backOffMs, failures - 1, pacing.backOffMaxMs);
  const wait = doubled(pacing.unreachableBackOffMs, failures - 1, pacing.unreachableMaxMs);
  return Math.max(wait, pacing.unreachableMinMs);
}

function doubled(base: number, times: number, max: number): number {
  return Math.min(base * 2 ** Math.min(times, doublingsMax), max);
}

/**
 * Syncs of one process: on Node's thread pool, or on this thread where that is over sooner.
 *
 * To hand a sync to another thread and to be woken by it takes as long as a fast disk takes to sync, and several times
 * that while more processes than processors do it. Whoever has one call to make and a disk that has answered within
 * `briefMs` of late waits here. One slow answer is enough to leave that to the pool again until the disk is fast.
 * The event loop gets a turn with the first call that ends `turnMs` after its last: between all calls it costs as much as
 * deciding them.
 */
import * as fs from "node:fs";

/** How long the event loop may stand still for a sync, on the mean. A host that ticks does not notice. */
const briefMs = 2;
/** How long calls that are waited for here may follow one another without a turn of the event loop. */
const turnMs = 4;
/** Weight of the last sync in the mean: after one of twenty milliseconds the pool does the next few. */
const weight = 1 / 8;

/** The two calls of Node that sync a file's bytes. */
export interface SyncCalls {
  fdatasync(file: number, done: (error: Error | null) => void): void;
  fdatasyncSync(file: number): void;
}

/** `alone`: nothing else waits for the disk. Rejects with the error of the call. */
export type SyncData = (file: number, alone: boolean) => Promise<void>;

/** For one disk. `sync` and `now` (in milliseconds) are Node's; others are for tests. */
export function syncing(
  sync: SyncCalls = fs,
  now: () => number = () => performance.now(),
): SyncData {
  // Before the first answer nobody knows.
  let meanMs = briefMs;
  const took = (ms: number): void => {
    meanMs += (ms - meanMs) * weight;
  };
  /** When the event loop had its turn for a call of before. */
  let turnedAt = Number.NEGATIVE_INFINITY;
  return (file, alone) =>
    new Promise((resolve, reject) => {
      const started = now();
      const settle = (error: Error | null): void => {
        if (error === null) resolve();
        else reject(error);
      };
      if (alone && meanMs < briefMs) {
        let failure: Error | null = null;
        try {
          sync.fdatasyncSync(file);
        } catch (error) {
          failure = error as Error;
        }
        const ended = now();
        took(ended - started);
        if (ended - turnedAt < turnMs) {
          settle(failure);
          return;
        }
        setImmediate(() => {
          turnedAt = now();
          settle(failure);
        });
        return;
      }
      sync.fdatasync(file, (error) => {
        took(now() - started);
        settle(error);
      });
    });
}

/** Runs: their log on the journal, the commit point, listeners, the monitor's loop. */
import { clearTimeout, setTimeout } from "node:timers";

import type { RunPolicy } from "../../spec/vocabulary/index.js";
import { CommitPoint } from "./commit-point.js";
import type { ListenerFailure, Timer } from "./listeners.js";
import { type RunStore, type RunStoreOptions, openRunStore } from "./store.js";

export { type CommitOutcome, CommitPoint } from "./commit-point.js";
export { RunError, type RunFailure } from "./errors.js";
export type { Gatherer, Question } from "./gatherer.js";
export {
  type Listener,
  type ListenerFailure,
  type Timer,
  listenerDeadlineMs,
  listenerQueueMax,
} from "./listeners.js";
export { Monitor, type MonitorFailure, type MonitorOptions, type TickReport } from "./monitor.js";
export {
  type Fenced,
  type RunStore,
  type RunStoreOptions,
  type StatusChange,
  type StatusEvent,
  activeRunsMax,
} from "./store.js";

/** Timers of Node. */
export const hostTimer: Timer = {
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** The store's options, and what commits are decided and told with. */
export interface RunsOptions extends RunStoreOptions {
  readonly policy?: RunPolicy;
  readonly timer?: Timer;
  /** Hears of listeners that threw, took too long or fell behind. */
  readonly onListenerFailure?: (failure: ListenerFailure) => void;
}

/** An open log of runs with its commit point. */
export interface Runs {
  readonly store: RunStore;
  readonly commits: CommitPoint;
  /** Waits for the listeners, then closes the log. */
  close(): Promise<void>;
}

/**
 * Opens the runs of a state directory. The right to append a status stays inside.
 *
 * Throws a `JournalError` when the directory cannot be opened, is not local, or holds a newer version's log.
 */
export async function openRuns(options: RunsOptions): Promise<Runs> {
  const { policy, timer = hostTimer, onListenerFailure, ...storeOptions } = options;
  const { store, capability } = await openRunStore(storeOptions);
  const commits = new CommitPoint({
    store,
    capability,
    timer,
    ...(policy === undefined ? {} : { policy }),
    ...(onListenerFailure === undefined ? {} : { onListenerFailure }),
  });
  return {
    store,
    commits,
    close: async () => {
      await commits.settled();
      await store.close();
    },
  };
}

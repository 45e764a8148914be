/** Fresh records: the view of an empty log, the core of a monitor that just started. */
import type { RunCore, RunRecord, RunView } from "../vocabulary/run.js";

/** What a monitor knows when it starts: nothing. */
export const initialCore: RunCore = { aliveObserver: null, deadStreaks: [], reading: null, streak: 0 };

/** The record after a restart of the monitor: the folds of the log are kept, the core is lost. */
export function restarted(view: RunView): RunRecord {
  return { ...viewOf(view), ...initialCore };
}

/** The view of a run whose log is still empty. */
export function emptyView(
  run: Pick<RunView, "agent" | "branch" | "startedAt"> & Partial<RunView>,
): RunView {
  return {
    status: "queued",
    reason: null,
    prUrl: null,
    prRecorded: false,
    paneHash: null,
    wasAlive: false,
    ...run,
  };
}

/** The view half of a record. */
export function viewOf(record: RunView): RunView {
  const { status, reason, agent, branch, prUrl, prRecorded, startedAt, paneHash, wasAlive } = record;
  return { status, reason, agent, branch, prUrl, prRecorded, startedAt, paneHash, wasAlive };
}

/** The core half of a record. */
export function coreOf({ aliveObserver, deadStreaks, reading, streak }: RunCore): RunCore {
  return { aliveObserver, deadStreaks, reading, streak };
}

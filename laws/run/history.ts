/** What the history checks of runs share: the commit an event is, and the run it is about. */
import { type LoggedRun, type RunsState, runsFold } from "../../spec/run/index.js";
import { type RunCommitted, type Status, runCommitted } from "../../spec/vocabulary/index.js";
import {
  type HistoryBreach,
  type HistoryCheck,
  type HistoryEvent,
  history,
} from "../law.js";

/** A commit with its run as it was before. */
export interface CommitOf {
  readonly run: LoggedRun;
  readonly commit: RunCommitted;
}

/** A check of every commit in a log of runs: the reason of its breach, and when it has something to say. */
export function ofCommits(
  breach: (one: CommitOf) => string | null,
  witness: (one: CommitOf) => boolean,
): HistoryCheck {
  return history<RunsState>({
    fold: runsFold,
    breach: (before, event): HistoryBreach | null => {
      const one = commitOf(before, event);
      if (one === null) return null;
      const reason = breach(one);
      const { run, commit } = one;
      return reason === null
        ? null
        : { reason: `run ${commit.run}: ${reason}`, earlier: run.changedAt.seq };
    },
    witness: (before, event) => {
      const one = commitOf(before, event);
      return one !== null && witness(one);
    },
  });
}

/** The status that a commit sets; null when it sets none. */
export function statusOf({ effects }: RunCommitted): Status | null {
  return effects.find((effect) => effect.type === "setStatus")?.status ?? null;
}

/** Several laws ask about one event, one after another: it is parsed once. */
const parsed = new WeakMap<HistoryEvent, RunCommitted | null>();

function commitOf(before: RunsState, event: HistoryEvent): CommitOf | null {
  if (event.type !== "run.committed") return null;
  let commit = parsed.get(event);
  if (commit === undefined) {
    commit = runCommitted.safeParse(event.data).data ?? null;
    parsed.set(event, commit);
  }
  const run = commit === null ? undefined : before.runs.get(commit.run);
  return commit === null || run === undefined ? null : { run, commit };
}

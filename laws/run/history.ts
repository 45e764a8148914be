/** What the history checks of runs share: the commit an event is, and the run it is about. */
import { type LoggedRun, type RunsState, runsFold } from "../../spec/run/index.js";
import { type RunCommitted, type Status, runCommitted, runMonitored } from "../../spec/vocabulary/index.js";
import {
  type HistoryBreach,
  type HistoryCheck,
  type HistoryEvent,
  type HistoryFold,
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

/** The highest fencing token that the log has seen, and the record it stands in; null: none, or before the log begins. */
interface FenceSeen {
  readonly token: number | null;
  readonly seq: number | null;
}

interface UnderToken {
  readonly what: "raised" | "committed";
  readonly token: number;
}

const fenceSeen: HistoryFold<FenceSeen> = {
  name: runsFold.name,
  initial: () => ({ token: null, seq: null }),
  apply: (seen, event, { seq }) => {
    const under = underToken(event);
    return under === null || under.token <= (seen.token ?? 0) ? seen : { token: under.token, seq };
  },
  // Nothing was committed under a token above the one that was raised last.
  restore: (data) => ({ token: runsFold.restore(data).fence, seq: null }),
};

/** A check of every token that is raised or committed under. What has none is a person's. */
export function ofTokens(breach: (what: UnderToken["what"], token: number, seen: number) => string | null): HistoryCheck {
  return history<FenceSeen>({
    fold: fenceSeen,
    breach: ({ token: seen, seq }, event) => {
      const under = underToken(event);
      const reason = under === null || seen === null ? null : breach(under.what, under.token, seen);
      return reason === null ? null : { reason, earlier: seq };
    },
    witness: ({ token: seen }, event) => seen !== null && underToken(event) !== null,
  });
}

function underToken(event: HistoryEvent): UnderToken | null {
  if (event.type === "run.monitored") {
    const token = runMonitored.safeParse(event.data).data?.fence;
    return token === undefined ? null : { what: "raised", token };
  }
  const token = committedIn(event)?.fence;
  return token === undefined ? null : { what: "committed", token };
}

/** The status that a commit sets; null when it sets none. */
export function statusOf({ effects }: RunCommitted): Status | null {
  return effects.find((effect) => effect.type === "setStatus")?.status ?? null;
}

/** Several laws ask about one event, one after another: it is parsed once. */
const parsed = new WeakMap<HistoryEvent, RunCommitted | null>();

function commitOf(before: RunsState, event: HistoryEvent): CommitOf | null {
  const commit = committedIn(event);
  const run = commit === null ? undefined : before.runs.get(commit.run);
  return commit === null || run === undefined ? null : { run, commit };
}

function committedIn(event: HistoryEvent): RunCommitted | null {
  if (event.type !== "run.committed") return null;
  let commit = parsed.get(event);
  if (commit === undefined) {
    commit = runCommitted.safeParse(event.data).data ?? null;
    parsed.set(event, commit);
  }
  return commit;
}

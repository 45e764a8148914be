/** JL7. A record is decided on all records before it, and its number is the next. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type Check, type ModelLaw, check } from "../law.js";
import { type JournalState, type Told, fileOf, lengthOf, soundPrefix } from "./log.js";
import { type HistoryBreach, type HistoryPlace, history } from "../law.js";
import { type LaneLog, laneLog } from "../lane-lease/history.js";

export const order: ModelLaw = {
  id: "JL7",
  title: "order",
  subject: "journal",
  statement: "log order = decision order; seq has no gap and no duplicate, whoever writes",
  formal: "append(n) decides on log[1..n−1]; seq(log[i]) = i",
  why:
    "Writers beside the lock and a holder that had been paused appended decisions on a log that had moved on: two " +
    "records had one number, and a lane had two holders.",
  history: [
    history<LaneLog>({
      fold: laneLog,
      // A repair says which records it gave up: what follows is counted from there.
      breach: ({ last }, { type }, place) => (last === null || type === "journal.gap" ? null : follows(last, place)),
      witness: ({ last }) => last !== null,
    }),
  ],
  checks: [...onConfiguration("crash"), ...onConfiguration("compaction")] as unknown as [
    Check,
    ...Check[],
  ],
  mutants: [
    {
      name: "decides on the tail it knew",
      change: "a writer that has the file open does not read, under the lock, what others appended",
      system: journalCrash,
      configuration: "crash",
      variant: { follows: false } satisfies JournalVariant,
    },
    {
      name: "numbers start again",
      change: "after a compaction records are numbered from the start of the file",
      system: journalCrash,
      configuration: "compaction",
      variant: {
        seqAfter: (count, checkpoint) => count - checkpoint.count + 1,
      } satisfies JournalVariant,
    },
  ],
};

function onConfiguration(configuration: string): readonly Check[] {
  return [
    check<JournalState, Told>({
      system: journalCrash,
      configuration,
      kind: "step",
      clause: "decided on all before it",
      actions: ["append"],
      breach: decidedOnLess,
      witness: (before) => before.appended.kinds.length > 0,
    }),
    check<JournalState>({
      system: journalCrash,
      configuration,
      kind: "invariant",
      clause: "no gap and no duplicate",
      breach: misnumbered,
      witness: ({ appended }) => appended.kinds.length > 1,
    }),
  ];
}

function decidedOnLess(
  before: JournalState,
  action: ActionInstance,
  _after: JournalState,
  effects: readonly Told[],
): Breach {
  const file = fileOf(before);
  const appended = effects.find((effect) => effect.type === "appended");
  if (file === null || appended === undefined) return null;
  const length = lengthOf(file);
  if (appended.knew === length && appended.seq === length + 1) return null;
  return `${action.label} decides record ${appended.seq} on ${appended.knew} records, the log has ${length}`;
}

function misnumbered(state: JournalState): Breach {
  const file = fileOf(state);
  if (file === null) return null;
  let expected = file.checkpoint.count;
  for (const { seq } of soundPrefix(file)) {
    expected += 1;
    if (seq !== expected) return `record ${expected} of the log has the number ${seq}`;
  }
  return null;
}

/** The same record, or the one after it, decided no earlier. */
function follows(last: HistoryPlace, { seq, at }: HistoryPlace): HistoryBreach | null {
  const earlier = last.seq;
  if (seq !== last.seq && seq !== last.seq + 1) return { reason: `record ${seq} follows record ${last.seq}`, earlier };
  if (at.bootId !== last.at.bootId || at.monotonicMs >= last.at.monotonicMs) return null;
  return { reason: `it was decided ${last.at.monotonicMs - at.monotonicMs} ms before the record in front of it`, earlier };
}

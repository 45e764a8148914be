/** JL8. A call of the disk that fails, and what those who made it are told and do. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type JournalState, type Told, fileOf, viewIn } from "./log.js";
import { ofLanes } from "../lane-lease/history.js";

export const failClosed: ModelLaw = {
  id: "JL8",
  title: "fail closed",
  subject: "journal",
  statement: 'a read or write error never reads as "no leases" and is never acknowledged',
  formal: "readError ⇒ ¬decides ∧ ¬listing; writeError ∨ syncError ⇒ acknowledged' = acknowledged",
  why: "One read error made the log look empty: a lane that was held was granted to another, and numbers began at 1.",
  history: [
    ofLanes<"lane.granted" | "lane.adopted">({
      on: ["lane.granted"],
      breach: ({ log, data }) => {
        const { count } = log.lanes.unreadable;
        if (count === 0) return null;
        const reason = `lease ${data.leaseId} is granted over ${count} records that nobody can read`;
        return { reason, earlier: log.unreadableIn };
      },
    }),
  ],
  checks: [
    check<JournalState, Told>({
      system: journalCrash,
      configuration: "damage",
      kind: "step",
      clause: "nobody decides on a log that could not be read",
      actions: ["failToRead", "failToList"],
      breach: readAsEmpty,
      witness: (before) => fileOf(before) !== null && before.appended.kinds.length > 0,
    }),
    check<JournalState>({
      system: journalCrash,
      configuration: "syncs",
      kind: "step",
      clause: "a sync that failed acknowledges nothing",
      actions: ["failToSync"],
      breach: acknowledgesMore,
      witness: () => true,
    }),
    check<JournalState>({
      system: journalCrash,
      configuration: "tails",
      kind: "step",
      clause: "a write that failed acknowledges nothing",
      actions: ["tearAppend"],
      breach: acknowledgesMore,
      witness: () => true,
    }),
  ],
  mutants: [
    {
      name: "read error reads as empty",
      change: "a log that cannot be read is taken for one without records",
      system: journalCrash,
      configuration: "damage",
      variant: { readsErrorAsEmpty: true } satisfies JournalVariant,
    },
    {
      name: "failed sync acknowledged",
      change: "a record is acknowledged whether its sync succeeded or not",
      system: journalCrash,
      configuration: "syncs",
      variant: { acknowledges: "after a failed sync as well" } satisfies JournalVariant,
    },
  ],
};

function readAsEmpty(
  _before: JournalState,
  action: ActionInstance,
  after: JournalState,
  effects: readonly Told[],
): Breach {
  const told = viewIn(effects);
  if (told !== null)
    return `the log could not be read, and is listed with ${told.view?.count ?? 0} records`;
  const writer = action.args["writer"] as number | undefined;
  const phase = writer === undefined ? "idle" : (after.writers[writer]?.phase ?? "idle");
  return phase === "idle"
    ? null
    : `writer ${writer ?? 0} could not read the log and goes on (${phase})`;
}

function acknowledgesMore(
  before: JournalState,
  action: ActionInstance,
  after: JournalState,
): Breach {
  if (after.acknowledged === before.acknowledged) return null;
  return `${action.label} acknowledges record ${after.acknowledged}`;
}

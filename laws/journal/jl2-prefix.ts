/** JL2. The log up to the first line that cannot be read, against the order in which records were appended. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { type Breach, type Check, type ModelLaw, check } from "../law.js";
import { type JournalState, fileOf, soundPrefix } from "./log.js";

export const prefix: ModelLaw = {
  id: "JL2",
  title: "prefix",
  subject: "journal",
  statement:
    "after a crash the log is a prefix of what was appended, at least up to the last acknowledged record",
  formal: "∃ n ≥ acknowledged: log = appended[1..n]",
  why:
    "A record was acknowledged by a sync of its own bytes, the one before it was lost, and what came out was a log " +
    "that never was.",
  checks: [onConfiguration("crash"), onConfiguration("compaction"), onConfiguration("syncs")],
  mutants: [
    {
      name: "sync of own bytes",
      change: "a sync covers the writer's own record and not those before it",
      system: journalCrash,
      configuration: "crash",
      variant: { syncCovers: "own" } satisfies JournalVariant,
    },
    {
      name: "compaction without the lock",
      change: "others append while a compaction has read the log and not yet replaced it",
      system: journalCrash,
      configuration: "compaction",
      variant: { compactionLocks: false } satisfies JournalVariant,
    },
  ],
};

function onConfiguration(configuration: string): Check {
  return check<JournalState>({
    system: journalCrash,
    configuration,
    kind: "invariant",
    breach: notPrefix,
    witness: ({ acknowledged, appended, left }) =>
      left.cuts === 0 && acknowledged < appended.kinds.length,
  });
}

function notPrefix(state: JournalState): Breach {
  const file = fileOf(state);
  const { acknowledged, appended } = state;
  const start = file === null || file.checkpoint.health !== "whole" ? 0 : file.checkpoint.count;
  const lines = file === null ? [] : soundPrefix(file);
  for (let index = 0; index < lines.length; index += 1) {
    const found = lines[index];
    const number = start + index + 1;
    const kind = appended.kinds[number - 1];
    if (found?.seq === number && found.kind === kind) continue;
    return `record ${number} of the log is number ${found?.seq ?? 0} (${found?.kind ?? "none"}), appended was ${kind ?? "none"}`;
  }
  const length = start + lines.length;
  return length >= acknowledged
    ? null
    : `the log ends after record ${length}, record ${acknowledged} was acknowledged`;
}

/** JL1. Looked at in every state, so at every moment of a power cut, a death and a compaction. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { type Breach, type Check, type Mutant, type ModelLaw, check } from "../law.js";
import { type JournalState, type WrittenFile, fileOf, isReadable } from "./log.js";

export const durableAcknowledgement: ModelLaw = {
  id: "JL1",
  title: "durable acknowledgement",
  subject: "journal",
  statement: "an acknowledged record is in the log after any crash",
  formal: "n ≤ acknowledged ⇒ record(n) ∈ log",
  why:
    "Grants that were acknowledged were not in the log: a short write, a directory that was never synced, and a " +
    "file that had been replaced meanwhile each lost one.",
  checks: [
    onConfiguration("crash"),
    onConfiguration("tails"),
    onConfiguration("compaction"),
    onConfiguration("syncs"),
  ],
  mutants: [
    broken("no sync", "crash", "a record is acknowledged without a sync", {
      syncCovers: "nothing",
    }),
    broken(
      "acknowledged before the sync",
      "crash",
      "a record is acknowledged as soon as it is written",
      {
        acknowledges: "before the sync",
      },
    ),
    broken(
      "failed sync forgotten",
      "syncs",
      "a sync that succeeds acknowledges, although one before it on the same file has failed",
      { marks: "no file" },
    ),
    broken(
      "no directory sync",
      "crash",
      "the directory is not synced when the file was made or opened",
      {
        openSyncsDirectory: "never",
      },
    ),
    broken(
      "only the maker syncs the directory",
      "crash",
      "who opens a file that another made relies on the maker's sync, and the maker has died before it",
      { openSyncsDirectory: "who made it" },
    ),
    broken(
      "no directory sync after the rename",
      "compaction",
      "a compaction ends with the rename",
      {
        renameSyncsDirectory: false,
      },
    ),
    broken(
      "replaced file written to",
      "compaction",
      "a writer appends to the file it has open, whatever the name means",
      {
        reopens: false,
      },
    ),
  ],
};

function broken(
  name: string,
  configuration: string,
  change: string,
  variant: JournalVariant,
): Mutant {
  return { name, change, system: journalCrash, configuration, variant };
}

function onConfiguration(configuration: string): Check {
  return check<JournalState>({
    system: journalCrash,
    configuration,
    kind: "invariant",
    breach: lost,
    witness: ({ acknowledged, left }) => acknowledged > 0 && left.cuts === 0,
  });
}

function lost(state: JournalState): Breach {
  const { acknowledged } = state;
  if (acknowledged === 0) return null;
  const file = fileOf(state);
  for (let seq = 1; seq <= acknowledged; seq += 1) {
    const kind = state.appended.kinds[seq - 1] ?? "unknown";
    if (file === null || !contains(file, seq, kind)) {
      return `record ${seq} (${kind}) was acknowledged and is not in the log`;
    }
  }
  return null;
}

function contains({ checkpoint, lines }: WrittenFile, seq: number, kind: string): boolean {
  if (checkpoint.health === "whole" && seq <= checkpoint.count) return true;
  return lines.some(
    (line, place) => line.seq === seq && line.kind === kind && isReadable(lines, place),
  );
}

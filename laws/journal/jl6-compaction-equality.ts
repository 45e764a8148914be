/** JL6. What the log means after a compaction, against a replay of all that was appended. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { checkpointOf } from "../../spec/systems/journal-crash-log.js";
import { type Breach, type ModelLaw, type Mutant, check } from "../law.js";
import {
  type JournalState,
  type View,
  type WrittenFile,
  fileOf,
  isSound,
  replay,
  sameLease,
  show,
} from "./log.js";
import { onReading } from "./reading.js";

export const compactionEquality: ModelLaw = {
  id: "JL6",
  title: "compaction equality",
  subject: "journal",
  statement:
    "replay(compact(E) + T) = replay(E + T), for leases, tokens and freshness alike, at every crash point of the " +
    "compaction",
  formal: "replay(compact(E) · T) = replay(E · T)",
  why:
    "A compaction forgot the highest token, and the next grant got one that had been given out before; a short " +
    "write of the new file lost every lease.",
  checks: [
    onReading({
      configuration: "compaction",
      clause: "leases, tokens and freshness are those of a replay",
      breach: otherMeaning,
      witness: ({ checkpoint, lines }) => checkpoint.count > 0 && lines.length > 0,
    }),
    check<JournalState>({
      system: journalCrash,
      configuration: "compaction",
      kind: "invariant",
      clause: "a crash leaves the old file or the new one",
      breach: (state) => {
        const file = fileOf(state);
        if (file === null || file.checkpoint.health === "whole") return null;
        return "the name means a file whose checkpoint is not there";
      },
      witness: ({ directory, left }) => directory.current !== null && left.cuts === 0,
    }),
  ],
  mutants: [
    broken(
      "highest token forgotten",
      "a checkpoint keeps the live lease and forgets the highest token",
      {
        checkpointOf: (view) => ({ ...checkpointOf(view), highest: view.leases.live }),
      },
    ),
    broken("freshness forgotten", "a checkpoint keeps the lease and forgets that it was beaten", {
      checkpointOf: (view) => ({ ...checkpointOf(view), beaten: false }),
    }),
    broken("copy not synced", "the new file gets the name before its bytes are on the disk", {
      copyIsSynced: false,
    }),
  ],
};

function broken(name: string, change: string, variant: JournalVariant): Mutant {
  return { name, change, system: journalCrash, configuration: "compaction", variant };
}

function otherMeaning(view: View | null, file: WrittenFile, { appended }: JournalState): Breach {
  if (view === null || !isSound(file)) return null;
  const meaning = replay(appended.kinds.slice(0, view.count));
  if (sameLease(meaning, view.leases)) return null;
  return `the log says ${show(view.leases)}, a replay of its ${view.count} records ${show(meaning)}`;
}

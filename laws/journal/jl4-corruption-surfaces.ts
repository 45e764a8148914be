/**
 * JL4. One bit of one line or of the checkpoint is changed, in any place and at any time. Behind a torn line nobody
 * looks for it: that is the tail of a crash, which is reported and cut off as a whole.
 *
 * Here a changed line is one whose checksum does not fit. That every single changed bit of a line's bytes makes it
 * such a line, and that a file cut short at any byte is the log of fewer records, is shown by the tests of the
 * journal, bit by bit.
 */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { type Line, readLog } from "../../spec/systems/journal-crash-log.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, type Mutant, check } from "../law.js";
import {
  type JournalState,
  type View,
  type WrittenFile,
  fileOf,
  isDamaged,
  readable,
  replay,
  sameLease,
  show,
} from "./log.js";
import { onReading } from "./reading.js";

export const corruptionSurfaces: ModelLaw = {
  id: "JL4",
  title: "corruption surfaces",
  subject: "journal",
  statement:
    "any single flipped bit or damaged line is reported and never folds into state; truncation only forgets a suffix",
  formal:
    "flipped(log) ⇒ damaged(view) > 0 ∧ leases(view) = replay(readable(log)); follow ⇒ ¬writes",
  why: "One changed digit of a number made every reader fail, and a line that could not be read was left out in silence.",
  checks: [
    onReading({
      configuration: "damage",
      clause: "every listing reports it and folds nothing of it",
      breach: notReported,
      witness: isDamaged,
    }),
    check<JournalState>({
      system: journalCrash,
      configuration: "damage",
      kind: "step",
      clause: "who finds it does not write",
      actions: ["follow"],
      breach: goesOn,
      witness: damagedBefore,
    }),
  ],
  mutants: [
    broken("no checksum", "a line that can be parsed counts, whatever became of it", {
      readLog: (checkpoint, lines) => readLog({ ...checkpoint, health: "whole" }, lines.map(taken)),
    }),
    broken("silence", "a line that cannot be read is left out without a word", {
      readLog: (checkpoint, lines) => ({ ...readLog(checkpoint, lines), damaged: 0 }),
    }),
    broken(
      "reported and folded",
      "a line whose checksum does not fit is reported and counts all the same",
      {
        readLog: (checkpoint, lines) => ({
          ...readLog(checkpoint, lines.map(taken)),
          damaged: readLog(checkpoint, lines).damaged,
        }),
      },
    ),
    broken("damage cut off", "a bad line and all behind it are cut off as if it were a torn tail", {
      refusesDamage: false,
      kept: (_checkpoint, lines) => {
        const bad = lines.findIndex(({ health }) => health !== "whole");
        return bad === -1 ? lines : lines.slice(0, bad);
      },
    }),
  ],
};

function broken(name: string, change: string, variant: JournalVariant): Mutant {
  return { name, change, system: journalCrash, configuration: "damage", variant };
}

function taken(line: Line): Line {
  return line.health === "flipped" ? { ...line, health: "whole" } : line;
}

function damagedBefore(before: JournalState): boolean {
  const file = fileOf(before);
  return file !== null && isDamaged(file);
}

function notReported(view: View | null, file: WrittenFile): Breach {
  if (!isDamaged(file)) return null;
  if (view === null) return "a line is changed, and the reader reports nothing";
  if (view.damaged === 0) return "a line is changed, and the listing says that nothing is damaged";
  const sound = readable(file);
  const changed = view.records.find(
    (record) => !sound.some(({ seq, kind }) => seq === record.seq && kind === record.kind),
  );
  if (changed !== undefined)
    return `record ${changed.seq} is changed and is read as a ${changed.kind}`;
  const start = file.checkpoint.health === "whole" ? file.checkpoint : undefined;
  const meaning = replay(
    view.records.map(({ kind }) => kind),
    start,
  );
  return sameLease(meaning, view.leases)
    ? null
    : `the listing says ${show(view.leases)}, its records ${show(meaning)}`;
}

function goesOn(before: JournalState, action: ActionInstance, after: JournalState): Breach {
  const file = fileOf(before);
  if (file === null || !isDamaged(file)) return null;
  const writer = action.args["writer"] as number;
  const phase = after.writers[writer]?.phase ?? "idle";
  return phase === "idle"
    ? null
    : `a line is changed, and writer ${writer} goes on to write (${phase})`;
}

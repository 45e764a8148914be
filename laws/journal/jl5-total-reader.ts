/**
 * JL5. Of the reader a model can say that it gives an answer to every sequence of lines and accounts for each of
 * them once. That no bytes make it throw, loop or hold more than its bound is shown by the tests of the journal.
 */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { readLog } from "../../spec/systems/journal-crash-log.js";
import type { Breach, Check, ModelLaw } from "../law.js";
import { type View, type WrittenFile, isSound } from "./log.js";
import { onReading } from "./reading.js";

export const totalReader: ModelLaw = {
  id: "JL5",
  title: "total reader",
  subject: "journal",
  statement:
    "no bytes make the reader throw anything but its typed report, loop, or use memory beyond a named bound",
  formal: "∀ lines: view ≠ ⊥ ∧ |records| + damaged + tail = |split(lines)|",
  why: "A deeply nested line, a long number and one flipped digit each made every call fail, and only surgery helped.",
  checks: [onConfiguration("tails"), onConfiguration("damage")],
  mutants: [
    {
      name: "gives up at a bad line",
      change: "the reader ends without an answer when it meets a line it cannot read",
      system: journalCrash,
      configuration: "damage",
      variant: {
        readLog: (checkpoint, lines) => {
          const view = readLog(checkpoint, lines);
          return view.damaged > 0 ? null : view;
        },
      } satisfies JournalVariant,
    },
    {
      name: "stops at a bad line",
      change: "the reader reports the first line it cannot read and nothing of what is behind it",
      system: journalCrash,
      configuration: "damage",
      variant: {
        readLog: (checkpoint, lines) => {
          const bad = lines.findIndex(({ health }) => health === "flipped");
          return readLog(checkpoint, bad === -1 ? lines : lines.slice(0, bad + 1));
        },
      } satisfies JournalVariant,
    },
  ],
};

function onConfiguration(configuration: string): Check {
  return onReading({
    configuration,
    clause: "each line is a record, damage or a torn tail",
    breach: notAccounted,
    witness: (file) => !isSound(file),
  });
}

function notAccounted(view: View | null, file: WrittenFile): Breach {
  if (view === null) return `the reader has no answer to a log of ${file.lines.length} lines`;
  const ended = file.lines.filter(({ health }) => health !== "torn").length;
  const unended = file.lines.at(-1)?.health === "torn" ? 1 : 0;
  const split = ended + unended + (file.checkpoint.health === "whole" ? 0 : 1);
  const accounted = view.records.length + view.damaged + view.tail;
  if (accounted === split) return null;
  return `of ${split} lines the reader accounts for ${accounted}`;
}

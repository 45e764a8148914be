/** A check of everything that is told about the log: every listing, and what each writer follows. */
import { journalCrash } from "../../spec/systems/journal-crash.js";
import { type Breach, type Check, check } from "../law.js";
import {
  type JournalState,
  type Told,
  type View,
  type WrittenFile,
  fileOf,
  viewIn,
} from "./log.js";

export interface ReadingCheck {
  readonly configuration: string;
  readonly clause: string;
  /** What is wrong with a view of the file; null stands for a reader that gave up. */
  breach(view: View | null, file: WrittenFile, state: JournalState): Breach;
  witness(file: WrittenFile): boolean;
}

export function onReading({ configuration, clause, breach, witness }: ReadingCheck): Check {
  return check<JournalState, Told>({
    system: journalCrash,
    configuration,
    kind: "step",
    clause,
    actions: ["list", "follow"],
    breach: (before, _action, _after, effects) => {
      const file = fileOf(before);
      const told = viewIn(effects);
      return file === null || told === null ? null : breach(told.view, file, before);
    },
    witness: (before) => {
      const file = fileOf(before);
      return file !== null && witness(file);
    },
  });
}

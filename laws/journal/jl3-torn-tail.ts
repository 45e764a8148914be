/** JL3. What a torn write leaves at the end of the file, and what the next writer makes of it. */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import { withoutTail } from "../../spec/systems/journal-crash-log.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type JournalState, type WrittenLine, fileOf, isTorn } from "./log.js";

export const tornTail: ModelLaw = {
  id: "JL3",
  title: "torn tail",
  subject: "journal",
  statement: "a torn tail is one unacknowledged record; it never hides a later acknowledged one",
  formal: "torn(i) ∧ j > i ⇒ j > acknowledged; cut(i) ⇒ i > acknowledged",
  why: "A line that was written behind a torn one, to repair it, was read as a part of it: the grant was never seen.",
  checks: [
    check<JournalState>({
      system: journalCrash,
      configuration: "tails",
      kind: "invariant",
      clause: "nothing acknowledged stands behind a torn line",
      breach: hidden,
      witness: (state) => state.acknowledged > 0 && torn(state),
    }),
    check<JournalState>({
      system: journalCrash,
      configuration: "tails",
      kind: "step",
      clause: "what is cut off was not acknowledged",
      actions: ["follow"],
      breach: cutTooFar,
      witness: (before, _action, after) => torn(before) && !torn(after),
    }),
  ],
  mutants: [
    {
      name: "torn tail repaired by the next line",
      change: "a writer appends behind a torn line instead of cutting it off",
      system: journalCrash,
      configuration: "tails",
      variant: { kept: (_checkpoint, lines) => lines } satisfies JournalVariant,
    },
    {
      name: "cut one line too far",
      change: "a torn tail is cut off together with the record before it",
      system: journalCrash,
      configuration: "tails",
      variant: {
        kept: (checkpoint, lines) => {
          const kept = withoutTail(checkpoint, lines);
          return kept.length === lines.length ? kept : kept.slice(0, -1);
        },
      } satisfies JournalVariant,
    },
  ],
};

function torn(state: JournalState): boolean {
  const file = fileOf(state);
  return file !== null && isTorn(file);
}

function linesOf(state: JournalState): readonly WrittenLine[] {
  return fileOf(state)?.lines ?? [];
}

function hidden(state: JournalState): Breach {
  const lines = linesOf(state);
  const place = lines.findIndex(({ health }) => health === "torn");
  if (place === -1) return null;
  const behind = lines
    .slice(place + 1)
    .find(({ seq, health }) => health === "whole" && seq <= state.acknowledged);
  return behind === undefined
    ? null
    : `record ${behind.seq} is acknowledged and stands behind a torn line`;
}

function cutTooFar(before: JournalState, _action: ActionInstance, after: JournalState): Breach {
  const lines = linesOf(before);
  const kept = linesOf(after).length;
  const cut = lines
    .slice(kept)
    .find(({ seq, health }) => health === "whole" && seq <= before.acknowledged);
  return cut === undefined
    ? null
    : `record ${cut.seq} is acknowledged and is cut off with the tail`;
}

/**
 * JL9. From every state in which a writer may append: the log is listed with and without one more inert record.
 * `halt` stands for the types that record a refusal or an intention, `foreign` for those nobody here knows.
 */
import { type JournalVariant, journalCrash } from "../../spec/systems/journal-crash.js";
import {
  type Leases,
  type RecordKind,
  applied,
  readLog,
} from "../../spec/systems/journal-crash-log.js";
import {
  type ActionIndex,
  type Breach,
  type ModelLaw,
  type ScriptCase,
  type ScriptOutcome,
  check,
} from "../law.js";
import { type JournalState, type Lease, type Told, sameLease, show, viewIn } from "./log.js";

export const inertRecords: ModelLaw = {
  id: "JL9",
  title: "inert records",
  subject: "journal",
  statement: "refuse, halt, spawn and unknown types change no lease",
  formal: "leases(log · halt) = leases(log · foreign) = leases(log)",
  why: "A record of a mere intention removed the lock of the one it was about, and a lane had two holders.",
  checks: [
    check<JournalState, Told>({
      system: journalCrash,
      configuration: "inert",
      kind: "convergence",
      cases: withAndWithout,
      breach: changed,
      witness: (outcomes) => outcomes.length > 1 && (listed(outcomes[0])?.live ?? 0) > 0,
    }),
  ],
  mutants: [
    {
      name: "halt ends the lease",
      change: "the decision to stop a holder takes its lease away",
      system: journalCrash,
      configuration: "inert",
      variant: meaning((leases, kind) =>
        kind === "halt" ? applied(leases, "release") : applied(leases, kind),
      ),
    },
    {
      name: "unknown type beats",
      change: "any record that is not known counts as a sign of life",
      system: journalCrash,
      configuration: "inert",
      variant: meaning((leases, kind) => applied(leases, kind === "foreign" ? "beat" : kind)),
    },
  ],
};

function meaning(apply: (leases: Leases, kind: RecordKind) => Leases): JournalVariant {
  return { readLog: (checkpoint, lines) => readLog(checkpoint, lines, apply) };
}

function withAndWithout(state: JournalState, actions: ActionIndex): readonly ScriptCase[] {
  const writer = state.writers.findIndex(({ phase }) => phase === "ready");
  if (writer === -1) return [];
  const { id: list } = actions.get("list");
  return ["halt", "foreign"].map((kind) => {
    const { id } = actions.get("append", { writer, kind });
    return { label: `listed with and without a ${kind} record`, scripts: [[list], [id, list]] };
  });
}

/** The leases that the last step of a script listed; undefined when the script could not be run. */
function listed(outcome: ScriptOutcome<JournalState, Told> | undefined): Lease | undefined {
  if (outcome === undefined || outcome.blocked !== null) return undefined;
  return viewIn(outcome.steps.at(-1)?.effects ?? [])?.view?.leases;
}

function changed(
  outcomes: readonly ScriptOutcome<JournalState, Told>[],
  { label }: ScriptCase,
): Breach {
  const [without, withRecord] = outcomes.map(listed);
  if (without === undefined || withRecord === undefined || sameLease(without, withRecord))
    return null;
  return `${label}: ${show(without)} becomes ${show(withRecord)}`;
}

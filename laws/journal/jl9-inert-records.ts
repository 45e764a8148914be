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
import { laneFold } from "../../spec/lane-lease/index.js";
import { type HistoryBreach, type HistoryEvent, type HistoryPlace, history } from "../law.js";
import { type LaneLog, laneLog } from "../lane-lease/history.js";

export const inertRecords: ModelLaw = {
  id: "JL9",
  title: "inert records",
  subject: "journal",
  statement: "refuse, halt, spawn and unknown types change no lease",
  formal: "leases(log · halt) = leases(log · foreign) = leases(log)",
  why: "A record of a mere intention removed the lock of the one it was about, and a lane had two holders.",
  history: [
    history<LaneLog>({
      fold: laneLog,
      breach: changesLeases,
      witness: ({ lanes }, { type }) => !active.has(type) && lanes.leases.size > 0,
    }),
  ],
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

/** Every other type records a refusal, an intention, a place in the queue, or what nobody here knows. */
const active: ReadonlySet<string> = new Set([
  "lane.granted",
  "lane.beaten",
  "lane.released",
  "lane.adopted",
  "lane.scavenged",
  "lane.doubted",
]);

/** Folds the event on the same leases, with notes and waiters that are thrown away afterwards. */
function changesLeases({ lanes }: LaneLog, event: HistoryEvent, place: HistoryPlace): HistoryBreach | null {
  if (active.has(event.type)) return null;
  const { leases, byToken, ended } = lanes;
  const sizes = (): string => [leases, byToken, ended].map(({ size }) => size).join(" ");
  const before = sizes();
  const notes = { waiters: new Map(lanes.waiters), refusals: [], halts: [], spawns: [] };
  laneFold.apply({ ...lanes, ...notes, unreadable: { count: 0, first: [] } }, event, place);
  return before === sizes() ? null : { reason: `${event.type} changes leases`, earlier: null };
}

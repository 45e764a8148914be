/**
 * The fold of the log of runs: every run with its view, and the last of its commits, as the log tells them.
 *
 * Total: an event of another type, or one that does not parse, changes nothing; the latter is counted. The
 * fold owns its state and changes it in place. Views come from effects only (`fold.ts`), so that the audit
 * can compare them with what the machine decides.
 */
import { z } from "zod";

import {
  type RunCommitted,
  type RunCreated,
  type RunId,
  type RunMonitored,
  type RunNoted,
  runCommitted,
  runCreated,
  runMonitored,
  runNoted,
} from "../vocabulary/run-log.js";
import { type RunView, runView } from "../vocabulary/run.js";
import { isTerminal } from "../vocabulary/status.js";
import { foldEffects } from "./fold.js";
import { emptyView } from "./record.js";

/** A moment of the host, as the journal stamps it. */
const logStamp = z.strictObject({ bootId: z.string(), monotonicMs: z.number(), wallMs: z.number() });
/** When a record was appended, on the clock of the host that wrote it. */
export type LogStamp = Readonly<z.infer<typeof logStamp>>;

/** One commit or note of a run, where it stands in the log. */
const place = { seq: z.int(), at: logStamp };
const commitEntry = z.strictObject({ ...place, type: z.literal("committed"), data: runCommitted });
const noteEntry = z.strictObject({ ...place, type: z.literal("noted"), data: runNoted });
const logEntry = z.discriminatedUnion("type", [commitEntry, noteEntry]);
/** One commit or note in the history of a run, with the place of its record. */
export type LogEntry = Readonly<z.infer<typeof logEntry>>;
/** An entry of the history that holds a commit. */
export type CommitEntry = Readonly<z.infer<typeof commitEntry>>;

/** A run as the log tells it: how it was created, its view now, and the last of its entries. */
export interface LoggedRun {
  readonly created: RunCreated;
  readonly createdAt: { readonly seq: number; readonly at: LogStamp };
  readonly view: RunView;
  /** Place of the last status, or of the creation. */
  readonly changedAt: { readonly seq: number; readonly at: LogStamp };
  /** Oldest first; at most `entriesMax`. */
  readonly entries: readonly LogEntry[];
  /** The last value of each note. */
  readonly notes: Readonly<Record<string, string>>;
}

/** What the log of runs adds up to: every run by id. The fold owns it and changes it in place. */
export interface RunsState {
  readonly runs: Map<RunId, LoggedRun>;
  /** Fencing token of the monitor that began last; null: none ever did. */
  readonly fence: number | null;
  /** Events of the log's own types that did not parse, or that name no run. */
  readonly rejected: number;
}

/** Commits and notes of one run that are kept in memory; the oldest go first. */
export const entriesMax = 1_000;
/** Notes by name of one run. */
export const notesMax = 100;
/** Ended runs that a checkpoint keeps; those that ended first go first. */
export const endedRunsMax = 1_000;

/** What a checkpoint is made of: the journal keeps it as JSON. */
type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

interface Event {
  readonly type: string;
  readonly data: unknown;
}
interface Place {
  readonly seq: number;
  readonly at: LogStamp;
}

const types: ReadonlySet<string> = new Set(["run.created", "run.committed", "run.noted", "run.monitored"]);

/** Fits the journal's `Fold`. */
export const runsFold = {
  name: "runs",
  version: 1,
  initial: (): RunsState => ({ runs: new Map(), fence: null, rejected: 0 }),
  apply,
  checkpoint,
  restore,
  knows: (type: string): boolean => types.has(type),
} as const;

function apply(state: RunsState, event: Event, record: Place): RunsState {
  switch (event.type) {
    case "run.created":
      return created(state, runCreated.safeParse(event.data).data, record);
    case "run.committed":
      return committed(state, runCommitted.safeParse(event.data).data, record);
    case "run.noted":
      return noted(state, runNoted.safeParse(event.data).data, record);
    case "run.monitored":
      return monitored(state, runMonitored.safeParse(event.data).data);
    default:
      return state;
  }
}

const rejected = (state: RunsState): RunsState => ({ ...state, rejected: state.rejected + 1 });

/** A second creation of one id is no creation. */
function created(state: RunsState, data: RunCreated | undefined, { seq, at }: Place): RunsState {
  if (data === undefined || state.runs.has(data.run)) return rejected(state);
  const { agent, branch, startedAt } = data;
  const createdAt = { seq, at };
  state.runs.set(data.run, {
    created: data,
    createdAt,
    view: emptyView({ agent, branch, startedAt }),
    changedAt: createdAt,
    entries: [],
    notes: {},
  });
  return state;
}

function committed(state: RunsState, data: RunCommitted | undefined, { seq, at }: Place): RunsState {
  const run = data === undefined ? undefined : state.runs.get(data.run);
  if (data === undefined || run === undefined) return rejected(state);
  const changes = data.effects.some(({ type }) => type === "setStatus");
  state.runs.set(data.run, {
    ...run,
    view: foldEffects(run.view, data.effects),
    changedAt: changes ? { seq, at } : run.changedAt,
    entries: grown(run.entries, { type: "committed", seq, at, data }),
  });
  return state;
}

function noted(state: RunsState, data: RunNoted | undefined, { seq, at }: Place): RunsState {
  const run = data === undefined ? undefined : state.runs.get(data.run);
  if (data === undefined || run === undefined) return rejected(state);
  const isNew = !Object.hasOwn(run.notes, data.name);
  if (isNew && Object.keys(run.notes).length >= notesMax) return rejected(state);
  state.runs.set(data.run, {
    ...run,
    notes: { ...run.notes, [data.name]: data.value },
    entries: grown(run.entries, { type: "noted", seq, at, data }),
  });
  return state;
}

function monitored(state: RunsState, data: RunMonitored | undefined): RunsState {
  return data === undefined ? rejected(state) : { ...state, fence: data.fence };
}

function grown(entries: readonly LogEntry[], entry: LogEntry): readonly LogEntry[] {
  const kept = entries.length < entriesMax ? entries : entries.slice(entries.length - entriesMax + 1);
  return [...kept, entry];
}

const loggedRun = z.strictObject({
  created: runCreated,
  createdAt: z.strictObject(place),
  view: runView,
  changedAt: z.strictObject(place),
  entries: z.array(logEntry).max(entriesMax).readonly(),
  notes: z.record(z.string(), z.string()).readonly(),
});
const checkpointData = z.strictObject({
  rejected: z.int(),
  fence: z.int().min(1).nullable().default(null),
  runs: z.array(loggedRun),
});

/** Everything of the runs that are under way, and of the last that ended. */
function checkpoint(state: RunsState): JsonObject {
  const all = [...state.runs.values()];
  const ended = all.filter(({ view }) => isTerminal(view.status));
  const forgotten = new Set(
    ended
      .toSorted((one, other) => one.changedAt.seq - other.changedAt.seq)
      .slice(0, Math.max(0, ended.length - endedRunsMax)),
  );
  const runs = all.filter((run) => !forgotten.has(run));
  // A run is plain JSON all through: its schema, read above, has nothing else in it.
  return { rejected: state.rejected, fence: state.fence, runs } as unknown as JsonObject;
}

function restore(data: unknown): RunsState {
  const { runs, fence, rejected: count } = checkpointData.parse(data);
  return { runs: new Map(runs.map((run) => [run.created.run, run])), fence, rejected: count };
}

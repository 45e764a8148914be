/**
 * The log of runs: what its records say. One commit is one event: the observation, what the monitor
 * remembered, and every durable effect, so that a reader can ask the machine whether it agrees.
 */
import { z } from "zod";

import { observation } from "./observation.js";
import { effect, runCore } from "./run.js";
import { reason, status } from "./status.js";

/** Names a run in the log, in commands and in messages. */
export const runId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "lower-case letters, digits and hyphens, at most 64");
/** A run's id. */
export type RunId = z.infer<typeof runId>;

/** Longest word of a command, in UTF-16 code units, and how many words it may have. */
export const commandWordMax = 32_768;
/** Words of a run's command line. */
export const commandWordsMax = 1_000;
/** Longest value of a note, in UTF-16 code units. */
export const noteValueMax = 4_096;

const text = z.string().min(1).max(1_024);

/** Where the agent runs. `name` is the session's name, or empty for a process without a terminal. */
export const runSession = z.strictObject({ kind: z.enum(["tmux", "process"]), name: z.string().max(256) });
export type RunSession = Readonly<z.infer<typeof runSession>>;

/** Data of the event that begins a run. */
export const runCreated = z.strictObject({
  run: runId,
  /** The profile that reads its panes. */
  agent: text,
  branch: text.nullable(),
  issue: text.nullable(),
  /** The work tree; null when there is none. */
  directory: z.string().min(1).max(4_096).nullable(),
  command: z.array(z.string().max(commandWordMax)).max(commandWordsMax).readonly(),
  session: runSession.nullable(),
  /** Milliseconds since 1970, an integer; null: unknown, which means no grace. */
  startedAt: z.int().nullable(),
});
/** Data of `run.created`. */
export type RunCreated = Readonly<z.infer<typeof runCreated>>;

const [prState, alive, gone, pane, evidence, feedback, stopped, progressed, launchFailed, asserted] =
  observation.options;

const timed = { now: z.int() };

/** The event the machine was given. A pane is in the log by its hash only. */
export const loggedEvent = z.discriminatedUnion("type", [
  prState.extend(timed),
  alive.extend(timed),
  gone.extend(timed),
  pane.omit({ text: true }).extend({ ...timed, paneHash: z.string() }),
  evidence.extend(timed),
  feedback.extend(timed),
  stopped.extend(timed),
  progressed.extend(timed),
  launchFailed.extend(timed),
  asserted.extend(timed),
]);
export type LoggedEvent = Readonly<z.infer<typeof loggedEvent>>;

/** Data of one commit: what was decided, and on what. */
export const runCommitted = z.strictObject({
  run: runId,
  /** Unique: the commit point's process and a count. */
  commit: z.string().min(1).max(100),
  /** The pair the decision was made on. */
  from: z.strictObject({ status, reason: reason.nullable() }),
  event: loggedEvent,
  core: runCore,
  /** Every durable effect, in order; at least one. */
  effects: z.array(effect).min(1).max(8).readonly(),
  /** Fencing token of the monitor that committed; absent: a person, or a monitor that raised none. */
  fence: z.int().min(1).optional(),
});
/** Data of `run.committed`. */
export type RunCommitted = Readonly<z.infer<typeof runCommitted>>;

/** A fact of the host's about a run, which decides nothing: its lease, its process, a gate answered. */
export const runNoted = z.strictObject({
  run: runId,
  name: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, "lower-case letters, digits, _, . and -, at most 64"),
  value: z.string().max(noteValueMax),
});
/** Data of `run.noted`. */
export type RunNoted = Readonly<z.infer<typeof runNoted>>;

/**
 * A monitor begins: what an earlier one still writes is refused. `fence` is its lease's fencing token, or the one after
 * the last in the log, where the journal of leases was replaced.
 */
export const runMonitored = z.strictObject({ fence: z.int().min(1) });
/** Data of `run.monitored`. */
export type RunMonitored = Readonly<z.infer<typeof runMonitored>>;

/** Types of the events in the log of runs, by schema. */
export const runLogEvents = {
  "run.created": runCreated,
  "run.committed": runCommitted,
  "run.noted": runNoted,
  "run.monitored": runMonitored,
} as const;
/** Type of an event of the log of runs. */
export type RunLogEventType = keyof typeof runLogEvents;

/**
 * The port to where agents run: a terminal session, or a process without a terminal.
 *
 * Which class of "gone" it is and which incarnation a session is are decided here, where the facts are, and
 * travel as data (L11d). Nobody downstream reads a program's words again.
 */
import { createHash } from "node:crypto";

import type { GoneClass } from "../../spec/vocabulary/observation.js";
import type { Failed, Invisible, Refused, Tool } from "./failure.js";
import { type ProcessIdentity } from "./process-table.js";

/** One incarnation of a session, opaque outside of the implementation that gave it. Store it with the run. */
export type SessionIdentity = string;

/**
 * A session as a run remembers it. `identity` null: not known, so a session that was made anew under the same
 * name cannot be told from the one that was meant.
 */
export interface SessionRef {
  readonly name: string;
  readonly identity: SessionIdentity | null;
}

/** A session to be started: what to run, where, and under which name. */
export interface NewSession {
  /** Made safe by `sessionName` first. */
  readonly name: string;
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Seen by other users of the host while the session starts: not a place for secrets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Null fields: the platform did not keep them. */
export interface ExitStatus {
  readonly status: number | null;
  readonly signal: string | null;
}

/** Why it is gone; more than the class says, for people. */
export type GoneDetail =
  | "no-session"
  | "session-replaced"
  | "pane-closed"
  | "pane-dead"
  | "no-server"
  | "server-replaced"
  | "process-ended";

/** The session is not there, for certain; what cannot be seen is `invisible` instead. */
export interface Gone {
  readonly kind: "gone";
  readonly class: GoneClass;
  readonly detail: GoneDetail;
  /** How it ended, where that was kept. */
  readonly exit: ExitStatus | null;
}

/** `process`: the agent's process, null when it cannot be told for certain. */
export interface Alive {
  readonly kind: "alive";
  readonly identity: SessionIdentity;
  readonly process: ProcessIdentity | null;
}

/** What a look at a session came to. */
export type SessionSight = Alive | Gone | Invisible;

/** Plain text without escape sequences, at most `paneTextMax` code units. */
export type PaneSight = { readonly kind: "pane"; readonly text: string } | Gone | Invisible;

/** Created means seen alive: an observer may say so at once. */
export type Created =
  | { readonly kind: "created"; readonly session: SessionRef & { readonly identity: SessionIdentity } }
  | Refused<"name-invalid" | "name-taken" | "folder-missing" | "command-invalid" | "command-too-long">
  | Failed;

/** What came of typing to a session. */
export type Sent =
  | { readonly kind: "sent" }
  | Refused<"no-terminal" | "text-invalid" | "text-too-long">
  | Gone
  | Failed;

/** `leftover`: a process that did not end with its session, still running after the grace. */
export type Killed =
  | { readonly kind: "killed"; readonly leftover: ProcessIdentity | null }
  | Gone
  | Failed;

/** Whether the tool behind a channel can be used, and what is lost without it. */
export type Availability =
  | { readonly kind: "available"; readonly version: string }
  | { readonly kind: "unavailable"; readonly tool: Tool; readonly failure: Invisible["failure"] };

/** Keys an agent's gate may be answered with. */
export const keyNames = ["Enter", "Escape", "Tab", "Space", "Up", "Down", "Left", "Right", "y", "n", "1", "2", "3"] as const;
/** Name of a key. */
export type KeyName = (typeof keyNames)[number];

/**
 * A channel to agents' sessions. What cannot be seen or done comes back as a value; nothing here rejects
 * for it.
 */
export interface Sessions {
  /** The channel, for `observerIdentity`: which server or which folder is looked at. */
  readonly channel: string;
  /** Whether sessions can be started here. */
  availability(): Promise<Availability>;
  /** Starts a session; `created` only when it was seen alive. */
  create(session: NewSession): Promise<Created>;
  /** Whether this incarnation is alive. */
  look(session: SessionRef): Promise<SessionSight>;
  /** The last `lines` lines. */
  capture(session: SessionRef, lines: number): Promise<PaneSight>;
  /** Types a text literally, then Enter if asked to. */
  send(session: SessionRef, text: string, options: { readonly enter: boolean }): Promise<Sent>;
  /** Presses keys, one after another. */
  press(session: SessionRef, keys: readonly KeyName[]): Promise<Sent>;
  /** Ends this incarnation and no other. */
  kill(session: SessionRef): Promise<Killed>;
}

/** Longest name of a session, and how much of it the mark of a changed name takes. */
const nameMax = 64;
const markLength = 8;

/**
 * A name that no terminal program reads as anything but a name: letters, digits, `_` and `-`. A name that had
 * to be changed carries a mark of the original, so that two names never become one.
 */
export function sessionName(wanted: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(wanted) && wanted.length <= nameMax) return wanted;
  const mark = createHash("sha256").update(wanted, "utf8").digest("hex").slice(0, markLength);
  const stem = wanted.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replace(/^[_-]+/, "");
  return `${(stem === "" ? "run" : stem).slice(0, nameMax - markLength - 1)}-${mark}`;
}

/** A `Gone`; `exit` defaults to not kept. */
export function gone(type: GoneClass, detail: GoneDetail, exit: ExitStatus | null = null): Gone {
  return { kind: "gone", class: type, detail, exit };
}

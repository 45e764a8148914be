/**
 * What tmux says, as data: rows of panes, kinds of refusal, identities of sessions. Pure.
 *
 * tmux never translates its messages, so their fixed beginnings may be compared.
 */
import type { ExitStatus, SessionIdentity } from "./sessions.js";

/** Numbers first, the free text last: a name may hold any separator. */
export const paneFormat =
  "#{pid} #{start_time} #{session_id} #{pane_id} #{pane_pid} #{pane_dead} " +
  "[#{pane_dead_status}] [#{pane_dead_signal}] #{session_name}";

/** The server alone; answered also where no session is found. */
export const serverFormat = "#{pid} #{start_time}";

export interface Server {
  readonly pid: number;
  /** Seconds since 1970, by the clock of the host. */
  readonly startedAt: number;
}

export interface PaneRow {
  readonly server: Server;
  readonly session: string;
  readonly pane: string;
  readonly process: number;
  /** How its process ended; null while it runs. */
  readonly exit: ExitStatus | null;
  readonly name: string;
}

const row =
  /^(?<pid>\d+) (?<started>\d+) (?<session>\$\d+) (?<pane>%\d+) (?<process>\d+) (?<dead>[01]?) \[(?<status>\d*)\] \[(?<signal>[^\]]*)\] (?<name>.*)$/;

export function paneRow(line: string): PaneRow | null {
  const fields = row.exec(line)?.groups;
  if (fields === undefined) return null;
  const { pid, started, session = "", pane = "", process, dead, status, signal, name = "" } = fields;
  const exit = {
    status: status ? Number(status) : null,
    signal: signal ? signal : null,
  };
  return {
    server: { pid: Number(pid), startedAt: Number(started) },
    session,
    pane,
    process: Number(process),
    exit: dead === "1" ? exit : null,
    name,
  };
}

/** Null: at least one line is not a row. */
export function paneRows(text: string): readonly PaneRow[] | null {
  const rows = text.split("\n").filter((line) => line !== "").map(paneRow);
  return rows.every((each) => each !== null) ? rows : null;
}

export function serverOf(text: string): Server | null {
  const match = /^(\d+) (\d+)$/.exec(text.trim());
  return match === null ? null : { pid: Number(match[1]), startedAt: Number(match[2]) };
}

/**
 * `no-target`: a server answered and knows no such session or pane. `no-server`: nobody listens at the socket.
 * `exiting`: the server ended while it was asked. `other`: it says nothing about the session.
 */
export type Complaint =
  | "no-target"
  | "no-server"
  | "exiting"
  | "not-permitted"
  | "name-taken"
  | "too-long"
  | "other";

export function complaintOf(words: string): Complaint {
  const [line = ""] = words.split("\n");
  if (/^can't find (session|window|pane): /.test(line)) return "no-target";
  if (line.startsWith("no server running on ")) return "no-server";
  if (line.startsWith("server exited") || line.startsWith("lost server")) return "exiting";
  if (line.startsWith("duplicate session: ")) return "name-taken";
  if (line.startsWith("command too long")) return "too-long";
  if (!line.startsWith("error connecting to ")) return "other";
  if (/\((No such file or directory|Connection refused)\)$/.test(line)) return "no-server";
  return line.endsWith("(Permission denied)") ? "not-permitted" : "other";
}

/** All that makes one session of one server of one boot. */
export interface TmuxIdentity {
  readonly bootId: string;
  readonly server: Server;
  /** The start of the server by the process table; "-" where there is none. */
  readonly serverStart: string;
  readonly session: string;
  readonly pane: string;
}

export function identityText({ bootId, server, serverStart, session, pane }: TmuxIdentity): SessionIdentity {
  return ["tmux", bootId, server.pid, serverStart, server.startedAt, session, pane].join("/");
}

/** Null: not an identity that was given here. */
export function identityOfText(text: SessionIdentity): TmuxIdentity | null {
  const [kind, bootId, pid, serverStart, startedAt, session, pane, ...more] = text.split("/");
  if (kind !== "tmux" || !bootId || !serverStart || !session || !pane || more.length > 0) return null;
  if (!/^\d+$/.test(pid ?? "") || !/^\d+$/.test(startedAt ?? "")) return null;
  return { bootId, server: { pid: Number(pid), startedAt: Number(startedAt) }, serverStart, session, pane };
}

export function sameServer(one: Server, other: Server): boolean {
  return one.pid === other.pid && one.startedAt === other.startedAt;
}

/**
 * An argument as tmux takes it from a command line: a semicolon at its end would end the command, so it is
 * escaped.
 */
export function argument(text: string): string {
  return text.endsWith(";") ? `${text.slice(0, -1)}\\;` : text;
}

/** A path where tmux would expand formats. */
export function unexpanded(path: string): string {
  return path.replaceAll("#", "##");
}

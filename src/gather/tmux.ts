/**
 * Terminal sessions on a tmux server of one's own socket.
 *
 * A session is known by its name and its incarnation: the server's process and the session's number in it. A
 * server that lives while its socket was removed, a server that was replaced, a session that was made anew and
 * a pane whose process ended are told apart (L11d). The server is started with an empty configuration, and
 * nobody's TMUX variable chooses it.
 */
import { type Command, type Exec, type Execution } from "./exec.js";
import { type Invisible, type Tool, failureOf, invisible, quoted } from "./failure.js";
import { decode, lastLines, plainText, printable } from "./plain-text.js";
import { type ProcessIdentity, type ProcessTable, fateOf, identityOf } from "./process-table.js";
import {
  type Alive,
  type Availability,
  type Gone,
  type PaneSight,
  type SessionIdentity,
  type SessionRef,
  type SessionSight,
  type Sessions,
  gone,
} from "./sessions.js";
import { create, killed, typed } from "./tmux-actions.js";
import {
  type PaneRow,
  type Server,
  type TmuxIdentity,
  complaintOf,
  identityOfText,
  identityText,
  paneFormat,
  paneRow,
  paneRows,
  sameServer,
  serverFormat,
  serverOf,
} from "./tmux-answers.js";

/** Which tmux server is used, and how; times are in milliseconds. */
export interface TmuxOptions {
  readonly exec: Exec;
  readonly table: ProcessTable;
  /** `name`: a socket in the user's folder of sockets. `path`: anywhere. */
  readonly socket: { readonly name: string } | { readonly path: string };
  /** Where tmux keeps the user's folder of sockets. */
  readonly socketFolder?: string;
  /** Read when the server starts; by default none is. */
  readonly configFile?: string;
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly deadlineMs?: number;
  /** Bytes read of one pane; of a larger one the end is taken. */
  readonly paneBytesMax?: number;
  /** How long a killed session's process is waited for. */
  readonly killGraceMs?: number;
}

/** Sessions of one tmux server, and a list of them. */
export interface TmuxSessions extends Sessions {
  /** Every session of the server. No server: no sessions. */
  list(): Promise<{ readonly kind: "listed"; readonly sessions: readonly ListedSession[] } | Invisible>;
}

/** A session of the server, whoever made it. */
export interface ListedSession {
  readonly name: string;
  readonly identity: SessionIdentity;
  /** Its process ended; the pane is kept to be read. */
  readonly dead: boolean;
}

/** tmux, for messages about its absence. */
export const tmuxTool: Tool = {
  program: "tmux",
  package: "tmux",
  without: "agents run as processes without a terminal; nobody can attach, and nothing can be typed to them",
};

/** `new-session -e` came with it. */
const oldest = [3, 2] as const;

export interface TmuxContext {
  readonly options: TmuxOptions;
  run(args: readonly string[], keep?: Command["keep"]): Promise<Execution>;
  command(args: readonly string[], keep?: Command["keep"]): Command;
  look(session: SessionRef): Promise<SessionSight>;
  /** Where the session is, when it is alive. */
  locate(session: SessionRef): Promise<Located | Gone | Invisible>;
  identify(row: PaneRow): Promise<TmuxIdentity>;
}

/** A session that is alive, and its row in the server's list. */
export interface Located {
  readonly kind: "located";
  readonly row: PaneRow;
}

/** Sessions on a server of one's own socket. */
export function tmuxSessions(options: TmuxOptions): TmuxSessions {
  const context = contextOf(options);
  return {
    channel: `tmux:${socketOf(options)}`,
    availability: () => availability(context),
    create: (session) => create(context, session),
    look: (session) => context.look(session),
    capture: (session, lines) => capture(context, session, lines),
    send: (session, text, { enter }) => typed(context, session, { text, keys: enter ? ["Enter"] : [] }),
    press: (session, keys) => typed(context, session, { text: "", keys }),
    kill: (session) => killed(context, session),
    list: () => list(context),
  };
}

function socketOf({ socket, socketFolder = "/tmp" }: TmuxOptions): string {
  return "path" in socket ? socket.path : `${socketFolder}:${socket.name}`;
}

function contextOf(options: TmuxOptions): TmuxContext {
  const { exec, socket, socketFolder = "/tmp", configFile = "/dev/null" } = options;
  const at = "path" in socket ? ["-S", socket.path] : ["-L", socket.name];
  const command = (args: readonly string[], keep: Command["keep"] = "head"): Command => ({
    program: tmuxTool.program,
    // UTF-8 whatever the locale of the host is.
    args: ["-u", ...at, "-f", configFile, ...args],
    env: { TMUX: null, TMUX_PANE: null, TMUX_TMPDIR: socketFolder },
    deadlineMs: options.deadlineMs ?? 5_000,
    outputMax: options.paneBytesMax ?? 4_194_304,
    keep,
  });
  const context: TmuxContext = {
    options,
    command,
    run: (args, keep) => exec(command(args, keep)),
    look: async (session) => {
      const found = await context.locate(session);
      return found.kind === "located" ? aliveAt(context, found.row) : found;
    },
    locate: (session) => locate(context, session),
    identify: async ({ server, session, pane }) => {
      const process = await identityOf(options.table, server.pid);
      const bootId = process?.bootId ?? (await options.table.bootId());
      return { bootId, server, serverStart: process?.start ?? "-", session, pane };
    },
  };
  return context;
}

async function availability(context: TmuxContext): Promise<Availability> {
  const command = { ...context.command([]), args: ["-V"] };
  const execution = await context.options.exec(command);
  const unavailable = (failure: Invisible["failure"]): Availability => ({
    kind: "unavailable",
    tool: tmuxTool,
    failure,
  });
  if (execution.kind !== "ended" || execution.status !== 0)
    return unavailable(failureOf("asking tmux for its version", tmuxTool, command, execution));
  const version = decode(execution.output).trim();
  if (isRecent(version)) return { kind: "available", version };
  return unavailable(
    invisible(
      "program-failed",
      `asking tmux for its version: found ${quoted(version)}, needed is ${oldest.join(".")} or later. ` +
        `Install a newer package ${tmuxTool.package}. Without it: ${tmuxTool.without}.`,
    ).failure,
  );
}

/** Versions without a number are builds of the newest sources. */
function isRecent(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return true;
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}

async function locate(context: TmuxContext, session: SessionRef): Promise<Located | Gone | Invisible> {
  const args = ["list-panes", "-s", "-t", `=${session.name}:`, "-F", paneFormat];
  const execution = await context.run(args);
  const doing = `looking for session ${printable(session.name)}`;
  if (execution.kind !== "ended" || execution.status !== 0)
    return absence(context, session, doing, execution, args);
  const rows = paneRows(decode(execution.output));
  if (rows === null || rows.length === 0) return garbled(doing, execution);
  return located(context, session, rows);
}

/** The pane that is meant, if the session under this name is the one that is meant. */
async function located(
  context: TmuxContext,
  session: SessionRef,
  rows: readonly PaneRow[],
): Promise<Located | Gone | Invisible> {
  const [first] = rows;
  const meant = session.identity === null ? null : identityOfText(session.identity);
  if (session.identity !== null && meant === null) return foreignIdentity(session);
  if (meant !== null && first !== undefined) {
    if (!sameServer(meant.server, first.server)) return replaced(context, meant, first.server);
    if (meant.session !== first.session) return gone("session_absent", "session-replaced");
  }
  const row = meant === null ? first : rows.find(({ pane }) => pane === meant.pane);
  if (row === undefined) return gone("session_absent", "pane-closed");
  return (await hasEnded(context, row)) ? gone("session_absent", "pane-dead", row.exit) : { kind: "located", row };
}

/** A terminal may close before its process has ended. How it ended may be known to tmux later, or never. */
async function hasEnded({ options: { table } }: TmuxContext, { exit, process }: PaneRow): Promise<boolean> {
  if (exit === null) return false;
  if (exit.status !== null || exit.signal !== null) return true;
  return (await table.look(process)).kind !== "running";
}

function foreignIdentity({ name, identity }: SessionRef): Invisible {
  return invisible(
    "identity-missing",
    `looking for session ${printable(name)}: its identity ${quoted(identity ?? "")} was not given by tmux. ` +
      "Look it up where the run was started.",
  );
}

async function aliveAt(context: TmuxContext, row: PaneRow): Promise<Alive> {
  const identity = identityText(await context.identify(row));
  return { kind: "alive", identity, process: await identityOf(context.options.table, row.process) };
}

/** tmux gave no rows: is the session not there, or could it not be seen? */
async function absence(
  context: TmuxContext,
  session: SessionRef,
  doing: string,
  execution: Execution,
  args: readonly string[],
): Promise<Gone | Invisible> {
  const complaint = execution.kind === "ended" ? complaintOf(execution.errors) : "other";
  const meant = session.identity === null ? null : identityOfText(session.identity);
  if (session.identity !== null && meant === null) return foreignIdentity(session);
  switch (complaint) {
    case "no-target":
      return meant === null ? gone("session_absent", "no-session") : missing(context, meant);
    case "no-server":
      return meant === null ? gone("server_absent", "no-server") : silent(context, meant);
    case "not-permitted":
      return invisible(
        "not-permitted",
        `${doing}: the socket ${printable(socketOf(context.options))} belongs to somebody else. ` +
          "Run the host as the user that started the session, or name another socket.",
      );
    case "name-taken":
    case "too-long":
    case "exiting":
    case "other":
      return { kind: "invisible", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
  }
}

/** A server answered and knows no such session: is it the session's own server? */
async function missing(context: TmuxContext, meant: TmuxIdentity): Promise<Gone | Invisible> {
  const doing = "asking the tmux server who it is";
  const args = ["display-message", "-p", serverFormat];
  const execution = await context.run(args);
  if (execution.kind !== "ended" || execution.status !== 0)
    return { kind: "invisible", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
  const server = serverOf(decode(execution.output));
  if (server === null) return garbled(doing, execution);
  return sameServer(meant.server, server)
    ? gone("session_absent", "no-session")
    : replaced(context, meant, server);
}

/** Nobody listens at the socket. A server may live on without it. */
async function silent(context: TmuxContext, meant: TmuxIdentity): Promise<Gone | Invisible> {
  const fate = await serverFate(context, meant);
  if (fate === "ended") return gone("server_absent", "no-server");
  if (fate === "unknown") return gone("unclassified", "no-server");
  return invisible(
    "socket-removed",
    `looking at the tmux server: nobody answers at ${printable(socketOf(context.options))}, but its process ` +
      `${meant.server.pid} runs. Its socket was removed; send it SIGUSR1 to make a new one.`,
  );
}

/** Another server answers at the socket of the one that is meant. */
async function replaced(
  context: TmuxContext,
  meant: TmuxIdentity,
  found: Server,
): Promise<Gone | Invisible> {
  const fate = await serverFate(context, meant);
  if (fate === "ended") return gone("server_absent", "server-replaced");
  if (fate === "unknown") return gone("unclassified", "server-replaced");
  return invisible(
    "foreign-server",
    `looking at the tmux server: process ${found.pid} answers at ${printable(socketOf(context.options))}, and ` +
      `the session's own server, process ${meant.server.pid}, still runs. Name the socket that it listens at.`,
  );
}

async function serverFate(
  { options: { table } }: TmuxContext,
  { bootId, server, serverStart }: TmuxIdentity,
): Promise<"running" | "ended" | "unknown"> {
  if (serverStart === "-") return "unknown";
  const process: ProcessIdentity = { bootId, pid: server.pid, start: serverStart };
  const fate = await fateOf(table, process);
  return typeof fate === "string" ? fate : "unknown";
}

/** The text first and the pane's row last: whatever is cut off at the front, the row is there. */
async function capture(context: TmuxContext, session: SessionRef, lines: number): Promise<PaneSight> {
  const meant = session.identity === null ? null : identityOfText(session.identity);
  const target = meant?.pane ?? `=${session.name}:`;
  const args = [
    ...["capture-pane", "-p", "-J", "-S", `-${lines}`, "-t", target],
    ...[";", "display-message", "-p", "-t", target, paneFormat],
  ];
  const execution = await context.run(args, "tail");
  const doing = `reading the pane of session ${printable(session.name)}`;
  if (execution.kind !== "ended" || execution.status !== 0) {
    const found = await absence(context, session, doing, execution, args);
    return found.kind === "gone" && found.detail === "no-session" ? explained(context, session, found) : found;
  }
  const output = decode(execution.output).replace(/\n$/, "");
  const end = output.lastIndexOf("\n");
  const row = paneRow(output.slice(end + 1));
  if (row === null) return garbled(doing, execution);
  const found = await located(context, session, [row]);
  // The text of a pane whose process ended is read as well: it says how it ended.
  if (found.kind !== "located" && !(found.kind === "gone" && found.detail === "pane-dead")) return found;
  return { kind: "pane", text: lastLines(plainText(output.slice(0, Math.max(end, 0))), lines).join("\n") };
}

/** The pane is not there; the session may have other panes. */
async function explained(context: TmuxContext, session: SessionRef, otherwise: Gone): Promise<Gone | Invisible> {
  const found = await context.locate(session);
  return found.kind === "located" ? otherwise : found;
}

async function list(context: TmuxContext): ReturnType<TmuxSessions["list"]> {
  const doing = "listing the sessions of the tmux server";
  const args = ["list-panes", "-a", "-F", paneFormat];
  const execution = await context.run(args);
  if (execution.kind !== "ended" || execution.status !== 0) {
    if (execution.kind === "ended" && complaintOf(execution.errors) === "no-server")
      return { kind: "listed", sessions: [] };
    return { kind: "invisible", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
  }
  const rows = paneRows(decode(execution.output));
  if (rows === null) return garbled(doing, execution);
  const firsts = [...new Map(rows.toReversed().map((row) => [row.session, row])).values()].toReversed();
  const sessions = firsts.map(async (row) => ({
    name: printable(row.name),
    identity: identityText(await context.identify(row)),
    dead: rows.every(({ session, exit }) => session !== row.session || exit !== null),
  }));
  return { kind: "listed", sessions: await Promise.all(sessions) };
}

function garbled(doing: string, { output }: Extract<Execution, { kind: "ended" }>): Invisible {
  return invisible(
    "garbled",
    `${doing}: tmux answered ${quoted(decode(output.subarray(0, 200)))}, which is no list of panes. ` +
      "Look whether the program named tmux in PATH is tmux.",
  );
}

/** What is done to tmux sessions: create, type, kill. Each acts on one incarnation and says what came of it. */
import { type Execution } from "./exec.js";
import { failed, failureOf, quoted, refused } from "./failure.js";
import { objectionTo } from "./new-session.js";
import { decode, hasControl, printable } from "./plain-text.js";
import { type ProcessIdentity, fateOf, identityOf } from "./process-table.js";
import {
  type Created,
  type KeyName,
  type Killed,
  type NewSession,
  type Sent,
  type SessionRef,
} from "./sessions.js";
import { type TmuxContext, tmuxTool } from "./tmux.js";
import { argument, complaintOf, identityText, paneFormat, paneRow, unexpanded } from "./tmux-answers.js";

/** tmux takes one command in a message of 16 KiB. */
const commandBytesMax = 15_000;
/** Text that is typed at once, and typed at all, in UTF-16 code units. */
const chunkMax = 3_000;
const textMax = 200_000;
/** How often a session is tried to be made on a server that is going away. */
const attemptsMax = 5;
const attemptPauseMs = 50;
/** How often a killed session's process is looked at. */
const killPollMs = 25;

export async function create(context: TmuxContext, session: NewSession): Promise<Created> {
  const doing = `creating session ${printable(session.name)}`;
  const objection = await objectionTo(session, doing);
  if (objection !== null) return objection;
  const args = creation(context, session);
  if (Buffer.byteLength(args.join(" ")) > commandBytesMax) return tooLong(doing);
  const execution = await patiently(context, args);
  if (execution.kind === "ended" && execution.status === 0) {
    const row = paneRow(decode(execution.output).trim());
    if (row === null) return failed("garbled", `${doing}: tmux answered ${quoted(decode(execution.output))}.`);
    const identity = identityText(await context.identify(row));
    return { kind: "created", session: { name: session.name, identity } };
  }
  const complaint = execution.kind === "ended" ? complaintOf(execution.errors) : "other";
  if (complaint === "name-taken")
    return refused("name-taken", `${doing}: there is a session of this name. Take another name, or end it first.`);
  if (complaint === "too-long") return tooLong(doing);
  return { kind: "failed", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
}

/** A server whose last session just ended goes away, and takes with it who came in that moment. */
async function patiently(context: TmuxContext, args: readonly string[]): Promise<Execution> {
  for (let attempt = 1; ; attempt += 1) {
    const execution = await context.run(args);
    const exiting = execution.kind === "ended" && complaintOf(execution.errors) === "exiting";
    if (!exiting || attempt === attemptsMax) return execution;
    await new Promise((resolve) => setTimeout(resolve, attemptPauseMs));
  }
}

function tooLong(doing: string): Created {
  return refused(
    "command-too-long",
    `${doing}: command and environment take more than ${commandBytesMax} bytes. ` +
      "Put long texts into a file and name the file.",
  );
}

function creation({ options }: TmuxContext, { name, argv, cwd, env = {} }: NewSession): string[] {
  const { columns, rows } = options.size ?? { columns: 200, rows: 50 };
  const variables = Object.entries(env).flatMap(([key, value]) => ["-e", argument(`${key}=${value}`)]);
  // A single argument would be given to a shell.
  const command = argv.length === 1 ? ["env", ...argv] : argv;
  return [
    ...["new-session", "-d", "-s", name, "-x", String(columns), "-y", String(rows)],
    ...["-c", argument(unexpanded(cwd)), ...variables, "-P", "-F", paneFormat, "--"],
    ...command.map(argument),
    // In the same message, so that it holds before the process can end.
    ...[";", "set-option", "-w", "-t", `=${name}:`, "remain-on-exit", "on"],
  ];
}

interface Typing {
  readonly text: string;
  readonly keys: readonly KeyName[];
}

export async function typed(context: TmuxContext, session: SessionRef, { text, keys }: Typing): Promise<Sent> {
  const doing = `typing into session ${printable(session.name)}`;
  if (hasControl(text))
    return refused("text-invalid", `${doing}: the text holds control characters. Send keys by their names.`);
  if (text.length > textMax)
    return refused("text-too-long", `${doing}: ${text.length} characters, at most ${textMax} are typed.`);
  const found = await context.locate(session);
  if (found.kind === "invisible") return { kind: "failed", failure: found.failure };
  if (found.kind === "gone") return found;
  const to = ["send-keys", "-t", found.row.pane];
  const commands = chunksOf(text).map((chunk) => [...to, "-l", "--", argument(chunk)]);
  if (keys.length > 0) commands.push([...to, ...keys]);
  for (const args of commands) {
    const execution = await context.run(args);
    if (execution.kind !== "ended" || execution.status !== 0)
      return { kind: "failed", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
  }
  return { kind: "sent" };
}

/** Pieces that fit into a message; no character is cut in two. */
function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + chunkMax, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    chunks.push(text.slice(from, to));
    from = to;
  }
  return chunks;
}

export async function killed(context: TmuxContext, session: SessionRef): Promise<Killed> {
  const doing = `ending session ${printable(session.name)}`;
  const found = await context.locate(session);
  if (found.kind === "invisible") return { kind: "failed", failure: found.failure };
  // A pane whose process ended still stands; it is taken away as well.
  if (found.kind === "gone") {
    if (found.detail === "pane-dead" || found.detail === "pane-closed") await closed(context, session);
    return found;
  }
  const process = await identityOf(context.options.table, found.row.process);
  // By number: a session of the same name that was made since is another one.
  const args = ["kill-session", "-t", found.row.session];
  const execution = await context.run(args);
  if (!endedOrAbsent(execution))
    return { kind: "failed", failure: failureOf(doing, tmuxTool, context.command(args), execution) };
  return { kind: "killed", leftover: process === null ? null : await leftoverOf(context, process) };
}

async function closed(context: TmuxContext, { name }: SessionRef): Promise<void> {
  await context.run(["kill-session", "-t", `=${name}`]);
}

function endedOrAbsent(execution: Execution): boolean {
  if (execution.kind !== "ended") return false;
  if (execution.status === 0) return true;
  const complaint = complaintOf(execution.errors);
  return complaint === "no-target" || complaint === "no-server";
}

/** A process may ignore that its terminal went away. */
async function leftoverOf({ options }: TmuxContext, process: ProcessIdentity): Promise<ProcessIdentity | null> {
  const looks = Math.ceil((options.killGraceMs ?? 2_000) / killPollMs);
  for (let look = 0; look < looks; look += 1) {
    if ((await fateOf(options.table, process)) === "ended") return null;
    await new Promise((resolve) => setTimeout(resolve, killPollMs));
  }
  return process;
}

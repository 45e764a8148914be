/**
 * Agents without a terminal: processes the host starts detached, whose output goes to a file.
 *
 * A process is known by boot, number and start, never by its number alone. A small wrapper keeps the exit
 * status in a file beside the log; a process that was killed together with its wrapper leaves none.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

import { type Failed, type Invisible, failed, invisible, quoted, refused } from "./failure.js";
import { objectionTo } from "./new-session.js";
import { lastLines, plainText, printable } from "./plain-text.js";
import { type ProcessIdentity, type ProcessTable, fateOf, identityOf } from "./process-table.js";
import {
  type Created,
  type ExitStatus,
  type Killed,
  type NewSession,
  type PaneSight,
  type SessionRef,
  type SessionSight,
  type Sessions,
  gone,
  sessionName,
} from "./sessions.js";

/** Where processes keep their files, and how long they are waited for; times are in milliseconds. */
export interface ProcessesOptions {
  readonly table: ProcessTable;
  /** Where logs and exit statuses are kept; made when the first process starts, for its user only. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Bytes read from the end of a log. */
  readonly tailBytesMax?: number;
  /** How long a process may take to end after it was asked to. */
  readonly killGraceMs?: number;
}

/**
 * Arguments: folder, stem of the files, program, its arguments. The trap lets the wrapper live until it has
 * written down how the program ended; the program itself gets the signals as ever.
 */
const wrapper = `
umask 077
trap : HUP INT TERM
mkdir -p -- "$1" || exit 126
stem=$1/$2
shift 2
exec >>"$stem.log" 2>&1
env "$@"
status=$?
printf '%s\\n' "$status" >"$stem.exit.part" && mv -f -- "$stem.exit.part" "$stem.exit"
exit "$status"
`;

/** How often an ending process is looked at. */
const killPollMs = 25;

interface ProcessMark extends ProcessIdentity {
  readonly nonce: string;
}

/** Sessions without a terminal: nothing can be typed to them, and their log is their pane. */
export function processSessions(options: ProcessesOptions): Sessions {
  return {
    channel: `process:${options.directory}`,
    availability: () => Promise.resolve({ kind: "available", version: `${process.platform} processes` }),
    create: (session) => create(options, session),
    look: (session) => look(options, session),
    capture: (session, lines) => capture(options, session, lines),
    send: () => Promise.resolve(noTerminal("typing")),
    press: () => Promise.resolve(noTerminal("pressing keys")),
    kill: (session) => kill(options, session),
  };
}

function noTerminal(doing: string) {
  return refused("no-terminal", `${doing}: the agent is a process without a terminal. Run it under tmux to type to it.`);
}

async function create(options: ProcessesOptions, session: NewSession): Promise<Created> {
  const doing = `starting process ${printable(session.name)}`;
  const objection = await objectionTo(session, doing);
  if (objection !== null) return objection;
  const nonce = randomBytes(8).toString("hex");
  const child = launch(options, session, nonce);
  if ("kind" in child) return child;
  const started = await new Promise<Error | null>((resolve) => {
    child.once("spawn", () => resolve(null));
    child.once("error", resolve);
  });
  if (started !== null || child.pid === undefined)
    return failed("program-failed", `${doing}: /bin/sh did not start: ${started?.message ?? "no process"}.`);
  // Not reaped before its end was seen by this host, so its number is still its own.
  const identity = await identityOf(options.table, child.pid);
  const mark = identity ?? { bootId: await options.table.bootId(), pid: child.pid, start: "-" };
  child.unref();
  return { kind: "created", session: { name: session.name, identity: markText({ ...mark, nonce }) } };
}

function launch(options: ProcessesOptions, session: NewSession, nonce: string): ChildProcess | Created {
  const { directory, environment = process.env } = options;
  try {
    return spawn("/bin/sh", ["-c", wrapper, "leasehold", directory, `${session.name}.${nonce}`, ...session.argv], {
      cwd: session.cwd,
      env: { ...environment, ...session.env },
      detached: true,
      stdio: "ignore",
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown";
    return refused("command-invalid", `starting process ${printable(session.name)}: ${message}.`);
  }
}

function markText({ bootId, pid, start, nonce }: ProcessMark): string {
  return ["process", bootId, pid, start, nonce].join("/");
}

function markOf({ name, identity }: SessionRef): ProcessMark | Invisible {
  const [kind, bootId, pid, start, nonce, ...more] = (identity ?? "").split("/");
  const whole = kind === "process" && bootId && start && /^[0-9a-f]{16}$/.test(nonce ?? "");
  if (whole && /^[1-9]\d*$/.test(pid ?? "") && more.length === 0)
    return { bootId, pid: Number(pid), start, nonce: nonce ?? "" };
  return invisible(
    "identity-missing",
    `looking for process ${printable(name)}: ${quoted(identity ?? "")} does not say which process it is. ` +
      "A number alone is not enough: look it up where the run was started.",
  );
}

async function look(options: ProcessesOptions, session: SessionRef): Promise<SessionSight> {
  const mark = markOf(session);
  if ("kind" in mark) return mark;
  const exit = await exitOf(options, session, mark);
  if (exit !== null) return "kind" in exit ? exit : gone("session_absent", "process-ended", exit);
  const fate = await fateOf(options.table, mark);
  if (fate === "running") return { kind: "alive", identity: markText(mark), process: mark };
  if (typeof fate !== "string") return fate;
  const orphans = await orphaned(options, mark);
  if (typeof orphans !== "boolean") return orphans;
  return orphans
    ? { kind: "alive", identity: markText(mark), process: null }
    : endedAt(options, session, mark);
}

/** It may have written down its end after that was looked for, and before it ended. */
async function endedAt(options: ProcessesOptions, session: SessionRef, mark: ProcessMark): Promise<SessionSight> {
  const exit = await exitOf(options, session, mark);
  if (exit !== null && "kind" in exit) return exit;
  return gone("session_absent", "process-ended", exit ?? { status: null, signal: null });
}

/** The wrapper was killed alone: its group goes on, and keeps the number from being used again. */
async function orphaned({ table }: ProcessesOptions, mark: ProcessMark): Promise<boolean | Invisible> {
  if (mark.bootId !== (await table.bootId())) return false;
  const leader = await table.look(mark.pid);
  if (leader.kind === "running" || !signalled(-mark.pid, 0)) return false;
  return table.groupRuns(mark.pid);
}

/** Null: nothing was written down. */
async function exitOf(
  options: ProcessesOptions,
  session: SessionRef,
  mark: ProcessMark,
): Promise<ExitStatus | Invisible | null> {
  const path = `${stemOf(options, session, mark)}.exit`;
  try {
    const text = (await readFile(path, "utf8")).trim();
    return exitOfText(text) ?? invisible("garbled", `reading ${printable(path)}: found ${quoted(text)}, no status.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    return unreadable(path, code);
  }
}

/** A shell tells a signal as 128 and its number. */
function exitOfText(text: string): ExitStatus | null {
  return /^\d{1,3}$/.test(text) ? { status: Number(text), signal: null } : null;
}

function unreadable(path: string, code: string | undefined): Invisible {
  return invisible("not-permitted", `reading ${printable(path)}: the file system answered ${code ?? "unknown"}.`);
}

function stemOf({ directory }: ProcessesOptions, { name }: SessionRef, { nonce }: ProcessMark): string {
  return join(directory, `${sessionName(name)}.${nonce}`);
}

async function capture(options: ProcessesOptions, session: SessionRef, lines: number): Promise<PaneSight> {
  const mark = markOf(session);
  if ("kind" in mark) return mark;
  const path = `${stemOf(options, session, mark)}.log`;
  try {
    const bytes = await tailOf(path, options.tailBytesMax ?? 262_144);
    return { kind: "pane", text: lastLines(plainText(bytes), lines).join("\n") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") return unreadable(path, code);
    return invisible(
      "folder-missing",
      `reading ${printable(path)}: it is not there. The process may not have opened it yet, or it was removed.`,
    );
  }
}

/** The last bytes of a file, whole lines where it is larger. */
async function tailOf(path: string, max: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, max);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const bytes = buffer.subarray(0, bytesRead);
    const line = bytes.indexOf(10);
    return size > max && line >= 0 ? bytes.subarray(line + 1) : bytes;
  } finally {
    await file.close();
  }
}

async function kill(options: ProcessesOptions, session: SessionRef): Promise<Killed> {
  const sight = await look(options, session);
  if (sight.kind === "invisible") return { kind: "failed", failure: sight.failure };
  if (sight.kind === "gone") return sight;
  const mark = markOf(session);
  if ("kind" in mark) return { kind: "failed", failure: mark.failure };
  signalled(-mark.pid, "SIGTERM");
  if (await groupEnds(options, mark)) return { kind: "killed", leftover: null };
  signalled(-mark.pid, "SIGKILL");
  return (await groupEnds(options, mark)) ? { kind: "killed", leftover: null } : notStopped(session, mark);
}

function notStopped({ name }: SessionRef, { pid }: ProcessMark): Failed {
  return failed(
    "not-stopped",
    `ending process ${printable(name)}: group ${pid} is there after SIGKILL. ` +
      "It may wait for a device or a network file system; try again later.",
  );
}

async function groupEnds({ table, killGraceMs = 2_000 }: ProcessesOptions, { pid }: ProcessMark): Promise<boolean> {
  const looks = Math.ceil(killGraceMs / killPollMs);
  for (let at = 0; at < looks; at += 1) {
    if (!signalled(-pid, 0) || (await table.groupRuns(pid)) === false) return true;
    await new Promise((resolve) => setTimeout(resolve, killPollMs));
  }
  return false;
}

/** False: there is nobody of that number. `0` asks and sends nothing. */
function signalled(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

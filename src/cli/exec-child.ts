/**
 * The command that `exec` runs: started with the terminal it was given, signals passed on, ended with all its
 * descendants when the lease is lost. Its end is told in the shell's numbers: 127 not found, 126 not executable,
 * 128+n ended by signal n.
 */
import { ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";

import { printable } from "../gather/plain-text.js";

/** Most processes of one command that are looked for when it is ended. */
const descendantsMax = 10_000;

/** Passed on to the command. A terminal sends INT and QUIT to the whole group itself: see `forwarded`. */
const always = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
const fromTerminal = ["SIGINT", "SIGQUIT"] as const;

export type Ending =
  | { readonly type: "ended"; readonly code: number }
  /** It never ran. */
  | { readonly type: "not-started"; readonly code: 126 | 127; readonly why: string };

export interface Command {
  readonly ending: Promise<Ending>;
  /** TERM to the command and its descendants, KILL after the grace to those still there. */
  stop(graceMs: number): void;
}

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** A descriptor the command keeps open for as long as it or a descendant lives. */
  readonly keepOpen: number | undefined;
}

export function startCommand({ program, args, env, keepOpen }: CommandLine): Command {
  const stdio = ["inherit", "inherit", "inherit", ...(keepOpen === undefined ? [] : [keepOpen])] as const;
  const child = spawned(program, args, { stdio: [...stdio], env });
  if (!(child instanceof ChildProcess)) return { ending: Promise.resolve(notStarted(program, child)), stop: () => undefined };
  const stopForwarding = forward(child);
  let killing: NodeJS.Timeout | undefined;
  const ending = new Promise<Ending>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve(notStarted(program, error)));
    child.once("exit", (code, signal) => resolve({ type: "ended", code: exitNumber(code, signal) }));
  }).finally(() => {
    stopForwarding();
  });
  return {
    ending,
    stop: (graceMs) => {
      if (killing !== undefined) return;
      const family = signalFamily(child, "SIGTERM", new Map());
      killing = setTimeout(() => signalFamily(child, "SIGKILL", family), graceMs);
      // A command that cleans up in time ends the wait; what it left behind is ended with it.
      void ending.then(() => {
        clearTimeout(killing);
        signalFamily(child, "SIGKILL", family);
      });
    },
  };
}

/** Some failures of a start are thrown (too many arguments, a folder that is a file, no program); others are events. */
function spawned(program: string, args: readonly string[], options: SpawnOptions): ChildProcess | NodeJS.ErrnoException {
  try {
    return spawn(program, args, options);
  } catch (error) {
    const thrown = error as NodeJS.ErrnoException;
    if (thrown.syscall === undefined) throw error;
    return thrown;
  }
}

function notStarted(program: string, error: NodeJS.ErrnoException): Ending {
  const code = error.code === "ENOENT" ? 127 : 126;
  const what = code === 127 ? "was not found" : `cannot be executed (${error.code ?? error.message})`;
  return { type: "not-started", code, why: `${printable(program)} ${what}` };
}

function exitNumber(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** While the command runs, a signal to us is a signal to it: we end when it does. */
function forward(child: ChildProcess): () => void {
  const terminal = process.stdin.isTTY;
  const listeners = [...always, ...fromTerminal].map((signal) => {
    const given = terminal && (fromTerminal as readonly string[]).includes(signal);
    const listener = (): void => {
      if (!given) child.kill(signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}

/** Processes by id, with what tells them from later ones of the same id. */
type Family = ReadonlyMap<number, string>;

/** Sends to the command, its descendants now, and those known from before that still live. */
function signalFamily(child: ChildProcess, signal: NodeJS.Signals, known: Family): Family {
  const { pid } = child;
  if (pid === undefined) return known;
  const living = processes();
  const survivors = [...known].filter(([id, startedAt]) => living.get(id)?.startedAt === startedAt);
  const running = child.exitCode === null && child.signalCode === null;
  const roots = survivors.map(([id]) => id);
  const family = new Map([...survivors, ...descendantsOf(running ? [pid, ...roots] : roots, living)]);
  if (running) child.kill(signal);
  for (const id of family.keys()) send(id, signal);
  return family;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

interface Living {
  readonly parent: number;
  readonly startedAt: string;
}

function descendantsOf(roots: readonly number[], living: ReadonlyMap<number, Living>): Family {
  const found = new Map<number, string>();
  let parents = new Set(roots);
  while (parents.size > 0 && found.size < descendantsMax) {
    const children = [...living].filter(([pid, { parent }]) => parents.has(parent) && !found.has(pid));
    for (const [pid, { startedAt }] of children) found.set(pid, startedAt);
    parents = new Set(children.map(([pid]) => pid));
  }
  return found;
}

/** From /proc; on a system without it none are found, and only the command itself is signalled. */
function processes(): Map<number, Living> {
  const found = new Map<number, Living>();
  for (const name of listing("/proc")) {
    const living = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (living !== undefined) found.set(Number(name), living);
  }
  return found;
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Fields 4 and 22 of stat; the second field is a name in parentheses that may hold anything. */
function statOf(pid: string): Living | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), startedAt: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

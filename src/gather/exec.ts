/**
 * Runs one program to its end: an argument vector and no shell, a deadline, a bound on what is read.
 *
 * Never rejects: every ending is data. The program has no terminal and no standard input unless one is given,
 * so it cannot ask questions. At its deadline its process group is ended, by number.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";

import { decode } from "./plain-text.js";

/** A program to run without a shell, with bounds on its time, in milliseconds, and its output, in bytes. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Laid over the environment of the host; `null` takes a variable out. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly deadlineMs: number;
  /** Bytes of standard output that are kept. */
  readonly outputMax: number;
  /** `head`: more than the bound is an answer of its own, `oversized`. `tail`: the last bytes are kept. */
  readonly keep: "head" | "tail";
}

/** How a program ended, or why there is no answer of it. */
export type Execution =
  | {
      readonly kind: "ended";
      /** Null when a signal ended it. */
      readonly status: number | null;
      readonly signal: string | null;
      readonly output: Uint8Array;
      /** The beginning of standard error. */
      readonly errors: string;
    }
  | { readonly kind: "timed-out" }
  | { readonly kind: "oversized" }
  | { readonly kind: "not-started"; readonly cause: StartFailure; readonly detail: string };

/** Why a program did not start. */
export type StartFailure = "program-missing" | "folder-missing" | "not-permitted" | "other";

/** Runs a program to its end. Every way it can go is a value. */
export type Exec = (command: Command) => Promise<Execution>;

/** Bytes of standard error that are kept. */
const errorsMax = 16_384;
/** How long a program may take to end after it was asked to, before it is killed. */
const killGraceMs = 500;
/** How long output is waited for after the end, when a descendant still holds the pipe. */
const drainMs = 200;

/** `environment`: what programs inherit; that of the host by default. */
export function nodeExec(
  options: { readonly environment?: Readonly<Record<string, string | undefined>> } = {},
): Exec {
  return async (command) => {
    const started = start(command, options.environment ?? process.env);
    if ("kind" in started) return started;
    const ending = await endOf(started, command);
    if (ending.kind !== "not-started" || command.cwd === undefined) return ending;
    return (await isFolder(command.cwd)) ? ending : { ...ending, cause: "folder-missing" };
  };
}

function start(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
): ChildProcess | Execution {
  try {
    return spawn(command.program, [...command.args], {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: overlaid(environment, command.env ?? {}),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: the deadline reaches what the program started as well.
      detached: true,
    });
  } catch (error) {
    // Arguments that no program can be given: a NUL character, or more than the system takes.
    return { kind: "not-started", cause: "other", detail: error instanceof Error ? error.message : "unknown" };
  }
}

function overlaid(
  environment: Readonly<Record<string, string | undefined>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const entries = Object.entries({ ...environment, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function endOf(child: ChildProcess, command: Command): Promise<Execution> {
  return new Promise((resolve) => {
    const output = new Kept(command.outputMax, command.keep);
    const errors = new Kept(errorsMax, "head");
    let stopped: Execution | null = null;
    const timers = new Set<NodeJS.Timeout>();
    const later = (ms: number, act: () => void): void => void timers.add(setTimeout(act, ms));

    const settle = (execution: Execution): void => {
      for (const timer of timers) clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(stopped ?? execution);
    };
    const stop = (why: Execution): void => {
      if (stopped !== null) return;
      stopped = why;
      signalGroup(child, "SIGTERM");
      later(killGraceMs, () => {
        signalGroup(child, "SIGKILL");
        later(drainMs, () => settle(why));
      });
    };

    later(command.deadlineMs, () => stop({ kind: "timed-out" }));
    child.stdout?.on("data", (chunk: Uint8Array) => {
      if (!output.add(chunk) && command.keep === "head") stop({ kind: "oversized" });
    });
    child.stderr?.on("data", (chunk: Uint8Array) => void errors.add(chunk));
    const ended = (status: number | null, signal: string | null): Execution => ({
      kind: "ended",
      status,
      signal,
      output: output.bytes(),
      errors: decode(errors.bytes()),
    });
    child.on("error", (error) => settle(notStarted(error)));
    child.on("exit", (status, signal) => {
      for (const timer of timers) clearTimeout(timer);
      // Descendants of a program that was stopped do not outlive it.
      if (stopped !== null) signalGroup(child, "SIGKILL");
      later(drainMs, () => settle(ended(status, signal)));
    });
    child.on("close", (status, signal) => settle(ended(status, signal)));
  });
}

function notStarted(error: Error & { readonly code?: string }): Execution {
  const cause =
    error.code === "ENOENT" || error.code === "ENOTDIR"
      ? "program-missing"
      : error.code === "EACCES" || error.code === "EPERM"
        ? "not-permitted"
        : "other";
  return { kind: "not-started", cause, detail: error.message };
}

/** The child is not reaped before its end was seen here, so its number is its own. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty: there is nobody left to end.
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Bounded memory of a stream. */
class Kept {
  private readonly max: number;
  private readonly keep: "head" | "tail";
  private chunks: Uint8Array[] = [];
  private size = 0;

  constructor(max: number, keep: "head" | "tail") {
    this.max = max;
    this.keep = keep;
  }

  /** False: it did not all fit. */
  add(chunk: Uint8Array): boolean {
    if (this.keep === "head") {
      const room = chunk.subarray(0, this.max - this.size);
      this.chunks.push(room);
      this.size += room.length;
      return room.length === chunk.length;
    }
    this.chunks.push(chunk);
    this.size += chunk.length;
    for (let first = this.chunks[0]; first && this.size - first.length >= this.max; first = this.chunks[0]) {
      this.chunks.shift();
      this.size -= first.length;
    }
    return true;
  }

  bytes(): Uint8Array {
    const all = Buffer.concat(this.chunks);
    return this.keep === "tail" && all.length > this.max ? all.subarray(-this.max) : all;
  }
}

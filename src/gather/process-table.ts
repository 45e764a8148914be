/**
 * Which process is which: a number is used again, a number with its start is not.
 *
 * Linux: the start in clock ticks from /proc and the id of the boot. Elsewhere: the start as `ps` prints it.
 */
import { readFile, readdir } from "node:fs/promises";

import { type Exec } from "./exec.js";
import { type Invisible, type Tool, failureOf, invisible } from "./failure.js";
import { decode } from "./plain-text.js";

/**
 * `start`: equal for two looks at one process, different for two processes of one number. `unreaped`: it
 * ended, and its number is not free yet.
 */
export type ProcessSight =
  | { readonly kind: "running" | "unreaped"; readonly start: string }
  | { readonly kind: "absent" }
  | Invisible;

/** Which processes run on this host. */
export interface ProcessTable {
  /** Whether a process of this group runs; those that ended and were not reaped do not count. */
  groupRuns(group: number): Promise<boolean | Invisible>;
  /** The process of this number now, with its start; absent, or invisible when it cannot be told. */
  look(pid: number): Promise<ProcessSight>;
  /** The start of this boot; processes of another boot are gone. "-": not known here. */
  bootId(): Promise<string>;
}

/** Ended, and not reaped by its parent yet. */
const endedStates: ReadonlySet<string> = new Set(["Z", "X", "x"]);

/** Bounds of the `ps` call. */
const psDeadlineMs = 5_000;
const psOutputMax = 4_194_304;

/** The table of Linux, read from `/proc`. */
export function linuxProcessTable(root = "/proc"): ProcessTable {
  return {
    groupRuns: (group) => groupRuns(root, group),
    look: async (pid) => {
      try {
        return sightOfStat(pid, await readFile(`${root}/${pid}/stat`, "utf8"));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // ESRCH: it ended while it was read.
        if (code === "ENOENT" || code === "ESRCH") return absentIfTableIsThere(root, pid);
        return unreadable(pid, code ?? "unknown");
      }
    },
    bootId: async () => {
      try {
        return (await readFile(`${root}/sys/kernel/random/boot_id`, "utf8")).trim();
      } catch {
        return "-";
      }
    },
  };
}

async function groupRuns(root: string, group: number): Promise<boolean | Invisible> {
  try {
    const numbers = (await readdir(root)).filter((name) => /^\d+$/.test(name));
    for (const number of numbers) {
      const [state, , of] = fieldsOf(await readFile(`${root}/${number}/stat`, "utf8").catch(() => ""));
      if (state !== undefined && of === String(group) && !endedStates.has(state)) return true;
    }
    return false;
  } catch (error) {
    return unreadable(group, (error as NodeJS.ErrnoException).code ?? "unknown");
  }
}

/** Not finding a process in a table that is not there says nothing. */
async function absentIfTableIsThere(root: string, pid: number): Promise<ProcessSight> {
  try {
    await readFile(`${root}/self/stat`);
    return { kind: "absent" };
  } catch (error) {
    return unreadable(pid, (error as NodeJS.ErrnoException).code ?? "unknown");
  }
}

/** The fields from the third on. The name before them is in brackets and may hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Fields 3 (state) and 22 (start). */
function sightOfStat(pid: number, stat: string): ProcessSight {
  const fields = fieldsOf(stat);
  const [state] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined || !/^\d+$/.test(start)) return unreadable(pid, "no start time");
  return { kind: endedStates.has(state) ? "unreaped" : "running", start };
}

function unreadable(pid: number, found: string): Invisible {
  return invisible(
    "process-unknown",
    `reading process ${pid}: the process table answered ${found}. Look whether /proc is mounted and readable.`,
  );
}

const ps: Tool = { program: "ps", package: "procps", without: "processes cannot be told apart on this system" };

/** The table as `ps` prints it, for hosts without `/proc`. */
export function psProcessTable(exec: Exec): ProcessTable {
  const answer = async (doing: string, args: readonly string[]): Promise<string | Invisible> => {
    const command = {
      program: ps.program,
      args,
      env: { LC_ALL: "C", TZ: "UTC" },
      deadlineMs: psDeadlineMs,
      outputMax: psOutputMax,
      keep: "head",
    } as const;
    const execution = await exec(command);
    // It ends with 1 when it knows no such process.
    const answered = execution.kind === "ended" && (execution.status === 0 || execution.status === 1);
    if (answered) return decode(execution.output);
    return { kind: "invisible", failure: failureOf(doing, ps, command, execution) };
  };
  return {
    look: async (pid) => {
      const text = await answer(`reading process ${pid}`, ["-o", "stat=,lstart=", "-p", String(pid)]);
      return typeof text === "string" ? sightOfPs(text) : text;
    },
    groupRuns: async (group) => {
      const text = await answer(`reading process group ${group}`, ["-A", "-o", "pgid=,stat="]);
      if (typeof text !== "string") return text;
      const processes = text.split("\n").map((line) => line.trim().split(/\s+/));
      return processes.some(([of, state = "Z"]) => of === String(group) && !endedStates.has(state.charAt(0)));
    },
    bootId: () => Promise.resolve("-"),
  };
}

function sightOfPs(text: string): ProcessSight {
  const [state, ...start] = text.trim().split(/\s+/);
  if (state === undefined || state === "") return { kind: "absent" };
  return { kind: endedStates.has(state.charAt(0)) ? "unreaped" : "running", start: start.join("-") };
}

/** The table of this host. */
export function hostProcessTable(exec: Exec): ProcessTable {
  return process.platform === "linux" ? linuxProcessTable() : psProcessTable(exec);
}

/** A process for good: which boot, which number, which start. */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  readonly start: string;
}

/** "running" and "ended" are certain; `invisible` is neither. */
export async function fateOf(
  table: ProcessTable,
  { bootId, pid, start }: ProcessIdentity,
): Promise<"running" | "ended" | Invisible> {
  if (bootId !== (await table.bootId())) return "ended";
  const sight = await table.look(pid);
  if (sight.kind === "invisible") return sight;
  return sight.kind === "running" && sight.start === start ? "running" : "ended";
}

/** Null: it ended already, or its table cannot be read. */
export async function identityOf(table: ProcessTable, pid: number): Promise<ProcessIdentity | null> {
  const sight = await table.look(pid);
  return sight.kind === "running" ? { bootId: await table.bootId(), pid, start: sight.start } : null;
}

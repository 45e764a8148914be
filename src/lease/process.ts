/** This process as a listing shows it: for people, never decided on. */
import { readFileSync } from "node:fs";

import type { LaneProcess } from "../../spec/vocabulary/lane.js";

let known: LaneProcess | null = null;

export function currentProcess(): LaneProcess {
  return (known ??= { pid: process.pid, startedAt: startedAt() });
}

/** Clock ticks since boot, field 22 of stat; the second field is a name in parentheses that may hold anything. */
function startedAt(): string | null {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

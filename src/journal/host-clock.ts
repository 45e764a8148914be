/**
 * The clock of this host: wall time for people, time since boot for ages, and which boot it is.
 *
 * On Linux time since boot is the kernel's own count, the same for every process, and no step of the
 * wall clock moves it. Read-only.
 */
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

import type { Clock, Stamp } from "./types.js";

/** The clock of this host, with the id of its boot; stamps are whole milliseconds. */
export function hostClock(): Clock {
  const bootId = readBootId();
  return {
    now: (): Stamp => ({
      bootId,
      // CLOCK_MONOTONIC: the same origin in every process of this boot; it stands still in suspension.
      monotonicMs: Math.floor(Number(process.hrtime.bigint() / 1_000_000n)),
      wallMs: Math.max(0, Date.now()),
    }),
  };
}

/** Where the kernel gives no boot id the minute of the boot stands for it, by the wall clock of now. */
function readBootId(): string {
  try {
    const id = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    if (/^[0-9a-f-]{1,64}$/.test(id)) return id;
  } catch {
    // Not Linux, or no /proc.
  }
  return `boot-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
}

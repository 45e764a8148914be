/**
 * Lane journals of another system, DOS: one JSON object a line with `op` and the fields of a lease. What is in force
 * there is taken over as detached leases; everything else is counted and named. Its reader was lenient where ours
 * is not: a damaged line is told, never skipped in silence, and a name or path that cannot be canonical is left.
 */
import { z } from "zod";

import type { LaneRequestInput } from "../../spec/lane-lease/index.js";
import { laneTtlMsMax } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import { LeaseError, type LeaseStore } from "../lease/index.js";

const minuteMs = 60_000;
/** Minutes a lease lives there when it says nothing, and the grace on top. */
const ttlMinutesDefault = 50;
const graceMinutes = 5;
/** Most lines that are read, and most notes on what was left. */
const linesMax = 5_000_000;
const leftMax = 10_000;

const text = z.string().nullish();
const lease = z.looseObject({
  lane: text,
  loop_ts: text,
  tree: z.array(z.string()).nullish(),
  holder: text,
  run_id: text,
  acquired_at: text,
  heartbeat_at: text,
  ttl_minutes: z.number().nullish(),
});
type ForeignLease = z.infer<typeof lease>;
const entry = z.looseObject({ op: z.string(), ts: text, lease: lease.nullish(), leases: z.array(lease).nullish(), ...lease.shape });
type Entry = z.infer<typeof entry>;

export interface Left {
  /** Line of the file, or the lane there. */
  readonly what: string;
  readonly why: string;
}

export interface Foreign {
  /** Lines that are records there. */
  readonly records: number;
  readonly leases: readonly ForeignLease[];
  readonly left: readonly Left[];
  /** Wall-clock milliseconds at which ages are told. */
  readonly now: number;
}

export interface Takeover {
  readonly taken: readonly {
    readonly lane: string;
    readonly leaseId: string;
    readonly fencingToken: number;
    readonly holder: string;
    readonly secret: string;
  }[];
  readonly left: readonly Left[];
}

/** Folds the lines as that system does: file order decides, an end of the file in the middle of a line is noted. */
export async function readForeign(lines: AsyncIterable<string>, now: number): Promise<Foreign> {
  const live = new Map<string, ForeignLease>();
  const left: Left[] = [];
  const counts = new Map<string, number>();
  let number = 0;
  let records = 0;
  for await (const line of lines) {
    number += 1;
    if (number > linesMax) {
      left.push({ what: `lines from ${number} on`, why: `at most ${linesMax} lines are read` });
      break;
    }
    if (line.trim() === "") continue;
    const read = parsed(line);
    if (read !== null) records += 1;
    if (read === null) {
      if (left.length < leftMax) left.push({ what: `line ${number}`, why: "it is no record" });
    } else if (!fold(live, read)) counts.set(read.op, (counts.get(read.op) ?? 0) + 1);
  }
  for (const [op, count] of counts) left.push({ what: `${count} records ${op}`, why: "they are history and change no lease" });
  return { records, leases: [...live.values()], left, now };
}

function parsed(line: string): Entry | null {
  try {
    const reading = entry.safeParse(JSON.parse(line));
    return reading.success ? reading.data : null;
  } catch {
    return null;
  }
}

/** False: the record is about no lease. */
function fold(live: Map<string, ForeignLease>, record: Entry): boolean {
  const key = keyOf(record.lease ?? record);
  const known = live.get(key);
  switch (record.op) {
    case "ACQUIRE":
    case "RECONCILE":
      live.set(key, { acquired_at: record.ts, ...(record.lease ?? record) });
      return true;
    case "RELEASE":
    case "SCAVENGE":
      live.delete(key);
      return true;
    case "HEARTBEAT":
      if (known !== undefined) live.set(key, { ...known, heartbeat_at: record.heartbeat_at ?? record.ts });
      return true;
    case "ADOPT":
      if (known !== undefined) {
        const holder = record.holder ?? known.holder;
        live.set(key, { ...known, holder, heartbeat_at: record.heartbeat_at ?? record.ts });
      }
      return true;
    case "CHECKPOINT":
      live.clear();
      for (const one of record.leases ?? []) live.set(keyOf(one), one);
      return true;
    default:
      return false;
  }
}

function keyOf({ lane, loop_ts }: ForeignLease): string {
  return JSON.stringify([loop_ts ?? "", lane ?? ""]);
}

/** Asks the store for each, in their order there: what cannot be granted is left, with the reason. */
export async function takeOver(store: LeaseStore, { leases, left, now }: Foreign): Promise<Takeover> {
  const taken: Takeover["taken"][number][] = [];
  const alsoLeft: Left[] = [];
  for (const one of leases) {
    const what = `lane ${JSON.stringify(one.lane ?? "")} of ${one.holder ?? "nobody"}`;
    const why = whyLeft(one, now);
    if (why !== null) {
      alsoLeft.push({ what, why });
      continue;
    }
    try {
      const outcome = await store.acquire(requestOf(one));
      if (outcome.outcome === "refused") {
        const others = outcome.refusal.conflicts.map(({ lane }) => `"${lane}"`).join(", ");
        alsoLeft.push({ what, why: `${outcome.refusal.kind}${others === "" ? "" : ` with ${others}`}` });
        continue;
      }
      const { lane, leaseId, fencingToken, holder } = outcome.grant;
      taken.push({ lane, leaseId, fencingToken, holder, secret: outcome.secret });
    } catch (error) {
      if (!(error instanceof LeaseError) || error.failure.code !== "lease/invalid-request") throw error;
      alsoLeft.push({ what, why: `${error.failure.invalid.field} is ${error.failure.invalid.found}: ${error.failure.invalid.hint}` });
    }
  }
  return { taken, left: [...left, ...alsoLeft] };
}

function requestOf(one: ForeignLease): LaneRequestInput {
  const { lane, tree, holder, run_id } = one;
  return {
    lane: lane ?? "",
    region: tree ?? [],
    holder: holder ?? "unknown",
    runId: run_id ?? null,
    attachment: "detached",
    ttlMs: ttlMsOf(one),
  };
}

/** With the grace that system gives. */
function ttlMsOf({ ttl_minutes }: ForeignLease): number {
  return ((ttl_minutes ?? ttlMinutesDefault) + graceMinutes) * minuteMs;
}

/** Null: it can be asked for. */
function whyLeft(one: ForeignLease, now: number): string | null {
  const beat = Date.parse(one.heartbeat_at ?? one.acquired_at ?? "");
  if (Number.isNaN(beat)) return "its last beat has no readable time";
  const [age, ttlMs, written] = [now - beat, ttlMsOf(one), one.ttl_minutes ?? ttlMinutesDefault];
  if (age < 0) return "its last beat is in the future";
  if (ttlMs < 1) return `its ttl_minutes is ${written}: with ${graceMinutes} minutes of grace that is no time at all`;
  if (ttlMs > laneTtlMsMax) {
    const daysMax = laneTtlMsMax / (24 * 60 * minuteMs);
    return `its ttl_minutes is ${written}: with ${graceMinutes} minutes of grace a lease lives at most ${daysMax} days without a beat`;
  }
  return age > ttlMs ? "it ran out" : null;
}

export function takeoverText({ taken, left }: Takeover): string {
  const lines = [
    ...taken.map(({ lane, holder, leaseId, fencingToken }) => `taken over: lane "${printable(lane)}" of ${printable(holder)} as ${leaseId}, token ${fencingToken}`),
    ...left.map(({ what, why }) => `not taken over: ${printable(what)}: ${printable(why)}`),
    ...(taken.length === 0 ? [] : ["The new secrets are shown with --json; without one a lease runs out."]),
  ];
  return `${lines.length === 0 ? "nothing to take over" : lines.join("\n")}\n`;
}

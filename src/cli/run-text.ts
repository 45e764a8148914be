/** Runs as text for people and as JSON for programs. Whatever came from outside is printed with its control characters written out. */
import type { LoggedRun, LogStamp } from "../../spec/run/index.js";
import { type Reason, type Status, isTerminal, reasonMeanings } from "../../spec/vocabulary/index.js";
import { printable } from "../gather/index.js";
import { type RunFacts, factsOf, monitorLane, note } from "../host/index.js";
import type { Stamp } from "../journal/index.js";
import type { LeaseListing } from "../lease/index.js";
import { type Painted, lasting } from "./lease-text.js";

/** Milliseconds. On another boot the wall clock is all there is. */
export function ageMs(at: LogStamp, now: Stamp): number {
  const passed = at.bootId === now.bootId ? now.monotonicMs - at.monotonicMs : now.wallMs - at.wallMs;
  return Math.max(0, passed);
}

export function since(at: LogStamp, now: Stamp): string {
  return `${lasting(ageMs(at, now))} ago`;
}

export function statusText(status: Status, paint: Painted): string {
  if (status === "failed") return paint.bad(status);
  if (status === "unknown" || status === "waiting" || status === "rate_limited") return paint.warn(status);
  if (isTerminal(status)) return paint.dim(status);
  return paint.good(status);
}

/** `waiting (gate_trust)`. */
export function pairText({ status, reason }: { readonly status: Status; readonly reason: Reason | null }): string {
  return reason === null ? status : `${status} (${reason})`;
}

export function meaningOf(reason: Reason): string {
  const key = reason.startsWith("gate_") ? "gate" : reason.startsWith("launch_") ? "launch" : reason;
  return (reasonMeanings as Readonly<Record<string, { readonly meaning: string } | undefined>>)[key]?.meaning ?? "";
}

/** The host and the nonce's beginning: enough to tell two observers apart. */
export function observerText(observer: string | undefined): string {
  return observer === undefined ? "-" : printable(observer).replace(/([0-9a-f]{6})[0-9a-f]{26}$/, "$1");
}

/** `#12`, or the address. */
export function pullRequestText(url: string | null): string {
  if (url === null) return "-";
  const number = /\/(?:pull|merge_requests)\/(\d+)$/.exec(url)?.[1];
  return number === undefined ? printable(url) : `#${number}`;
}

export function sourceText(source: unknown): string {
  if (typeof source === "string") return source;
  return printable(Object.values(source as Readonly<Record<string, string>>)[0] ?? "");
}

/** A command line for people; control characters are written out. */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", String.raw`'\''`)}'`)).join(" ");
}

export interface RunRow {
  readonly run: string;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly ageMs: number;
  readonly agent: string;
  readonly branch: string | null;
  readonly issue: string | null;
  readonly pullRequest: string | null;
  /** Where pull requests are looked for. */
  readonly pullRequests: unknown;
  readonly observer: string | null;
  readonly lease: { readonly state: string; readonly fencingToken: number; readonly lane: string } | null;
  readonly stopRequested: boolean;
}

export function rowOf(run: LoggedRun, now: Stamp, leases: LeaseListing | null): RunRow {
  const { created, view, changedAt, notes } = run;
  const facts = factsOf(run);
  return {
    run: created.run,
    status: view.status,
    reason: view.reason,
    ageMs: ageMs(changedAt.at, now),
    agent: created.agent,
    branch: created.branch,
    issue: created.issue,
    pullRequest: view.prUrl,
    pullRequests: facts.placement?.pullRequests ?? null,
    observer: notes[note.observer] ?? null,
    lease: leaseOf(facts, leases),
    stopRequested: facts.stopRequested,
  };
}

function leaseOf({ lease }: RunFacts, leases: LeaseListing | null): RunRow["lease"] {
  if (lease === null) return null;
  const { fencingToken, lane } = lease;
  const found = leases?.leases.find(({ grant }) => grant.leaseId === lease.leaseId);
  const state = found === undefined ? "over" : found.stands.standing === "live" ? "held" : found.stands.standing;
  return { state, fencingToken, lane };
}

export interface MonitorRow {
  readonly holder: string;
  readonly pid: number | null;
  readonly fencingToken: number;
  readonly leaseId: string;
  readonly beatAgeMs: number;
  readonly tickMs: unknown;
}

/** Null: nobody monitors the directory now. */
export function monitorOf(leases: LeaseListing | null): MonitorRow | null {
  const found = leases?.leases.find(({ grant, stands }) => grant.lane === monitorLane && stands.standing !== "dead");
  if (leases === null || found === undefined) return null;
  const { holder, process, fencingToken, leaseId, heartbeatAt, meta } = found.grant;
  return {
    holder,
    pid: process?.pid ?? null,
    fencingToken,
    leaseId,
    beatAgeMs: ageMs(heartbeatAt, leases.now),
    tickMs: meta["tickMs"] ?? null,
  };
}

export function monitorText(monitor: MonitorRow | null): string {
  if (monitor === null) return "no monitor: nobody looks at these runs. Start one: leasehold run monitor --detach";
  const { holder, pid, beatAgeMs, tickMs, fencingToken } = monitor;
  const every = typeof tickMs === "number" ? `, every ${lasting(tickMs)}` : "";
  return `monitor: ${printable(holder)}${pid === null ? "" : `, process ${pid}`}${every}, last beat ${lasting(beatAgeMs)} ago, token ${fencingToken}`;
}

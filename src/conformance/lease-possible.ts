/**
 * What may be true of a lane-lease store whose calls can fail, by the decisions and the fold that define it. A call
 * without an answer happened or did not; a later answer, or what the store lists, tells which.
 *
 * Nothing is decided here, and nothing is known of the store but its answers.
 */
import {
  type LaneCommand,
  type LaneEntry,
  type LaneState,
  applyLaneEvents,
  decide,
  laneFold,
  laneRequest,
  standingOf,
} from "../../spec/lane-lease/index.js";
import type { Stamp } from "../../spec/vocabulary/lane.js";
import type { ListedLease } from "./lease-adapter.js";
import { type LeaseCall, faultTtlMs, leaseHolders } from "./lease-commands.js";

/** What a call was answered. */
export type LeaseHeard =
  | {
      readonly outcome: "granted";
      readonly leaseId: string;
      readonly secret: string;
      /** Its token is above every one that was given before. */
      readonly newest: boolean;
    }
  | { readonly outcome: "refused" | "beaten" | "released" | "lost" | "scavenged" | "compacted" };

/** What a store can be asked in a script. */
export type AskedCall = LeaseCall | { readonly does: "sweep" } | { readonly does: "compact" };

/** A call that was made. */
export interface MadeCall {
  readonly call: AskedCall;
  /** No other call has it. */
  readonly number: number;
  /** The process that made it; none has the number of another, later ones included. */
  readonly process: number;
  /** What it was about, in the store's words; empty for an acquisition. */
  readonly leaseId: string;
  /** What it showed; empty when it showed nothing. */
  readonly secret: string;
  readonly at: Stamp;
  readonly alive: ReadonlySet<number>;
}

/** A lease, and the hash of a secret of it, as they are called here. */
interface Known {
  readonly leaseId: string;
  readonly secretHash: string;
}

/** One of the things that may be true. */
export interface Possibility {
  readonly state: LaneState;
  /** By token: the process whose end ends the lease. A lease without one is as good as dead. */
  readonly behind: ReadonlyMap<number, number>;
  /** What leases are called here, by what the store calls them. */
  readonly ids: ReadonlyMap<string, string>;
  /** Hashes of the secrets that the store gave. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Calls that happened without an answer: the same call of the same process may be told so. */
  readonly unheard: ReadonlyMap<string, Known>;
}

/** Nothing was ever asked of the store. */
export const nothingHappened: Possibility = {
  state: laneFold.initial(),
  behind: new Map(),
  ids: new Map(),
  hashes: new Map(),
  unheard: new Map(),
};

/** What may be true after a call; `heard` null: nobody knows. Empty: no decision gives that answer. */
export function explain(before: Possibility, made: MadeCall, heard: LeaseHeard | null): readonly Possibility[] {
  const { outcome, after } = decided(before, made);
  if (heard === null) return [before, ...unanswered(before, after, made, outcome), ...repeated(before, made, null)];
  const key = keyOf(made);
  const told = { ...after, unheard: without(before.unheard, key) };
  const isNews = heard.outcome !== "granted" || heard.newest;
  const taken = outcome === heard.outcome && isNews ? [withAnswer(told, made, heard)] : [];
  return [...taken, ...repeated(before, made, heard)];
}

/** The answer that the decisions give. */
export function answerIn(before: Possibility, made: MadeCall): string {
  return decided(before, made).outcome;
}

/** What it is when these are the leases that the store lists; null: it cannot be. */
export function asListed(possible: Possibility, listed: readonly ListedLease[], now: Stamp, alive: ReadonlySet<number>): Possibility | null {
  const ids = new Map(possible.ids);
  const rest = [...listed].sort((one, other) => one.fencingToken - other.fencingToken);
  for (const entry of inOrder(possible.state)) {
    const [first] = rest;
    const dead = isDead(possible, entry, now, alive);
    if (first !== undefined && isThat(entry, first, dead ? null : now)) {
      ids.set(first.leaseId, entry.leaseId);
      rest.shift();
    } else if (!dead) return null;
  }
  return rest.length === 0 ? { ...possible, ids } : null;
}

/** The leases in force, oldest token first. */
export function listingText(possible: Possibility, now: Stamp, alive: ReadonlySet<number>): string {
  const live = inOrder(possible.state).filter((entry) => !isDead(possible, entry, now, alive));
  return leasesText(live.map(({ terms, record }) => ({ ...terms, beatAgeMs: beatAgeMs(record.heartbeatAt, now) })));
}

/** Leases in words. */
export function leasesText(leases: readonly Pick<ListedLease, "lane" | "holder" | "beatAgeMs">[]): string {
  const texts = leases.map(({ lane, holder, beatAgeMs: age }) => `${lane} of ${holder}, beaten ${age === null ? "before the host started" : `${age} ms ago`}`);
  return texts.length === 0 ? "no lease" : texts.join("; ");
}

/**
 * Those that answer alike are one. Left out are the highest token, of which answers tell no more than the order, and the
 * notes of refusals, halts and spawns, on which nothing is decided.
 */
export function distinct(all: readonly Possibility[]): readonly Possibility[] {
  const found = new Map<string, Possibility>();
  for (const one of all) {
    const { state, behind, ids, hashes, unheard } = one;
    const leases = inOrder(state).map((lease) => [lease, behind.get(lease.record.fencingToken) ?? null]);
    found.set(JSON.stringify([leases, ...[state.ended, ids, hashes, unheard].map((known) => [...known])]), one);
  }
  return [...found.values()];
}

function decided(before: Possibility, made: MadeCall): { readonly outcome: string; readonly after: Possibility } {
  const { state } = before;
  const command = commandOf(before, made);
  if (command === null) return { outcome: "compacted", after: before };
  const { outcome, events } = decide(state, command, made.at, evidence(before, made.alive));
  const copy = laneFold.restore(laneFold.checkpoint(state));
  const after = applyLaneEvents(laneFold, copy, events, { seq: 1, at: made.at });
  return { outcome: wordOf(made, outcome.outcome), after: { ...before, state: after } };
}

/** What the kit calls an outcome of the decisions. */
function wordOf({ call }: MadeCall, outcome: string): string {
  if (call.does === "adopt") return outcome === "adopted" ? "granted" : "refused";
  return outcome === "coalesced" ? "beaten" : outcome;
}

/** Null: nothing is decided. */
function commandOf(before: Possibility, made: MadeCall): LaneCommand | null {
  const { call, number } = made;
  const leaseId = before.ids.get(made.leaseId) ?? "none";
  const proof = { leaseId, secretHash: before.hashes.get(made.secret) ?? hashOf(0) };
  const secretHash = hashOf(number);
  switch (call.does) {
    case "acquire": {
      const { lane, by, attachment } = call;
      const { terms } = laneRequest({ lane, holder: leaseHolders[by], attachment, ttlMs: faultTtlMs });
      if (terms === null) throw new RangeError(`"${lane}" is no lane`);
      return { type: "acquire", leaseId: `lease-${number}`, secretHash, terms, wait: null };
    }
    case "adopt": {
      const expectedToken = before.state.leases.get(leaseId)?.record.fencingToken ?? 0;
      const force = call.forced ? { because: "asked to" } : null;
      const holder = leaseHolders[call.by] ?? "nobody";
      return { type: "adopt", leaseId, expectedToken, holder, process: null, force, secretHash };
    }
    case "heartbeat":
      return { type: "heartbeat", ...proof, coalesceMs: 0 };
    case "release":
      return { type: "release", ...proof };
    case "sweep":
      return { type: "scavenge" };
    case "compact":
      return null;
  }
}

/** Secrets are numbers here. */
const hashOf = (number: number): string => number.toString(16).padStart(64, "0");

/** The lease that a call was granted, if it was granted one. */
function grantedBy({ state }: Possibility, { number }: MadeCall): LaneEntry | undefined {
  return [...state.leases.values()].find(({ secretHash }) => secretHash === hashOf(number));
}

function withAnswer(after: Possibility, made: MadeCall, heard: LeaseHeard): Possibility {
  const entry = grantedBy(after, made);
  if (heard.outcome !== "granted" || entry === undefined) return after;
  return named(held(after, entry, made.process), heard, { leaseId: entry.leaseId, secretHash: entry.secretHash });
}

function held(possible: Possibility, { record }: LaneEntry, process: number): Possibility {
  if (record.attachment !== "process") return possible;
  return { ...possible, behind: new Map([...possible.behind, [record.fencingToken, process]]) };
}

function named(possible: Possibility, { leaseId, secret }: Extract<LeaseHeard, { readonly outcome: "granted" }>, known: Known): Possibility {
  const ids = new Map([...possible.ids, [leaseId, known.leaseId]]);
  return { ...possible, ids, hashes: new Map([...possible.hashes, [secret, known.secretHash]]) };
}

/** It happened. Whether its process stands behind what nobody was told of is not known. */
function unanswered(before: Possibility, after: Possibility, made: MadeCall, outcome: string): readonly Possibility[] {
  const entry = grantedBy(after, made);
  if (entry !== undefined) {
    const { leaseId, secretHash, record } = entry;
    const told = { ...after, unheard: new Map([...before.unheard, [keyOf(made), { leaseId, secretHash }]]) };
    return record.attachment === "process" ? [told, held(told, entry, made.process)] : [told];
  }
  if (outcome !== "released") return [after];
  const known = { leaseId: before.ids.get(made.leaseId) ?? "none", secretHash: before.hashes.get(made.secret) ?? hashOf(0) };
  return [{ ...after, unheard: new Map([...before.unheard, [keyOf(made), known]]) }];
}

/** The call is one that happened before without an answer, and its process is told what it was not told then. */
function repeated(before: Possibility, made: MadeCall, heard: LeaseHeard | null): readonly Possibility[] {
  const key = keyOf(made);
  const known = before.unheard.get(key);
  if (known === undefined) return [];
  const told = heard === null ? before : { ...before, unheard: without(before.unheard, key) };
  if (made.call.does === "release") {
    return heard?.outcome === "released" && before.state.ended.get(known.leaseId)?.cause === null ? [told] : [];
  }
  const entry = before.state.leases.get(known.leaseId);
  if (entry === undefined || (heard !== null && heard.outcome !== "granted")) return [];
  const own = held(told, entry, made.process);
  const { outcome, events } = decide(own.state, { type: "heartbeat", ...known, coalesceMs: 0 }, made.at, evidence(own, made.alive));
  if (outcome.outcome !== "beaten") return [];
  const copy = laneFold.restore(laneFold.checkpoint(own.state));
  const beaten = { ...own, state: applyLaneEvents(laneFold, copy, events, { seq: 1, at: made.at }) };
  return heard === null ? [own, beaten] : [named(beaten, heard, known)];
}

/** Calls of one process that are one and the same, made again. */
function keyOf({ call, process, leaseId }: MadeCall): string {
  return JSON.stringify([process, call, leaseId]);
}

function without<V>(all: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return new Map([...all].filter(([one]) => one !== key));
}

function inOrder({ leases }: LaneState): readonly LaneEntry[] {
  return [...leases.values()].sort((one, other) => one.record.fencingToken - other.record.fencingToken);
}

function isGone({ behind }: Possibility, { record }: LaneEntry, alive: ReadonlySet<number>): boolean {
  return record.attachment === "process" && !alive.has(behind.get(record.fencingToken) ?? 0);
}

function evidence(possible: Possibility, alive: ReadonlySet<number>) {
  const gone = inOrder(possible.state).filter((entry) => isGone(possible, entry, alive));
  return { gone: new Set(gone.map(({ record }) => record.fencingToken)) };
}

function isDead(possible: Possibility, entry: LaneEntry, now: Stamp, alive: ReadonlySet<number>): boolean {
  return standingOf(entry.record, now, isGone(possible, entry, alive)).standing === "dead";
}

const roundedMs = 1_000;

function beatAgeMs(beat: Stamp | null, now: Stamp): number | null {
  return beat === null || beat.bootId !== now.bootId ? null : now.monotonicMs - beat.monotonicMs;
}

/** `now` null: what is dead stands with whatever age it died at. */
function isThat({ terms, record }: LaneEntry, { lane, holder, beatAgeMs: seen }: ListedLease, now: Stamp | null): boolean {
  if (terms.lane !== lane || terms.holder !== holder) return false;
  if (now === null) return true;
  const age = beatAgeMs(record.heartbeatAt, now);
  const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / roundedMs));
  return rounded(age) === rounded(seen);
}

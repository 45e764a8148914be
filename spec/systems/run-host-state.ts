/** State of the system `run-host`, its bounds, and the ways in which a host can be broken. */
import { z } from "zod";

import { emptyView, initialCore, step } from "../run/index.js";
import { type Source, type Status, status } from "../vocabulary/status.js";

/** The fold of one run's log, and what its listeners heard. */
export interface HostRun {
  readonly status: Status;
  /** Effects in the log beside the status: each commit here has one of both. */
  readonly artifacts: number;
  /** Committed (status, reason) changes. */
  readonly changes: number;
  /** Listener calls. */
  readonly calls: number;
  /** Calls that died with the process that owed them. */
  readonly lost: number;
}

export interface Committer {
  readonly phase: "idle" | "deciding" | "half" | "owing";
  readonly run: number | null;
  /** The status it read; null when it could not. */
  readonly seen: Status | null;
  readonly verdict: Status | null;
}

export interface RunHostState {
  readonly runs: readonly HostRun[];
  /** The monitor, then the console. */
  readonly committers: readonly Committer[];
  /** Who holds the lock of the log. */
  readonly lock: number | null;
  readonly tick: {
    readonly open: boolean;
    /** Not ended when the tick began. */
    readonly due: readonly boolean[];
    /** Looked at in this tick. */
    readonly asked: readonly boolean[];
  };
}

/** Broken hosts. */
export interface RunHostVariant {
  /** Check and append are not under one lock. */
  readonly unlocked?: boolean;
  /** A log that cannot be read is taken for an empty one. */
  readonly failsOpen?: boolean;
  /** The effects of one observation are appended one by one. */
  readonly torn?: boolean;
  /** Listeners are called before the append. */
  readonly firesFirst?: boolean;
  readonly firesTwice?: boolean;
  /** Listeners are called for an observation that changes nothing. */
  readonly noopsFire?: boolean;
  /** Listeners are called although the append failed. */
  readonly failuresFire?: boolean;
  readonly skipsQueued?: boolean;
  /** A gatherer that cannot see ends the tick for all. */
  readonly blindEndsTick?: boolean;
}

export const committers = ["monitor", "console"] as const;

export const idle: Committer = { phase: "idle", run: null, seen: null, verdict: null };

const seen = z.enum(["queued", "running", "done", "canceled"]);

export function runHostSchema(runs: number, changesMax: number): z.ZodType<RunHostState> {
  const count = z.int().min(0).max(changesMax + 1);
  const calls = z.int().min(0).max(2 * changesMax + 4);
  const each = z.array(z.boolean()).length(runs);
  return z.strictObject({
    runs: z
      .array(z.strictObject({ status: seen, artifacts: count, changes: count, calls, lost: count }))
      .length(runs),
    committers: z
      .array(
        z.strictObject({
          phase: z.enum(["idle", "deciding", "half", "owing"]),
          run: z.int().min(0).max(runs - 1).nullable(),
          seen: seen.nullable(),
          verdict: seen.nullable(),
        }),
      )
      .length(committers.length),
    lock: z.int().min(0).max(1).nullable(),
    tick: z.strictObject({ open: z.boolean(), due: each, asked: each }),
  });
}

/** The status the run machine commits for an assertion; null when it commits none. */
export function decide(from: Status, to: Status, by: Source): Status | null {
  const key = `${from} ${to} ${by}`;
  const known = decisions.get(key);
  if (known !== undefined) return known;
  const view = { ...emptyView({ agent: "any", branch: null, startedAt: null }), status: status.parse(from) };
  const { effects } = step(view, initialCore, { type: "status.asserted", status: to, source: by }, 0);
  const change = effects.find((effect) => effect.type === "setStatus");
  const decision = change?.type === "setStatus" ? change.status : null;
  decisions.set(key, decision);
  return decision;
}

/** Twenty questions at most; each is asked once. */
const decisions = new Map<string, Status | null>();

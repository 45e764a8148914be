/**
 * The records the three machines step over, with schemas that bound every field.
 *
 * Ages are ticks of whoever drives the machines. They saturate one past their limit, so the space is finite.
 */
import { z } from "zod";

import {
  type LeaseAccess,
  type LeasePhase,
  type LeaseWaiter,
  type WorkerProcess,
  leasePhase,
  leaseWaiter,
  workerProcess,
} from "../vocabulary/worker.js";

/** What is true of a worker (`process`) and what the master knows of it (the rest). */
export interface WorkerRecord {
  readonly process: WorkerProcess;
  readonly registered: boolean;
  /** Ticks since the last heartbeat; 0 unless registered. */
  readonly beatAge: number;
}

/** What the lease machine steps over; `worker` and `run` are numbers given by whoever drives it. */
export interface LeaseRecord {
  readonly phase: LeasePhase;
  /** The one worker that executes it; null when free. */
  readonly worker: number | null;
  /** How often it was handed out; the newest dispatch is the current attempt. */
  readonly count: number;
  /** Ticks since the current attempt was handed out or made progress; 0 unless dispatched. */
  readonly dispatchAge: number;
  /** What the effect does to its run; null when free, or when the model does not look at it. */
  readonly access: LeaseAccess | null;
  readonly run: number | null;
}

/** Who waits for the result of a lease. */
export interface CallerRecord {
  readonly waiter: LeaseWaiter;
  /** Ticks since it began to wait; 0 unless waiting. */
  readonly waitAge: number;
}

/** Limit of the worker machine, in ticks of whoever drives it. */
export interface WorkerPolicy {
  /** A worker is active while its beat is at most this old. */
  readonly heartbeatTtl: number;
}

/** Limits of the lease machine. Ages are in ticks of whoever drives it. */
export interface LeasePolicy {
  /** An attempt older than this may be followed by the next one. */
  readonly dispatchTtl: number;
  /** Attempts of one lease. A bound of the model: a master has no such limit. */
  readonly dispatchMax: number;
}

/** Limit of the caller machine, in ticks of whoever drives it. */
export interface CallerPolicy {
  /** A caller that has waited longer than this gives up. */
  readonly waitBudget: number;
}

/** Active: the master may hand leases to it, and callers may wait for it. */
export function isActive(worker: WorkerRecord, heartbeatTtl: number): boolean {
  return worker.registered && worker.beatAge <= heartbeatTtl;
}

/** A worker that was never started, or whose process ended and which nobody knows. */
export const workerStopped: WorkerRecord = { process: "down", registered: false, beatAge: 0 };

/** A lease that is not in use. */
export const leaseFree: LeaseRecord = {
  phase: "free",
  worker: null,
  count: 0,
  dispatchAge: 0,
  access: null,
  run: null,
};

/** A caller that has asked for nothing. */
export const callerIdle: CallerRecord = { waiter: "idle", waitAge: 0 };

/** 0..limit, and one value for "older". */
export function age(limit: number) {
  return z.int().min(0).max(limit + 1);
}

/** Bounds of a worker's record; the age saturates at one tick past the TTL. */
export function workerSchema({ heartbeatTtl }: WorkerPolicy) {
  return z.strictObject({
    process: workerProcess,
    registered: z.boolean(),
    beatAge: age(heartbeatTtl),
  });
}

/** `worker`, `access` and `run` are the caller's: their values depend on what the model looks at. */
export function leaseSchema<
  W extends z.ZodType<number | null>,
  A extends z.ZodType<LeaseAccess | null>,
  R extends z.ZodType<number | null>,
>({ dispatchTtl, dispatchMax }: LeasePolicy, fields: { worker: W; access: A; run: R }) {
  return z.strictObject({
    phase: leasePhase,
    worker: fields.worker,
    count: z.int().min(0).max(dispatchMax),
    dispatchAge: age(dispatchTtl),
    access: fields.access,
    run: fields.run,
  });
}

/** Bounds of a caller's record; the wait saturates at one tick past the budget. */
export function callerSchema({ waitBudget }: CallerPolicy) {
  return z.strictObject({ waiter: leaseWaiter, waitAge: age(waitBudget) });
}

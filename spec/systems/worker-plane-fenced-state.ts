/** State, parameters and schema of `worker-plane-fenced`. */
import { z } from "zod";

import { idOf, indexedBy } from "../kernel/index.js";
import { leaseAccess } from "../vocabulary/worker.js";
import {
  type CallerRecord,
  type LeaseRecord,
  type WorkerRecord,
  callerSchema,
  leaseSchema,
  workerSchema,
} from "../worker-lease/index.js";
import { type WorkerPlanePolicy, indices } from "./worker-plane-members.js";

/** The attempts of a lease that its worker executes: the newest, and slow older ones. */
export interface AttemptsRecord {
  readonly first: boolean;
  readonly second: boolean;
  readonly third: boolean;
}

/** Limits in ticks, and how many completed leases stay. */
export interface FencedPolicy extends WorkerPlanePolicy {
  /** Completed leases nobody waits for that stay in the registry. */
  readonly retention: number;
}

/** Callers and work belong to the lease of the same place. */
export interface FencedState {
  readonly workers: readonly WorkerRecord[];
  readonly leases: readonly LeaseRecord[];
  readonly callers: readonly CallerRecord[];
  readonly work: readonly AttemptsRecord[];
  /** Constant. */
  readonly policy: FencedPolicy;
}

const ticks = z.int().min(0).max(6);

/** Bounds of the model; ages are in ticks. */
export const fencedParameters = z.strictObject({
  workers: z.int().min(1).max(2).default(1),
  leases: z.int().min(1).max(3).default(2),
  runs: z.int().min(1).max(2).default(1),
  dispatchMax: z.int().min(1).max(3).default(2),
  heartbeatTtl: ticks.default(1),
  dispatchTtl: ticks.default(1),
  waitBudget: ticks.default(1),
  retention: z.int().min(1).max(2).default(1),
});
/** Parsed values of `fencedParameters`. */
export type FencedParameters = z.infer<typeof fencedParameters>;

/** The limits among the parameters. */
export function policyOf(parameters: FencedParameters): FencedPolicy {
  const { dispatchMax, heartbeatTtl, dispatchTtl, waitBudget, retention } = parameters;
  return { dispatchMax, heartbeatTtl, dispatchTtl, waitBudget, retention };
}

/** Leases are interchangeable; workers are not, since one of them is the master's own. */
export function fencedSchema(parameters: FencedParameters): z.ZodType<FencedState> {
  const { workers, leases, runs, dispatchMax } = parameters;
  const run = idOf("run", indices(runs), z.int().min(0).max(runs - 1).nullable());
  const lease = leaseSchema(parameters, {
    worker: z.int().min(0).max(workers - 1).nullable(),
    access: leaseAccess.nullable(),
    run,
  });
  const attempt = (number: number) => (number <= dispatchMax ? z.boolean() : z.literal(false));
  const attempts = z.strictObject({ first: attempt(1), second: attempt(2), third: attempt(3) });
  const { heartbeatTtl, dispatchTtl, waitBudget, retention } = parameters;
  return z.strictObject({
    workers: z.array(workerSchema(parameters)).length(workers),
    leases: indexedBy("lease", z.array(lease).length(leases)),
    callers: indexedBy("lease", z.array(callerSchema(parameters)).length(leases)),
    work: indexedBy("lease", z.array(attempts).length(leases)),
    policy: z.strictObject({
      dispatchMax: z.literal(dispatchMax),
      heartbeatTtl: z.literal(heartbeatTtl),
      dispatchTtl: z.literal(dispatchTtl),
      waitBudget: z.literal(waitBudget),
      retention: z.literal(retention),
    }),
  });
}

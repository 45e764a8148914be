/** What callers give, parsed: everything behind this file trusts it. What cannot be asked throws `LeaseError`. */
import { z } from "zod";

import { type LaneInvalid, type LaneTarget, laneName, laneRequest } from "../../spec/lane-lease/index.js";
import { fieldProblem, foundText } from "../../spec/vocabulary/field-problem.js";
import {
  type LaneEventData,
  type LaneTerms,
  laneEvents,
  laneToken,
  laneWaitMsMax,
} from "../../spec/vocabulary/lane.js";
import { LeaseError, type LeaseOperation } from "./errors.js";
import { isSecret } from "./secret.js";
import type { AdoptRequest, HaltRequest, HolderProof, SpawnRequest } from "./types.js";

/** Made once: a schema takes longer to make than to use. */
const text = z.string();
const milliseconds = z.number().min(0);
/** `laneLeaseId` without its schema, which costs more than a beat. */
const leaseIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
const waitMilliseconds = milliseconds.max(laneWaitMsMax);

/** Lane and region in canonical form. */
export function termsOf(request: unknown): LaneTerms {
  const { terms, invalid } = laneRequest(request);
  if (invalid !== null) throw invalidRequest("acquire", invalid);
  return terms;
}

export function waitMsOf(waitMs: number | undefined): number {
  return waitMs === undefined ? 0 : parsed("acquire", waitMilliseconds, waitMs, "waitMs");
}

export function coalesceMsOf(coalesceMs: number | undefined): number {
  if (coalesceMs === undefined) return 0;
  // By hand what nearly all calls give: the schema costs more than the beat.
  if (typeof coalesceMs === "number" && coalesceMs >= 0 && coalesceMs < Infinity) return coalesceMs;
  return parsed("heartbeat", milliseconds, coalesceMs, "coalesceMs");
}

/** A secret that cannot be one is not told from a wrong one: both are not the holder's. */
export function proofOf(operation: LeaseOperation, { leaseId, secret }: HolderProof): HolderProof {
  const hint = "a lease id is 1 to 64 letters, digits, - or _";
  if (typeof leaseId !== "string" || !leaseIdPattern.test(leaseId)) {
    throw invalidRequest(operation, { kind: "not-a-request", field: "leaseId", found: foundText(leaseId), hint });
  }
  return { leaseId, secret: typeof secret === "string" && isSecret(secret) ? secret : "" };
}

const adoption = laneEvents["lane.adopted"].pick({ leaseId: true, holder: true, process: true, because: true });

export function adoptionOf({ leaseId, expectedToken, holder, process, force }: AdoptRequest) {
  const because = force?.because ?? null;
  const asked = parsed("adopt", adoption, { leaseId, holder, process: process ?? null, because }, "");
  const token = parsed("adopt", laneToken, expectedToken, "expectedToken");
  return {
    leaseId: asked.leaseId,
    expectedToken: token,
    holder: asked.holder,
    process: asked.process,
    force: asked.because === null ? null : { because: asked.because },
  };
}

export function haltOf(request: HaltRequest): LaneEventData<"lane.halted"> {
  const note = parsed("halt", laneEvents["lane.halted"], request, "");
  return note.lane === null ? note : { ...note, lane: laneOf("halt", note.lane) };
}

export function spawnOf(request: SpawnRequest): LaneEventData<"lane.spawned"> {
  const note = parsed("spawn", laneEvents["lane.spawned"], request, "");
  return { ...note, lane: laneOf("spawn", note.lane) };
}

export function fenceOf(fencingToken: number, target: LaneTarget) {
  const token = parsed("check-fence", laneToken, fencingToken, "fencingToken");
  if ("path" in target) {
    return { fencingToken: token, target: { path: parsed("check-fence", text, target.path, "path") } };
  }
  return { fencingToken: token, target: { lane: laneOf("check-fence", target.lane) } };
}

function laneOf(operation: LeaseOperation, written: string): string {
  const { name, invalid } = laneName(parsed(operation, text, written, "lane"));
  if (invalid !== null) throw invalidRequest(operation, invalid);
  return name;
}

function parsed<T>(operation: LeaseOperation, schema: z.ZodType<T>, value: unknown, name: string): T {
  const reading = schema.safeParse(value);
  if (reading.success) return reading.data;
  const { field, found, hint } = fieldProblem(reading.error.issues[0], value);
  const dotted = [name, field].filter((part) => part !== "").join(".");
  throw invalidRequest(operation, { kind: "not-a-request", field: dotted, found, hint });
}

function invalidRequest(operation: LeaseOperation, invalid: LaneInvalid): LeaseError {
  return new LeaseError(operation, { code: "lease/invalid-request", invalid });
}

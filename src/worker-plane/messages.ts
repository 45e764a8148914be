/**
 * What master and worker say to each other, as schemas. Parsed where it arrives, trusted behind that.
 *
 * An acknowledgement names its lease and its attempt; a message of a worker never says which worker it is of:
 * that is the connection's, decided when it was opened.
 */
import { z } from "zod";

import { leaseEffect, workerId } from "../../spec/vocabulary/worker.js";
import { type Problem, problem, problemOf } from "./errors.js";
import { type Json, jsonProblem } from "./json.js";

/** Both ends of a connection have to speak the same one. */
export const protocolVersion = 1;

/** Assignments a worker has in hand, finished ones included whose word has not arrived. */
export const assignmentsMax = 1_024;

const leaseId = z.string().min(1).max(200);
const attempt = z.int().min(1);
const runId = z.string().min(1).max(200);
const json = z.custom<Json>((value) => jsonProblem(value) === null, {
  error: ({ input }) => jsonProblem(input) ?? "it is not JSON",
});
const named = { lease: leaseId, attempt };

/** Why an effect failed, as its worker says it. */
const effectError = z.strictObject({ code: z.string().min(1).max(100), message: z.string().max(4_000) });
/** Why an effect failed, as its worker says it. */
export type EffectError = z.infer<typeof effectError>;

/** What a worker says. */
export const fromWorker = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("register"),
    holds: z.array(z.strictObject(named)).max(assignmentsMax),
  }),
  z.strictObject({ type: z.literal("beat") }),
  z.strictObject({ type: z.literal("progress"), ...named }),
  z.strictObject({ type: z.literal("succeeded"), ...named, result: json }),
  z.strictObject({ type: z.literal("failed"), ...named, error: effectError }),
  z.strictObject({ type: z.literal("unregister") }),
]);
/** A message of a worker. */
export type FromWorker = z.infer<typeof fromWorker>;
/** A worker's word on an attempt. */
export type Acknowledgement = Extract<FromWorker, { type: "succeeded" | "failed" }>;

/** What a master says. */
export const fromMaster = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("registered"),
    heartbeatTtlMs: z.number().positive(),
    dispatchTtlMs: z.number().positive(),
    /** Leases the worker has in hand that are not the master's any more. */
    fenced: z.array(leaseId).max(assignmentsMax),
  }),
  z.strictObject({ type: z.literal("assign"), ...named, effect: leaseEffect, run: runId, snapshot: json }),
  z.strictObject({ type: z.literal("taken"), ...named }),
  z.strictObject({
    type: z.literal("refused"),
    lease: leaseId.nullable(),
    attempt: attempt.nullable(),
    problem,
  }),
  z.strictObject({ type: z.literal("cancel"), lease: leaseId }),
]);
/** A message of a master. */
export type FromMaster = z.infer<typeof fromMaster>;

/** Who is at the other end of a connection, said in its first frame. */
export const peer = z.strictObject({
  worker: workerId,
  /** The process: a fresh nonce for each start of it. */
  incarnation: z.string().min(1).max(100),
  /** Wall time of that start in milliseconds: of two processes with one id the later one stays. */
  bornAtMs: z.number(),
  /** `worker` is handed assignments; `beats` only says that the process lives. */
  role: z.enum(["worker", "beats"]),
});
export type Peer = z.infer<typeof peer>;

/** The first frame of a connection: it shows the token. */
export const hello = z.strictObject({
  type: z.literal("hello"),
  protocol: z.int(),
  token: z.string().min(1).max(1_000),
  peer,
});

/** The master's answer to a first frame, and the last frame of a connection it ends. */
export const greeting = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("welcome") }),
  z.strictObject({ type: z.literal("error"), problem }),
]);

/** The message, or why it is none. The problem names the place and never the value. */
export function parseMessage<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly message: T } | { readonly problem: Problem } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { message: parsed.data };
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the message" : issue.path.join(".");
  const found = `a message was read: ${place} does not fit: ${issue?.message ?? "unknown"}`;
  return { problem: problemOf("worker-plane/invalid-message", found) };
}

/**
 * Failures of the worker plane: what goes over the wire as an answer, and what is thrown at a host.
 *
 * Both are data with a code; the message is made here. No token and no payload is ever part of one.
 */
import { z } from "zod";

import { unreachable } from "../../spec/kernel/unreachable.js";

/** Why a peer's frame, connection or message was refused. Closed; the code travels with its message. */
export const problemCode = z.enum([
  "worker-plane/unauthenticated",
  "worker-plane/authentication-overdue",
  "worker-plane/protocol-version",
  "worker-plane/frame-too-large",
  "worker-plane/invalid-utf8",
  "worker-plane/invalid-json",
  "worker-plane/invalid-message",
  "worker-plane/wrong-role",
  "worker-plane/reserved-id",
  "worker-plane/superseded",
  "worker-plane/registry-full",
  "worker-plane/unknown-worker",
  "worker-plane/unknown-lease",
  "worker-plane/foreign-worker",
  "worker-plane/old-attempt",
  "worker-plane/already-completed",
  "worker-plane/slow-peer",
  "worker-plane/connection-lost",
  "worker-plane/master-closed",
]);
/** Code of a problem. */
export type ProblemCode = z.infer<typeof problemCode>;

/** A problem as it is told to the other end of a connection. */
export const problem = z.strictObject({ code: problemCode, message: z.string().max(1_000) });
/** What went wrong between master and worker, for people. */
export type Problem = z.infer<typeof problem>;

/** With what was being done and what was found; the code ends the message. */
export function problemOf(code: ProblemCode, found: string): Problem {
  return { code, message: `${found.slice(0, 900)} [${code}]` };
}

/** Meeting one of these again is certain: who gets it does not come back. */
const final: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "worker-plane/unauthenticated",
  "worker-plane/protocol-version",
  "worker-plane/reserved-id",
  "worker-plane/superseded",
]);

/** Whether connecting again is of no use. */
export function isFinal({ code }: Problem): boolean {
  return final.has(code);
}

/** What a call on the plane failed for. */
export type WorkerPlaneFailure =
  | { readonly code: "worker-plane/bad-request"; readonly field: string; readonly found: string }
  | { readonly code: "worker-plane/snapshot-too-large"; readonly bytes: number; readonly bytesMax: number }
  | { readonly code: "worker-plane/closed" }
  | { readonly code: "worker-plane/cannot-listen"; readonly address: string; readonly found: string }
  | { readonly code: "worker-plane/not-local"; readonly host: string }
  | { readonly code: "worker-plane/stopped"; readonly because: Problem };

/** The host asked for what cannot be done, or the world refused. */
export class WorkerPlaneError extends Error {
  override readonly name = "WorkerPlaneError";
  readonly failure: WorkerPlaneFailure;

  constructor(failure: WorkerPlaneFailure) {
    super(`${describe(failure)} [${failure.code}]`);
    this.failure = failure;
  }
}

function describe(failure: WorkerPlaneFailure): string {
  switch (failure.code) {
    case "worker-plane/bad-request":
      return `a lease was asked for with ${failure.field}: ${failure.found}. Mend the request.`;
    case "worker-plane/snapshot-too-large":
      return (
        `a lease was asked for with a snapshot of ${failure.bytes} bytes, the limit is ${failure.bytesMax}. ` +
        "Send less, or raise snapshotBytesMax and the frame limit of the transport."
      );
    case "worker-plane/closed":
      return "a lease was asked of a master that is closed. Create another one.";
    case "worker-plane/cannot-listen":
      return `listening for workers on ${failure.address} failed: ${failure.found}. Free the address or use another one.`;
    case "worker-plane/not-local":
      return (
        `listening for workers on host ${JSON.stringify(failure.host)} was refused: the protocol is not encrypted. ` +
        "Use 127.0.0.1, ::1 or a Unix socket, and a tunnel for workers elsewhere."
      );
    case "worker-plane/stopped":
      return `the worker ended before it was registered: ${failure.because.message}`;
    default:
      return unreachable(failure);
  }
}

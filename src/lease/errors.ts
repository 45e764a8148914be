/**
 * The world failed: a call on a lease store that has no answer. Refused and lost are answers and never thrown.
 *
 * The codes name no engine; what the engine found stands in the message and, as an error of its own, in `cause`.
 */
import type { LaneInvalid } from "../../spec/lane-lease/index.js";

export type LeaseOperation =
  | "open"
  | "acquire"
  | "heartbeat"
  | "release"
  | "adopt"
  | "scavenge"
  | "halt"
  | "spawn"
  | "live"
  | "show"
  | "history"
  | "check-fence"
  | "compact"
  | "watch"
  | "close";

export type LeaseFailure =
  /** What was asked for cannot be asked: nothing was looked at. */
  | { readonly code: "lease/invalid-request"; readonly invalid: LaneInvalid }
  /** Nothing happened: the engine was taken for longer than the call was willing to wait. */
  | { readonly code: "lease/busy"; readonly found: string }
  /** What is stored is damaged. Nothing is granted until somebody said what to do. */
  | { readonly code: "lease/damaged"; readonly found: string }
  /** What is stored is of a newer version. */
  | { readonly code: "lease/newer-version"; readonly found: string }
  /** Nothing happened: the engine cannot be read, written or trusted. */
  | { readonly code: "lease/unavailable"; readonly found: string }
  /** It happened or it did not. The same call again finds out. */
  | { readonly code: "lease/unknown-outcome"; readonly found: string }
  | { readonly code: "lease/read-only" }
  | { readonly code: "lease/closed" };

export class LeaseError extends Error {
  override readonly name = "LeaseError";
  readonly failure: LeaseFailure;
  readonly operation: LeaseOperation;

  constructor(operation: LeaseOperation, failure: LeaseFailure, cause?: unknown) {
    super(`${operation}: ${describe(failure)} [${failure.code}]`, cause === undefined ? {} : { cause });
    this.failure = failure;
    this.operation = operation;
  }
}

function describe(failure: LeaseFailure): string {
  switch (failure.code) {
    case "lease/invalid-request": {
      const { field, found, hint } = failure.invalid;
      return `${field === "" ? "the request" : field} is ${found}: ${hint}.`;
    }
    case "lease/busy":
    case "lease/damaged":
    case "lease/newer-version":
    case "lease/unavailable":
      return failure.found;
    case "lease/unknown-outcome":
      return `${failure.found} Whether it happened is not known; call again, and it is settled from what was stored.`;
    case "lease/read-only":
      return "the store was opened for reading only. Open it without readOnly to change anything.";
    case "lease/closed":
      return "the store is closed. Open it again.";
  }
}

/** What the journal could not do, in the words of the lease store. */
import { JournalError, type JournalFailure } from "../journal/index.js";
import { LeaseError, type LeaseFailure, type LeaseOperation } from "./errors.js";

/** Anything but a `JournalError` is passed on as it is: it is not of the world. */
export function leaseErrorOf(operation: LeaseOperation, cause: unknown): unknown {
  if (!(cause instanceof JournalError)) return cause;
  return new LeaseError(operation, failureOf(cause.failure, cause.message), cause);
}

function failureOf(failure: JournalFailure, found: string): LeaseFailure {
  switch (failure.code) {
    case "journal/locked":
      return { code: "lease/busy", found };
    case "journal/corrupt":
      return { code: "lease/damaged", found };
    case "journal/newer-version":
      return { code: "lease/newer-version", found };
    case "journal/unknown-outcome":
      return { code: "lease/unknown-outcome", found };
    case "journal/read-only":
      return { code: "lease/read-only" };
    case "journal/closed":
      return { code: "lease/closed" };
    default:
      return { code: "lease/unavailable", found };
  }
}

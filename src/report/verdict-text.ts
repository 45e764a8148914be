/** Verdicts as words and colours. Only `holds` is ever green. */
import type { LimitReached } from "../checker/index.js";
import type { LawStatus, VerifyReport } from "../verify/result.js";
import { bytes, duration, thousands } from "./numbers.js";
import type { Paint } from "./paint.js";

const words: Readonly<Record<LawStatus, string>> = {
  holds: "holds",
  violated: "violated",
  vacuous: "vacuous",
  unknown: "unknown",
  survived: "mutant survived",
  "not-yet-checked": "not yet checked here",
};

export function verdictText(status: LawStatus, paint: Paint): string {
  return inkOf(status, paint)(words[status]);
}

export function inkOf(status: LawStatus | VerifyReport["verdict"], paint: Paint): (text: string) => string {
  if (status === "holds") return paint.good;
  if (status === "violated" || status === "vacuous" || status === "survived") return paint.bad;
  return status === "unknown" ? paint.warn : paint.dim;
}

/** Why a search ended early, as a person says it. */
export function limitText({ limit, value }: LimitReached): string {
  switch (limit) {
    case "states":
      return `the limit of ${thousands(value)} states was reached`;
    case "seconds":
      return `the limit of ${duration(value)} was reached`;
    case "memory":
      return `the limit of ${bytes(value)} of memory was reached`;
    case "interrupted":
      return "it was interrupted";
  }
}

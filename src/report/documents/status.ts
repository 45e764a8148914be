/** Verdicts as words of a document. */
import type { LawStatus } from "../../verify/result.js";
import { verdictText } from "../verdict-text.js";
import { plainPaint } from "../paint.js";

export function statusWord(status: LawStatus): string {
  return status === "not-yet-checked" ? "no model decides it" : verdictText(status, plainPaint);
}

/** What fresh evidence says of the run's pull request: one outcome and the URL it is about. */
import type { RunContext, RunEventOf } from "./event.js";

export interface FoundPr {
  readonly outcome: "merged" | "closed" | "open";
  readonly url: string;
}

/**
 * The branch's own PR speaks first; without an outcome there, the looked-up URL speaks; a PR that is known
 * but without any outcome counts as open. `null`: no PR is known. The caller checks that there is a branch.
 */
export function foundPr(
  { prUrl }: Pick<RunContext, "prUrl">,
  { branchPr, urlPr }: RunEventOf<"evidence.gathered">,
): FoundPr | null {
  if (branchPr && branchPr.outcome !== "unknown") return { outcome: branchPr.outcome, url: branchPr.url };
  const url = prUrl ?? branchPr?.url ?? null;
  if (url === null) return null;
  const outcome = urlPr?.outcome ?? "unknown";
  return { outcome: outcome === "unknown" ? "open" : outcome, url };
}

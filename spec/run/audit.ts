/** Is a commit in the log what the machine decides? The audit of a log asks this of every one. */
import type { RunCommitted } from "../vocabulary/run-log.js";
import { type RunPolicy, type RunView, defaultRunPolicy } from "../vocabulary/run.js";
import { decideOn } from "./step.js";

/** What is wrong with a commit on this view; null when nothing is. Laws L15 and WS1. */
export function auditCommit(
  view: RunView,
  committed: RunCommitted,
  policy: RunPolicy = defaultRunPolicy,
): string | null {
  const { from, core, event, effects } = committed;
  if (from.status !== view.status || from.reason !== view.reason) {
    return `it was decided on ${show(from)}, and the log says ${show(view)}`;
  }
  const decided = decideOn(view, core, event, policy).effects.filter(isDurable);
  if (JSON.stringify(decided) === JSON.stringify(effects)) return null;
  return `its effects are ${JSON.stringify(effects)}, and the machine decides ${JSON.stringify(decided)}`;
}

/** Asked for and not kept: evidence. Everything else of a decision goes into the log. */
export function isDurable({ type }: { readonly type: string }): boolean {
  return type !== "gatherEvidence";
}

function show({ status, reason }: Pick<RunView, "status" | "reason">): string {
  return reason === null ? status : `${status}(${reason})`;
}

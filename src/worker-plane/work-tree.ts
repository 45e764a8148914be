/**
 * Work trees of runs that live on workers: looked at and removed there, and nowhere else (LL7).
 *
 * An answer says what the run's own worker saw. Whatever kept it from looking is `unavailable`, with the
 * reason; it is never taken for "does not exist". Nothing here touches a file system: that is the port's.
 */
import type { LeaseTarget } from "../../spec/vocabulary/worker.js";
import { unreachable } from "../../spec/kernel/index.js";
import type { Assignment } from "./executions.js";
import type { Json } from "./json.js";
import type { LeaseOutcome, Master } from "./master.js";

/** The work trees of one host. Throws when it cannot tell; `absent` is what it saw. */
export interface WorkTrees {
  /** Whether the tree is there, on the worker's own host (LL7). */
  inspect(path: string, signal: AbortSignal): Promise<"present" | "absent">;
  /** Removes the tree; `absent` when there was none. */
  remove(path: string, signal: AbortSignal): Promise<"removed" | "absent">;
}

/** Which tree of which run, and whose host it is on. */
export interface WorkTreeOf {
  readonly run: string;
  /** The run's own worker. */
  readonly worker: LeaseTarget;
  readonly path: string;
  readonly waitMs?: number;
}

/** Nothing is known of the tree. */
export interface Unavailable {
  readonly state: "unavailable";
  /** Why no answer came, or `effect-failed` when the worker could not tell. */
  readonly reason: Exclude<LeaseOutcome["kind"], "succeeded" | "failed"> | "effect-failed" | "no-answer";
  readonly message: string;
}

/** Asks the run's worker whether the tree is there. No answer is `unavailable`, never `absent`. */
export async function inspectWorkTree(
  master: Pick<Master, "lease">,
  tree: WorkTreeOf,
): Promise<{ readonly state: "present" | "absent" } | Unavailable> {
  return ask(master, "inspect", tree, ["present", "absent"]);
}

/** Has the run's worker remove the tree. No answer is `unavailable`: it may have happened. */
export async function removeWorkTree(
  master: Pick<Master, "lease">,
  tree: WorkTreeOf,
): Promise<{ readonly state: "removed" | "absent" } | Unavailable> {
  return ask(master, "remove", tree, ["removed", "absent"]);
}

/** The worker's side: the part of its `execute` for effects on work trees. */
export async function executeWorkTree(
  trees: WorkTrees,
  { effect, snapshot }: Assignment,
  signal: AbortSignal,
): Promise<Json> {
  const path =
    typeof snapshot === "object" && snapshot !== null && "path" in snapshot ? snapshot.path : undefined;
  if (typeof path !== "string" || path === "")
    throw new TypeError("the snapshot names no path of a work tree");
  if (effect === "inspect") return { state: await trees.inspect(path, signal) };
  if (effect === "remove") return { state: await trees.remove(path, signal) };
  throw new TypeError(`the effect "${effect}" is not one on work trees`);
}

async function ask<S extends string>(
  master: Pick<Master, "lease">,
  effect: "inspect" | "remove",
  { run, worker, path, ...wait }: WorkTreeOf,
  states: readonly S[],
): Promise<{ readonly state: S } | Unavailable> {
  const outcome = await master.lease({ target: worker, effect, run, snapshot: { path }, ...wait });
  if (outcome.kind !== "succeeded") return unavailable(outcome);
  const { result } = outcome;
  const said = typeof result === "object" && result !== null && "state" in result ? result.state : undefined;
  const state = states.find((known) => known === said);
  if (state !== undefined) return { state };
  return {
    state: "unavailable",
    reason: "no-answer",
    message: `the worker's result of "${effect}" has no known state`,
  };
}

function unavailable(outcome: Exclude<LeaseOutcome, { kind: "succeeded" }>): Unavailable {
  switch (outcome.kind) {
    case "failed":
      return { state: "unavailable", reason: "effect-failed", message: outcome.error.message };
    case "lost":
      return {
        state: "unavailable",
        reason: "lost",
        message: `no answer of the run's worker: ${outcome.because}`,
      };
    case "timeout":
      return {
        state: "unavailable",
        reason: "timeout",
        message: `the run's worker did not answer in ${outcome.waitMs} ms`,
      };
    case "refused":
      return {
        state: "unavailable",
        reason: "refused",
        message: `the run's worker was not asked: ${outcome.refusal.reason}`,
      };
    default:
      return unreachable(outcome);
  }
}

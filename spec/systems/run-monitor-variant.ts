/**
 * Parts of the system `run-monitor` that a mutant replaces. Without a variant every part is the
 * right one.
 */
import type { createRunMachine } from "../run/index.js";
import type { Effect, RunPolicy, RunRecord, RunView } from "../vocabulary/run.js";
import type { World } from "./run-monitor-schema.js";

/** The gatherer's own decisions. */
export interface Gatherer {
  /** Whether it passes on the world's pull request as one of this run. */
  presentsPr(branch: string | null, world: World): boolean;
}

/**
 * A pull request is passed on when its head branch is the run's. For a run without a branch there
 * is nothing to compare with: it passes on what it finds, and the machine refuses.
 */
export const rightGatherer: Gatherer = {
  presentsPr: (branch, world) => branch === null || world.prOwner === "owned",
};

export interface RunMonitorVariant {
  readonly machine?: (policy: RunPolicy) => ReturnType<typeof createRunMachine>;
  readonly policy?: Partial<RunPolicy>;
  /** What becomes of the effects the machine asks for, before anybody sees them. */
  readonly effects?: (effects: readonly Effect[]) => readonly Effect[];
  /** What reaches the log of the effects of one observation, folded. */
  readonly fold?: (view: RunView, effects: readonly Effect[]) => RunView;
  readonly restart?: (view: RunView) => RunRecord;
  readonly gatherer?: Gatherer;
  /** Written to the log by a stop beside the commit point: the machine does not learn of it. */
  readonly stopBeside?: boolean;
}

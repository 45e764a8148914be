/** The record of a run: `view` is the fold of its log, `core` is what the monitor remembers and may forget. */
import { z } from "zod";

import { observerId } from "./observation.js";
import { reason, source, status } from "./status.js";

/** Milliseconds on the host's clock, an integer. */
const milliseconds = z.int();

/** What everybody sees of a run. */
export const runView = z.strictObject({
  status,
  reason: reason.nullable(),
  agent: z.string(),
  branch: z.string().min(1).nullable(),
  /** The first `pr` artifact. */
  prUrl: z.string().min(1).nullable(),
  /** ∃ artifact `pr`. */
  prRecorded: z.boolean(),
  /** Null: unknown, which means no grace. */
  startedAt: milliseconds.nullable(),
  /** The hash on the last status event, or the one `pane_baseline` note after it. */
  paneHash: z.string().nullable(),
  /** ∃ note `alive`. */
  wasAlive: z.boolean(),
});
/** Parsed `runView`. */
export type RunView = Readonly<z.infer<typeof runView>>;

/** One observer's consecutive "gone" reports. Saturates at the threshold. */
export const deadStreak = z.strictObject({ observer: observerId.nullable(), count: z.int().min(1) });
export type DeadStreak = Readonly<z.infer<typeof deadStreak>>;

/** What the monitor alone remembers of a run; lost with its process (L7). */
export const runCore = z.strictObject({
  /** The last observer that saw it alive. */
  aliveObserver: observerId.nullable(),
  /** Least recently used first. */
  deadStreaks: z.array(deadStreak).readonly(),
  /** `prompt`, `gate:<kind>`, `exited`, `completed`, `limited`, `failed`; null: no reading. */
  reading: z.string().nullable(),
  /** How often the reading was seen in a row. Saturates at the confirmation. */
  streak: z.int().min(0),
});
/** Parsed `runCore`. */
export type RunCore = Readonly<z.infer<typeof runCore>>;

/** View and core side by side: the record the run machine steps over. */
export type RunRecord = RunView & RunCore;

/** The effect that changes status and reason. */
export const setStatus = z.strictObject({
  type: z.literal("setStatus"),
  status,
  reason: reason.nullable(),
  source,
  /** The pane it was read from; null when no pane was involved. */
  paneHash: z.string().nullable(),
});
/** Parsed `setStatus`. */
export type SetStatus = Readonly<z.infer<typeof setStatus>>;

/** What a decision asks for. All but `gatherEvidence` are durable and are appended as one journal record. */
export const effect = z.discriminatedUnion("type", [
  setStatus,
  z.strictObject({ type: z.literal("recordAlive") }),
  z.strictObject({ type: z.literal("recordBaseline"), paneHash: z.string() }),
  z.strictObject({ type: z.literal("recordPr"), url: z.string() }),
  z.strictObject({ type: z.literal("recordPrClosed"), url: z.string() }),
  z.strictObject({ type: z.literal("recordError"), message: z.string() }),
  z.strictObject({ type: z.literal("gatherEvidence"), observer: observerId.nullable() }),
]);
/** What a decision asks for; told apart by `type`. */
export type Effect = Readonly<z.infer<typeof effect>>;

/** Limits of the lifecycle. Times in milliseconds. */
export interface RunPolicy {
  /** Consecutive "gone" reports of one observer before evidence is asked for. */
  readonly deadChecks: number;
  /** Equal readings in a row that confirm a pane verdict. */
  readonly confirmation: number;
  /** A run nobody saw alive is left alone for so long after its start. */
  readonly neverAliveGraceMs: number;
  /** Observers whose streaks are remembered; the least recently used is evicted. */
  readonly observersMax: number;
  /** Last lines of a pane that its hash ignores, when the pane has more lines than that. */
  readonly hashIgnoredLines: number;
  /** Agents whose process ends when their work is done. */
  readonly agentsThatExitWhenDone: readonly string[];
}

export const defaultRunPolicy: RunPolicy = {
  deadChecks: 3,
  confirmation: 2,
  neverAliveGraceMs: 180_000,
  observersMax: 4,
  hashIgnoredLines: 5,
  agentsThatExitWhenDone: ["opencode"],
};

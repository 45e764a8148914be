/** Observations: all that a host ever learns of a run. Optional fields may be absent or null. */
import { z } from "zod";

import { reason, source, status } from "./status.js";

/** Longest pane text taken, in UTF-16 code units; gatherers cut before they observe. */
export const paneTextMax = 1_000_000;

/**
 * Who observed: `local:<nonce>` or `worker:<id>:<nonce>` by convention, the nonce fresh for each process start.
 * `null` is a channel without identity; it can never attest.
 */
export const observerId = z.string().min(1, "a channel without identity is null, not an empty string").max(200);
export type ObserverId = z.infer<typeof observerId>;

const observer = observerId.nullable();
const url = z.string().min(1).max(2000);

/** Where a pull request stands; `unknown`: it could not be told. */
export const prOutcome = z.enum(["open", "merged", "closed", "unknown"]);
/** Name of an outcome. */
export type PrOutcome = z.infer<typeof prOutcome>;

/** What is missing: the session, its server, or something nobody can tell. */
export const goneClass = z.enum(["session_absent", "server_absent", "unclassified"]);
/** Name of a class of absence. */
export type GoneClass = z.infer<typeof goneClass>;

const word = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "a lower-case word of at most 32 characters");

/** What the pane seems to say. `resolved` is an API's word, not a reading. */
export const signal = z.strictObject({
  gate: word.nullish(),
  exited: z.boolean().nullish(),
  completed: z.boolean().nullish(),
  limited: z.boolean().nullish(),
  failed: z.boolean().nullish(),
  prompt: z.boolean().nullish(),
  resolved: z.enum(["busy", "idle", "retry", "gone"]).nullish(),
});
export type Signal = z.infer<typeof signal>;

/** The work tree as its host sees it: commits ahead of the base, uncommitted changes. */
export const tree = z.strictObject({ ahead: z.int().min(0), dirty: z.boolean() });
export type Tree = z.infer<typeof tree>;

/** How far the launch of a run has come. */
export const launchStage = z.enum(["created", "ready", "workspaceOnly", "agentStarted"]);
/** Name of a stage. */
export type LaunchStage = z.infer<typeof launchStage>;

/** What a run's host reports. O-numbers follow the decision table. */
export const observation = z.discriminatedUnion("type", [
  /** O1, fact. */
  z.strictObject({ type: z.literal("pr.state"), outcome: prOutcome, url, discoveredUrl: url.nullish() }),
  /** O2, fact. */
  z.strictObject({ type: z.literal("session.alive"), observer }),
  /** O3, stream. `class` is diagnostic only. */
  z.strictObject({ type: z.literal("session.gone"), observer, class: goneClass }),
  /** O4, stream. `verifiedPrUrl`: its head branch is the run's branch, checked by the gatherer (L12). */
  z.strictObject({
    type: z.literal("pane.captured"),
    text: z.string().max(paneTextMax),
    signal,
    verifiedPrUrl: url.nullish(),
  }),
  /** O5, fact. `tree` null: it cannot be seen, which is not the same as clean. */
  z.strictObject({
    type: z.literal("evidence.gathered"),
    observer,
    branchPr: z.strictObject({ url, outcome: prOutcome }).nullish(),
    urlPr: z.strictObject({ outcome: prOutcome }).nullish(),
    tree: tree.nullable(),
  }),
  /** O6, fact. */
  z.strictObject({ type: z.literal("feedback.delivered") }),
  /** O7, fact. */
  z.strictObject({ type: z.literal("user.stopped") }),
  /** O8, fact. */
  z.strictObject({ type: z.literal("launch.progressed"), stage: launchStage }),
  z.strictObject({ type: z.literal("launch.failed"), step: word.nullish(), error: z.string().max(10_000).nullish() }),
  /** O10, fact. */
  z.strictObject({ type: z.literal("status.asserted"), status, reason: reason.nullish(), source }),
]);
/** Everything that can be said of a run; told apart by `type`. */
export type Observation = z.infer<typeof observation>;
/** Type of an observation. */
export type ObservationType = Observation["type"];

/** Streams repeat for ever; facts are true once and for all. */
export const streamTypes: readonly ObservationType[] = ["session.gone", "pane.captured"];

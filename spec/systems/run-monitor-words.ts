/**
 * What can be seen, said and asserted in the system `run-monitor`: names of action arguments and
 * their meaning.
 */
import type { LaunchStage, Signal } from "../vocabulary/observation.js";
import { type Source, type Status, status } from "../vocabulary/status.js";
import type { RunMonitorParameters } from "./run-monitor-schema.js";

/** What a pane shows: nothing, one thing, or a thing together with the next weaker one. */
export const signals: Readonly<Record<string, Signal>> = {
  nothing: {},
  prompt: { prompt: true },
  login: { gate: "login" },
  trust: { gate: "trust" },
  exited: { exited: true },
  completed: { completed: true },
  limited: { limited: true },
  failed: { failed: true },
  "login+exited": { gate: "login", exited: true },
  "exited+completed": { exited: true, completed: true },
  "completed+limited": { completed: true, limited: true },
  "limited+failed": { limited: true, failed: true },
  "failed+prompt": { failed: true, prompt: true },
};

/** Names of the signals that a capture may show. */
export function signalNames({ panes }: Pick<RunMonitorParameters, "panes">): readonly string[] {
  if (panes === "none") return [];
  return panes === "prompt" ? ["nothing", "prompt"] : Object.keys(signals);
}

/** Words of an agent's own API; not readings. */
export const resolvedWords = ["busy", "idle", "retry", "gone"] as const;
export type ResolvedWord = (typeof resolvedWords)[number];

/**
 * The words that are said where a capture shows no more than a prompt: the one that is a verdict of
 * absence.
 */
export function wordsSaid({ panes }: Pick<RunMonitorParameters, "panes">): readonly ResolvedWord[] {
  if (panes === "none") return [];
  return panes === "prompt" ? ["gone"] : resolvedWords;
}

export const launchStages: readonly LaunchStage[] = ["created", "ready", "workspaceOnly", "agentStarted"];
/** Bootstrap steps that break: one that is named and has an error, one that is not and has none. */
export const launchSteps = ["agent", "unnamed"] as const;

/** Some of the statuses, or all. */
export function assertedStatuses({ everyAssertion, prs }: RunMonitorParameters): readonly Status[] {
  if (everyAssertion) return status.options;
  return prs === "none" ? ["running", "unknown", "failed"] : ["running", "unknown", "failed", "pr_open"];
}
export const asserters: readonly Source[] = ["user", "daemon"];

/** How the pull request is looked up for evidence. */
export const lookups = ["branch", "url", "unclear"] as const;
export type Lookup = (typeof lookups)[number];

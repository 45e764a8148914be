/** Statuses, reasons and sources of a run. Closed sets; every other type is inferred from these schemas. */
import { z } from "zod";

/** Statuses of a run that has not ended. */
export const activeStatuses = [
  "queued",
  "booting",
  "running",
  "waiting",
  "rate_limited",
  "pr_open",
  "unknown",
] as const;

/** Statuses of a run that has ended; none is ever left (L4). */
export const terminalStatuses = ["done", "failed", "canceled"] as const;

/** The ten statuses. */
export const status = z.enum([...activeStatuses, ...terminalStatuses]);
/** Name of a status. */
export type Status = z.infer<typeof status>;

const terminal: ReadonlySet<string> = new Set(terminalStatuses);

/** Terminal: nothing but a user's assertion leaves it (L4). */
export function isTerminal(value: Status): boolean {
  return terminal.has(value);
}

/** Who caused a status event. */
export const source = z.enum(["user", "daemon", "agent"]);
/** Who says a status. */
export type Source = z.infer<typeof source>;

/** Anything may follow anything, except that only a user leaves a terminal status (L4). */
export function canTransition(from: Status, _to: Status, by: Source): boolean {
  return !isTerminal(from) || by === "user";
}

/** Reasons that are one word. `never_alive` … `session_ended` are the verdicts of absence. */
export const plainReasons = [
  "never_alive",
  "observer_unverified",
  "session_lost",
  "session_ended",
  "agent_exited",
  "asserted",
  "session_dead",
  "agent_failed",
] as const;

/** A reason without a parameter. */
export type PlainReason = (typeof plainReasons)[number];

/** `gate_<kind>`: an interactive gate waits for a person; `launch_<step>`: the bootstrap step that broke. */
export const reason = z.union([
  z.enum(plainReasons),
  z.templateLiteral(["gate_", z.string().regex(/^[a-z][a-z0-9_]{0,31}$/)]),
  z.templateLiteral(["launch_", z.string().regex(/^[a-z][a-z0-9_]{0,31}$/)]),
], { error: `one of ${plainReasons.join(", ")}, gate_<kind> or launch_<step>` });
/** Why a run has its status. */
export type Reason = z.infer<typeof reason>;

/** What an operator does about a reason. Rendered into the documents. */
export const reasonMeanings: Readonly<Record<PlainReason | "gate" | "launch", { with: Status; meaning: string }>> = {
  never_alive: { with: "unknown", meaning: "nobody ever saw it alive and the grace is over: fix the host" },
  observer_unverified: {
    with: "unknown",
    meaning: "the observer that reports the absence never saw this run alive: check the observer",
  },
  session_lost: { with: "unknown", meaning: "its own observer says it is gone, and the work tree cannot be seen" },
  session_ended: {
    with: "waiting",
    meaning: "the session is gone but left commits or changes: a person must look",
  },
  agent_exited: { with: "unknown", meaning: "the pane shows a shell: the agent ended" },
  asserted: { with: "unknown", meaning: "somebody asserted it without a reason" },
  session_dead: { with: "failed", meaning: "its own observer says it is gone and the work tree is clean" },
  agent_failed: { with: "failed", meaning: "the pane shows a failure, twice" },
  gate: { with: "waiting", meaning: "an interactive gate waits for a person" },
  launch: { with: "failed", meaning: "the bootstrap step that broke" },
};

/** Reasons that say "the session is not there"; being seen alive answers them. */
export const absenceReasons = ["never_alive", "session_lost", "observer_unverified", "session_ended"] as const;

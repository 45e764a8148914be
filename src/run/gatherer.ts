/**
 * What a monitor asks about a run. An implementation observes and decides nothing.
 *
 * `null` is blindness: it could not be seen now, and so there is no observation. What throws, or takes longer
 * than its deadline, is blind as well, and is reported.
 */
import type { LoggedRun } from "../../spec/run/index.js";
import type { Observation } from "../../spec/vocabulary/index.js";

type Of<T extends Observation["type"]> = Extract<Observation, { readonly type: T }>;

/** What a monitor asks about a run. `null`: it cannot be seen now, or nothing is due; it never means gone. */
export interface Gatherer {
  /** State of its pull request: looked up only for a run with a branch or a known URL. */
  pullRequest(run: LoggedRun, signal: AbortSignal): Promise<Of<"pr.state"> | null>;
  /** Is its session there? Identity of the observer and class of the absence are decided here (L11d). */
  session(run: LoggedRun, signal: AbortSignal): Promise<Of<"session.alive"> | Of<"session.gone"> | null>;
  /** Work tree and pull request, fresh: nothing of it older than the first "gone" of the streak. */
  evidence(
    run: LoggedRun,
    observer: string | null,
    signal: AbortSignal,
  ): Promise<Of<"evidence.gathered"> | null>;
  /** Its pane, when one is due: pacing and back-off are the gatherer's. */
  pane(run: LoggedRun, signal: AbortSignal): Promise<Of<"pane.captured"> | null>;
}

/** Which question could not be answered. */
export type Question = "pullRequest" | "session" | "evidence" | "pane";

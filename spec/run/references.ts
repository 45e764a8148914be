/** References to guards and actions with parameters, as they stand in the chart. Each is plain data. */
import type { PrOutcome, Signal } from "../vocabulary/observation.js";
import type { SetStatus } from "../vocabulary/run.js";
import type { Reason, Source, Status } from "../vocabulary/status.js";
import type { RunEvent, RunEventOf, RunScope } from "./event.js";
import type { FoundPr } from "./pull-request.js";
import type { ReadingKind } from "./reading.js";

export const reasonIs = (reason: Reason | null) => ({ type: "reasonIs" as const, params: { reason } });
export const prIs = (outcome: PrOutcome) => ({ type: "prIs" as const, params: { outcome } });
export const findsPrThatIs = (outcome: FoundPr["outcome"]) => ({
  type: "findsPrThatIs" as const,
  params: { outcome },
});
export const resolvedAs = (word: NonNullable<Signal["resolved"]>) => ({
  type: "resolvedAs" as const,
  params: { word },
});
export const reads = (kind: ReadingKind) => ({ type: "reads" as const, params: { kind } });
export const launchReaches = (status: Status) => ({ type: "launchReaches" as const, params: { status } });
export const asserts = (status: Status) => ({ type: "asserts" as const, params: { status } });
export const assertedBy = (source: Source) => ({ type: "assertedBy" as const, params: { source } });

/** What of a verdict is read from the event. */
type Said = Partial<Pick<SetStatus, "reason" | "source" | "paneHash">>;

/**
 * A status is committed: the effect, then the context's own copy of it. The arrow's target is the same
 * status. The daemon says it, without a reason and without a pane, unless `say` reads these from the event.
 */
export function verdict<E extends RunEvent>(status: Status, say: (event: E) => Said) {
  const whole = ({ event }: RunScope<E>): Omit<SetStatus, "type"> => ({
    status,
    reason: null,
    source: "daemon",
    paneHash: null,
    ...say(event),
  });
  return [
    { type: "setStatus" as const, params: whole },
    { type: "noteVerdict" as const, params: whole },
  ] as const;
}

/** A verdict that is the same whatever the event says. */
export function says(status: Status, reason: Reason | null = null, source: Source = "daemon") {
  const whole = { status, reason, source, paneHash: null };
  return [
    { type: "setStatus" as const, params: whole },
    { type: "noteVerdict" as const, params: whole },
  ] as const;
}

/** A verdict read from a pane: carries the pane's hash. */
export function paneSays(status: Status, reason: Reason | null = null) {
  return verdict<RunEventOf<"pane.captured">>(status, ({ paneHash }) => ({ reason, paneHash }));
}

/** A PR artifact: the effect, then the context's own copy of it. */
export function recordsPr<E extends RunEvent>(urlOf: (scope: RunScope<E>) => string) {
  const params = (scope: RunScope<E>): { url: string } => ({ url: urlOf(scope) });
  return [
    { type: "recordPr" as const, params },
    { type: "notePr" as const, params },
  ] as const;
}

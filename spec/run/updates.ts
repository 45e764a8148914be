/** The single updates of the run machine: what an assign changes in the context. Pure. */
import type { RunPolicy } from "../vocabulary/run.js";
import type { Reason } from "../vocabulary/status.js";
import { type RunContext, type RunScope, only } from "./event.js";
import { readOn } from "./reading.js";
import { countReport } from "./streaks.js";

type Update = Partial<RunContext>;

/** Assigns by the name they have in the chart, for one policy. */
export function runUpdates(policy: RunPolicy) {
  return {
    /** The record's own copy of a `setStatus`; the state is the rest of it. */
    noteVerdict: (_: RunScope, params: { reason: Reason | null; paneHash: string | null }): Update => ({
      reason: params.reason,
      paneHash: params.paneHash,
    }),
    /** The run was seen alive. */
    noteAlive: (): Update => ({ wasAlive: true }),
    /** The first URL stays. */
    notePr: ({ context }: RunScope, { url }: { url: string }): Update => ({
      prUrl: context.prUrl ?? url,
      prRecorded: true,
    }),
    /** The pane as it is now, for later ones to differ from. */
    noteBaseline: ({ event }: RunScope): Update => ({ paneHash: only(event, "pane.captured").paneHash }),
    /** Who saw it alive: absences are attested by the same observer (L11b). */
    rememberAliveObserver: ({ event }: RunScope): Update => ({
      aliveObserver: only(event, "session.alive").observer,
    }),
    /** No absence is being counted. */
    clearStreaks: (): Update => ({ deadStreaks: [] }),
    /** One more report of this observer in a row (L11a). */
    countGone: ({ context, event }: RunScope): Update => ({
      deadStreaks: countReport(context.deadStreaks, only(event, "session.gone").observer, policy),
    }),
    /** What the pane shows, and how often it showed that in a row. */
    readPane: ({ context, event }: RunScope): Update => {
      const { reading, streak } = readOn(context, only(event, "pane.captured").signal, policy);
      return { reading, streak };
    },
    /** The next reading is the first of its streak. */
    clearReading: (): Update => ({ reading: null, streak: 0 }),
  };
}

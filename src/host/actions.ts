/**
 * What a person does to a run: type to it, stop it, call it done.
 *
 * Each becomes an observation at the commit point (O6, O7, O10) after the world did it. A stop is a wish in the log
 * first: `canceled` is recorded only when the session is gone, and a kill that failed is tried again.
 */
import type { LoggedRun } from "../../spec/run/index.js";
import { isTerminal } from "../../spec/vocabulary/index.js";
import { type KeyName, type ProcessIdentity, type SessionRef, type Sessions, fateOf } from "../gather/index.js";
import type { Fenced } from "../run/index.js";
import { type Placement, factsOf, note } from "./facts.js";
import type { Host } from "./host.js";
import { type Settled, settleRun } from "./settle.js";

export type ActionRefused = { readonly outcome: "refused"; readonly message: string };
export type ActionFailed = { readonly outcome: "failed"; readonly message: string };
export type Acted<T extends string> = { readonly outcome: T; readonly run: LoggedRun; readonly settled: Settled | null };

/** Milliseconds that a launch under way is given before its run counts as never launched. */
const launchMs = 30_000;
/** Looks at a process that was killed, and the pause between them in milliseconds. */
const looksMax = 40;
const lookPauseMs = 50;

interface At {
  readonly port: Sessions;
  readonly ref: SessionRef;
}

/** Null: it has no session that anybody could act on. */
export function sessionOf({ system }: Pick<Host, "system">, run: LoggedRun): (At & { readonly placement: Placement }) | null {
  const { placement, session } = factsOf(run);
  return placement === null || session === null ? null : { placement, ref: session, port: system.sessionsAt(placement) };
}

export interface Feedback {
  readonly text: string;
  readonly enter: boolean;
  /** Pressed after the text. */
  readonly keys: readonly KeyName[];
}

/** Types a text to the agent, then says so at the commit point. */
export async function sendToRun(
  host: Host,
  id: string,
  { text, enter, keys }: Feedback,
): Promise<Acted<"sent"> | ActionRefused | ActionFailed> {
  const { store, commits } = host.runs;
  const run = await store.get(id);
  if (isTerminal(run.view.status)) return ended(run);
  const at = sessionOf(host, run);
  if (at === null) return { outcome: "refused", message: `run ${id} has no session yet; its launch has not come so far.` };
  if (text !== "" || enter) {
    const sent = await at.port.send(at.ref, text, { enter });
    if (sent.kind !== "sent") return notSent(id, sent);
  }
  if (keys.length > 0) {
    const pressed = await at.port.press(at.ref, keys);
    if (pressed.kind !== "sent") return notSent(id, pressed);
  }
  await commits.commit(id, { type: "feedback.delivered" });
  return { outcome: "sent", run: await store.get(id), settled: null };
}

type NotSent = Exclude<Awaited<ReturnType<Sessions["send"]>>, { readonly kind: "sent" }>;

function notSent(id: string, sent: NotSent): ActionRefused | ActionFailed {
  if (sent.kind === "refused") return { outcome: "refused", message: sent.message };
  if (sent.kind === "failed") return { outcome: "failed", message: sent.failure.message };
  return { outcome: "refused", message: `the session of run ${id} is gone (${sent.detail}); nothing was typed.` };
}

function ended({ created, view }: LoggedRun): ActionRefused {
  return { outcome: "refused", message: `run ${created.run} has ended already: ${view.status}.` };
}

/**
 * Writes the wish down, then carries it out. `failed`: the wish stands, and a monitor tries again. Of a run that has
 * ended, only the session is ended, if it is still there; its status stays as it is.
 */
export async function stopRun(
  host: Host,
  id: string,
  who: string,
): Promise<Acted<"stopped" | "session-ended"> | ActionRefused | ActionFailed> {
  const { store } = host.runs;
  const run = await store.get(id);
  if (isTerminal(run.view.status)) return await endLeftSession(host, run);
  if (!factsOf(run).stopRequested) await store.note(id, note.stopRequested, who);
  return await carryOutStop(host, id);
}

/** Ends the session; only when it is gone is the run canceled. May be repeated. Under a token, the log is asked first. */
export async function carryOutStop(
  host: Host,
  id: string,
  under: Fenced = {},
): Promise<Acted<"stopped"> | ActionRefused | ActionFailed> {
  const { store, commits } = host.runs;
  const run = await store.get(id);
  const obstacle = await endSession(host, run, under);
  if (obstacle !== null) {
    const message = `stopping run ${id}: ${obstacle}`.slice(0, 4_000);
    if (run.notes[note.stopError] !== message) await store.note(id, note.stopError, message, under);
    return { outcome: "failed", message };
  }
  const { change, view } = await commits.commit(id, { type: "user.stopped" }, under);
  const settled = await settleRun(host, id, under);
  const after = await store.get(id);
  if (change === null && view.status !== "canceled") return ended(after);
  return { outcome: "stopped", run: after, settled };
}

/** Null: it is gone. Otherwise why it is not known to be. */
async function endSession(host: Host, run: LoggedRun, under: Fenced = {}): Promise<string | null> {
  if (launching(host, run)) return "it is being launched just now; its session is not recorded yet.";
  const at = sessionOf(host, run);
  if (at === null) return run.view.wasAlive ? "its session is not recorded here: end it where it was started." : null;
  await host.runs.store.checkFence(under);
  const killed = await at.port.kill(at.ref);
  if (killed.kind === "failed") return killed.failure.message;
  if (killed.kind === "gone" || killed.leftover === null) return null;
  return await leftoverEnds(host, killed.leftover);
}

/** An agent may go on after its run has ended, and a pane stands until somebody takes it away. */
async function endLeftSession(host: Host, run: LoggedRun): Promise<Acted<"session-ended"> | ActionRefused | ActionFailed> {
  const at = sessionOf(host, run);
  if (at === null) return ended(run);
  const sight = await at.port.look(at.ref);
  if (sight.kind === "gone" && !sight.detail.startsWith("pane-")) return ended(run);
  const obstacle = sight.kind === "invisible" ? sight.failure.message : await endSession(host, run);
  if (obstacle === null) return { outcome: "session-ended", run, settled: null };
  return { outcome: "failed", message: `ending the session of run ${run.created.run}: ${obstacle}` };
}

function launching({ system }: Host, { createdAt, created, view, notes }: LoggedRun): boolean {
  if (notes[note.session] !== undefined) return false;
  const now = system.clock.now();
  const { at } = createdAt;
  const age = at.bootId === now.bootId ? now.monotonicMs - at.monotonicMs : Infinity;
  return created.session !== null && (view.status === "queued" || view.status === "booting") && age < launchMs;
}

/**
 * A process that ignored the end of its terminal. Its end belongs to the session's, and the log is not asked again in
 * between: whoever looks for the session later finds it gone, and knows nothing of what is left.
 */
async function leftoverEnds({ system }: Host, leftover: ProcessIdentity): Promise<string | null> {
  for (let look = 0; look < looksMax; look += 1) {
    const fate = await fateOf(system.table, leftover);
    if (fate === "ended") return null;
    if (fate !== "running") return fate.failure.message;
    if (look === 0) signalled(leftover.pid);
    await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
  }
  return `process ${leftover.pid} is there after SIGKILL. It may wait for a device or a network file system.`;
}

function signalled(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, or is not ours to end: the next look says which.
  }
}

/** A person says that it is done. A run that ended keeps its status; its issue is marked resolved all the same. */
export async function resolveRun(host: Host, id: string): Promise<Acted<"resolved" | "already-ended">> {
  const { store, commits } = host.runs;
  const over = isTerminal((await store.get(id)).view.status);
  if (!over) await commits.commit(id, { type: "status.asserted", status: "done", source: "user" });
  const settled = await settleRun(host, id, { resolveIssue: true });
  return { outcome: over ? "already-ended" : "resolved", run: await store.get(id), settled };
}

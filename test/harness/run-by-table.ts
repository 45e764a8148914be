/**
 * The decision table of a run read aloud: a plain second implementation, imperative, row after row.
 *
 * Shares no code with the run machine, which it is compared with. Knows the default policy only.
 */
import type { RunEvent, RunEventOf } from "../../spec/run/index.js";
import {
  type Effect,
  type Reason,
  type RunRecord,
  type Source,
  type Status,
  terminalStatuses,
} from "../../spec/vocabulary/index.js";

export interface Outcome {
  readonly next: RunRecord;
  readonly effects: readonly Effect[];
}

/** The table read aloud: one imperative pass. It changes its own copy of the record. */
class Clerk {
  readonly effects: Effect[] = [];
  readonly record: { -readonly [K in keyof RunRecord]: RunRecord[K] };

  readonly event: RunEvent;

  constructor(record: RunRecord, event: RunEvent) {
    this.record = { ...record };
    this.event = event;
  }

  set(status: Status, reason: Reason | null = null, source: Source = "daemon"): void {
    const paneHash = this.event.type === "pane.captured" ? this.event.paneHash : null;
    if (this.record.status === status && this.record.reason === reason) return;
    this.effects.push({ type: "setStatus", status, reason, source, paneHash });
    Object.assign(this.record, { status, reason, paneHash });
  }

  pr(url: string): void {
    this.effects.push({ type: "recordPr", url });
    this.record.prUrl ??= url;
    this.record.prRecorded = true;
  }

  outcome(outcome: string | undefined, url: string): boolean {
    if (outcome === "merged") this.set("done");
    if (outcome === "closed") {
      this.effects.push({ type: "recordPrClosed", url });
      this.set("canceled");
    }
    return outcome === "merged" || outcome === "closed";
  }
}

export function byTable(before: RunRecord, event: RunEvent): Outcome {
  const clerk = new Clerk(before, event);
  const terminal = (terminalStatuses as readonly string[]).includes(before.status);
  if (!terminal || (event.type === "status.asserted" && event.source === "user")) judge(clerk, event);
  return { next: clerk.record, effects: clerk.effects };
}

function judge(clerk: Clerk, event: RunEvent): void {
  const { record } = clerk;
  switch (event.type) {
    case "pr.state":
      if (event.discoveredUrl && record.prUrl === null && record.branch !== null) {
        clerk.pr(event.discoveredUrl);
      }
      clerk.outcome(event.outcome, event.url);
      return;
    case "session.alive":
      return alive(clerk, event);
    case "session.gone":
      return gone(clerk, event);
    case "evidence.gathered":
      return evidence(clerk, event);
    case "pane.captured":
      return pane(clerk, event);
    case "feedback.delivered":
      Object.assign(record, { reading: null, streak: 0 });
      if (["waiting", "pr_open", "rate_limited", "unknown"].includes(record.status)) {
        clerk.set("running", null, "user");
      }
      return;
    case "user.stopped":
      return clerk.set("canceled", null, "user");
    case "launch.progressed": {
      const target = event.stage === "created" ? "queued" : event.stage === "ready" ? "booting" : "running";
      if (target !== record.status) clerk.set(target);
      return;
    }
    case "launch.failed":
      if (event.error) clerk.effects.push({ type: "recordError", message: event.error });
      return clerk.set("failed", `launch_${event.step ?? "bootstrap"}`);
    case "status.asserted": {
      const needed = event.status === "unknown" || event.status === "failed" ? "asserted" : null;
      return clerk.set(event.status, event.reason ?? needed, event.source);
    }
  }
}

function alive(clerk: Clerk, event: RunEventOf<"session.alive">): void {
  const { record } = clerk;
  if (!record.wasAlive) clerk.effects.push({ type: "recordAlive" });
  Object.assign(record, { wasAlive: true, aliveObserver: event.observer, deadStreaks: [] });
  const answered = ["never_alive", "session_lost", "observer_unverified", "session_ended"];
  if (answered.includes(record.reason ?? "")) clerk.set("running");
}

function gone({ record, effects }: Clerk, { observer }: RunEventOf<"session.gone">): void {
  const old = record.deadStreaks.find((one) => one.observer === observer)?.count ?? 0;
  const count = old >= 3 ? 3 : old + 1;
  const list = [...record.deadStreaks.filter((one) => one.observer !== observer), { observer, count }];
  if (list.length > 4) list.shift();
  record.deadStreaks = list;
  if (count === 3) effects.push({ type: "gatherEvidence", observer });
}

function evidence(clerk: Clerk, event: RunEventOf<"evidence.gathered">): void {
  const { record } = clerk;
  const { branchPr, urlPr, tree, observer } = event;
  const streak = record.deadStreaks.find((one) => one.observer === observer)?.count ?? 0;
  if (streak < 3) return;
  if (record.branch !== null && (branchPr || record.prUrl !== null)) {
    if (branchPr && record.prUrl === null) clerk.pr(branchPr.url);
    if (branchPr && clerk.outcome(branchPr.outcome, branchPr.url)) return;
    if (branchPr?.outcome === "open") return clerk.set("pr_open");
    if (clerk.outcome(urlPr?.outcome, record.prUrl ?? "")) return;
    return clerk.set("pr_open");
  }
  if (tree !== null && (tree.ahead > 0 || tree.dirty)) return clerk.set("waiting", "session_ended");
  if (!record.wasAlive) {
    if (record.startedAt !== null && event.now - record.startedAt < 180_000) return;
    return clerk.set("unknown", "never_alive");
  }
  if (observer === null || observer !== record.aliveObserver) {
    return clerk.set("unknown", "observer_unverified");
  }
  if (tree === null) return clerk.set("unknown", "session_lost");
  if (record.agent === "opencode") return clerk.set("done");
  return clerk.set("failed", "session_dead");
}

function pane(clerk: Clerk, event: RunEventOf<"pane.captured">): void {
  const { record } = clerk;
  const { signal } = event;
  const known = record.paneHash;
  let reading: string | null = null;
  if (!signal.resolved) {
    if (signal.prompt) reading = "prompt";
    if (signal.failed) reading = "failed";
    if (signal.limited) reading = "limited";
    if (signal.completed) reading = "completed";
    if (signal.exited) reading = "exited";
    if (signal.gate) reading = `gate:${signal.gate}`;
  }
  const streak = reading === null ? 0 : reading === record.reading ? Math.min(2, record.streak + 1) : 1;
  Object.assign(record, { reading, streak });
  if (event.verifiedPrUrl && !record.prRecorded && record.branch !== null) {
    clerk.pr(event.verifiedPrUrl);
    return clerk.set("pr_open");
  }
  if (record.status !== "pr_open" || (signal.gate && streak === 2)) read(clerk, event, known);
  if (known === null && clerk.effects.length === 0) {
    clerk.effects.push({ type: "recordBaseline", paneHash: event.paneHash });
    record.paneHash = event.paneHash;
  }
}

function read(clerk: Clerk, { signal, paneHash }: RunEventOf<"pane.captured">, known: string | null): void {
  const { reading, streak, status } = clerk.record;
  if (signal.resolved === "busy") return clerk.set("running");
  if (signal.resolved === "idle") return clerk.set("waiting");
  if (signal.resolved === "retry") return clerk.set("rate_limited");
  if (signal.resolved === "gone") return clerk.set("unknown", "session_lost");
  if (reading === null) {
    const first = known === null && (status === "queued" || status === "booting");
    if (first || (known !== null && known !== paneHash)) clerk.set("running");
    return;
  }
  if (streak < 2) return;
  if (reading.startsWith("gate:")) return clerk.set("waiting", `gate_${reading.slice(5)}`);
  if (reading === "exited") return clerk.set("unknown", "agent_exited");
  if (reading === "completed") return clerk.set("done");
  if (reading === "limited") return clerk.set("rate_limited");
  if (reading === "failed") return clerk.set("failed", "agent_failed");
  clerk.set("waiting");
}

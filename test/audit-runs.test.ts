/** The history laws of runs on forged logs: each names the record that no commit point would have written. */
import { expect, test } from "vitest";

import { initialCore } from "../spec/run/index.js";
import type { Effect, LoggedEvent, RunCommitted } from "../spec/vocabulary/index.js";
import { createAuditor } from "../src/conformance/index.js";
import type { JournalEvent, JsonObject } from "../src/journal/index.js";

const at = { bootId: "boot", monotonicMs: 0, wallMs: 0 };

function created(branch: string | null): JournalEvent {
  const run = { run: "r1", agent: "codex", branch, issue: null, directory: null, command: [], session: null, startedAt: 0 };
  return { type: "run.created", data: run };
}

function status(to: "running" | "done" | "canceled" | "failed", source: "daemon" | "user" = "daemon"): Effect {
  return { type: "setStatus", status: to, reason: null, source, paneHash: null };
}

function commit(from: RunCommitted["from"]["status"], event: LoggedEvent, ...effects: Effect[]): JournalEvent {
  const data = { run: "r1", commit: "c", from: { status: from, reason: null }, event, core: initialCore, effects };
  return { type: "run.committed", data: JSON.parse(JSON.stringify(data)) as JsonObject };
}

const started: LoggedEvent = { type: "launch.progressed", stage: "agentStarted", now: 1 };
const stopped: LoggedEvent = { type: "user.stopped", now: 2 };
const merged: LoggedEvent = { type: "pr.state", outcome: "merged", url: "u", discoveredUrl: "u", now: 3 };

/** Laws that are breached, and in which record. */
function breached(...events: readonly JournalEvent[]): readonly string[] {
  const auditor = createAuditor();
  events.forEach((event, index) => auditor.record([event], { seq: index + 1, at: { ...at, monotonicMs: index } }));
  return auditor.audit.breaches.map(({ law, seq, earlier }) => `${law} in ${seq} against ${String(earlier)}`);
}

function under(fence: number, event: JournalEvent): JournalEvent {
  return { ...event, data: { ...event.data, fence } };
}

const raised = (fence: number): JournalEvent => ({ type: "run.monitored", data: { fence } });

test("what the commit point writes breaches nothing", () => {
  const running = commit("queued", started, status("running"));
  expect(breached(created("b"), running, commit("running", stopped, status("canceled", "user")))).toEqual([]);
});

test("L20: a monitor after another, and a person who has no token, breach nothing", () => {
  const running = commit("queued", started, status("running"));
  const canceled = commit("running", stopped, status("canceled", "user"));
  expect(breached(created("b"), raised(3), under(3, running), raised(5), canceled)).toEqual([]);
  expect(breached(created("b"), running, raised(3), raised(5), under(5, canceled))).toEqual([]);
});

test("L20: what a compaction left of the tokens before is not forgotten", () => {
  const auditor = createAuditor();
  auditor.checkpoint("runs", { rejected: 0, fence: 5, runs: [] }, 10);
  auditor.record([raised(5)], { seq: 11, at });
  expect(auditor.audit.breaches).toMatchObject([{ law: "L20", seq: 11, earlier: null }]);
  expect(auditor.audit.judged["L20"]).toBe(1);
});

test.each<[claim: string, log: readonly JournalEvent[], found: string]>([
  [
    "L4: a run that has ended runs again, and no person said so",
    [created("b"), commit("queued", stopped, status("canceled", "user")), commit("canceled", started, status("running"))],
    "L4 in 3 against 2",
  ],
  [
    "L8: a status that the run has already",
    [created("b"), commit("queued", started, status("running")), commit("running", started, status("running"))],
    "L8 in 3 against 2",
  ],
  [
    "L12: a pull request of a run without a branch",
    [created(null), commit("queued", merged, { type: "recordPr", url: "u" }, status("done"))],
    "L12 in 2 against 1",
  ],
  [
    "L14: failed, and nobody knows why",
    [created("b"), commit("queued", { type: "launch.failed", now: 1 }, status("failed"))],
    "L14 in 2 against 1",
  ],
  [
    "L15: decided on a view that the log had left",
    [created("b"), commit("queued", started, status("running")), commit("queued", stopped, status("canceled", "user"))],
    "L15 in 3 against 2",
  ],
  [
    "L15: half of a decision",
    [created("b"), commit("queued", merged, status("done"))],
    "L15 in 2 against 1",
  ],
  [
    "L20: a monitor that another one followed still writes",
    [created("b"), raised(1), raised(2), under(1, commit("queued", started, status("running")))],
    "L20 in 4 against 3",
  ],
  [
    "L20: a token that is lower is raised",
    [created("b"), raised(2), raised(1)],
    "L20 in 3 against 2",
  ],
  [
    "L20: a token is raised twice: whose are its commits?",
    [created("b"), raised(1), raised(1)],
    "L20 in 3 against 2",
  ],
])("%s", (_claim, log, found) => {
  expect(breached(...log)).toContain(found);
});

/** Observations of a run: every kind is among them. */
import type { Observation } from "../../spec/vocabulary/index.js";

const url = "https://example.org/pr/1";
const other = "https://example.org/pr/2";

/** What a host may learn: short enough to repeat, so that streaks and confirmations happen. */
export const observationKinds: readonly Observation[] = [
  { type: "launch.progressed", stage: "created" },
  { type: "launch.progressed", stage: "ready" },
  { type: "launch.progressed", stage: "agentStarted" },
  { type: "launch.failed", step: "workspace" },
  { type: "session.alive", observer: "local:a" },
  { type: "session.alive", observer: "worker:b:1" },
  { type: "session.gone", observer: "local:a", class: "session_absent" },
  { type: "session.gone", observer: "worker:b:1", class: "server_absent" },
  { type: "session.gone", observer: null, class: "unclassified" },
  { type: "evidence.gathered", observer: "local:a", tree: null },
  { type: "evidence.gathered", observer: "local:a", tree: { ahead: 0, dirty: false } },
  { type: "evidence.gathered", observer: "local:a", tree: { ahead: 2, dirty: true } },
  { type: "evidence.gathered", observer: "local:a", tree: null, branchPr: { url, outcome: "merged" } },
  { type: "pane.captured", text: "busy", signal: {} },
  { type: "pane.captured", text: "> ", signal: { prompt: true } },
  { type: "pane.captured", text: "trust?", signal: { gate: "trust" } },
  { type: "pane.captured", text: "limit", signal: { limited: true } },
  { type: "pane.captured", text: "$ ", signal: { exited: true } },
  { type: "pane.captured", text: "failed", signal: { failed: true } },
  { type: "pane.captured", text: "done", signal: { completed: true }, verifiedPrUrl: url },
  { type: "pr.state", outcome: "open", url, discoveredUrl: url },
  { type: "pr.state", outcome: "merged", url },
  { type: "pr.state", outcome: "closed", url: other },
  { type: "feedback.delivered" },
  { type: "user.stopped" },
  { type: "status.asserted", status: "running", source: "user" },
  { type: "status.asserted", status: "waiting", source: "agent" },
  { type: "status.asserted", status: "done", source: "daemon" },
];

/**
 * Gatherers: what a run host can see, as observations. They observe and never decide; what could not be seen
 * is data with its reason.
 */
export * from "./classify.js";
export * from "./exec.js";
export * from "./failure.js";
export * from "./files.js";
export * from "./gh.js";
export * from "./issues.js";
export * from "./observe.js";
export * from "./observer.js";
export * from "./pacing.js";
export { lastLines, plainText, printable } from "./plain-text.js";
export * from "./process-table.js";
export { type ProcessesOptions, processSessions } from "./processes.js";
export * from "./profile.js";
export { builtInProfile, builtInProfiles } from "./profiles.js";
export * from "./pull-requests.js";
export {
  type Alive,
  type Availability,
  type Created,
  type ExitStatus,
  type Gone,
  type GoneDetail,
  type KeyName,
  type Killed,
  type NewSession,
  type PaneSight,
  type Sent,
  type SessionIdentity,
  type SessionRef,
  type SessionSight,
  type Sessions,
  keyNames,
  sessionName,
} from "./sessions.js";
export { type ListedSession, type TmuxOptions, type TmuxSessions, tmuxSessions, tmuxTool } from "./tmux.js";
export * from "./work-tree.js";

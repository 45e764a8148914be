/** Leases as text for people: plain words, ages and what is left of them, colours only where they are wanted. */
import type { LaneConflict, LaneInForce, LaneRefusal } from "../../spec/lane-lease/index.js";
import type { LaneDeath, LaneGrant } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import { type LostReason, lostMeanings } from "../lease/index.js";
import { duration } from "../report/numbers.js";
import { pageOf } from "./output.js";

export type Painted = ReturnType<typeof pageOf>["paint"];

export function painted(color: boolean): Painted {
  return pageOf(color).paint;
}

export function lasting(ms: number): string {
  return duration(ms / 1000);
}

export function ago(ms: number | null): string {
  return ms === null ? "at an unknown time" : `${lasting(ms)} ago`;
}

export function conflictText({ lane, holder, fencingToken, ageMs, remainingMs }: LaneConflict): string {
  const left = remainingMs === null ? "" : `; free in ${lasting(remainingMs)} unless it beats again`;
  return `lane "${printable(lane)}" is held by ${printable(holder)} (token ${fencingToken}), last beat ${ago(ageMs)}${left}`;
}

const refusalHeads: Readonly<Record<LaneRefusal["kind"], string>> = {
  conflict: "somebody else has it",
  "waiters-ahead": "others wait for it already",
  "case-twin": "a lane with the same name in another case is taken",
  "lease-id-taken": "the lease id was used before",
  "unreadable-record": "what is stored cannot be read",
  "too-many-leases": "there are too many leases",
  "too-many-waiters": "too many wait already",
  "wait-over": "it was not free in time",
  "evidence-missing": "nothing shows that its holder is gone",
  "token-moved": "somebody was faster",
};

/** One line for each thing in the way, and what to do. */
export function refusalText({ kind, conflicts, ahead, hint }: LaneRefusal, paint: Painted): string {
  const lines = [
    `${paint.bad("refused")}: ${refusalHeads[kind]}.`,
    ...conflicts.map((one) => `  ${conflictText(one)}`),
    ...ahead.map(({ lane, holder }) => `  ${printable(holder)} waits for lane "${printable(lane)}"`),
    ...(hint === null ? [] : [`  ${printable(hint)}.`]),
    ...(kind === "conflict" || kind === "waiters-ahead" ? ["  Wait for it with --wait 30s."] : []),
  ];
  return `${lines.join("\n")}\n`;
}

export function lostText(reason: LostReason, paint: Painted): string {
  return `${paint.bad("lost")}: ${lostMeanings[reason]}. What was done under this lease may have been done twice.\n`;
}

export const deathMeanings: Readonly<Record<LaneDeath, string>> = {
  ttl: "no beat within its TTL",
  "process-gone": "its process ended",
  "other-boot": "the host was restarted",
  "age-unknown": "its age was unknown for a TTL",
};

export function standingText({ stands }: LaneInForce, paint: Painted): string {
  if (stands.standing === "live") return paint.good("held");
  if (stands.standing === "dead") return paint.dim(`over: ${deathMeanings[stands.cause]}`);
  return paint.warn("in doubt");
}

/** `exclusive docs/** src/*.ts`. */
export function claimText({ mode, region }: Pick<LaneGrant, "mode" | "region">): string {
  return [mode, ...region.map(printable)].join(" ");
}

/** Whose process it hangs on. */
export function attachmentText({ attachment, process }: LaneGrant): string {
  if (attachment === "detached") return "none";
  return process === null ? "a process" : `process ${process.pid}`;
}

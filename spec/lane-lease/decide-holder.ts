/** What a holder does with its lease: beat it, release it, and show that its token is the newest. */
import type { LaneCommand, LaneDecision, LaneTarget } from "./command.js";
import type { LaneScene } from "./decide.js";
import { compileRegion, regionCovers } from "./region.js";
import { isGone, lossOf, standing } from "./standing.js";
import type { LaneEntry } from "./state.js";

type Holding = Extract<LaneCommand, { readonly type: "heartbeat" | "release" }>;

/** The machine's answer to the holder's word; null when it is not the holder's, or too late. */
function heard(scene: LaneScene, { type, leaseId, secretHash }: Holding): LaneEntry | null {
  const { state, now, rules } = scene;
  const entry = state.leases.get(leaseId);
  if (entry === undefined) return null;
  const { taken } = rules.machine.step(entry.record, {
    type: type === "heartbeat" ? "lease.beaten" : "lease.released",
    fencingToken: entry.record.fencingToken,
    authentic: rules.isHolder(entry, secretHash),
    holderGone: isGone(scene, entry),
    at: now,
  });
  return taken === -1 ? null : entry;
}

export function heartbeat(
  scene: LaneScene,
  command: Extract<LaneCommand, { readonly type: "heartbeat" }>,
): LaneDecision<"heartbeat"> {
  const { now, rules } = scene;
  const { leaseId, secretHash, coalesceMs } = command;
  const entry = heard(scene, command);
  if (entry === null)
    return { outcome: lossOf(scene, leaseId, secretHash), events: [], durability: "relaxed" };
  const { fencingToken, ttlMs, heartbeatAt } = entry.record;
  const age = heartbeatAt === null ? "unknown" : rules.age(heartbeatAt, now);
  if (rules.elides(age, coalesceMs, ttlMs)) {
    const confirmedMs = age === "unknown" ? 0 : age;
    const outcome = {
      outcome: "coalesced",
      confirmedMs,
      remainingMs: ttlMs - confirmedMs,
      fencingToken,
    } as const;
    return { outcome, events: [], durability: "relaxed" };
  }
  return {
    outcome: { outcome: "beaten", confirmedMs: 0, remainingMs: ttlMs, fencingToken },
    events: [{ type: "lane.beaten", data: { leaseId, fencingToken } }],
    durability: "relaxed",
  };
}

export function release(
  scene: LaneScene,
  command: Extract<LaneCommand, { readonly type: "release" }>,
): LaneDecision<"release"> {
  const { leaseId, secretHash } = command;
  const entry = heard(scene, command);
  if (entry === null)
    return { outcome: lossOf(scene, leaseId, secretHash), events: [], durability: "durable" };
  const { fencingToken } = entry.record;
  return {
    outcome: { outcome: "released" },
    events: [{ type: "lane.released", data: { leaseId, fencingToken } }],
    durability: "durable",
  };
}

/** Is this token the newest over the target? For resources that refuse a stale writer. */
export function checkFence(
  scene: LaneScene,
  { fencingToken, target }: Extract<LaneCommand, { readonly type: "checkFence" }>,
): LaneDecision<"checkFence"> {
  const entry = scene.state.byToken.get(fencingToken);
  const stands = entry === undefined ? null : standing(scene, entry);
  const newest = newestOver(scene, target);
  if (newest === "invalid-path") return stale("invalid-path", null);
  if (entry === undefined || stands === null) return stale(endOf(scene, fencingToken), newest);
  if (stands.standing === "dead") return stale("expired", newest);
  if (stands.standing === "doubtful") return stale("unknown", newest);
  if (covers(entry, target) !== true) return stale("not-covered", newest);
  const { remainingMs } = stands;
  return {
    outcome: { outcome: "current", leaseId: entry.leaseId, remainingMs },
    events: [],
    durability: "relaxed",
  };
}

type Fence = LaneDecision<"checkFence">;

function stale(
  why: Extract<Fence["outcome"], { readonly outcome: "stale" }>["why"],
  newest: number | null,
): Fence {
  return { outcome: { outcome: "stale", why, newest }, events: [], durability: "relaxed" };
}

/** What became of a token that is not in force. */
function endOf(
  { state }: LaneScene,
  fencingToken: number,
): "adopted" | "released" | "scavenged" | "unknown" {
  for (const { former } of state.leases.values()) {
    if (former.some((one) => one.fencingToken === fencingToken)) return "adopted";
  }
  for (const { former, record, cause } of state.ended.values()) {
    if (record.fencingToken === fencingToken) return cause === null ? "released" : "scavenged";
    if (former.some((one) => one.fencingToken === fencingToken)) return "adopted";
  }
  return "unknown";
}

function newestOver(scene: LaneScene, target: LaneTarget): number | null | "invalid-path" {
  let newest: number | null = null;
  for (const entry of scene.state.leases.values()) {
    const covered = covers(entry, target);
    if (covered === null) return "invalid-path";
    if (!covered || standing(scene, entry).standing === "dead") continue;
    newest = Math.max(newest ?? 0, entry.record.fencingToken);
  }
  return newest;
}

function covers({ terms }: LaneEntry, target: LaneTarget): boolean | null {
  return "lane" in target
    ? terms.lane === target.lane.normalize("NFC")
    : regionCovers(compileRegion(terms.region), target.path);
}

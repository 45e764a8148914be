/** Adopt: a lease goes on under a new holder, who shows that the old one is gone or takes it by force, recorded. */
import type { LaneEvent, LaneEvidence } from "../vocabulary/lane.js";
import type { LaneCommand, LaneDecision, LaneRefusal } from "./command.js";
import type { LaneScene } from "./decide.js";
import { goneBy, isExpired } from "./record.js";
import { conflictOf, grantOf, isGone, lossOf } from "./standing.js";
import type { LaneEntry } from "./state.js";

type Adopt = Extract<LaneCommand, { readonly type: "adopt" }>;
type Decision = LaneDecision<"adopt">;

export function adopt(scene: LaneScene, command: Adopt): Decision {
  const { state, now, rules } = scene;
  const { leaseId, expectedToken, secretHash, holder, process, force } = command;
  const entry = state.leases.get(leaseId);
  if (entry === undefined) {
    const ended = state.ended.get(leaseId);
    return nothing(lossOf(scene, leaseId, ended?.secretHash ?? secretHash));
  }
  const holderGone = isGone(scene, entry);
  const gone = goneBy(entry.record, now, holderGone);
  const evidence: LaneEvidence = gone ?? "forced";
  const fencingToken = rules.mintForAdoption(state, entry);
  const at = now;
  const forced = force !== null;
  const event = {
    type: "lease.adopted",
    previousToken: expectedToken,
    fencingToken,
    forced,
    holderGone,
    at,
  } as const;
  const { next, taken } = rules.machine.step(entry.record, event);
  if (taken === -1) return notAdopted(scene, entry, expectedToken);
  const because = force?.because ?? null;
  const previousToken = expectedToken;
  const adopted: LaneEvent = {
    type: "lane.adopted",
    data: { leaseId, previousToken, fencingToken, secretHash, holder, process, evidence, because },
  };
  const grant = grantOf({ ...entry, terms: { ...entry.terms, holder, process }, record: next });
  return {
    outcome: { outcome: "adopted", grant, evidence },
    events: [adopted],
    durability: "durable",
  };
}

/** Why the machine did not hand it over, the first of the reasons. */
function notAdopted(scene: LaneScene, entry: LaneEntry, expectedToken: number): Decision {
  if (isExpired(entry.record, scene.now, scene.rules.age)) {
    return nothing({ outcome: "lost", reason: "expired", cause: "ttl" });
  }
  const moved = entry.record.fencingToken !== expectedToken;
  const refusal: LaneRefusal = {
    kind: moved ? "token-moved" : "evidence-missing",
    conflicts: [conflictOf(scene, entry)],
    ahead: [],
    hint: moved
      ? `its token is ${entry.record.fencingToken} now, not ${expectedToken}: it was adopted meanwhile`
      : "nothing shows that its holder is gone; wait for its TTL, or force it and say why",
  };
  return nothing({ outcome: "refused", refusal });
}

function nothing(outcome: Decision["outcome"]): Decision {
  return { outcome, events: [], durability: "durable" };
}

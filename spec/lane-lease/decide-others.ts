/** Decisions that grant nothing: the sweep, notes for whoever reads the log, and leaving the queue. */
import type { LaneEvent } from "../vocabulary/lane.js";
import type { LaneCommand, LaneDecision } from "./command.js";
import type { LaneScene } from "./decide.js";
import { doubting, scavenging, standing, waiterOver } from "./standing.js";

/** Records every end that nobody recorded yet: of leases, and of waiters that left without a word. */
export function scavenge(scene: LaneScene): LaneDecision<"scavenge"> {
  const entries = [...scene.state.leases.values()];
  const { events, scavenged } = scavenging(scene, entries);
  const doubts = doubting(scene, entries);
  const left: LaneEvent[] = [];
  for (const waiter of scene.state.waiters.values()) {
    const { waiterId, ticket } = waiter;
    const cause = waiterOver(scene, waiter);
    if (cause !== null) left.push({ type: "lane.withdrawn", data: { waiterId, ticket, cause } });
  }
  return {
    outcome: {
      outcome: "scavenged",
      scavenged,
      doubted: entries
        .filter((entry) => standing(scene, entry).standing === "doubtful")
        .map(({ leaseId }) => leaseId),
      withdrawn: left.flatMap((event) =>
        event.type === "lane.withdrawn" ? [event.data.waiterId] : [],
      ),
    },
    events: [...events, ...doubts, ...left],
    durability: "durable",
  };
}

/** A decision that something is to stop, for its host to carry out. Signals nothing, changes no lease. */
export function halt(
  _scene: LaneScene,
  { note }: Extract<LaneCommand, { readonly type: "halt" }>,
): LaneDecision<"halt"> {
  return {
    outcome: { outcome: "recorded" },
    events: [{ type: "lane.halted", data: note }],
    durability: "durable",
  };
}

/** An intent to take a lane. Grants nothing. */
export function spawn(
  _scene: LaneScene,
  { note }: Extract<LaneCommand, { readonly type: "spawn" }>,
): LaneDecision<"spawn"> {
  return {
    outcome: { outcome: "recorded" },
    events: [{ type: "lane.spawned", data: note }],
    durability: "durable",
  };
}

export function withdraw(
  { state }: LaneScene,
  { waiterId }: Extract<LaneCommand, { readonly type: "withdraw" }>,
): LaneDecision<"withdraw"> {
  const waiter = state.waiters.get(waiterId);
  if (waiter === undefined)
    return { outcome: { outcome: "not-waiting" }, events: [], durability: "durable" };
  const { ticket } = waiter;
  return {
    outcome: { outcome: "withdrawn" },
    events: [{ type: "lane.withdrawn", data: { waiterId, ticket, cause: "cancelled" } }],
    durability: "durable",
  };
}

/** NL3. The secret is the only authority: no label, no empty string, no process id. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { noSecret } from "../../spec/systems/lane-contention-log.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, isDead, show } from "./contention.js";
import { type LaneWord, nameOf, ofLanes, trailOf } from "./history.js";

export const holderOnly: ModelLaw = {
  id: "NL3",
  title: "holder only",
  subject: "lane-lease",
  statement: "only the secret of the current grant beats or releases it",
  formal: "call(s) ∧ secret(l) ≠ s ⇒ l' = l",
  why:
    "An empty owner released anybody's lease, and a worker's own sidecar entered under its master's name: the " +
    "authority was a label that two could share.",
  history: [
    ofLanes<"lane.beaten" | "lane.released">({ on: ["lane.beaten", "lane.released"], breach: ofAnother }),
  ],
  checks: [
    check<ContentionState>({
      system: laneContention,
      configuration: "adoption",
      kind: "step",
      actions: ["call"],
      breach: heardStranger,
      witness: (before, action) => {
        const lease = called(before, action);
        return lease !== undefined && isStranger(before, action) && !isDead(before, lease);
      },
    }),
  ],
  mutants: [
    {
      name: "anybody is the holder",
      change: "a beat or a release is taken from whoever names the lease",
      system: laneContention,
      configuration: "adoption",
      variant: { log: { rules: () => ({ isHolder: () => true }) } } satisfies ContentionVariant,
    },
    {
      name: "no secret is every secret",
      change: "a caller that gives none is taken for the holder",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          rules: ({ isHolder }) => ({
            isHolder: (entry, secretHash) => secretHash === noSecret || isHolder(entry, secretHash),
          }),
        },
      } satisfies ContentionVariant,
    },
  ],
};

function called(before: ContentionState, action: ActionInstance) {
  return before.registry.leases[action.args["place"] as number];
}

function isStranger(before: ContentionState, action: ActionInstance): boolean {
  return (
    action.args["secret"] === "none" || called(before, action)?.holder !== action.args["principal"]
  );
}

function heardStranger(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  const lease = called(before, action);
  if (lease === undefined || after.registry === before.registry || !isStranger(before, action))
    return null;
  return `${action.label} changes ${show(lease)}, which is not its caller's`;
}

/** A token that the lease never had; one that it had before it was adopted is NL4's. */
function ofAnother({ log, data }: LaneWord<"lane.beaten" | "lane.released">, type: string) {
  const entry = log.lanes.leases.get(data.leaseId);
  if (entry === undefined || entry.record.fencingToken === data.fencingToken) return null;
  if (entry.former.some(({ fencingToken }) => fencingToken === data.fencingToken)) return null;
  const reason = `${type} under token ${data.fencingToken}, which ${nameOf(entry)} never had`;
  return { reason, earlier: trailOf(log, data.leaseId)?.grantedIn ?? null };
}

/** LL8. The attempt's number is a fencing token: a lease is completed under the newest one only. */
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type PlaneState, completed, open, sameLease, show } from "./plane.js";

export const attemptFencing: ModelLaw = {
  id: "LL8",
  title: "attempt fencing",
  subject: "worker-lease",
  statement: "an acknowledgement names its dispatch; only the current dispatch can complete a lease",
  formal: "open(l) ∧ completed(l') ⇒ acknowledge(l, count(l)); acknowledge(l, a ≠ count(l)) ⇒ l' = l",
  why: "A late acknowledgement of the first dispatch completed the second, which was still executing.",
  checks: [
    check<PlaneState>({
      system: workerPlaneFenced,
      kind: "step",
      breach: completedByAnother,
      witness: (before, action) => {
        const lease = before.leases[action.args["lease"] as number];
        return action.name === "acknowledge" && lease?.phase === "dispatched" && isOlder(action, lease.count);
      },
    }),
  ],
  mutants: [
    {
      name: "acknowledgement without attempt",
      change: "an acknowledgement completes the lease whichever dispatch it is of",
      system: workerPlaneFenced,
      variant: {
        lease: (machine) => machine.provide({ guards: { acknowledgesCurrentDispatch: () => true } }),
      } satisfies FencedVariant,
    },
    {
      name: "only the first dispatch completes",
      change: "the attempt is compared with the first dispatch instead of the current one",
      system: workerPlaneFenced,
      variant: {
        lease: (machine) =>
          machine.provide({
            guards: {
              acknowledgesCurrentDispatch: ({ event }) =>
                event.type === "lease.acknowledged" && event.attempt === 1,
            },
          }),
      } satisfies FencedVariant,
    },
  ],
};

function isOlder(action: ActionInstance, count: number): boolean {
  return (action.args["attempt"] as number) < count;
}

function completedByAnother(before: PlaneState, action: ActionInstance, after: PlaneState): Breach {
  if (before.leases === after.leases) return null;
  for (let index = 0; index < before.leases.length; index += 1) {
    const was = before.leases[index];
    const is = after.leases[index];
    if (was === undefined || is === undefined || was === is) continue;
    const acknowledged = action.name === "acknowledge" && action.args["lease"] === index;
    const current = acknowledged && action.args["attempt"] === was.count;
    if (open(was) && completed(is) && !current) return `${action.label} completes ${show(index, was)}`;
    if (acknowledged && !current && !sameLease(was, is)) return `${action.label} changes ${show(index, was)}`;
  }
  return null;
}

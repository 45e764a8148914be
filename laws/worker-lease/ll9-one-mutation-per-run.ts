/** LL9. Mutations of a run exclude each other; reads share, also with a mutation. */
import { type FencedVariant, workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type PlaneState, open, show } from "./plane.js";

export const oneMutationPerRun: ModelLaw = {
  id: "LL9",
  title: "one mutation per run",
  subject: "worker-lease",
  statement:
    "at most one lease with a mutating effect (start, continue, stop, send, remove) is open for a run; " +
    "reads (capture, diff, state) share",
  formal: "open(l) ∧ open(m) ∧ run(l) = run(m) ∧ access(l) = access(m) = mutate ⇒ l = m",
  why: "A stop and a continue of one run were handed out together; the order of arrival decided.",
  checks: [
    check<PlaneState>({
      system: workerPlaneFenced,
      kind: "invariant",
      breach: twoMutations,
      witness: (state) =>
        state.leases.some(
          (one) =>
            isMutation(one) &&
            state.leases.some((other) => open(other) && other.access === "read" && other.run === one.run),
        ),
    }),
  ],
  mutants: [
    {
      name: "two mutating leases of one run",
      change: "a lease is acquired without looking at the other leases of the run",
      system: workerPlaneFenced,
      variant: {
        lease: (machine) => machine.provide({ guards: { onlyMutation: () => true } }),
      } satisfies FencedVariant,
    },
    {
      name: "pending mutations do not count",
      change: "only a lease that was handed out excludes another mutation",
      system: workerPlaneFenced,
      variant: {
        rules: {
          mutates: (state, lease) =>
            state.leases[lease]?.phase === "dispatched" && state.leases[lease].access === "mutate",
        },
      } satisfies FencedVariant,
    },
    {
      name: "abandoned mutations do not count",
      change: "a mutation whose caller gave up no longer excludes another one",
      system: workerPlaneFenced,
      variant: {
        rules: {
          mutates: (state, lease) => {
            const record = state.leases[lease];
            return record !== undefined && isMutation(record) && state.callers[lease]?.waiter === "waiting";
          },
        },
      } satisfies FencedVariant,
    },
  ],
};

function isMutation(lease: PlaneState["leases"][number]): boolean {
  return lease.access === "mutate" && open(lease);
}

function twoMutations(state: PlaneState): Breach {
  for (let index = 1; index < state.leases.length; index += 1) {
    const one = state.leases[index];
    if (one === undefined || !isMutation(one)) continue;
    for (let earlier = 0; earlier < index; earlier += 1) {
      const other = state.leases[earlier];
      if (other === undefined || !isMutation(other) || other.run !== one.run) continue;
      return `${show(earlier, other)} and ${show(index, one)} both mutate run ${String(one.run)}`;
    }
  }
  return null;
}

/** L20: the log of runs is the resource that the monitor's fencing token protects. */
import {
  type FencingEffect,
  type MonitorFencingState,
  type MonitorFencingVariant,
  monitorFencing,
} from "../../spec/systems/monitor-fencing.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Law, type Mutant, check } from "../law.js";
import { ofTokens } from "./history.js";

export const monitorFence: Law = {
  id: "L20",
  title: "monitor fencing",
  subject: "run",
  statement:
    "Each monitor raises a fencing token above every one that the log of runs has seen, in place of another one only " +
    "where the journal of leases was replaced; the log takes no commit under a lower one; and a superseded monitor " +
    "carries out at most the one effect that it had checked before.",
  formal:
    "raise(t) ⇒ t > max(seen); raiseInstead(t) ⇒ replaced; commit(t) ⇒ t ≥ max(seen); " +
    "|{effects under t since t < max(seen)}| ≤ 1",
  why:
    "A monitor that was suspended past its lease woke up beside its successor, and wrote down what it " +
    "had seen before: a run that waited for a person was running again, and nobody was told.",
  history: [
    ofTokens((what, token, seen) => {
      if (what === "raised") return token > seen ? null : `token ${token} is raised, and token ${seen} was seen before`;
      return token >= seen ? null : `a commit under token ${token}, and token ${seen} was seen before`;
    }),
  ],
  checks: [
    check<MonitorFencingState, FencingEffect>({
      system: monitorFencing,
      kind: "step",
      clause: "raised tokens only rise",
      actions: ["raise", "raiseInstead"],
      breach: ({ log }, action, _after, effects) => {
        const token = tokenOf(effects, "raised");
        if (token === null || token > log.seen) return null;
        return `${nameOf(action)} raises token ${token}, and the log has seen token ${log.seen}`;
      },
      witness: ({ log }, { name }) => name === "raiseInstead" && log.seen > 0,
    }),
    check<MonitorFencingState, FencingEffect>({
      system: monitorFencing,
      kind: "step",
      clause: "in place only after a replacement",
      actions: ["raiseInstead"],
      breach: ({ lease, log }, action, _after, effects) => {
        const token = tokenOf(effects, "raised");
        if (token === null || lease.replaced) return null;
        return (
          `${nameOf(action)} raises token ${token} in place of token ${log.fence}, and the journal of leases ` +
          "was not replaced"
        );
      },
      witness: (_before, _action, _after, effects) => tokenOf(effects, "raised") !== null,
    }),
    check<MonitorFencingState, FencingEffect>({
      system: monitorFencing,
      kind: "step",
      clause: "no commit under a lower token",
      actions: ["commit"],
      breach: ({ log }, action, _after, effects) => {
        const token = tokenOf(effects, "committed");
        if (token === null || token >= log.seen) return null;
        return `${nameOf(action)} commits under token ${token}, and the log has seen token ${log.seen}`;
      },
      witness: ({ log }, _action, _after, effects) => (tokenOf(effects, "refused") ?? log.seen) < log.seen,
    }),
    check<MonitorFencingState>({
      system: monitorFencing,
      kind: "invariant",
      clause: "one effect at most",
      breach: ({ monitors, log }) => {
        const index = monitors.findIndex(({ late }) => late > 1);
        const monitor = monitors[index];
        if (monitor === undefined) return null;
        return (
          `monitor ${index} carries out a second effect under token ${monitor.token}, ` +
          `after token ${log.seen} was raised`
        );
      },
      witness: ({ monitors }) => monitors.some(({ late }) => late === 1),
    }),
  ],
  mutants: [
    broken("the fence is not checked", "the log takes a commit under any token", { unchecked: true }),
    broken(
      "the fence is checked before the lock",
      "the monitor compares its token when it gathers, and the commit asks no more",
      { checkedBeforeLock: true },
    ),
    broken("any token is raised", "a monitor raises its token whatever the log says", { raisedBlindly: true }),
    broken(
      "a lower token takes the place of a higher one",
      "where the journal of leases was replaced, the first tokens of the new one are raised as they are",
      { replacedByLower: true },
    ),
    broken("the leases are not asked", "a monitor whose token is refused raises the next one, whoever has the lease", {
      leasesNotAsked: true,
    }),
    broken("effects ask nothing", "keys are pressed and sessions ended without a look at the fence", {
      actsUnchecked: true,
    }),
  ],
};

function tokenOf(effects: readonly FencingEffect[], type: FencingEffect["type"]): number | null {
  return effects.find((effect) => effect.type === type)?.token ?? null;
}

function nameOf({ args }: ActionInstance): string {
  return `monitor ${Number(args["monitor"])}`;
}

function broken(name: string, change: string, variant: MonitorFencingVariant): Mutant {
  return { name, change, system: monitorFencing, variant };
}

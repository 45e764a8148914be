/** L1b: a stream that keeps saying the same falls silent. */
import { type Law, type ScriptCase, check } from "../law.js";
import {
  type Configuration,
  type Effect,
  type State,
  deadChecks,
  isActive,
  pairOf,
  system,
} from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";
import { eachOnce, instancesNamed, startsHere, streams, times } from "./scripts.js";

/** After so many equal observations nothing more is committed: the largest threshold of the lifecycle. */
const settleMax = deadChecks;
const beyond = 3;

const caseOf = eachOnce((one) => ({ label: one.label, scripts: [times(settleMax + beyond, one)] }));

function repeated(configuration: Configuration) {
  return check<State, Effect>({
    kind: "convergence",
    system,
    configuration,
    cases: (state, actions) => {
      if (!isActive(state.log)) return [];
      const cases: ScriptCase[] = [];
      for (const one of instancesNamed(actions, streams)) {
        if (startsHere(one, state)) cases.push(caseOf(one, actions));
      }
      return cases;
    },
    breach: (outcomes, { label }) => {
      const steps = outcomes[0]?.steps ?? [];
      for (let index = settleMax; index < steps.length; index += 1) {
        const late = steps[index]?.effects.find((effect) => effect.type !== "gatherEvidence");
        if (late === undefined) continue;
        const what = late.type === "setStatus" ? `commits ${pairOf(late)}` : `records ${late.type}`;
        return `${label} still ${what} at its ${index + 1}th repetition, the limit is ${settleMax}`;
      }
      return null;
    },
    witness: (outcomes) =>
      outcomes[0]?.steps.some(({ effects }) => effects.some((effect) => effect.type === "setStatus")) ===
      true,
  });
}

export const streamFixedPoint: Law = {
  id: "L1b",
  title: "stream fixed point",
  subject: "run",
  statement: `Repeating one stream observation commits nothing after ${settleMax} repetitions.`,
  formal: `∀ stream o, n > ${settleMax}: commits(oⁿ) = commits(o^${settleMax})`,
  why:
    "A pane and a session are looked at every few seconds for days. If two rules undo each " +
    "other's verdict, a run flaps for ever, and every listener is woken each time.",
  checks: [repeated("absence"), repeated("panes"), repeated("prs")],
  mutants: [
    mutant(
      "verdict again",
      "the pair the view already has is not recognised, so it is committed again",
      "absence",
      {
        ...withGuards(() => ({ reasonIs: () => false })),
      },
    ),
    mutant(
      "baseline again",
      "the pane counts as never seen, so its baseline is recorded with every capture",
      "panes",
      {
        ...withGuards(() => ({ paneKnown: () => false })),
      },
    ),
  ],
};

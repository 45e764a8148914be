/** L1a: a fact that is observed again changes nothing. */
import { type Law, type ScriptCase, check } from "../law.js";
import { type Configuration, type Effect, type State, isActive, pairOf, system } from "./monitor.js";
import { mutant, withGuards } from "./mutants.js";
import { eachOnce, facts, instancesNamed, startsHere, times } from "./scripts.js";

const again = 2;

const caseOf = eachOnce((fact) => ({ label: fact.label, scripts: [times(1 + again, fact)] }));

function repeated(configuration: Configuration) {
  return check<State, Effect>({
    kind: "convergence",
    system,
    configuration,
    cases: (state, actions) => {
      if (!isActive(state.log)) return [];
      const cases: ScriptCase[] = [];
      for (const fact of instancesNamed(actions, facts)) {
        if (startsHere(fact, state)) cases.push(caseOf(fact, actions));
      }
      return cases;
    },
    breach: (outcomes, { label }) => {
      const steps = outcomes[0]?.steps ?? [];
      for (let index = 1; index < steps.length; index += 1) {
        const late = steps[index]?.effects.find((effect) => effect.type !== "gatherEvidence");
        if (late === undefined) continue;
        const what = late.type === "setStatus" ? `commits ${pairOf(late)}` : `records ${late.type}`;
        return `${label}, observed again, ${what}`;
      }
      return null;
    },
    witness: (outcomes) =>
      outcomes[0]?.steps[0]?.effects.some((effect) => effect.type === "setStatus") === true,
  });
}

export const idempotentFacts: Law = {
  id: "L1a",
  title: "idempotent facts",
  subject: "run",
  statement: "Repeating a fact observation after its transition was committed commits nothing else.",
  formal: "∀ fact o: commits(o · o · o) = commits(o)",
  why:
    "One run collected 5,830 equal status events, because a merged pull request was looked up " +
    "in every tick and committed every time. A fact may be told as often as one likes; the log " +
    "grows once.",
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
    mutant("assertion again", "an assertion of what is so already is committed", "panes", {
      ...withGuards(() => ({ assertsSameReason: () => false })),
    }),
    mutant("alive again", "each sighting is recorded as the first one", "absence", {
      ...withGuards(() => ({ wasAlive: () => false })),
    }),
  ],
};

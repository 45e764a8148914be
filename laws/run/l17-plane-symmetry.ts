/**
 * L17: it does not matter which observer speaks, only which one saw the run alive.
 *
 * The action `mirror` exchanges two observers in the state; it is not an event of the world.
 */
import { type Law, type ScriptCase, check } from "../law.js";
import { type Configuration, type Effect, type State, isActive, pairOf, system } from "./monitor.js";
import { mutant, remotePlane, withGuards } from "./mutants.js";
import { eachOnce, instancesNamed, startsHere } from "./scripts.js";

const spoken: ReadonlySet<string> = new Set(["alive", "gone", "report", "evidence"]);
const exchanged: Readonly<Record<string, string>> = { a: "b", b: "a" };

const caseOf = eachOnce((one, actions) => {
  const mirror = actions.get("mirror").id;
  const observer = exchanged[String(one.args["observer"])];
  const other = observer === undefined ? one : actions.get(one.name, { ...one.args, observer });
  return {
    label: `${one.label}, mirrored`,
    scripts: [
      [one.id, mirror],
      [mirror, other.id],
    ],
  };
});

function mirrored(configuration: Configuration) {
  return check<State, Effect>({
    kind: "convergence",
    system,
    configuration,
    symmetric: false,
    cases: (state, actions) => {
      if (!isActive(state.log)) return [];
      const cases: ScriptCase[] = [];
      for (const one of instancesNamed(actions, spoken)) {
        if (startsHere(one, state)) cases.push(caseOf(one, actions));
      }
      return cases;
    },
    breach: ([plain, swapped], { label }) => {
      if (plain === undefined || swapped === undefined) return null;
      if (plain.blocked !== null || swapped.blocked !== null) return null;
      if (plain.end.run === swapped.end.run && plain.end.log === swapped.end.log) return null;
      if (JSON.stringify(plain.end) === JSON.stringify(swapped.end)) return null;
      const one = pairOf(plain.end.log);
      const other = pairOf(swapped.end.log);
      return one === other ? `${label}: the memory differs` : `${label}: ${one} becomes ${other}`;
    },
    witness: ([plain]) =>
      plain?.steps[0]?.effects.some(
        (effect) => effect.type === "setStatus" && effect.reason === "session_dead",
      ) === true,
  });
}

export const planeSymmetry: Law = {
  id: "L17",
  title: "plane symmetry",
  subject: "run",
  statement:
    "Exchanging two observers in state and observation exchanges them in the outcome and " +
    "changes nothing else.",
  formal: "∀ s, o, σ = (a b): step(σ s, σ o) = σ step(s, o)",
  why:
    "Local and remote observers were judged by two functions that had drifted apart: the same " +
    "evidence ended a run as failed on a remote host and as unknown on the monitor's own.",
  checks: [mirrored("absence"), mirrored("observers")],
  mutants: [
    mutant(
      "remote plane concludes failed",
      "an unseen work tree on a remote host counts as clean",
      "absence",
      remotePlane,
    ),
    mutant(
      "remote observer unheard",
      "a remote observer's word on a run's life is not believed",
      "observers",
      {
        ...withGuards((right) => ({
          attested: (scope) => right.attested(scope) && scope.context.aliveObserver !== "b",
        })),
      },
    ),
  ],
};

/** L7s: forgetting makes a verdict weaker, never stronger. */
import { restarted } from "../../spec/run/index.js";
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
import {
  eachOnce,
  instancesNamed,
  isVerdictOfAbsence,
  needsAttestation,
  startsHere,
  times,
  unverified,
} from "./scripts.js";

const reports: ReadonlySet<string> = new Set(["report"]);
const enough = 2 * deadChecks;

const restarts = eachOnce((one, actions) => ({
  label: `the monitor restarts, ${one.label}`,
  scripts: [times(enough, one), [actions.get("restart").id, ...times(enough, one)]],
}));

function weaker(configuration: Configuration) {
  return check<State, Effect>({
    kind: "hyper",
    system,
    configuration,
    cases: (state, actions) => {
      const { aliveObserver } = state.run;
      if (!isActive(state.log)) return [];
      const cases: ScriptCase[] = [];
      for (const one of instancesNamed(actions, reports)) {
        if (!startsHere(one, state)) continue;
        cases.push(restarts(one, actions));
        if (one.args["observer"] !== aliveObserver || aliveObserver === null) continue;
        for (const other of instancesNamed(actions, reports)) {
          if (other === one || other.args["lookup"] !== one.args["lookup"]) continue;
          const label = `the observer restarts, ${one.label} becomes ${other.label}`;
          cases.push({ label, scripts: [times(enough, one), times(enough, other)] });
        }
      }
      return cases;
    },
    breach: (outcomes, { label }) => {
      const [without, after] = outcomes;
      if (without === undefined || after === undefined) return null;
      const expected = pairOf(without.end.log);
      const found = pairOf(after.end.log);
      if (found === expected) return null;
      if (found === unverified && needsAttestation(expected)) return null;
      return `${label}: ${expected} becomes ${found}`;
    },
    witness: ([without]) => without !== undefined && isVerdictOfAbsence(without.end),
  });
}

export const monotoneStrength: Law = {
  id: "L7s",
  title: "monotone strength",
  subject: "run",
  statement:
    "A restart of master or observer turns a verdict of absence at most into " +
    "`unknown(observer_unverified)`; it never strengthens, terminates or invents one.",
  formal:
    "end(restart · reports) ∈ {end(reports), unknown(observer_unverified) if end(reports) needs attestation}",
  why:
    "A restarted worker looked at the wrong terminal server, saw no session, and two live runs " +
    "were marked as failed. Who has forgotten, or was never there, has less to say.",
  checks: [weaker("absence"), weaker("observers")],
  mutants: [
    mutant(
      "first reporter believed",
      "without memory of who saw it alive, anybody is believed",
      "absence",
      {
        ...withGuards((right) => ({
          attested: (scope) => right.attested(scope) || scope.context.aliveObserver === null,
        })),
      },
    ),
    mutant(
      "life forgotten",
      "a restarted monitor does not know that the run was ever alive",
      "observers",
      {
        restart: (view) => ({ ...restarted(view), wasAlive: false }),
      },
    ),
  ],
};

/** L7: a monitor that was restarted comes to the same verdicts, a little later. */
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
  type Commit,
  type Outcome,
  commitsOf,
  eachOnce,
  instancesNamed,
  listed,
  needsAttestation,
  observations,
  startsHere,
  times,
  unverified,
} from "./scripts.js";

/** A restart costs at most this many repetitions: the larger of the two thresholds. */
const laterMax = deadChecks;
/** Streams are silent after so many (L1b). */
const settled = deadChecks;

const caseOf = eachOnce((one, actions) => {
  const restart = actions.get("restart").id;
  return {
    label: one.label,
    scripts: [times(settled, one), [restart, ...times(settled + laterMax, one)]],
  };
});

function withAndWithout(configuration: Configuration) {
  return check<State, Effect>({
    kind: "hyper",
    system,
    configuration,
    cases: (state, actions) => {
      if (!isActive(state.log)) return [];
      const cases: ScriptCase[] = [];
      for (const one of instancesNamed(actions, observations)) {
        if (startsHere(one, state)) cases.push(caseOf(one, actions));
      }
      return cases;
    },
    breach: (outcomes, { label }) => {
      const [without, after] = outcomes;
      if (without === undefined || after === undefined) return null;
      const expected = commitsOf(without);
      const found = commitsOf(after, 1);
      if (equalOrLater(expected, found) || softened(without, after, found)) return null;
      return `${label} commits ${listed(expected)}, and after a restart ${listed(found)}`;
    },
    witness: (outcomes) => outcomes.every((outcome, index) => commitsOf(outcome, index).length > 0),
  });
}

function equalOrLater(expected: readonly Commit[], found: readonly Commit[]): boolean {
  if (expected.length !== found.length) return false;
  return expected.every(({ pair, at }, index) => {
    const other = found[index];
    return other !== undefined && other.pair === pair && other.at <= at + laterMax;
  });
}

/** L7s: the restarted monitor does not know who saw the run alive. */
function softened(without: Outcome, after: Outcome, found: readonly Commit[]): boolean {
  return (
    needsAttestation(pairOf(without.end.log)) &&
    pairOf(after.end.log) === unverified &&
    found.every(({ pair }) => pair === unverified)
  );
}

const seenAlive: ReadonlySet<string> = new Set(["running", "waiting", "rate_limited", "pr_open"]);

export const restartTransparency: Law = {
  id: "L7",
  title: "restart transparency",
  subject: "run",
  statement:
    "Repeating any observation from a state and from the same state after a restart commits the " +
    `same pairs, later by at most ${laterMax} observations, or softened (L7s).`,
  formal: `∀ s, o: commits(restart · oⁿ) = commits(oⁿ) up to a shift ≤ ${laterMax} or soften`,
  why:
    "The pane's hash was only in memory: after each restart of the monitor waiting runs flapped " +
    "to running and back, runs with an open pull request lost it, and a run that had been alive " +
    "became one that never was.",
  checks: [withAndWithout("absence"), withAndWithout("panes"), withAndWithout("prs")],
  mutants: [
    mutant(
      "hash in memory",
      "the pane's hash is lost in a restart, and a pane then looks changed",
      "panes",
      {
        ...withGuards(() => ({ paneKnown: () => true })),
        restart: (view) => ({ ...restarted(view), paneHash: null }),
      },
    ),
    mutant(
      "wasAlive from statuses",
      "whether it was alive is concluded from the status after a restart",
      "absence",
      {
        restart: (view) => ({ ...restarted(view), wasAlive: seenAlive.has(view.status) }),
      },
    ),
  ],
};

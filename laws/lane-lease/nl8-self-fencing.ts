/** NL8. The holder's clock starts before the journal's and its deadline is shorter: it stops first. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actsAsHolder, isLive, leaseOf, show } from "./contention.js";

function stopsFirst(configuration: string) {
  return check<ContentionState>({
    system: laneContention,
    configuration,
    kind: "invariant",
    clause: "who may act holds what nobody else can get",
    breach: actsWithout,
    witness: (state) => state.principals.some((principal) => actsAsHolder(state, principal)),
  });
}

const isTold = check<ContentionState>({
  kind: "convergence",
  system: laneContention,
  clause: "at its deadline a holder is told to stop",
  cases: (state, actions) =>
    state.principals.flatMap(({ phase, confirmed }, principal) => {
      if (phase !== "holding" || confirmed < state.policy.renewDeadline) return [];
      return [
        { label: `principal ${principal}`, scripts: [[actions.get("stop", { principal }).id]] },
      ];
    }),
  breach: ([outcome], { label }) =>
    outcome === undefined || outcome.blocked === null
      ? null
      : `${label} has no beat confirmed for its whole deadline, and is not told`,
  witness: ([outcome]) => outcome !== undefined && outcome.blocked === null,
});

export const selfFencing: ModelLaw = {
  id: "NL8",
  title: "self-fencing",
  subject: "lane-lease",
  statement:
    "a holder whose last confirmed beat is older than the renew deadline is told so before the lease can be " +
    "granted to another",
  formal:
    "holding(p) ∧ confirmed(p) < renewDeadline ⇒ live(lease(p)); confirmed(p) ≥ renewDeadline ⇒ mustStop(p)",
  why:
    "A holder went on for as long as it liked: it counted from when the answer came, which was minutes after " +
    "the journal had taken the beat, and its lane was free before it stopped.",
  checks: [stopsFirst(""), stopsFirst("pace"), isTold],
  mutants: [
    {
      name: "deadline from the answer",
      change: "a holder counts from when it heard of its beat, not from when it sent it",
      system: laneContention,
      variant: { host: { countsFrom: "answer" } } satisfies ContentionVariant,
    },
    {
      name: "an elided beat counts as written",
      change: "a holder takes an elided beat for one of now",
      system: laneContention,
      configuration: "pace",
      variant: {
        host: { believesAge: false },
        log: { rules: () => ({ elides: (age, window) => window > 0 && age !== "unknown" }) },
      } satisfies ContentionVariant,
    },
    {
      name: "nobody tells it",
      change: "a holder does not look at how old its last confirmed beat is",
      system: laneContention,
      variant: { host: { looksAtDeadline: false } } satisfies ContentionVariant,
    },
  ],
};

function actsWithout(state: ContentionState): Breach {
  for (const [number, principal] of state.principals.entries()) {
    if (!actsAsHolder(state, principal)) continue;
    const lease = leaseOf(state, principal.token);
    if (lease !== undefined && isLive(state, lease)) continue;
    const fate = lease === undefined ? "is over" : `is dead: ${show(lease)}`;
    return `principal ${number} may still act (last confirmed beat ${principal.confirmed} ticks ago), its lease ${fate}`;
  }
  return null;
}

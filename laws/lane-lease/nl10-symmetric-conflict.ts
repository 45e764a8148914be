/**
 * NL10. The order of two requests decides who wins, never how many. That overlapping globs are found to overlap
 * is proved beside the model, against every path of a small alphabet.
 */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import type { Conflicts } from "../../spec/lane-lease/index.js";
import { type ModelLaw, type ScriptOutcome, check } from "../law.js";
import { type ContentionState, isDead } from "./contention.js";

/** The text before the first star, as prefixes of each other: how regions must not be compared. */
const prefixOf = (glob: string): string => glob.split("*")[0] ?? "";
/** The text before the first character with a meaning. */
const plainPrefixOf = (glob: string): string => glob.split(/[*?[{]/)[0] ?? "";

const byPrefix: Conflicts = (one, other) =>
  one.lane === other.lane ||
  one.region.some((left) =>
    other.region.some((right) => {
      const [short, long] = [prefixOf(left), prefixOf(right)];
      return short.startsWith(long) || long.startsWith(short);
    }),
  );

const oneWay: Conflicts = (one, other) =>
  one.lane === other.lane ||
  one.region.some((left) => other.region.some((right) => right.startsWith(plainPrefixOf(left))));

export const symmetricConflict: ModelLaw = {
  id: "NL10",
  title: "symmetric conflict",
  subject: "lane-lease",
  statement: "conflict(a, b) = conflict(b, a), and regions that some path matches both conflict",
  formal: "live(end(ask a · ask b)) = live(end(ask b · ask a)) = 1",
  why:
    "`[ab].py` and `a.py` were taken for disjoint, and `src/` was granted beside `src/x.py` when it came " +
    "second and not when it came first.",
  checks: [
    check<ContentionState>({
      kind: "convergence",
      system: laneContention,
      symmetric: false,
      cases: (state, actions) => {
        const free = state.principals.every(({ phase }) => phase === "idle");
        const room = state.registry.mark === 0;
        if (!free || !room || state.policy.lanes < 2) return [];
        const ask = (principal: number, lane: number): readonly number[] => [
          actions.get("ask", { principal, lane }).id,
          actions.get("append", { principal }).id,
        ];
        const scripts = [
          [...ask(0, 0), ...ask(1, 1)],
          [...ask(1, 1), ...ask(0, 0)],
        ];
        return [{ label: "two overlapping lanes are asked for", scripts }];
      },
      breach: (outcomes, { label }) => {
        const [first = 0, second = 0] = outcomes.map(grantedIn);
        if (first === 1 && second === 1) return null;
        return `${label}: ${first} granted in one order, ${second} in the other`;
      },
      witness: (outcomes) => outcomes.every(({ blocked }) => blocked === null),
    }),
  ],
  mutants: [
    {
      name: "conflict by prefixes",
      change: "regions are compared by the text before their first star",
      system: laneContention,
      variant: { log: { rules: () => ({ conflicts: byPrefix }) } } satisfies ContentionVariant,
    },
    {
      name: "conflict one way",
      change: "a request conflicts only with what it lies within",
      system: laneContention,
      variant: { log: { rules: () => ({ conflicts: oneWay }) } } satisfies ContentionVariant,
    },
  ],
};

function grantedIn({ end }: ScriptOutcome<ContentionState>): number {
  return end.registry.leases.filter((lease) => !isDead(end, lease)).length;
}

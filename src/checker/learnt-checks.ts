/**
 * Laws as decision trees, kept for each patch of each action: what a law makes of a step depends on the few
 * slots it looks at. A law that looks at nothing an action changes is settled for that patch once and for all.
 */
import type { Check, InvariantCheck, StepCheck } from "../../laws/law.js";

import { DecisionTree } from "./decision-tree.js";
import type { LiveCheck } from "./live-checks.js";

/** What a tree keeps of a law's answer. */
export const nothing = 0;
export const breached = 1;
export const witnessed = 2;

/** One law with its tree; the tree is of the breach alone once the law was witnessed. */
export interface LearntCheck<C extends Check> {
  readonly live: LiveCheck<C>;
  readonly tree: DecisionTree;
}

export function learnt<C extends InvariantCheck | StepCheck>(
  lives: readonly LiveCheck<C>[],
  direct: boolean,
): LearntCheck<C>[] {
  return lives.map((live) => {
    const tree = new DecisionTree();
    if (direct) tree.giveUp();
    return { live, tree };
  });
}

/** The answer of a law: a breach, or, as long as it is looked for, a witness. */
export function answerOf(live: LiveCheck, reason: string | null, witness: () => boolean): number {
  if (reason !== null) return breached;
  return live.witness === null && witness() ? witnessed : nothing;
}

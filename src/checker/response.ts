/** The count of a response law: 0 when nothing is due, n + 1 when an answer is due since n units. */
import type { ResponseCheck } from "../../laws/law.js";
import type { ActionInstance } from "../../spec/kernel/index.js";

export function countAfter(
  check: ResponseCheck,
  due: number,
  before: object,
  action: ActionInstance,
  after: object,
  effects: readonly unknown[],
): number {
  if (due === 0) {
    const starts = check.starts(before, action, after, effects);
    return starts && !check.answered(before, action, after, effects) ? 1 : 0;
  }
  if (check.answered(before, action, after, effects)) return 0;
  return check.counts(before, action, after, effects) ? due + 1 : due;
}

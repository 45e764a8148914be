/** A path replayed on a model: the trace, and the counterexample when the law is still breached at its end. */
import type { Check, Law, Mutant } from "../../laws/law.js";
import type { Parameters, System } from "../../spec/kernel/index.js";
import {
  type Counterexample,
  type Path,
  type TraceStep,
  actionTable,
  confirm,
  runScript,
  statesAlong,
  traceOf,
} from "../checker/index.js";
import { counterexampleOf } from "../checker/trace.js";

/** One model and the check to look at on it. */
export interface ReplayPoint {
  readonly law: Law;
  readonly mutant: Mutant | null;
  readonly check: Check;
  /** `system` or `system/configuration`, for what is printed. */
  readonly on: string;
  readonly system: System;
  readonly parameters: Parameters;
}

/** Throws a ModelError when the path does not replay. `found` is null when the law holds at its end. */
export function replayPath(
  { law, mutant, check, on, system, parameters }: ReplayPoint,
  path: Path,
): { readonly steps: readonly TraceStep[]; readonly found: Counterexample | null } {
  const model = system.build(parameters, mutant?.variant);
  const actions = actionTable(model);
  const steps = traceOf(model, path, actions);
  const end = statesAlong(model, actions, path).at(-1) as object;
  const scripted = check.kind === "convergence" || check.kind === "hyper";
  const which = !scripted
    ? null
    : (check
        .cases(end, actions.index, model)
        .find((one) => check.breach(one.scripts.map((script) => runScript(actions, end, script)), one) !== null) ??
      null);
  const reason = confirm(model, actions, check, path, which);
  if (reason === null) return { steps, found: null };
  const request = { key: law.id, law: law.id, check };
  const name = mutant?.name ?? null;
  const place = { request, path, reason, which, on, mutant: name, states: 0, symmetric: false };
  return { steps, found: counterexampleOf(model, actions, place) };
}

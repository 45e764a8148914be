/** Changed charts that mutants of several laws share. The guards and actions stay those of the machine. */
import type { Chart } from "../../spec/systems/worker-plane-members.js";

/** The chart with transitions of one top-level state added or replaced. */
export function withTransitions(chart: Chart, state: string, on: Readonly<Record<string, unknown>>): object {
  const node = chart.states?.[state];
  const changed = { ...node, on: { ...(node?.on as object | undefined), ...on } };
  return { ...chart, states: { ...chart.states, [state]: changed } };
}

/** A failed lease is dispatched again as long as attempts are left. */
export function retryFailed(chart: Chart): object {
  const done = chart.states?.["done"];
  const again = { guard: "attemptsLeft", target: "#lease.dispatched", actions: "countDispatch" };
  const failed = { ...done?.states?.["failed"], on: { "lease.dispatched": again } };
  const changed = { ...done, states: { ...done?.states, failed } };
  return { ...chart, states: { ...chart.states, done: changed } };
}

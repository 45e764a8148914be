/** Coverage of a finished search: arrows of the charts, guards both ways, actions. */
import type { ActionInstance, Machine, Model } from "../../spec/kernel/index.js";

import type { Coverage, MachineCoverage } from "./result.js";

export function coverageOf(model: Model, instances: readonly ActionInstance[], stepsOf: Float64Array): Coverage {
  const steps = new Map<string, number>(model.actions.map(({ name }) => [name, 0]));
  instances.forEach(({ id, name }) => steps.set(name, (steps.get(name) ?? 0) + (stepsOf[id] ?? 0)));
  const actions = [...steps].map(([action, count]) => ({ action, steps: count }));
  return {
    machines: model.machines.map(machineCoverage),
    actions,
    unreachedActions: actions.filter((action) => action.steps === 0).map(({ action }) => action),
  };
}

function machineCoverage(machine: Machine): MachineCoverage {
  const transitions = machine.compiled.transitions.map(({ label, index }) => ({
    label,
    taken: machine.taken[index] ?? 0,
  }));
  const guards = [...machine.guards].map(([guard, { held, failed }]) => ({ guard, held, failed }));
  return {
    machine: machine.name,
    transitions,
    unreached: transitions.filter(({ taken }) => taken === 0).map(({ label }) => label),
    guards,
    oneSided: guards
      .filter(({ held, failed }) => held === 0 || failed === 0)
      .map(({ guard, held }) => `${guard} ${held === 0 ? "never held" : "never failed"}`),
    pairs: machine.firings,
  };
}

/** Coverage of several searches together: a transition is reached when one of them reached it. */
export function mergeCoverage(parts: readonly Coverage[]): Coverage {
  const machines = new Map<string, MachineCoverage[]>();
  const steps = new Map<string, number>();
  for (const part of parts) {
    for (const machine of part.machines) {
      machines.set(machine.machine, [...(machines.get(machine.machine) ?? []), machine]);
    }
    for (const { action, steps: count } of part.actions) steps.set(action, (steps.get(action) ?? 0) + count);
  }
  const actions = [...steps].map(([action, count]) => ({ action, steps: count }));
  return {
    machines: [...machines.values()].map(mergeMachines),
    actions,
    unreachedActions: actions.filter((action) => action.steps === 0).map(({ action }) => action),
  };
}

function mergeMachines(parts: readonly MachineCoverage[]): MachineCoverage {
  const taken = new Map<string, number>();
  const guards = new Map<string, { held: number; failed: number }>();
  for (const part of parts) {
    for (const { label, taken: count } of part.transitions) taken.set(label, (taken.get(label) ?? 0) + count);
    for (const { guard, held, failed } of part.guards) {
      const sum = guards.get(guard) ?? { held: 0, failed: 0 };
      guards.set(guard, { held: sum.held + held, failed: sum.failed + failed });
    }
  }
  const transitions = [...taken].map(([label, count]) => ({ label, taken: count }));
  const guardList = [...guards].map(([guard, count]) => ({ guard, ...count }));
  return {
    machine: parts[0]?.machine ?? "",
    transitions,
    unreached: transitions.filter((transition) => transition.taken === 0).map(({ label }) => label),
    guards: guardList,
    oneSided: guardList
      .filter(({ held, failed }) => held === 0 || failed === 0)
      .map(({ guard, held }) => `${guard} ${held === 0 ? "never held" : "never failed"}`),
    pairs: parts.reduce((sum, { pairs }) => sum + pairs, 0),
  };
}

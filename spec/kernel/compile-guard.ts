/** Guards of a chart as plain predicates: by name, with parameters, inline, and `and` / `or` / `not` of these. */
import type { AnyStateMachine } from "xstate";

import { combinatorOf, guardLabel } from "./chart.js";
import type { Probe } from "./compile-machine.js";

export interface Scope {
  readonly context: object;
  readonly event: { readonly type: string };
}

export interface Guard {
  readonly names: readonly string[];
  /** With nobody watching. */
  readonly test: Test;
  /** The same, with each answer of a named guard told. */
  holds(scope: Scope, probe: Probe): boolean;
}

type Test = (scope: Scope) => boolean;

type Predicate = (scope: Scope, params: unknown) => boolean;
type Combined = Predicate & { readonly guards?: readonly unknown[]; readonly check?: unknown };

/** `null` when there is no guard. A guard that cannot be compiled is a problem and holds never. */
export function compileGuard(
  machine: AnyStateMachine,
  guard: unknown,
  where: string,
  problems: string[],
): Guard | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === "function") return fromFunction(machine, guard as Combined, guardLabel(guard), where, problems);
  const reference = typeof guard === "string" ? { type: guard } : (guard as { type: string; params?: unknown });
  const implementation = (machine.implementations.guards as Record<string, unknown>)[reference.type];
  if (implementation === undefined) {
    problems.push(`${where}: guard "${reference.type}" is not implemented`);
    return never;
  }
  const params = "params" in reference ? reference.params : undefined;
  if (typeof implementation !== "function") return compileGuard(machine, implementation, where, problems);
  return fromFunction(machine, implementation as Combined, reference.type, where, problems, params);
}

function fromFunction(
  machine: AnyStateMachine,
  predicate: Combined,
  name: string,
  where: string,
  problems: string[],
  params?: unknown,
): Guard {
  if (predicate.check === undefined) return leaf(predicate, name, params);
  if (predicate.guards === undefined) {
    problems.push(`${where}: guard "${predicate.name}" looks at the state value; use states, or a field`);
    return never;
  }
  const parts = predicate.guards
    .map((part) => compileGuard(machine, part, where, problems))
    .filter((part) => part !== null);
  const names = parts.flatMap((part) => part.names);
  const tests = parts.map(({ test }) => test);
  const all = every(tests);
  switch (combinatorOf(predicate)) {
    case "and":
      return { names, test: all, holds: (scope, probe) => parts.every((part) => part.holds(scope, probe)) };
    case "or":
      return { names, test: some(tests), holds: (scope, probe) => parts.some((part) => part.holds(scope, probe)) };
    case "not":
      return { names, test: (scope) => !all(scope), holds: (scope, probe) => !parts.every((part) => part.holds(scope, probe)) };
    case null:
      problems.push(`${where}: guard combinator "${predicate.name}" is not known`);
      return never;
  }
}

const never: Guard = { names: [], test: () => false, holds: () => false };

/** Two in one call, as most are: a loop over them takes longer than they do. */
function every(tests: readonly Test[]): Test {
  const [first, second, ...rest] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return every([(scope) => first(scope) && second(scope), ...rest]);
}

function some(tests: readonly Test[]): Test {
  const [first, second, ...rest] = tests;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  return some([(scope) => first(scope) || second(scope), ...rest]);
}

function leaf(predicate: Predicate, name: string, params: unknown): Guard {
  const test: Test =
    typeof params === "function"
      ? (scope) => predicate(scope, (params as (scope: Scope) => unknown)(scope))
      : (scope) => predicate(scope, params);
  return {
    names: [name],
    test,
    holds: (scope, probe) => {
      const answer = test(scope);
      probe.guard(name, answer);
      return answer;
    },
  };
}

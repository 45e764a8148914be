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
  holds(scope: Scope, probe?: Probe): boolean;
}

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
    return { names: [], holds: () => false };
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
    return { names: [], holds: () => false };
  }
  const parts = predicate.guards
    .map((part) => compileGuard(machine, part, where, problems))
    .filter((part) => part !== null);
  const names = parts.flatMap((part) => part.names);
  switch (combinatorOf(predicate)) {
    case "and":
      return { names, holds: (scope, probe) => parts.every((part) => part.holds(scope, probe)) };
    case "or":
      return { names, holds: (scope, probe) => parts.some((part) => part.holds(scope, probe)) };
    case "not":
      return { names, holds: (scope, probe) => !parts.every((part) => part.holds(scope, probe)) };
    case null:
      problems.push(`${where}: guard combinator "${predicate.name}" is not known`);
      return { names, holds: () => false };
  }
}

function leaf(predicate: Predicate, name: string, params: unknown): Guard {
  const resolve =
    typeof params === "function" ? (params as (scope: Scope) => unknown) : (): unknown => params;
  return {
    names: [name],
    holds: (scope, probe) => {
      const answer = predicate(scope, resolve(scope));
      probe?.guard(name, answer);
      return answer;
    },
  };
}

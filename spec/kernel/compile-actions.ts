/** Actions of a chart as operations: `assign` changes the record, every other named action is an effect. */
import type { AnyStateMachine } from "xstate";

import type { PlacedAction } from "./chart.js";

interface Scope {
  readonly context: object;
  readonly event: { readonly type: string };
}

type Resolve = (scope: Scope) => unknown;
type Assigner = (scope: Scope, params: unknown) => unknown;

export type Operation =
  | { readonly kind: "assign"; readonly name: string; readonly assign: Assigner; readonly params: Resolve | null }
  | { readonly kind: "effect"; readonly name: string; readonly params: Resolve | null }
  | { readonly kind: "emit"; readonly name: string; readonly emit: Assigner; readonly params: Resolve | null };

interface Builtin {
  readonly type?: string;
  readonly assignment?: unknown;
  readonly event?: unknown;
  readonly resolve?: unknown;
}

export function compileActions(
  machine: AnyStateMachine,
  actions: readonly PlacedAction[],
  where: string,
  problems: string[],
): readonly Operation[] {
  const operations: Operation[] = [];
  for (const { action, place } of actions) {
    const operation = compileAction(machine, action, `${where} (${place})`, problems);
    if (operation !== null) operations.push(operation);
  }
  return operations;
}

function compileAction(
  machine: AnyStateMachine,
  action: unknown,
  where: string,
  problems: string[],
): Operation | null {
  const inline = typeof action === "function";
  const reference =
    typeof action === "string" ? { type: action } : (action as { type: string; params?: unknown });
  const implementation = (
    inline ? action : (machine.implementations.actions as Record<string, unknown>)[reference.type]
  ) as Builtin | undefined;
  const params = inline || !("params" in reference) ? null : resolver(reference.params);
  const builtin = implementation !== undefined && "resolve" in implementation ? implementation : null;

  if (builtin === null) {
    if (inline) {
      problems.push(`${where}: inline action; an effect needs a name, declare it in setup({ actions })`);
      return null;
    }
    if (implementation === undefined) {
      problems.push(`${where}: action "${reference.type}" is not implemented`);
      return null;
    }
    return { kind: "effect", name: reference.type, params };
  }
  const name = inline ? (builtin.type ?? "(inline)") : reference.type;
  switch (builtin.type) {
    case "xstate.assign":
      return { kind: "assign", name, assign: assigner(builtin.assignment), params };
    case "xstate.emit":
      return { kind: "emit", name, emit: emitter(builtin.event), params };
    default:
      problems.push(`${where}: action "${String(builtin.type)}"; only assign, emit and named effects are pure`);
      return null;
  }
}

/** Runs the operations on a record; `effects` receives what they ask for, in order. */
export function applyOperations<R extends object>(
  operations: readonly Operation[],
  record: R,
  event: { readonly type: string },
  effects: unknown[],
): R {
  let context = record;
  for (const operation of operations) {
    const scope: Scope = { context, event };
    const params = operation.params === null ? undefined : operation.params(scope);
    switch (operation.kind) {
      case "assign": {
        const changed = operation.assign(scope, params) as Partial<R>;
        context = { ...context, ...changed };
        break;
      }
      case "effect":
        effects.push({ type: operation.name, ...(params as object | undefined) });
        break;
      case "emit":
        effects.push(operation.emit(scope, params));
        break;
    }
  }
  return context;
}

function resolver(params: unknown): Resolve {
  return typeof params === "function" ? (params as Resolve) : () => params;
}

function assigner(assignment: unknown): Assigner {
  if (typeof assignment === "function") return assignment as Assigner;
  const entries = Object.entries(assignment as Record<string, unknown>);
  return (scope, params) => {
    const changed: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      changed[key] = typeof value === "function" ? (value as Assigner)(scope, params) : value;
    }
    return changed;
  };
}

function emitter(event: unknown): Assigner {
  return typeof event === "function" ? (event as Assigner) : () => event;
}

/** What is done with a function that is referred to: called, given a name, handed on, or nothing. */
import ts from "typescript";

import { builtinName, carried, isAssignment, isPatternTarget } from "./syntax.js";

export type Use =
  | { readonly kind: "called"; readonly call: ts.Node; readonly arguments: Arguments }
  /** A variable holds it from here on. */
  | { readonly kind: "named"; readonly name: ts.Identifier; readonly bound: boolean }
  | { readonly kind: "taken"; readonly at: ts.Expression }
  | { readonly kind: "none" };

/** Arguments as they are passed, or one expression that holds all of them, or unknown. */
export type Arguments =
  | { readonly kind: "list"; readonly list: readonly ts.Expression[] }
  | { readonly kind: "array"; readonly array: ts.Expression }
  | { readonly kind: "unknown" };

const unknown: Arguments = { kind: "unknown" };

export function useOf(reference: ts.Expression): Use {
  const at = carried(reference);
  const { parent } = at;
  if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === at) {
    return { kind: "called", call: parent, arguments: list(parent.arguments ?? []) };
  }
  if (ts.isTaggedTemplateExpression(parent) && parent.tag === at)
    return { kind: "called", call: parent, arguments: unknown };
  if (ts.isDecorator(parent)) return { kind: "called", call: parent, arguments: unknown };
  if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent))
    return throughMember(at, parent);
  if (
    ts.isCallExpression(parent) &&
    builtinName(parent) === "Reflect.apply" &&
    parent.arguments[0] === at
  ) {
    return { kind: "called", call: parent, arguments: array(parent.arguments[2]) };
  }
  return named(at, false) ?? (isHarmless(at) ? { kind: "none" } : { kind: "taken", at });
}

/** `f.call(…)`, `f.apply(…)`, `f.bind(…)`; any other member says nothing about a call. */
function throughMember(
  at: ts.Expression,
  access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
): Use {
  if (access.expression !== at) return { kind: "none" };
  const name = ts.isPropertyAccessExpression(access)
    ? access.name.text
    : ts.isStringLiteralLike(access.argumentExpression)
      ? access.argumentExpression.text
      : "";
  const callee = carried(access);
  const call = callee.parent;
  if (!["call", "apply", "bind"].includes(name)) return { kind: "none" };
  // `f.call.bind(f)` and its like: called later, with whatever.
  if (!ts.isCallExpression(call) || call.expression !== callee) return { kind: "taken", at };
  if (name === "call") return { kind: "called", call, arguments: list(call.arguments.slice(1)) };
  if (name === "apply") return { kind: "called", call, arguments: array(call.arguments[1]) };
  const use = useOf(call);
  if (call.arguments.length <= 1) return use.kind === "named" ? { ...use, bound: false } : use;
  if (use.kind === "called") return { ...use, arguments: unknown };
  return use.kind === "named" ? { ...use, bound: true } : use;
}

function named(at: ts.Expression, bound: boolean): Use | null {
  const { parent } = at;
  if ((ts.isVariableDeclaration(parent) || ts.isParameter(parent)) && parent.initializer === at) {
    return ts.isIdentifier(parent.name) ? { kind: "named", name: parent.name, bound } : null;
  }
  if (isAssignment(parent) && parent.right === at && ts.isIdentifier(parent.left)) {
    return { kind: "named", name: parent.left, bound };
  }
  return null;
}

/** Comparisons, tests and statements that only mention it. */
function isHarmless(at: ts.Expression): boolean {
  const { parent } = at;
  if (isPatternTarget(at)) return true;
  if (
    ts.isTypeOfExpression(parent) ||
    ts.isExpressionStatement(parent) ||
    ts.isVoidExpression(parent)
  )
    return true;
  if (ts.isIfStatement(parent) || ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isConditionalExpression(parent)) return parent.condition === at;
  if (ts.isExpressionWithTypeArguments(parent)) return true;
  return isAssignment(parent) ? parent.left === at : ts.isBinaryExpression(parent);
}

function list(nodes: readonly ts.Expression[]): Arguments {
  return { kind: "list", list: nodes };
}

function array(expression: ts.Expression | undefined): Arguments {
  if (expression === undefined) return list([]);
  return ts.isArrayLiteralExpression(expression)
    ? list(expression.elements)
    : { kind: "array", array: expression };
}

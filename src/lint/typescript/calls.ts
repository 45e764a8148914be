/** `call` sinks: each call of a target, under whatever name, and each place that hands the function on. */
import ts from "typescript";

import type { Where } from "../config-schema.js";
import { mayBe, mayBeByType } from "./may-be.js";
import { type Search, lastStep } from "./recognise.js";
import type { Scope } from "./scope.js";
import { Tracker } from "./tracker.js";
import { type Arguments, useOf } from "./uses.js";

export function findCalls(search: Search, where: Where | null): void {
  const { scope, target, report } = search;
  const bound = new Set<string>();
  const tracker: Tracker = new Tracker(scope, target, ({ node, via }) => {
    if (target.isNamespace) {
      report({ node, how: `uses ${target.label}`, via });
      return;
    }
    if (followSubclass(tracker, node, via)) return;
    const use = useOf(node);
    if (use.kind === "named") {
      if (use.bound) bound.add(use.name.text);
      tracker.follow(use.name, `\`${use.name.text}\` holds it`, via);
      if (isExported(use.name))
        report({ node: use.name, how: `exports ${target.label} as \`${use.name.text}\``, via });
    } else if (use.kind === "taken") {
      report({ node: use.at, how: `hands ${target.label} on as a value${lastStep(via)}`, via });
    } else if (use.kind === "called") {
      const given: Arguments =
        ts.isIdentifier(node) && bound.has(node.text) ? { kind: "unknown" } : use.arguments;
      if (!counts(scope, where, given)) return;
      const verb = ts.isNewExpression(use.call) ? "constructs" : "calls";
      report({ node: use.call, how: `${verb} ${target.label}${lastStep(via)}`, via });
    }
  });
  tracker.run();
}

/** Whoever imports it can call it, here or elsewhere. */
function isExported(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    ts.isVariableDeclaration(parent) &&
    (ts.getCombinedModifierFlags(parent) & ts.ModifierFlags.Export) !== 0
  );
}

/** A class that extends the target is the target, too. */
function followSubclass(tracker: Tracker, node: ts.Expression, via: readonly string[]): boolean {
  const { parent } = node;
  if (!ts.isExpressionWithTypeArguments(parent) || !ts.isHeritageClause(parent.parent))
    return false;
  const { name } = parent.parent.parent;
  if (name !== undefined && parent.parent.token === ts.SyntaxKind.ExtendsKeyword) {
    tracker.follow(name, `\`${name.text}\` extends it`, via);
  }
  return true;
}

/** Whether a call with these arguments may be one that the sink is about. */
function counts(scope: Scope, where: Where | null, given: Arguments): boolean {
  if (where === null || given.kind === "unknown") return true;
  if (where.kind === "count") {
    return (
      given.kind === "array" ||
      (given.list.length === where.arguments && !given.list.some(ts.isSpreadElement))
    );
  }
  const question = { scope, values: where.equals };
  if (given.kind === "array") {
    return mayBeByType(question, argumentType(scope, given.array, where.argument), where.path);
  }
  const spread = given.list.findIndex(ts.isSpreadElement);
  if (spread === -1 || spread > where.argument) {
    const argument = given.list[where.argument];
    return argument !== undefined && mayBe(question, argument, where.path);
  }
  const spreading = given.list[spread];
  if (spreading === undefined || !ts.isSpreadElement(spreading)) return true;
  return mayBeByType(
    question,
    argumentType(scope, spreading.expression, where.argument - spread),
    where.path,
  );
}

/** Type of one element of a tuple, or of any element of a list. */
function argumentType(scope: Scope, list: ts.Expression, index: number): ts.Type {
  const { checker } = scope;
  const type = checker.getTypeAtLocation(list);
  if (!checker.isTupleType(type)) return type;
  return checker.getTypeArguments(type as ts.TypeReference)[index] ?? checker.getVoidType();
}

/** Whether a handler of errors does nothing about them: it is empty, gives nothing back, or only prints. */
import ts from "typescript";

import type { Scope } from "./scope.js";
import { bare, calledMember } from "./syntax.js";
import { initializerOf } from "./tracker.js";

/** `handler` is the block of a catch clause or the function given to `.catch`. */
export function swallows(scope: Scope, handler: ts.Node): boolean {
  if (ts.isBlock(handler)) return handler.statements.every(isNothing);
  if (!ts.isExpression(handler)) return false;
  const inner = bare(handler);
  if (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner))
    return bodySwallows(scope, inner.body);
  if (isPrinter(inner)) return true;
  if (!ts.isIdentifier(inner)) return false;
  if (inner.text === "undefined") return true;
  const initializer = initializerOf(scope, inner);
  if (initializer !== null) return swallows(scope, initializer);
  const symbol = scope.checker.getSymbolAtLocation(inner);
  const declaration = symbol && scope.resolved(symbol).valueDeclaration;
  if (declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration))
    return declaration.initializer !== undefined && swallows(scope, declaration.initializer);
  return (
    ts.isFunctionDeclaration(declaration) &&
    declaration.body !== undefined &&
    swallows(scope, declaration.body)
  );
}

function bodySwallows(scope: Scope, body: ts.ConciseBody): boolean {
  return ts.isBlock(body) ? swallows(scope, body) : isIdle(body);
}

function isNothing(statement: ts.Statement): boolean {
  if (ts.isEmptyStatement(statement) || ts.isBreakOrContinueStatement(statement)) return true;
  if (ts.isReturnStatement(statement))
    return statement.expression === undefined || isIdle(statement.expression);
  return ts.isExpressionStatement(statement) && isIdle(statement.expression);
}

/** A plain value, or a line that is printed. */
function isIdle(expression: ts.Expression): boolean {
  const inner = bare(expression);
  if (ts.isVoidExpression(inner)) return isIdle(inner.expression);
  if (ts.isCallExpression(inner)) return isPrinter(inner.expression) || isLogger(inner);
  if (ts.isObjectLiteralExpression(inner)) return inner.properties.length === 0;
  if (ts.isIdentifier(inner)) return inner.text === "undefined";
  return ts.isLiteralExpression(inner) || isKeyword(inner);
}

function isKeyword({ kind }: ts.Node): boolean {
  return (
    kind === ts.SyntaxKind.NullKeyword ||
    kind === ts.SyntaxKind.TrueKeyword ||
    kind === ts.SyntaxKind.FalseKeyword
  );
}

function isPrinter(callee: ts.Expression): boolean {
  return (
    ts.isPropertyAccessExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    callee.expression.text === "console"
  );
}

const levels = new Set(["trace", "debug", "info", "log", "warn", "error"]);

/** `logger.warn(…)`, `this.log.error(…)`. */
function isLogger(call: ts.CallExpression): boolean {
  const member = calledMember(call);
  return (
    member !== null && levels.has(member.name) && /log(ger)?$/i.test(bare(member.object).getText())
  );
}

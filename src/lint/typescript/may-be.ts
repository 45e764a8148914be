/**
 * Whether a value may be one of some literals, at a path inside of it. "May" is meant: only what the code
 * rules out is ruled out. Expressions are read where they are plainer than their type.
 */
import ts from "typescript";

import type { Literal } from "../config-schema.js";
import { indexOf } from "./file-index.js";
import { type Scope, symbolOf } from "./scope.js";
import { bare, builtinName, isAssignment } from "./syntax.js";

/** Most steps through variables and parts that are followed for one question; beyond, the answer is "may". */
const stepsMax = 60;

export interface Question {
  readonly scope: Scope;
  readonly values: readonly Literal[];
}

export function mayBe(
  question: Question,
  expression: ts.Expression,
  path: readonly string[],
  steps = 0,
): boolean {
  if (steps > stepsMax) return true;
  const again = (inner: ts.Expression, rest = path) => mayBe(question, inner, rest, steps + 1);
  if (ts.isParenthesizedExpression(expression) || ts.isNonNullExpression(expression))
    return again(expression.expression);
  if (ts.isSatisfiesExpression(expression)) return again(expression.expression);
  if (ts.isAsExpression(expression) || ts.isTypeAssertionExpression(expression)) {
    // What was written out is what it is, whatever it is cast to.
    return isPlain(bare(expression))
      ? again(expression.expression)
      : mayBeByType(question, typeOf(question, expression), path);
  }
  if (ts.isConditionalExpression(expression))
    return again(expression.whenTrue) || again(expression.whenFalse);
  if (ts.isBinaryExpression(expression)) return ofOperator(question, expression, path, again);
  if (ts.isObjectLiteralExpression(expression)) return ofObject(question, expression, path, again);
  if (ts.isArrayLiteralExpression(expression)) return ofArray(expression, again);
  if (ts.isCallExpression(expression)) return ofCall(question, expression, path, again);
  if (ts.isIdentifier(expression)) return ofVariable(question, expression, path, again);
  return mayBeByType(question, typeOf(question, expression), path);
}

type Again = (inner: ts.Expression, rest?: readonly string[]) => boolean;

function typeOf({ scope }: Question, expression: ts.Expression): ts.Type {
  return scope.checker.getTypeAtLocation(expression);
}

function isPlain(expression: ts.Expression): boolean {
  return (
    ts.isObjectLiteralExpression(expression) ||
    ts.isArrayLiteralExpression(expression) ||
    ts.isLiteralExpression(expression)
  );
}

function ofOperator(
  question: Question,
  expression: ts.BinaryExpression,
  path: readonly string[],
  again: Again,
): boolean {
  switch (expression.operatorToken.kind) {
    case ts.SyntaxKind.CommaToken:
    case ts.SyntaxKind.EqualsToken:
      return again(expression.right);
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return again(expression.left) || again(expression.right);
    default:
      return mayBeByType(question, typeOf(question, expression), path);
  }
}

/** The last part that has the property decides; before it, those that may have it. */
function ofObject(
  question: Question,
  expression: ts.ObjectLiteralExpression,
  path: readonly string[],
  again: Again,
): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return false;
  return ofParts(question, [...expression.properties], name, rest, again);
}

type Part = ts.ObjectLiteralElementLike | ts.Expression;

function ofParts(
  question: Question,
  parts: readonly Part[],
  name: string,
  rest: readonly string[],
  again: Again,
): boolean {
  for (const part of parts.toReversed()) {
    if (ts.isPropertyAssignment(part)) {
      const sure = namesProperty(question, part.name, name);
      if (sure === "no") continue;
      if (again(part.initializer, rest)) return true;
      if (sure === "yes") return false;
    } else if (ts.isShorthandPropertyAssignment(part)) {
      if (part.name.text === name) return again(part.name, rest);
    } else if (ts.isSpreadAssignment(part) || ts.isExpression(part)) {
      const inner = ts.isSpreadAssignment(part) ? part.expression : part;
      if (again(inner, [name, ...rest])) return true;
      if (surelyHas(question, inner, name)) return false;
    } else if (namesProperty(question, part.name, name) !== "no") {
      // A getter or a method: only its type is known.
      return mayBeByType(question, question.scope.checker.getTypeAtLocation(part), rest);
    }
  }
  return false;
}

function namesProperty(
  { scope }: Question,
  name: ts.PropertyName,
  wanted: string,
): "yes" | "maybe" | "no" {
  if (!ts.isComputedPropertyName(name)) return name.text === wanted ? "yes" : "no";
  const type = scope.checker.getTypeAtLocation(name.expression);
  if (type.isStringLiteral()) return type.value === wanted ? "yes" : "no";
  return "maybe";
}

function surelyHas(question: Question, expression: ts.Expression, name: string): boolean {
  const property = question.scope.checker.getPropertyOfType(typeOf(question, expression), name);
  return property !== undefined && !(property.flags & ts.SymbolFlags.Optional);
}

/** An array may be what any of its elements may be. */
function ofArray(expression: ts.ArrayLiteralExpression, again: Again): boolean {
  return expression.elements.some((element) =>
    again(ts.isSpreadElement(element) ? element.expression : element),
  );
}

function ofCall(
  question: Question,
  call: ts.CallExpression,
  path: readonly string[],
  again: Again,
): boolean {
  const name = builtinName(call);
  const [name0, ...rest] = path;
  const [first] = call.arguments;
  if (name === "Object.assign" && name0 !== undefined && !call.arguments.some(ts.isSpreadElement)) {
    return ofParts(question, [...call.arguments], name0, rest, again);
  }
  const copies =
    name === "Object.freeze" ||
    name === "Object.seal" ||
    call.expression.getText() === "structuredClone";
  if (copies && first !== undefined) return again(first);
  return mayBeByType(question, typeOf(question, call), path);
}

/** A variable is what it was given, when all that it is given can be seen; otherwise what its type allows. */
function ofVariable(
  question: Question,
  name: ts.Identifier,
  path: readonly string[],
  again: Again,
): boolean {
  const { checker } = question.scope;
  const type = checker.getTypeAtLocation(name);
  if (!mayBeByType(question, type, path)) return false;
  const symbol = ts.isShorthandPropertyAssignment(name.parent)
    ? checker.getShorthandAssignmentValueSymbol(name.parent)
    : checker.getSymbolAtLocation(name);
  const declaration = symbol && question.scope.resolved(symbol).valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration))
    return true;
  if (declaration.initializer === undefined || !ts.isIdentifier(declaration.name)) return true;
  const given = valuesOf(question.scope, declaration, question.scope.resolved(symbol), path);
  return given === null || given.some((value) => again(value));
}

/** Every expression the variable is set to, or null when it may be changed in ways that are not seen. */
function valuesOf(
  scope: Scope,
  declaration: ts.VariableDeclaration,
  symbol: ts.Symbol,
  path: readonly string[],
): readonly ts.Expression[] | null {
  const { initializer, name } = declaration;
  if (initializer === undefined || !ts.isIdentifier(name)) return null;
  const given: ts.Expression[] = [initializer];
  const isExported = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export;
  if (
    isExported &&
    (path.length > 0 || !(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const))
  )
    return null;
  for (const mention of indexOf(declaration.getSourceFile()).identifiers.get(name.text) ?? []) {
    if (
      mention === name ||
      !ts.isIdentifier(mention) ||
      scope.checker.getSymbolAtLocation(mention) !== symbol
    )
      continue;
    const { parent } = mention;
    if (isAssignment(parent) && parent.left === mention) {
      if (parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return null;
      given.push(parent.right);
    } else if (path.length > 0 && changesPart(mention)) {
      return null;
    }
  }
  return given;
}

/** `name.part = …`, `delete name.part`, `Object.assign(name, …)`. */
function changesPart(mention: ts.Identifier): boolean {
  let at: ts.Node = mention;
  while (
    (ts.isPropertyAccessExpression(at.parent) || ts.isElementAccessExpression(at.parent)) &&
    at.parent.expression === at
  ) {
    at = at.parent;
  }
  const { parent } = at;
  if (
    at !== mention &&
    (ts.isDeleteExpression(parent) || (isAssignment(parent) && parent.left === at))
  )
    return true;
  if (!ts.isCallExpression(parent)) return false;
  if (at !== mention && parent.expression === at) return true;
  return builtinName(parent) === "Object.assign" && parent.arguments[0] === at;
}

export function mayBeByType(
  question: Question,
  type: ts.Type,
  path: readonly string[],
  depth = 0,
): boolean {
  if (depth > stepsMax || type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return true;
  if (
    type.flags &
    (ts.TypeFlags.Never | ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void)
  )
    return false;
  if (type.isUnion()) return type.types.some((one) => mayBeByType(question, one, path, depth + 1));
  const { checker } = question.scope;
  if (type.flags & ts.TypeFlags.Instantiable && !(type.flags & ts.TypeFlags.StringLike)) {
    const constraint = checker.getBaseConstraintOfType(type);
    return (
      constraint === undefined ||
      constraint === type ||
      mayBeByType(question, constraint, path, depth + 1)
    );
  }
  const [name, ...rest] = path;
  const elements = elementTypes(checker, type);
  if (elements !== null) return elements.some((one) => mayBeByType(question, one, path, depth + 1));
  if (name === undefined) return mayBeLiteral(question, type);
  return mayHave(question, type, name, rest, depth);
}

function mayHave(
  question: Question,
  type: ts.Type,
  name: string,
  rest: readonly string[],
  depth: number,
): boolean {
  const { checker } = question.scope;
  const property = checker.getPropertyOfType(type, name);
  if (property !== undefined)
    return mayBeByType(question, checker.getTypeOfSymbol(property), rest, depth + 1);
  const index = checker
    .getIndexInfosOfType(type)
    .find(({ keyType }) => keyType.flags & ts.TypeFlags.String);
  if (index !== undefined) return mayBeByType(question, index.type, rest, depth + 1);
  if (type.flags & ts.TypeFlags.NonPrimitive) return true;
  // `{}` says nothing about what a value has.
  return (
    (type.flags & ts.TypeFlags.Object) !== 0 &&
    checker.getPropertiesOfType(type).length === 0 &&
    type.getCallSignatures().length === 0 &&
    symbolOf(type)?.name === "__type"
  );
}

export function elementTypes(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] | null {
  return checker.isArrayType(type) || checker.isTupleType(type)
    ? checker.getTypeArguments(type as ts.TypeReference)
    : null;
}

function mayBeLiteral({ scope, values }: Question, type: ts.Type): boolean {
  const parts = type.isIntersection() ? type.types : [type];
  return values.some((value) => parts.some((part) => literalFits(scope.checker, part, value)));
}

function literalFits(checker: ts.TypeChecker, type: ts.Type, value: Literal): boolean {
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value === value;
  if (typeof value === "boolean")
    return checker.isTypeAssignableTo(value ? checker.getTrueType() : checker.getFalseType(), type);
  const literal =
    typeof value === "string"
      ? checker.getStringLiteralType(value)
      : checker.getNumberLiteralType(value);
  return checker.isTypeAssignableTo(literal, type);
}

/**
 * `construct` sinks: each place at which a value becomes one of the target's type. A literal where that type is
 * expected, a cast, an untyped value or a look-alike that flows into it, a `new`, a guard that declares it.
 * A type of literals, such as a union of words, is created by unchecked conversions only.
 */
import ts from "typescript";

import type { Search } from "./recognise.js";
import { bare, isAssignment } from "./syntax.js";
import { TargetType } from "./target-type.js";

export function findConstructs(search: Search): void {
  const { scope, target, covers } = search;
  const type = new TargetType(scope, target);
  const isModule = target.files.every(
    (file) => ts.isExternalModule(file) && scope.files.includes(file),
  );
  for (const file of isModule ? scope.dependents(target.files) : scope.files) {
    if (covers(file)) new FileSearch(search, type).visit(file);
  }
}

class FileSearch {
  private readonly search: Search;
  private readonly type: TargetType;
  private readonly checker: ts.TypeChecker;

  constructor(search: Search, type: TargetType) {
    this.search = search;
    this.type = type;
    this.checker = search.scope.checker;
  }

  readonly visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    const how = this.how(node);
    if (how !== null)
      this.search.report({ node, how: `${how} ${this.search.target.label}`, via: [] });
    ts.forEachChild(node, this.visit);
  };

  private how(node: ts.Node): string | null {
    if (ts.isObjectLiteralExpression(node)) return this.ofLiteral(node);
    if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) return this.ofCast(node);
    if (isAssignment(node)) return this.ofDiscriminant(node);
    if (ts.isFunctionLike(node)) return this.ofGuard(node);
    if (ts.isNewExpression(node)) return this.ofNew(node);
    if (isLeaf(node))
      return (ts.isCallExpression(node) ? this.ofCall(node) : null) ?? this.ofFlow(node);
    return null;
  }

  /** A literal where the type is expected. */
  private ofLiteral(node: ts.ObjectLiteralExpression): string | null {
    if (this.type.isWords) return null;
    const expected = this.checker.getContextualType(node);
    if (expected === undefined || !this.type.includes(expected)) return null;
    return this.type.fitsLiteral(node) ? "builds a" : null;
  }

  private ofCast(node: ts.AsExpression | ts.TypeAssertion): string | null {
    if (ts.isConstTypeReference(node.type)) return null;
    const to = this.checker.getTypeFromTypeNode(node.type);
    if (!this.type.mentions(to)) return null;
    const inner = bare(node);
    // A literal that is all it has to be is found itself.
    if (
      ts.isObjectLiteralExpression(inner) &&
      bareOnce(node) === inner &&
      this.type.fitsLiteral(inner)
    )
      return null;
    const from = this.checker.getTypeAtLocation(node.expression);
    if (this.type.mentions(from) && !this.type.isBuilt(from)) return null;
    if (this.type.isWords)
      return this.checker.isTypeAssignableTo(from, to) && !isLoose(from) ? null : "casts to";
    return this.type.mayComeFrom(inner) ? "casts to" : null;
  }

  /** `event.type = "status"`, where the event may be of several types. */
  private ofDiscriminant(node: ts.BinaryExpression): string | null {
    if (this.type.isWords || !ts.isPropertyAccessExpression(node.left)) return null;
    const object = this.checker.getTypeAtLocation(node.left.expression);
    if (!object.isUnion() || !this.type.includes(object)) return null;
    return this.type.decidedBy(node.left.name.text, node.right) ? "turns a value into" : null;
  }

  /** `(x: unknown): x is T` claims what nobody built. */
  private ofGuard(node: ts.SignatureDeclaration): string | null {
    if (this.type.isWords || node.type === undefined || !ts.isTypePredicateNode(node.type))
      return null;
    const { type, parameterName } = node.type;
    if (type === undefined || !this.type.mentions(this.checker.getTypeFromTypeNode(type)))
      return null;
    const parameter = node.parameters.find(
      ({ name }) => name.getText() === parameterName.getText(),
    );
    if (parameter === undefined || this.type.mentions(this.checker.getTypeAtLocation(parameter)))
      return null;
    return "declares an unchecked value to be";
  }

  private ofNew(node: ts.NewExpression): string | null {
    return !this.type.isWords && this.type.includes(this.checker.getTypeAtLocation(node))
      ? "constructs a"
      : null;
  }

  /** A generic function that makes one out of parts that are none, or a parser outside of our own code. */
  private ofCall(node: ts.CallExpression): string | null {
    const result = this.checker.getTypeAtLocation(node);
    if (
      this.type.isWords ||
      isLoose(result) ||
      !this.type.includes(this.checker.getAwaitedType(result) ?? result)
    )
      return null;
    const declaration = this.checker.getResolvedSignature(node)?.declaration;
    if (declaration?.type === undefined || !ts.isTypeNode(declaration.type)) return null;
    const callee = bare(node.expression);
    if (
      isOutside(declaration) &&
      ts.isPropertyAccessExpression(callee) &&
      decoding.test(callee.name.text)
    ) {
      return "parses a";
    }
    const generic = this.checker.getTypeFromTypeNode(declaration.type);
    if (this.type.mentions(generic) || !mentionsParameter(declaration)) return null;
    const given = [
      ...node.arguments,
      ...(ts.isPropertyAccessExpression(callee) ? [callee.expression] : []),
    ];
    if (given.some((one) => this.type.mentions(this.checker.getTypeAtLocation(one)))) return null;
    return "makes a";
  }

  /** An untyped value, or one that only looks like it, where the type is expected. */
  private ofFlow(node: ts.Expression): string | null {
    if (!flowsOn(node)) return null;
    const from = this.checker.getTypeAtLocation(node);
    const isAny = (from.flags & ts.TypeFlags.Any) !== 0;
    if (!isAny && (this.type.isWords || !(from.flags & ts.TypeFlags.StructuredType))) return null;
    const expected = this.checker.getContextualType(node);
    if (expected === undefined) return null;
    if (isAny)
      return this.type.mentions(expected) && this.type.mayComeFrom(node)
        ? "lets an untyped value become"
        : null;
    return this.type.isCopied(from, expected) ? "passes a look-alike as" : null;
  }
}

const decoding = /^(safe)?(parse|decode|validate|deserialize|unmarshal|cast)/i;

/** The expression directly under brackets and this one cast. */
function bareOnce(node: ts.AsExpression | ts.TypeAssertion): ts.Expression {
  let at = node.expression;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}

function isLoose(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Never)) !== 0;
}

function isOutside(declaration: ts.Node): boolean {
  return declaration.getSourceFile().isDeclarationFile;
}

/** The result is spelled with a type parameter of the function. */
function mentionsParameter(declaration: ts.SignatureDeclaration | ts.JSDocSignature): boolean {
  const names = new Set(
    (declaration.typeParameters ?? []).map((parameter) =>
      ts.isTypeParameterDeclaration(parameter) ? parameter.name.text : "",
    ),
  );
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && names.has(node.text)) found = true;
    else ts.forEachChild(node, visit);
  };
  if (declaration.type !== undefined) visit(declaration.type);
  return found;
}

function isLeaf(node: ts.Node): node is ts.Expression {
  return (
    ts.isIdentifier(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isAwaitExpression(node)
  );
}

/** The value goes to a place that has a type of its own. */
function flowsOn(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent) || ts.isConditionalExpression(parent))
    return flowsOn(parent);
  if (ts.isVariableDeclaration(parent))
    return parent.initializer === node && parent.type !== undefined;
  if (ts.isPropertyDeclaration(parent) || ts.isParameter(parent))
    return parent.initializer === node && parent.type !== undefined;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return parent.expression !== node;
  if (
    ts.isReturnStatement(parent) ||
    ts.isYieldExpression(parent) ||
    ts.isArrayLiteralExpression(parent)
  )
    return true;
  if (ts.isArrowFunction(parent)) return parent.body === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return isAssignment(parent) && parent.right === node;
}

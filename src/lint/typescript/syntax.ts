/** Questions about the form of code that need no types. */
import ts from "typescript";

type Wrapped =
  | ts.ParenthesizedExpression
  | ts.AsExpression
  | ts.TypeAssertion
  | ts.NonNullExpression
  | ts.SatisfiesExpression;

/** Brackets, casts, `!` and `satisfies`: what leaves the value as it is. */
export function isWrapper(node: ts.Node): node is Wrapped {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

/** The expression inside of all wrappers. */
export function bare(expression: ts.Expression): ts.Expression {
  let at = expression;
  while (isWrapper(at)) at = at.expression;
  return at;
}

/** The largest expression around this one that has the same value, or may have it. */
export function carried(expression: ts.Expression): ts.Expression {
  let at = expression;
  for (;;) {
    const { parent } = at;
    if (isWrapper(parent) || passesOn(parent, at)) at = parent;
    else return at;
  }
}

function passesOn(parent: ts.Node, child: ts.Expression): parent is ts.Expression {
  if (ts.isConditionalExpression(parent)) return parent.condition !== child;
  if (!ts.isBinaryExpression(parent)) return false;
  switch (parent.operatorToken.kind) {
    case ts.SyntaxKind.CommaToken:
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return parent.right === child;
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return true;
    default:
      return false;
  }
}

export function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

/** The property access an identifier names, the identifier itself, or null where it is no value. */
export function accessOf(name: ts.Identifier | ts.PrivateIdentifier): ts.Expression | null {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent) && parent.name === name) return parent;
  return ts.isIdentifier(name) && !isNameOnly(name) && !isInType(name) ? name : null;
}

/** Names in declarations, imports, exports, patterns and labels are no values; `{ name }` is one. */
function isNameOnly(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.objectAssignmentInitializer === name;
  if (
    ts.isExportAssignment(parent) ||
    ts.isImportEqualsDeclaration(parent) ||
    ts.isJsxAttribute(parent)
  )
    return true;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent))
    return true;
  if (ts.isNamespaceImport(parent) || ts.isNamespaceExport(parent) || ts.isMetaProperty(parent))
    return true;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
  if ("propertyName" in parent && parent.propertyName === name) return true;
  return "name" in parent && parent.name === name;
}

function isInType(name: ts.Identifier): boolean {
  let at: ts.Node = name;
  while (ts.isQualifiedName(at.parent)) at = at.parent;
  return ts.isTypeQueryNode(at.parent) || ts.isPartOfTypeNode(name);
}

/** `object` and `key` of `Reflect.get(object, key)` and its like; the called name. */
export function calledMember(
  call: ts.CallExpression,
): { readonly object: ts.Expression; readonly name: string } | null {
  const callee = bare(call.expression);
  if (ts.isPropertyAccessExpression(callee))
    return { object: callee.expression, name: callee.name.text };
  if (ts.isElementAccessExpression(callee) && ts.isStringLiteralLike(callee.argumentExpression)) {
    return { object: callee.expression, name: callee.argumentExpression.text };
  }
  return null;
}

/** `Reflect.set`, `Object.assign`, … or null. */
export function builtinName(call: ts.CallExpression): string | null {
  const member = calledMember(call);
  if (member === null || !ts.isIdentifier(member.object)) return null;
  return `${member.object.text}.${member.name}`;
}

export function isFunctionWithBody(
  node: ts.Node,
): node is ts.FunctionLikeDeclaration & { body: ts.ConciseBody } {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

/** `[x.field] = …`, `({ a: x.field } = …)`. */
export function isPatternTarget(at: ts.Node): boolean {
  let node: ts.Node = at;
  while (
    ts.isArrayLiteralExpression(node.parent) ||
    ts.isObjectLiteralExpression(node.parent) ||
    ts.isSpreadElement(node.parent) ||
    ts.isParenthesizedExpression(node.parent) ||
    (ts.isPropertyAssignment(node.parent) && node.parent.initializer === node)
  ) {
    node = node.parent;
  }
  return node !== at && isAssignment(node.parent) && node.parent.left === node;
}

/** The function whose code this is, or null at the top of a file. */
export function enclosingFunction(node: ts.Node): ts.FunctionLikeDeclaration | null {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (isFunctionWithBody(at)) return at;
  }
  return null;
}

/** What stands where in one source file, by name, so that a search looks at few nodes. */
import ts from "typescript";

import { bare } from "./syntax.js";

export interface FileIndex {
  /** Every identifier by its text, escapes resolved; private names with their `#`. */
  readonly identifiers: ReadonlyMap<string, readonly (ts.Identifier | ts.PrivateIdentifier)[]>;
  /** `a[b]` whose key is no number, and `{ [b]: c }` in patterns. */
  readonly computed: readonly (ts.ElementAccessExpression | ts.BindingElement)[];
  /** `import name from` and `export default name`. */
  readonly defaults: readonly ts.Identifier[];
  /** Calls of `Reflect.x` and `Object.x`, which reach properties by name. */
  readonly reflective: readonly ts.CallExpression[];
}

const indexes = new WeakMap<ts.SourceFile, FileIndex>();

export function indexOf(file: ts.SourceFile): FileIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const made = build(file);
  indexes.set(file, made);
  return made;
}

/** False only when no identifier of the file can have this name. */
export function mayName(file: ts.SourceFile, name: string): boolean {
  // An identifier may be written with escapes.
  return file.text.includes(name) || file.text.includes("\\u");
}

function build(file: ts.SourceFile): FileIndex {
  const identifiers = new Map<string, (ts.Identifier | ts.PrivateIdentifier)[]>();
  const computed: (ts.ElementAccessExpression | ts.BindingElement)[] = [];
  const defaults: ts.Identifier[] = [];
  const reflective: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      const same = identifiers.get(node.text);
      if (same === undefined) identifiers.set(node.text, [node]);
      else same.push(node);
      return;
    }
    if (isComputed(node)) computed.push(node);
    else if (ts.isImportClause(node) && node.name !== undefined) defaults.push(node.name);
    else if (ts.isExportAssignment(node) && ts.isIdentifier(node.expression))
      defaults.push(node.expression);
    else if (ts.isCallExpression(node) && isReflective(node)) reflective.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { identifiers, computed, defaults, reflective };
}

function isComputed(node: ts.Node): node is ts.ElementAccessExpression | ts.BindingElement {
  if (ts.isElementAccessExpression(node)) return !ts.isNumericLiteral(node.argumentExpression);
  return (
    ts.isBindingElement(node) &&
    node.propertyName !== undefined &&
    ts.isComputedPropertyName(node.propertyName)
  );
}

function isReflective({ expression }: ts.CallExpression): boolean {
  const callee = bare(expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    (callee.expression.text === "Reflect" || callee.expression.text === "Object")
  );
}

/** The name of the place a piece of code stands in: the outermost declaration, with the member of a class. */
import ts from "typescript";

import { bare } from "./syntax.js";

/** Code outside of any declaration. */
export const moduleSite = "<module>";

/** `commitRunStatus`, `Master.dispatch`, `registry.put` or `<module>`. */
export function siteOf(node: ts.Node): string {
  const names: string[] = [];
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    const name = nameOf(at);
    if (name === null) continue;
    // Only containers add their name in front; a function inside a function belongs to the outer one.
    if (isContainer(at) && names.length > 0) names.unshift(name);
    else names.splice(0, names.length, name);
  }
  return names.length === 0 ? moduleSite : names.slice(0, 3).join(".");
}

function nameOf(node: ts.Node): string | null {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (ts.isExportAssignment(node)) return "default";
  if (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isEnumDeclaration(node)
  ) {
    return node.name === undefined ? "default" : written(node.name);
  }
  if (ts.isVariableDeclaration(node)) return ts.isIdentifier(node.name) ? node.name.text : null;
  if (ts.isPropertyAssignment(node)) return holdsFunction(node) ? written(node.name) : null;
  return null;
}

function holdsFunction({ initializer }: ts.PropertyAssignment): boolean {
  return ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer);
}

function isContainer(node: ts.Node): boolean {
  return (
    ts.isClassDeclaration(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isExportAssignment(node) ||
    (ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      (ts.isObjectLiteralExpression(bare(node.initializer)) ||
        ts.isClassExpression(bare(node.initializer))))
  );
}

function written(name: ts.PropertyName | ts.ModuleName): string {
  // `#` divides path and symbol already: a private name is written without it.
  return ts.isComputedPropertyName(name)
    ? `[${name.expression.getText()}]`
    : name.text.replace(/^#/, "");
}

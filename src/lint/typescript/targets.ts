/**
 * What `module#Name.member` of a configuration means in one program, and whether a symbol of the code is it.
 *
 * A member is also met through classes that override it, interfaces it implements, and structural types its
 * owner fits: a value of such a type may be the owner.
 */
import { dirname, join } from "node:path";

import ts from "typescript";

import type { SymbolReference } from "../config-schema.js";
import { nearest } from "../nearest.js";
import { type Scope, symbolOf } from "./scope.js";

export interface Target {
  readonly reference: SymbolReference;
  /** As messages call it: `RunStore.append`. */
  readonly label: string;
  readonly symbols: readonly ts.Symbol[];
  readonly declarations: ReadonlySet<ts.Declaration>;
  /** Type that has the member; null for a name at the top of a module. */
  readonly owner: ts.Type | null;
  /** Files whose text declares it. */
  readonly files: readonly ts.SourceFile[];
  /** Every place counts at which it is mentioned, because it cannot be called. */
  readonly isNamespace: boolean;
}

/** `absent`: nothing in this program can refer to it. `unknown`: the configuration names what does not exist. */
export type Resolution =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly message: string };

export function resolveTarget(scope: Scope, reference: SymbolReference): Resolution {
  const from = moduleOf(scope, reference);
  if (from.kind !== "module") return from;
  let found: readonly ts.Symbol[] = [];
  let owner: ts.Type | null = null;
  let known = from.names;
  const [first = ""] = reference.names;
  if (first === "*") {
    return target(
      scope,
      reference,
      from
        .names()
        .map((name) => from.find(name))
        .filter((one) => one !== undefined),
      null,
    );
  }
  for (const [depth, name] of reference.names.entries()) {
    const [container] = found;
    if (depth === 0 || container === undefined) {
      const symbol = from.find(name);
      found = symbol === undefined ? [] : [scope.resolved(symbol)];
    } else {
      const members = membersOf(scope, container);
      const holder = members.find((type) => type.getProperty(name) !== undefined) ?? null;
      known = () =>
        members.flatMap((type) => type.getProperties().map((property) => property.name));
      const property = holder?.getProperty(name) ?? exported(scope, container, name);
      owner = holder;
      found = property === undefined ? [] : [property];
    }
    if (found.length === 0) {
      const where = depth === 0 ? reference.module : reference.names.slice(0, depth).join(".");
      return { kind: "unknown", message: `${where} has no "${name}".${nearest(name, known())}` };
    }
  }
  return target(scope, reference, found, owner);
}

function target(
  scope: Scope,
  reference: SymbolReference,
  symbols: readonly ts.Symbol[],
  owner: ts.Type | null,
): Resolution {
  const declarations = new Set(symbols.flatMap((symbol) => declarationsOf(scope, symbol)));
  const files = [...new Set([...declarations].map((declaration) => declaration.getSourceFile()))];
  const [only] = symbols;
  const isNamespace = symbols.length === 1 && only !== undefined && isPlainObject(scope, only);
  return {
    kind: "target",
    target: {
      reference,
      label: reference.names.join("."),
      symbols,
      declarations,
      owner,
      files,
      isNamespace,
    },
  };
}

/** True when the symbol is the target, or may be it at run time. */
export function isTarget(scope: Scope, target: Target, symbol: ts.Symbol): boolean {
  const declarations = declarationsOf(scope, symbol);
  if (declarations.some((declaration) => target.declarations.has(declaration))) return true;
  const { owner } = target;
  if (owner === null || symbol.name !== target.reference.names.at(-1)) return false;
  return declarations.some((declaration) => mayBeMemberOf(scope, declaration.parent, owner));
}

export function declarationsOf(scope: Scope, symbol: ts.Symbol): readonly ts.Declaration[] {
  return scope.checker
    .getRootSymbols(scope.resolved(symbol))
    .flatMap((root) => root.declarations ?? []);
}

const related = new WeakMap<ts.Type, Map<ts.Node, boolean>>();

/** The holder extends or implements the owner, the owner extends or implements it, or fits its shape. */
function mayBeMemberOf(scope: Scope, holder: ts.Node, owner: ts.Type): boolean {
  const known = related.get(owner) ?? new Map<ts.Node, boolean>();
  related.set(owner, known);
  const before = known.get(holder);
  if (before !== undefined) return before;
  const answer = isRelated(scope, holder, owner);
  known.set(holder, answer);
  return answer;
}

function isRelated(scope: Scope, holder: ts.Node, owner: ts.Type): boolean {
  const { checker } = scope;
  if (
    !ts.isClassLike(holder) &&
    !ts.isInterfaceDeclaration(holder) &&
    !ts.isTypeLiteralNode(holder)
  )
    return false;
  const type = ts.isTypeLiteralNode(holder)
    ? checker.getTypeFromTypeNode(holder)
    : declaredType(scope, holder);
  if (type === null) return false;
  if (ancestors(scope, type).has(owner.symbol) || ancestors(scope, owner).has(type.symbol))
    return true;
  // A class is named where it is meant; a shape is not.
  if (ts.isClassLike(holder) && !hasAbstract(holder)) return false;
  return checker.isTypeAssignableTo(owner, type);
}

function declaredType(
  scope: Scope,
  node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration,
): ts.Type | null {
  const symbol =
    node.name === undefined
      ? scope.checker.getTypeAtLocation(node).symbol
      : scope.checker.getSymbolAtLocation(node.name);
  return symbol === undefined ? null : scope.checker.getDeclaredTypeOfSymbol(symbol);
}

function hasAbstract(node: ts.ClassLikeDeclaration): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword)
  );
}

/** Symbols of every class and interface a type extends or implements. */
export function ancestors(scope: Scope, type: ts.Type): ReadonlySet<ts.Symbol | undefined> {
  const found = new Set<ts.Symbol | undefined>();
  const waiting: ts.Type[] = [type];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const declaration of symbolOf(at)?.declarations ?? []) {
      if (!ts.isClassLike(declaration) && !ts.isInterfaceDeclaration(declaration)) continue;
      for (const clause of declaration.heritageClauses ?? []) {
        for (const heritage of clause.types) {
          const above = scope.checker.getTypeAtLocation(heritage);
          const symbol = symbolOf(above);
          if (symbol === undefined || found.has(symbol)) continue;
          found.add(symbol);
          waiting.push(above);
        }
      }
    }
  }
  return found;
}

/** Instance side first, then the value itself. */
function membersOf(scope: Scope, symbol: ts.Symbol): readonly ts.Type[] {
  const { checker } = scope;
  const types: ts.Type[] = [];
  if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) {
    types.push(checker.getDeclaredTypeOfSymbol(symbol));
  }
  if (symbol.flags & ts.SymbolFlags.Value) types.push(checker.getTypeOfSymbol(symbol));
  return types;
}

function exported(scope: Scope, container: ts.Symbol, name: string): ts.Symbol | undefined {
  if (!(container.flags & ts.SymbolFlags.Module)) return undefined;
  return scope.checker.getExportsOfModule(container).find((symbol) => symbol.name === name);
}

/** A value that cannot be called, such as `process`: to mention it is to use it. */
function isPlainObject(scope: Scope, symbol: ts.Symbol): boolean {
  if (!(symbol.flags & ts.SymbolFlags.Variable)) return false;
  const type = scope.checker.getTypeOfSymbol(symbol);
  return type.getCallSignatures().length === 0 && type.getConstructSignatures().length === 0;
}

interface Module {
  readonly kind: "module";
  find(name: string): ts.Symbol | undefined;
  names(): readonly string[];
}

type Located =
  Module | { readonly kind: "absent" } | { readonly kind: "unknown"; readonly message: string };

function moduleOf(scope: Scope, { module }: SymbolReference): Located {
  if (module === "global") return globals(scope);
  const file = scope.program.getSourceFile(join(scope.root, module));
  if (file !== undefined) return sourceModule(scope, file);
  if (/\.[cm]?[jt]sx?$/.test(module)) return { kind: "absent" };
  const ambient = scope.checker
    .getAmbientModules()
    .find(({ name }) => sameModule(name.slice(1, -1), module));
  if (ambient !== undefined) return exportsOf(scope, ambient);
  const path = ts.resolveModuleName(
    module,
    join(scope.root, "-.ts"),
    scope.program.getCompilerOptions(),
    ts.sys,
  ).resolvedModule?.resolvedFileName;
  const found = path === undefined ? undefined : scope.program.getSourceFile(path);
  if (found !== undefined) return sourceModule(scope, found);
  if (path !== undefined || module.startsWith("node:")) return { kind: "absent" };
  return {
    kind: "unknown",
    message: `no file and no package "${module}" below ${dirname(join(scope.root, "-"))}.`,
  };
}

/** `fs` and `node:fs` are one module. */
function sameModule(a: string, b: string): boolean {
  return a.replace(/^node:/, "") === b.replace(/^node:/, "");
}

function sourceModule(scope: Scope, file: ts.SourceFile): Module {
  const symbol = scope.checker.getSymbolAtLocation(file);
  const own = symbol === undefined ? null : exportsOf(scope, symbol);
  const local = (name: string) =>
    scope.checker
      .getSymbolsInScope(
        file,
        ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace,
      )
      .find((candidate) => candidate.name === name && isOf(candidate, file));
  return {
    kind: "module",
    find: (name) => own?.find(name) ?? local(name),
    names: () => [...(own?.names() ?? []), ...file.statements.flatMap(declaredNames)],
  };
}

function isOf(symbol: ts.Symbol, file: ts.SourceFile): boolean {
  return (symbol.declarations ?? []).some((declaration) => declaration.getSourceFile() === file);
}

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  return "name" in statement && ts.isIdentifier(statement.name as ts.Node)
    ? [(statement.name as ts.Identifier).text]
    : [];
}

function exportsOf(scope: Scope, module: ts.Symbol): Module {
  const all = scope.checker.getExportsOfModule(module);
  return {
    kind: "module",
    find: (name) => all.find((symbol) => symbol.name === name),
    names: () => all.map(({ name }) => name),
  };
}

function globals(scope: Scope): Module {
  const { checker } = scope;
  return {
    kind: "module",
    find: (name) => checker.resolveName(name, undefined, ts.SymbolFlags.Value, false),
    names: () => {
      const [file] = scope.files;
      return file === undefined
        ? []
        : checker.getSymbolsInScope(file, ts.SymbolFlags.Value).map(({ name }) => name);
    },
  };
}

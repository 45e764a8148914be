/**
 * Finds every place that refers to a target: by its own name, by the names it is imported and exported under,
 * through patterns, computed keys and reflection, and by the variables it was put into.
 */
import ts from "typescript";

import { indexOf } from "./file-index.js";
import type { Scope } from "./scope.js";
import { accessOf, bare, builtinName, isAssignment } from "./syntax.js";
import { type Target, declarationsOf, isTarget } from "./targets.js";

/** An expression whose value is the target, and by which steps that is known. */
export interface Reference {
  readonly node: ts.Expression;
  readonly via: readonly string[];
  /** What the follower said of the name; null for the target itself. */
  readonly tag: string | null;
}

interface Known {
  readonly via: readonly string[];
  readonly tag: string | null;
}

const itself: Known = { via: [], tag: null };

const reading = new Set([
  "Reflect.get",
  "Reflect.getOwnPropertyDescriptor",
  "Object.getOwnPropertyDescriptor",
]);

export class Tracker {
  readonly scope: Scope;
  readonly target: Target;
  private readonly followed = new Map<ts.Node, Known>();
  private readonly waiting: string[] = [];
  private readonly seen = new Map<ts.Node, string | null>();
  private readonly names = new Set<string>();
  /** Grows with every name that is followed. */
  private news = 0;
  /** The file of the reference that is looked at. */
  private at: ts.SourceFile | null = null;
  private readonly receive: (reference: Reference) => void;

  constructor(scope: Scope, target: Target, receive: (reference: Reference) => void) {
    this.scope = scope;
    this.target = target;
    this.receive = receive;
    for (const symbol of target.symbols) this.waiting.push(symbol.name);
    this.waiting.push(...target.reference.names.slice(-1).filter((name) => name !== "*"));
  }

  run(): void {
    this.imports();
    this.computed();
    const done = new Map<string, number>();
    for (let name = this.waiting.pop(); name !== undefined; name = this.waiting.pop()) {
      // A name is looked at again when something new goes by it.
      if (done.get(name) === this.news) continue;
      done.set(name, this.news);
      for (const file of this.scope.filesNaming(name)) {
        for (const identifier of indexOf(file).identifiers.get(name) ?? []) this.visit(identifier);
      }
    }
  }

  /** From here on the declared name stands for the target too. */
  follow(name: ts.Node, step: string, via: readonly string[], tag: string | null = null): void {
    const symbol = this.scope.checker.getSymbolAtLocation(name);
    if (symbol !== undefined)
      this.followSymbol(symbol, `${step} (${this.scope.place(name)})`, via, tag);
  }

  followSymbol(
    symbol: ts.Symbol,
    step: string,
    via: readonly string[],
    tag: string | null = null,
  ): void {
    for (const declaration of symbol.declarations ?? []) {
      if (this.target.declarations.has(declaration)) continue;
      if (this.at !== null) this.scope.handOver(this.at, declaration.getSourceFile());
      const before = this.followed.get(declaration);
      // Two tags of one name: the weaker one, which sorts first, gives way once.
      if (before !== undefined && (before.tag === tag || (before.tag ?? "~") > (tag ?? "~")))
        continue;
      this.followed.set(declaration, { via: [...via, step], tag });
      this.news += 1;
      this.waiting.push(symbol.name);
    }
  }

  /** How the symbol is known to be the target, or null when it is not. */
  private known(symbol: ts.Symbol | undefined): Known | null {
    if (symbol === undefined) return null;
    for (const declaration of declarationsOf(this.scope, symbol)) {
      const known = this.followed.get(declaration);
      if (known !== undefined) return known;
    }
    return isTarget(this.scope, this.target, symbol) ? itself : null;
  }

  private emit(node: ts.Expression, { via, tag }: Known): void {
    if (this.seen.get(node) === tag) return;
    this.seen.set(node, tag);
    this.at = node.getSourceFile();
    this.receive({ node, via, tag });
  }

  private visit(name: ts.Identifier | ts.PrivateIdentifier): void {
    const { checker } = this.scope;
    this.at = name.getSourceFile();
    const { parent } = name;
    if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) {
      if (this.known(checker.getSymbolAtLocation(name)) !== null) this.renamed(parent);
    } else if (ts.isImportEqualsDeclaration(parent) && parent.name !== name) {
      if (this.known(checker.getSymbolAtLocation(name)) !== null)
        this.waiting.push(parent.name.text);
    } else if (ts.isBindingElement(parent) && parent.initializer !== name) {
      this.pattern(parent, name);
    } else if (isPatternProperty(parent) && ts.isIdentifier(name) && parent.name === name) {
      this.assignedPattern(parent, name);
    }
    this.value(name);
  }

  private value(name: ts.Identifier | ts.PrivateIdentifier): void {
    const access = accessOf(name);
    if (access === null) return;
    const { checker } = this.scope;
    const shorthand = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : undefined;
    const symbol = shorthand ?? checker.getSymbolAtLocation(name);
    if (symbol === undefined && this.isUnresolvedGlobal(access)) this.emit(access, itself);
    const known = this.known(symbol) ?? this.known(this.throughCast(access, name.text));
    if (known !== null) this.emit(access, known);
  }

  /** `(store as any).append`: the property of what was cast away, to `any` or to another type. */
  private throughCast(access: ts.Expression, name: string): ts.Symbol | undefined {
    if (!ts.isPropertyAccessExpression(access) && !ts.isElementAccessExpression(access))
      return undefined;
    const type = beforeCast(this.scope, bare(access.expression));
    return type === null ? undefined : this.scope.checker.getPropertyOfType(type, name);
  }

  /** A global that no library of this program declares. */
  private isUnresolvedGlobal(access: ts.Expression): boolean {
    const { module, names } = this.target.reference;
    if (module !== "global" || this.target.symbols.length > 0) return false;
    const [first, second] = names;
    if (second === undefined) return ts.isIdentifier(access) && access.text === first;
    return (
      ts.isPropertyAccessExpression(access) &&
      access.name.text === second &&
      ts.isIdentifier(access.expression) &&
      access.expression.text === first
    );
  }

  private renamed({ name, propertyName }: ts.ImportSpecifier | ts.ExportSpecifier): void {
    this.rename(name.text);
    if (propertyName !== undefined) this.rename(propertyName.text);
  }

  private rename(name: string): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    for (const file of this.scope.filesNaming(name)) {
      for (const identifier of indexOf(file).identifiers.get(name) ?? []) this.visit(identifier);
    }
    this.waiting.push(name);
  }

  /** `const { append: put } = store`. */
  private pattern(element: ts.BindingElement, name: ts.Identifier | ts.PrivateIdentifier): void {
    if (element.propertyName !== name && element.propertyName !== undefined) return;
    if (!ts.isObjectBindingPattern(element.parent)) return;
    const type = this.scope.checker.getTypeAtLocation(element.parent);
    const known = this.known(this.scope.checker.getPropertyOfType(type, name.text));
    if (known !== null && ts.isIdentifier(element.name)) {
      this.follow(
        element.name,
        takenOut(name.text, element.name.text),
        known.via,
        known.tag ?? "named",
      );
    }
  }

  /** `({ append: put } = store)`. */
  private assignedPattern(
    property: ts.PropertyAssignment | ts.ShorthandPropertyAssignment,
    name: ts.Identifier,
  ): void {
    if (!isAssigned(property)) return;
    const { checker } = this.scope;
    const type = patternType(this.scope, property);
    const known = this.known(
      type === null ? undefined : checker.getPropertyOfType(type, name.text),
    );
    const into = ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer;
    if (known === null || !ts.isIdentifier(into)) return;
    const symbol = ts.isShorthandPropertyAssignment(property)
      ? checker.getShorthandAssignmentValueSymbol(property)
      : checker.getSymbolAtLocation(into);
    const step = `${takenOut(name.text, into.text)} (${this.scope.place(into)})`;
    if (symbol !== undefined) this.followSymbol(symbol, step, known.via, known.tag ?? "named");
  }

  /** Default imports carry no name that could be searched for. */
  private imports(): void {
    if (this.target.owner !== null || this.target.reference.module === "global") return;
    for (const file of this.scope.files) {
      for (const name of indexOf(file).defaults) {
        if (this.known(this.scope.checker.getSymbolAtLocation(name)) === null) continue;
        this.rename(name.text);
        this.rename("default");
      }
    }
  }

  private computed(): void {
    const key = this.target.reference.names.at(-1) ?? "";
    const isLocal = this.target.files.every(
      (file) => ts.isExternalModule(file) && this.scope.files.includes(file),
    );
    const files = isLocal ? this.scope.dependents(this.target.files) : this.scope.files;
    for (const file of files) {
      const index = indexOf(file);
      this.at = file;
      for (const node of index.computed) this.computedAccess(node, key);
      for (const call of index.reflective) this.reflective(call, key);
    }
  }

  private computedAccess(node: ts.ElementAccessExpression | ts.BindingElement, key: string): void {
    const { checker } = this.scope;
    const argument = ts.isBindingElement(node)
      ? (node.propertyName as ts.ComputedPropertyName).expression
      : node.argumentExpression;
    if (!mayBeKey(checker.getTypeAtLocation(argument), key)) return;
    const object = ts.isBindingElement(node) ? node.parent : node.expression;
    const symbol = checker.getPropertyOfType(checker.getTypeAtLocation(object), key);
    const known =
      this.known(symbol) ??
      (ts.isBindingElement(node) ? null : this.known(this.throughCast(node, key)));
    if (known === null) return;
    if (!ts.isBindingElement(node)) {
      const step = ts.isStringLiteralLike(argument)
        ? []
        : [`the key \`${argument.getText()}\` may be "${key}"`];
      this.emit(node, { ...known, via: [...known.via, ...step] });
    } else if (ts.isIdentifier(node.name)) {
      this.follow(node.name, takenOut(key, node.name.text), known.via, known.tag ?? "named");
    }
  }

  private reflective(call: ts.CallExpression, key: string): void {
    const name = builtinName(call);
    const [object, property] = call.arguments;
    if (name === null || !reading.has(name) || object === undefined || property === undefined)
      return;
    const { checker } = this.scope;
    if (!mayBeKey(checker.getTypeAtLocation(property), key)) return;
    const known = this.known(checker.getPropertyOfType(checker.getTypeAtLocation(object), key));
    if (known !== null)
      this.emit(call, { ...known, via: [...known.via, `\`${name}\` reads "${key}"`] });
  }
}

function takenOut(property: string, name: string): string {
  return `\`${property}\` is taken out as \`${name}\``;
}

export function mayBeKey(type: ts.Type, key: string): boolean {
  if (type.isUnion()) return type.types.some((one) => mayBeKey(one, key));
  if (type.isStringLiteral()) return type.value === key;
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const constraint = type.getConstraint();
    return constraint !== undefined && mayBeKey(constraint, key);
  }
  return false;
}

/** The type of a value before it was cast to `any`, also of the variable that holds it. */
export function beforeCast(scope: Scope, expression: ts.Expression): ts.Type | null {
  const { checker } = scope;
  let at = expression;
  for (let step = 0; step < castStepsMax; step += 1) {
    const type = checker.getTypeAtLocation(at);
    if (!(type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown))) return type;
    if (
      ts.isParenthesizedExpression(at) ||
      ts.isAsExpression(at) ||
      ts.isTypeAssertionExpression(at)
    )
      at = at.expression;
    else if (ts.isNonNullExpression(at) || ts.isSatisfiesExpression(at) || ts.isAwaitExpression(at))
      at = at.expression;
    else {
      const initializer = ts.isIdentifier(at) ? initializerOf(scope, at) : null;
      if (initializer === null) return null;
      at = initializer;
    }
  }
  return null;
}

/** Most casts and variables that are looked through for one value. */
const castStepsMax = 20;

export function initializerOf(scope: Scope, name: ts.Identifier): ts.Expression | null {
  const declaration = scope.checker.getSymbolAtLocation(name)?.valueDeclaration;
  return declaration !== undefined && ts.isVariableDeclaration(declaration)
    ? (declaration.initializer ?? null)
    : null;
}

function isPatternProperty(
  node: ts.Node,
): node is ts.PropertyAssignment | ts.ShorthandPropertyAssignment {
  return ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
}

/** The literal is the left side of an assignment. */
function isAssigned(property: ts.Node): boolean {
  const literal = property.parent;
  let at: ts.Node = literal;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return isAssignment(at.parent) && at.parent.left === at;
}

function patternType(scope: Scope, property: ts.Node): ts.Type | null {
  let at: ts.Node = property.parent;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return isAssignment(at.parent) ? scope.checker.getTypeAtLocation(at.parent.right) : null;
}

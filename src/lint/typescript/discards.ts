/**
 * `discard` sinks: each call whose result, promise or error goes nowhere. Followed through chains of `.then`,
 * through variables that are never read, functions that return the call, and one level of functions that await it.
 */
import ts from "typescript";

import { indexOf } from "./file-index.js";
import { type Search, lastStep } from "./recognise.js";
import type { Scope } from "./scope.js";
import { swallows } from "./swallows.js";
import { bare, builtinName, carried, enclosingFunction, isAssignment } from "./syntax.js";
import { Tracker } from "./tracker.js";
import { useOf } from "./uses.js";

/** The function only awaits the call: its promise carries the error, its result is its own. */
const awaits = "awaits";

export function findDiscards(search: Search): void {
  new DiscardSearch(search).run();
}

class DiscardSearch {
  private readonly search: Search;
  private readonly scope: Scope;
  private readonly tracker: Tracker;

  constructor(search: Search) {
    this.search = search;
    this.scope = search.scope;
    this.tracker = new Tracker(search.scope, search.target, ({ node, via, tag }) => {
      const use = useOf(node);
      if (use.kind === "named")
        this.tracker.follow(use.name, `\`${use.name.text}\` holds it`, via, tag);
      else if (use.kind === "taken") this.handedOn(use.at, via);
      else if (use.kind === "called" && ts.isExpression(use.call))
        this.fate(use.call, use.call, via, tag);
    });
  }

  run(): void {
    this.tracker.run();
  }

  /** `forEach(store.append)`: whoever calls it expects nothing back. */
  private handedOn(at: ts.Expression, via: readonly string[]): void {
    if (this.expectsNothing(at)) this.report(at, "hands on, to be called and forgotten,", via);
  }

  private expectsNothing(at: ts.Expression): boolean {
    const expected = this.scope.checker.getContextualType(at);
    const signatures = expected?.getCallSignatures() ?? [];
    return (
      signatures.length > 0 &&
      signatures.every((one) => (one.getReturnType().flags & ts.TypeFlags.Void) !== 0)
    );
  }

  /** What becomes of `value`, which carries the outcome of `call`. */
  private fate(
    call: ts.Expression,
    value: ts.Expression,
    via: readonly string[],
    tag: string | null,
  ): void {
    const at = carried(value);
    const { parent } = at;
    if (ts.isAwaitExpression(parent)) return this.awaited(call, parent, via, tag);
    if (isDropped(at)) {
      if (this.carriesOutcome(at)) this.report(call, "drops the outcome of", via);
      else this.caught(call, at, via);
    } else if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
      this.chained(call, parent, via, tag);
    } else if (ts.isReturnStatement(parent) || ts.isArrowFunction(parent)) {
      this.returned(call, at, via, tag);
    } else if (ts.isVariableDeclaration(parent) && parent.initializer === at) {
      this.kept(call, parent.name, via);
    } else if (isAssignment(parent) && parent.right === at) {
      this.kept(call, parent.left, via);
    } else if (ts.isArrayLiteralExpression(parent) && ts.isCallExpression(parent.parent)) {
      if (combining.has(builtinName(parent.parent) ?? "")) this.fate(call, parent.parent, via, tag);
    } else if (!this.isPromise(at)) {
      this.caught(call, at, via);
    }
  }

  private awaited(
    call: ts.Expression,
    wait: ts.AwaitExpression,
    via: readonly string[],
    tag: string | null,
  ): void {
    const at = carried(wait);
    if (this.caught(call, at, via)) return;
    if (tag !== awaits && isDropped(at) && this.hasResult(at))
      return this.report(call, "drops the result of", via);
    if (ts.isReturnStatement(at.parent) || ts.isArrowFunction(at.parent))
      return this.returned(call, at, via, tag);
    if (ts.isVariableDeclaration(at.parent) && tag !== awaits) this.kept(call, at.parent.name, via);
    if (tag === null) this.follow(at, "awaits it", via, awaits);
  }

  /** `.then(f, g)`, `.catch(g)` and `.finally(f)`. */
  private chained(
    call: ts.Expression,
    access: ts.PropertyAccessExpression,
    via: readonly string[],
    tag: string | null,
  ): void {
    const outer = carried(access).parent;
    if (!ts.isCallExpression(outer)) return;
    const name = access.name.text;
    if (name === "finally") return this.fate(call, outer, via, tag);
    const handler =
      name === "catch" ? outer.arguments[0] : name === "then" ? outer.arguments[1] : undefined;
    if (name !== "catch" && name !== "then") return;
    if (handler === undefined) return this.fate(call, outer, via, tag);
    if (swallows(this.scope, handler) && !this.answers(outer))
      this.report(call, "swallows the error of", via);
  }

  /** The chain ends in a value that somebody takes: `.then(() => true, () => false)`. */
  private answers(chain: ts.Expression): boolean {
    const outer = carried(chain);
    const at = ts.isAwaitExpression(outer.parent) ? carried(outer.parent) : outer;
    const type = this.scope.checker.getTypeAtLocation(chain);
    return !isDropped(at) && this.isResult(this.scope.checker.getAwaitedType(type) ?? type);
  }

  private returned(
    call: ts.Expression,
    at: ts.Expression,
    via: readonly string[],
    tag: string | null,
  ): void {
    const owner = enclosingFunction(at);
    if (
      owner !== null &&
      ts.isExpression(owner) &&
      this.isPromise(at) &&
      this.expectsNothing(owner)
    ) {
      return this.report(call, "drops, in a callback that returns nothing, the outcome of", via);
    }
    this.follow(at, "returns it", via, tag);
  }

  /** Whoever calls the function around it gets the outcome. */
  private follow(
    at: ts.Expression,
    step: string,
    via: readonly string[],
    tag: string | null,
  ): void {
    const owner = enclosingFunction(at);
    if (owner === null) return;
    const holder = ts.isExpression(owner) ? carried(owner).parent : owner;
    const name =
      owner.name ??
      (ts.isVariableDeclaration(holder) ||
      ts.isPropertyAssignment(holder) ||
      ts.isPropertyDeclaration(holder)
        ? holder.name
        : undefined);
    if (name !== undefined) {
      this.tracker.follow(name, `\`${name.getText()}\` ${step}`, via, tag);
    } else if (tag === awaits || step === "awaits it") {
      if (ts.isExpression(owner) && this.expectsNothing(owner)) {
        this.report(at, "drops, in a callback that returns nothing, the outcome of", via);
      }
    }
  }

  /** A variable that nobody reads, or that is only mentioned, drops what it holds. */
  private kept(call: ts.Expression, name: ts.Node, via: readonly string[]): void {
    if (!ts.isIdentifier(name)) return;
    const symbol = this.scope.checker.getSymbolAtLocation(name);
    const mentions = (indexOf(name.getSourceFile()).identifiers.get(name.text) ?? []).filter(
      (mention) => mention !== name && this.scope.checker.getSymbolAtLocation(mention) === symbol,
    );
    const isExported = (symbol?.declarations ?? []).some(
      (declaration) => ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export,
    );
    const isRead = mentions.some(
      (mention) => ts.isExpression(mention) && !isDropped(mention) && !isOverwritten(mention),
    );
    const shorthand = mentions.some(
      ({ parent }) => ts.isShorthandPropertyAssignment(parent) || ts.isExportSpecifier(parent),
    );
    if (!isExported && !isRead && !shorthand)
      this.report(call, `keeps in \`${name.text}\`, which nobody reads, the outcome of`, via);
  }

  /** Inside of a `try` that handles nothing. */
  private caught(call: ts.Expression, at: ts.Node, via: readonly string[]): boolean {
    for (let node = at; !ts.isSourceFile(node.parent); node = node.parent) {
      if (ts.isFunctionLike(node)) return false;
      if (
        ts.isTryStatement(node.parent) &&
        node.parent.tryBlock === node &&
        node.parent.catchClause !== undefined
      ) {
        const isSwallowed = swallows(this.scope, node.parent.catchClause.block);
        if (isSwallowed) this.report(call, "swallows, in an empty catch, the error of", via);
        return isSwallowed;
      }
    }
    return false;
  }

  private isPromise(expression: ts.Expression): boolean {
    const type = this.scope.checker.getTypeAtLocation(expression);
    return type.getProperty("then") !== undefined;
  }

  private carriesOutcome(expression: ts.Expression): boolean {
    return this.isPromise(expression) || this.hasResult(expression);
  }

  private hasResult(expression: ts.Expression): boolean {
    return this.isResult(this.scope.checker.getTypeAtLocation(expression));
  }

  private isResult(type: ts.Type): boolean {
    const { checker } = this.scope;
    const nothing =
      ts.TypeFlags.Void |
      ts.TypeFlags.Undefined |
      ts.TypeFlags.Null |
      ts.TypeFlags.Never |
      ts.TypeFlags.Any;
    const isNothing = (one: ts.Type): boolean =>
      (one.flags & nothing) !== 0 ||
      (one.isUnion() && one.types.every(isNothing)) ||
      ((checker.isArrayType(one) || checker.isTupleType(one)) &&
        checker.getTypeArguments(one as ts.TypeReference).every(isNothing));
    return !isNothing(type);
  }

  private report(node: ts.Node, how: string, via: readonly string[]): void {
    this.search.report({ node, how: `${how} ${this.search.target.label}${lastStep(via)}`, via });
  }
}

const combining = new Set(["Promise.all", "Promise.allSettled", "Promise.race", "Promise.any"]);

/** A statement of its own, `void x`, or the left of a comma. */
function isDropped(at: ts.Expression): boolean {
  const { parent } = at;
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  if (ts.isParenthesizedExpression(parent)) return isDropped(parent);
  if (!ts.isBinaryExpression(parent)) return false;
  return parent.operatorToken.kind === ts.SyntaxKind.CommaToken && parent.left === at;
}

function isOverwritten(mention: ts.Expression): boolean {
  return isAssignment(mention.parent) && mention.parent.left === bare(mention);
}

/**
 * `assign` sinks: each change of what a field or variable holds. Replacing it, setting or deleting a part, calling a
 * method that changes it, reflection; also through variables, parameters, getters and results it went through,
 * and on the elements it holds. A shallow copy may be changed, its elements not.
 */
import ts from "typescript";

import { type Search, lastStep } from "./recognise.js";
import type { Scope } from "./scope.js";
import {
  builtinName,
  calledMember,
  carried,
  enclosingFunction,
  isAssignment,
  isPatternTarget,
} from "./syntax.js";
import { Tracker, mayBeKey } from "./tracker.js";
import { useOf } from "./uses.js";
import { indexOf } from "./file-index.js";
import { isTarget } from "./targets.js";

const mutators = new Set(
  "set delete clear add push pop shift unshift splice sort reverse fill copyWithin".split(" "),
);
/** Methods that hand out elements. */
const readers = new Set("get at find findLast values entries next shift pop".split(" "));
/** Methods that hand out a copy with the same elements. */
const copiers = new Set("filter slice concat flat toSorted toReversed toSpliced with".split(" "));
const visitors = new Set(
  "forEach map filter find findLast some every flatMap reduce findIndex".split(" "),
);
const changing = new Set(
  "Object.assign Object.defineProperty Object.defineProperties Object.setPrototypeOf Reflect.set Reflect.deleteProperty Reflect.defineProperty Reflect.setPrototypeOf".split(
    " ",
  ),
);
const passing = new Set(["Object.freeze", "Object.seal", "Object.preventExtensions"]);
const copying = new Set(["Array.from", "Object.values", "Object.entries", "Object.fromEntries"]);

/** What an expression is: the thing itself, or a copy whose elements are the thing's. */
type State = "itself" | "copy";

export function findAssigns(search: Search): void {
  new AssignSearch(search).run();
}

class AssignSearch {
  private readonly search: Search;
  private readonly scope: Scope;
  private readonly tracker: Tracker;

  constructor(search: Search) {
    this.search = search;
    this.scope = search.scope;
    this.tracker = new Tracker(search.scope, search.target, ({ node, via, tag }) => {
      if (tag?.startsWith("returns") === true) this.result(node, via, tag);
      else this.value(node, via, tag === "copy" ? "copy" : "itself", tag !== null);
    });
  }

  run(): void {
    this.tracker.run();
    this.byKey();
  }

  /** A function that returns it is referred to: its calls are what it is. */
  private result(node: ts.Expression, via: readonly string[], tag: string): void {
    const use = useOf(node);
    if (use.kind === "named")
      this.tracker.follow(use.name, `\`${use.name.text}\` holds the function`, via, tag);
    if (use.kind !== "called" || !ts.isExpression(use.call)) return;
    this.value(use.call, via, tag === "returns copy" ? "copy" : "itself", true);
  }

  /** `isAlias`: the place itself is another variable, and may be set to something else. */
  private value(
    reference: ts.Expression,
    via: readonly string[],
    state: State,
    isAlias: boolean,
  ): void {
    const at = carried(reference);
    const { parent } = at;
    if (!isAlias) {
      const how = writtenHow(at);
      if (how !== null && !this.isFirst(at)) return this.report(at, how, via);
    }
    if (
      (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) &&
      parent.expression === at
    ) {
      this.member(parent, via, state);
    } else if (
      (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
      parent.expression !== at
    ) {
      this.argument(parent, at, via, state);
    } else if (ts.isAwaitExpression(parent)) {
      this.value(parent, via, state, true);
    } else if (ts.isSpreadElement(parent)) {
      if (ts.isArrayLiteralExpression(parent.parent)) this.value(parent.parent, via, "copy", true);
    } else if (ts.isSpreadAssignment(parent)) {
      this.value(parent.parent, via, "copy", true);
    } else if (ts.isForOfStatement(parent) && parent.expression === at) {
      this.bound(parent.initializer, via);
    } else {
      this.held(at, via, state);
    }
  }

  /** `x.part`: a method that changes it, a part that is set, or a part that is looked into. */
  private member(
    access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    via: readonly string[],
    state: State,
  ): void {
    const name = this.memberName(access);
    const at = carried(access);
    const call = ts.isCallExpression(at.parent) && at.parent.expression === at ? at.parent : null;
    const how = writtenHow(at);
    if (how !== null) {
      if (state === "itself") this.report(at, `${how} a part of`, via);
    } else if (name !== null && mutators.has(name) && this.isMethod(access)) {
      if (state === "itself") this.report(call ?? at, `calls .${name} on`, via);
      if (call !== null && readers.has(name)) this.value(call, via, "itself", true);
    } else if (call !== null) {
      this.method(call, name, via);
    } else if (this.holdsParts(access)) {
      this.value(access, via, "itself", true);
    }
  }

  private method(call: ts.CallExpression, name: string | null, via: readonly string[]): void {
    if (name === null) return;
    if (readers.has(name)) this.value(call, via, "itself", true);
    if (copiers.has(name)) this.value(call, via, "copy", true);
    const [visitor] = call.arguments;
    if (
      visitors.has(name) &&
      visitor !== undefined &&
      (ts.isArrowFunction(visitor) || ts.isFunctionExpression(visitor))
    ) {
      for (const parameter of visitor.parameters)
        this.names(parameter.name, "is handed each element", via);
    }
  }

  private argument(
    call: ts.CallExpression | ts.NewExpression,
    at: ts.Expression,
    via: readonly string[],
    state: State,
  ): void {
    const index = [...(call.arguments ?? [])].indexOf(at);
    if (index === -1) return;
    const name = ts.isCallExpression(call) ? builtinName(call) : null;
    if (name !== null && changing.has(name) && index === 0) {
      if (state === "itself") this.report(call, `calls ${name} on`, via);
    } else if (name !== null && (passing.has(name) || copying.has(name))) {
      this.value(call, via, copying.has(name) ? "copy" : state, true);
    } else if (ts.isCallExpression(call) && index === 0 && isBorrowed(call)) {
      if (state === "itself") this.report(call, `calls a method of another object on`, via);
    } else {
      this.parameter(call, index, via, state);
    }
  }

  /** Follows into a function of ours; a function outside that could change it is a write. */
  private parameter(
    call: ts.CallExpression | ts.NewExpression,
    index: number,
    via: readonly string[],
    state: State,
  ): void {
    const signature = this.scope.checker.getResolvedSignature(call);
    const parameters = signature?.declaration?.parameters ?? [];
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    if (parameter === undefined || !ts.isParameter(parameter)) return;
    if (!parameter.getSourceFile().isDeclarationFile) {
      this.names(parameter.name, "is a parameter it is passed to", via, state);
      return;
    }
    const type = this.scope.checker.getTypeAtLocation(parameter);
    const changes =
      (type.flags & ts.TypeFlags.Object) !== 0 &&
      type.getProperties().some((property) => mutators.has(property.name));
    const isRest = parameter.dotDotDotToken !== undefined;
    if (changes && !isRest && state === "itself")
      this.report(call, "hands on, where it may be changed,", via);
  }

  /** What holds it from here on: a variable, a property, the result of a function. */
  private held(at: ts.Expression, via: readonly string[], state: State): void {
    const { parent } = at;
    if ((ts.isVariableDeclaration(parent) || ts.isParameter(parent)) && parent.initializer === at) {
      this.names(parent.name, "holds it", via, state);
    } else if (isAssignment(parent) && parent.right === at) {
      const left = ts.isPropertyAccessExpression(parent.left) ? parent.left.name : parent.left;
      this.tracker.follow(left, `\`${parent.left.getText()}\` holds it`, via, state);
    } else if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
      if (parent.initializer !== at) return;
      this.tracker.follow(
        parent.name,
        `the property \`${parent.name.getText()}\` holds it`,
        via,
        state,
      );
      if (ts.isPropertyAssignment(parent)) this.expectedProperty(parent, via, state);
    } else if (ts.isShorthandPropertyAssignment(parent)) {
      this.tracker.follow(parent.name, `the property \`${parent.name.text}\` holds it`, via, state);
      this.expectedProperty(parent, via, state);
    } else if (
      ts.isReturnStatement(parent) ||
      ts.isArrowFunction(parent) ||
      ts.isYieldExpression(parent)
    ) {
      this.returned(at, via, state);
    }
  }

  /** The property of the type that the object literal is made for. */
  private expectedProperty(
    { parent, name }: ts.PropertyAssignment | ts.ShorthandPropertyAssignment,
    via: readonly string[],
    state: State,
  ): void {
    const property = this.scope.checker.getContextualType(parent)?.getProperty(name.getText());
    if (property !== undefined) {
      this.tracker.followSymbol(
        property,
        `the property \`${name.getText()}\` holds it (${this.scope.place(name)})`,
        via,
        state,
      );
    }
  }

  private returned(at: ts.Expression, via: readonly string[], state: State): void {
    const owner = enclosingFunction(at);
    if (owner === null) return;
    if (ts.isGetAccessor(owner)) {
      this.tracker.follow(
        owner.name,
        `the getter \`${owner.name.getText()}\` returns it`,
        via,
        state,
      );
      return;
    }
    const name = nameOf(owner);
    if (name !== null)
      this.tracker.follow(name, `\`${name.getText()}\` returns it`, via, `returns ${state}`);
  }

  private names(
    name: ts.BindingName,
    step: string,
    via: readonly string[],
    state: State = "itself",
  ): void {
    if (ts.isIdentifier(name)) {
      if (!this.holdsParts(name)) return;
      this.tracker.follow(name, `\`${name.text}\` ${step}`, via, state);
      return;
    }
    for (const element of name.elements) {
      if (ts.isBindingElement(element)) this.names(element.name, "is taken out of it", via);
    }
  }

  private bound(initializer: ts.ForInitializer, via: readonly string[]): void {
    if (!ts.isVariableDeclarationList(initializer)) return;
    for (const { name } of initializer.declarations) this.names(name, "is each element of it", via);
  }

  /** `Reflect.set(owner, "field", …)`, `Object.assign(owner, { field: … })`. */
  private byKey(): void {
    const { target, covers } = this.search;
    const key = target.reference.names.at(-1) ?? "";
    if (target.owner === null) return;
    for (const file of this.scope.filesNaming(key)) {
      if (!covers(file)) continue;
      for (const call of indexOf(file).reflective) {
        const name = builtinName(call);
        if (name !== null && changing.has(name) && this.setsField(call, key))
          this.report(call, `calls ${name} on`, []);
      }
    }
  }

  private setsField(call: ts.CallExpression, key: string): boolean {
    const { checker } = this.scope;
    const [object, ...others] = call.arguments;
    if (object === undefined) return false;
    const property = checker.getPropertyOfType(checker.getTypeAtLocation(object), key);
    if (property === undefined || !isTarget(this.scope, this.search.target, property)) return false;
    return others.some((other) => {
      const type = checker.getTypeAtLocation(other);
      return mayBeKey(type, key) || checker.getPropertyOfType(type, key) !== undefined;
    });
  }

  private memberName(
    access: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  ): string | null {
    if (ts.isPropertyAccessExpression(access)) return access.name.text;
    const type = this.scope.checker.getTypeAtLocation(access.argumentExpression);
    return type.isStringLiteral() ? type.value : null;
  }

  private isMethod(access: ts.Expression): boolean {
    const type = this.scope.checker.getTypeAtLocation(access);
    return (type.flags & ts.TypeFlags.Any) !== 0 || type.getCallSignatures().length > 0;
  }

  /** A plain value such as a string is a copy: nothing is changed through it. */
  private holdsParts(access: ts.Expression): boolean {
    const type = this.scope.checker.getNonNullableType(
      this.scope.checker.getTypeAtLocation(access),
    );
    return (
      (type.flags &
        (ts.TypeFlags.StructuredOrInstantiable | ts.TypeFlags.Any | ts.TypeFlags.NonPrimitive)) !==
      0
    );
  }

  /** `this.field = …` in the constructor of its own class gives it its first value. */
  private isFirst(at: ts.Expression): boolean {
    const { parent } = at;
    if (!isAssignment(parent) || !ts.isPropertyAccessExpression(at)) return false;
    if (at.expression.kind !== ts.SyntaxKind.ThisKeyword) return false;
    const owner = enclosingFunction(at);
    return (
      owner !== null &&
      ts.isConstructorDeclaration(owner) &&
      [...this.search.target.declarations].some(
        (declaration) => declaration.parent === owner.parent,
      )
    );
  }

  private report(node: ts.Node, how: string, via: readonly string[]): void {
    this.search.report({ node, how: `${how} ${this.search.target.label}${lastStep(via)}`, via });
  }
}

/** `replaces`, `deletes` or `sets`, when the expression is the place that is written to. */
function writtenHow(at: ts.Expression): string | null {
  const { parent } = at;
  if (isAssignment(parent) && parent.left === at) return "sets";
  if (ts.isDeleteExpression(parent)) return "deletes";
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const { operator } = parent;
    return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken
      ? "sets"
      : null;
  }
  if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === at)
    return "sets";
  return isPatternTarget(at) ? "sets" : null;
}

/** `Map.prototype.set.call(x, …)`. */
function isBorrowed(call: ts.CallExpression): boolean {
  const member = calledMember(call);
  if (member === null || (member.name !== "call" && member.name !== "apply")) return false;
  const inner = member.object;
  const name = ts.isPropertyAccessExpression(inner) ? inner.name : inner;
  return ts.isIdentifier(name) && mutators.has(name.text);
}

function nameOf(owner: ts.FunctionLikeDeclaration): ts.Node | null {
  if (owner.name !== undefined) return owner.name;
  const at = ts.isExpression(owner) ? carried(owner) : owner;
  const { parent } = at;
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent)
  )
    return parent.name;
  return null;
}

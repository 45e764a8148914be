/** The type a `construct` sink is about, and what other types and expressions have to do with it. */
import ts from "typescript";

import { mayBe, mayBeByType } from "./may-be.js";
import { type Scope, symbolOf } from "./scope.js";
import { type Target, ancestors } from "./targets.js";

/** How deep type arguments and signatures are looked through: `Promise<readonly T[]>` is two. */
const mentionDepthMax = 3;

interface Discriminant {
  readonly name: string;
  readonly values: readonly (string | number)[];
}

export class TargetType {
  /** True for a type of literals: it has no parts that could be put together. */
  readonly isWords: boolean;
  private readonly scope: Scope;
  private readonly declared: ts.Type;
  private readonly members: readonly ts.Type[];
  private readonly included = new Map<ts.Type, boolean>();

  constructor(scope: Scope, target: Target) {
    this.scope = scope;
    const [symbol] = target.symbols;
    const { checker } = scope;
    this.declared =
      symbol === undefined ? checker.getAnyType() : checker.getDeclaredTypeOfSymbol(symbol);
    this.members = this.declared.isUnion() ? this.declared.types : [this.declared];
    this.isWords = this.members.every(
      ({ flags }) => (flags & ts.TypeFlags.StructuredOrInstantiable) === 0,
    );
  }

  /** A value of this type may be one of the target's. */
  includes(type: ts.Type): boolean {
    const known = this.included.get(type);
    if (known !== undefined) return known;
    this.included.set(type, false);
    const answer = this.computeIncludes(type);
    this.included.set(type, answer);
    return answer;
  }

  private computeIncludes(type: ts.Type): boolean {
    if (type === this.declared) return true;
    if (type.aliasSymbol !== undefined && type.aliasSymbol === this.declared.aliasSymbol)
      return true;
    if (this.isWords)
      return type.isUnion() && this.members.every((member) => type.types.includes(member));
    if (type.isUnionOrIntersection()) return type.types.some((one) => this.includes(one));
    if (!(type.flags & ts.TypeFlags.Object)) return this.includesConstraint(type);
    return this.members.some((member) => this.isMember(type, member));
  }

  private includesConstraint(type: ts.Type): boolean {
    if (!(type.flags & ts.TypeFlags.TypeParameter)) return false;
    const constraint = type.getConstraint();
    return constraint !== undefined && this.includes(constraint);
  }

  private isMember(type: ts.Type, member: ts.Type): boolean {
    if (type === member) return true;
    if (isDeclared(type)) {
      return type.symbol === member.symbol || ancestors(this.scope, type).has(member.symbol);
    }
    if (this.isBuilt(type) || (symbolOf(type)?.flags ?? 0) & ts.SymbolFlags.Class) return false;
    // Types without a name of their own are compared by their shape.
    const { checker } = this.scope;
    return checker.isTypeAssignableTo(type, member) && checker.isTypeAssignableTo(member, type);
  }

  /** The shape of an object literal: nobody said that it is the target. */
  isBuilt(type: ts.Type): boolean {
    return (symbolOf(type)?.declarations ?? []).some(ts.isObjectLiteralExpression);
  }

  /** The target is this type or an argument of it, to a small depth. */
  mentions(type: ts.Type, depth = mentionDepthMax): boolean {
    if (this.includes(type)) return true;
    if (depth === 0) return false;
    if (type.isUnionOrIntersection())
      return type.types.some((one) => this.mentions(one, depth - 1));
    const { checker } = this.scope;
    const inner = [
      ...(type.aliasTypeArguments ?? []),
      ...(isReference(type) ? checker.getTypeArguments(type) : []),
      ...(this.isBuilt(type)
        ? []
        : type.getCallSignatures().map((signature) => signature.getReturnType())),
    ];
    return inner.some((one) => one !== type && this.mentions(one, depth - 1));
  }

  /** The literal has every part the target needs, and each telling part may have a telling value. */
  fitsLiteral(literal: ts.ObjectLiteralExpression): boolean {
    const type = this.scope.checker.getTypeAtLocation(literal);
    return this.members.some(
      (member) =>
        this.required(member).every((name) => type.getProperty(name) !== undefined) &&
        this.discriminants(member).every(({ name, values }) =>
          mayBe({ scope: this.scope, values }, literal, [name]),
        ),
    );
  }

  /** No telling part of the expression rules the target out. A part that is not there says nothing. */
  mayComeFrom(expression: ts.Expression): boolean {
    const type = this.scope.checker.getTypeAtLocation(expression);
    const has = (name: string) => !this.isBuilt(type) || type.getProperty(name) !== undefined;
    return this.members.some((member) =>
      this.discriminants(member)
        .filter(({ name }) => has(name))
        .every(({ name, values }) => mayBe({ scope: this.scope, values }, expression, [name])),
    );
  }

  /** Setting this property to this value makes the target of what may be something else. */
  decidedBy(property: string, value: ts.Expression): boolean {
    return this.members.some((member) =>
      this.discriminants(member).some(
        ({ name, values }) => name === property && mayBe({ scope: this.scope, values }, value, []),
      ),
    );
  }

  /** A value of another type is used where the target is expected, and fits. */
  isCopied(from: ts.Type, expected: ts.Type, depth = mentionDepthMax): boolean {
    const { checker } = this.scope;
    if (this.includes(expected)) {
      const parts = from.isUnion() ? from.types : [from];
      return parts.some((part) => !this.includes(part) && this.looksAlike(part));
    }
    if (depth === 0 || !isReference(from) || !isReference(expected)) return false;
    const given = checker.getTypeArguments(from);
    return checker
      .getTypeArguments(expected)
      .some(
        (one, index) => given[index] !== undefined && this.isCopied(given[index], one, depth - 1),
      );
  }

  private looksAlike(type: ts.Type): boolean {
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return false;
    const { checker } = this.scope;
    return this.members.some(
      (member) =>
        checker.isTypeAssignableTo(type, member) &&
        this.discriminants(member).every(({ name, values }) =>
          mayBeByType({ scope: this.scope, values }, type, [name]),
        ),
    );
  }

  private required(member: ts.Type): readonly string[] {
    return member
      .getProperties()
      .filter(({ flags }) => !(flags & ts.SymbolFlags.Optional))
      .map(({ name }) => name);
  }

  private discriminants(member: ts.Type): readonly Discriminant[] {
    return member.getProperties().flatMap((property) => {
      const type = this.scope.checker.getTypeOfSymbol(property);
      const parts = type.isUnion() ? type.types : [type];
      const values = parts.flatMap((part) =>
        part.isStringLiteral() || part.isNumberLiteral() ? [part.value] : [],
      );
      return values.length === parts.length && values.length > 0
        ? [{ name: property.name, values }]
        : [];
    });
  }
}

/** An instance of a named class or interface; not the class itself. */
function isDeclared(type: ts.Type): boolean {
  const { objectFlags } = type as ts.ObjectType;
  return (
    (objectFlags & (ts.ObjectFlags.ClassOrInterface | ts.ObjectFlags.Reference)) !== 0 &&
    ((symbolOf(type)?.flags ?? 0) & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0
  );
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return (
    (type.flags & ts.TypeFlags.Object) !== 0 &&
    ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0
  );
}

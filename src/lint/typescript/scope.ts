/** One program as the searches see it: its checker, its own files, and which file depends on which. */
import { relative } from "node:path";

import ts from "typescript";

import type { Span } from "../finding.js";
import { posix } from "../tree.js";
import { mayName } from "./file-index.js";

export class Scope {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly root: string;
  /** Source files that are ours: no libraries, no declarations of packages. */
  readonly files: readonly ts.SourceFile[];
  /** By the path of a file: files in which a search went on with what it saw there. */
  readonly handed = new Map<string, Set<string>>();
  private readonly byName = new Map<string, readonly ts.SourceFile[]>();
  private importers: Map<string, string[]> | null = null;

  constructor(program: ts.Program, root: string) {
    this.program = program;
    this.checker = program.getTypeChecker();
    this.root = root;
    this.files = program
      .getSourceFiles()
      .filter(
        (file) =>
          !program.isSourceFileDefaultLibrary(file) &&
          !program.isSourceFileFromExternalLibrary(file) &&
          !file.fileName.includes("/node_modules/") &&
          !file.fileName.endsWith(".json"),
      )
      // The same order, whatever other files the program has: explanations are those of the first way found.
      .sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  }

  /** What is found in a file may be owed to another one that does not import it, and is not imported by it. */
  handOver(from: ts.SourceFile, to: ts.SourceFile): void {
    if (from === to) return;
    const known = this.handed.get(from.fileName);
    if (known === undefined) this.handed.set(from.fileName, new Set([to.fileName]));
    else known.add(to.fileName);
  }

  /** Files in which an identifier may have this name. */
  filesNaming(name: string): readonly ts.SourceFile[] {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const found = this.files.filter((file) => mayName(file, name));
    this.byName.set(name, found);
    return found;
  }

  /** Files that import one of these, directly or through others, and these themselves. */
  dependents(files: Iterable<ts.SourceFile>): ReadonlySet<ts.SourceFile> {
    this.importers ??= this.readImports();
    const reached = new Set<string>();
    const waiting = [...files].map(({ fileName }) => fileName);
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      waiting.push(...(this.importers.get(name) ?? []));
    }
    return new Set(this.files.filter(({ fileName }) => reached.has(fileName)));
  }

  span(node: ts.Node): Span {
    const file = node.getSourceFile();
    return this.spanOf(file, node.getStart(file), node.end);
  }

  spanOf(file: ts.SourceFile, start: number, end: number): Span {
    const from = file.getLineAndCharacterOfPosition(start);
    const to = file.getLineAndCharacterOfPosition(end);
    return {
      file: this.path(file),
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
    };
  }

  path(file: ts.SourceFile): string {
    return posix(relative(this.root, file.fileName));
  }

  /** `path:line`, for explanations. */
  place(node: ts.Node): string {
    const { file, line } = this.span(node);
    return `${file}:${line}`;
  }

  /** The symbol behind imports and re-exports. */
  resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  private readImports(): Map<string, string[]> {
    const importers = new Map<string, string[]>();
    for (const file of this.program.getSourceFiles()) {
      if (file.fileName.includes("/node_modules/")) continue;
      for (const specifier of moduleSpecifiers(file)) {
        const target = this.checker
          .getSymbolAtLocation(specifier)
          ?.declarations?.find(ts.isSourceFile);
        if (target === undefined) continue;
        const list = importers.get(target.fileName);
        if (list === undefined) importers.set(target.fileName, [file.fileName]);
        else list.push(file.fileName);
      }
    }
    return importers;
  }
}

/** Types without a declaration have none, whatever the compiler's types say. */
export function symbolOf(type: ts.Type): ts.Symbol | undefined {
  return type.symbol;
}

const specifiers = new WeakMap<ts.SourceFile, readonly ts.StringLiteralLike[]>();

/** The texts behind `import`, `export from`, `import()`, `require()` and import types. */
export function moduleSpecifiers(file: ts.SourceFile): readonly ts.StringLiteralLike[] {
  const known = specifiers.get(file);
  if (known !== undefined) return known;
  const found: ts.StringLiteralLike[] = [];
  const take = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteralLike(node)) found.push(node);
  };
  const deep = /\bimport\s*\(|\brequire\b|\\u/.test(file.text);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) take(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) take(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      take(node.argument.literal);
    else if (ts.isCallExpression(node) && isImporting(node)) take(node.arguments[0]);
    if (deep) ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) {
    visit(statement);
    if (!deep && ts.isImportEqualsDeclaration(statement)) visit(statement.moduleReference);
  }
  specifiers.set(file, found);
  return found;
}

function isImporting({ expression }: ts.CallExpression): boolean {
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === "require")
  );
}

/** What in a tree looks like a way to write: exported functions and methods that are named like one. */
import ts from "typescript";

import type { SinkDocument } from "../config-schema.js";
import { loadPrograms } from "./projects.js";
import { Scope } from "./scope.js";

const writing = /^(append|commit|save|insert|persist|publish|write|store|upsert)([A-Z]|$)/;
/** Most sinks that are proposed; more would not be read. */
const candidatesMax = 40;

export function candidates(root: string, files: readonly string[]): readonly SinkDocument[] {
  const { programs } = loadPrograms({
    root,
    configurationFile: "write-surface.yaml",
    projects: [],
    files,
  });
  const wanted = new Set(files);
  const found = new Set<string>();
  for (const program of programs) {
    const scope = new Scope(program, root);
    for (const file of scope.files) {
      if (!wanted.has(file.fileName)) continue;
      for (const name of namesIn(scope, file)) found.add(`${scope.path(file)}#${name}`);
    }
  }
  return [...found]
    .sort()
    .slice(0, candidatesMax)
    .map((call) => ({ call }));
}

function namesIn(scope: Scope, file: ts.SourceFile): readonly string[] {
  const module = scope.checker.getSymbolAtLocation(file);
  if (module === undefined) return [];
  return scope.checker.getExportsOfModule(module).flatMap((symbol) => {
    const declared = (symbol.declarations ?? []).filter(
      (declaration) => declaration.getSourceFile() === file,
    );
    return declared.flatMap((declaration) => {
      if (ts.isFunctionDeclaration(declaration))
        return writing.test(symbol.name) ? [symbol.name] : [];
      if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return [];
      return declaration.members.flatMap((member) => {
        const name =
          member.name !== undefined && ts.isIdentifier(member.name) ? member.name.text : "";
        return writing.test(name) ? [`${symbol.name}.${name}`] : [];
      });
    });
  });
}

/**
 * What the findings of each file depend on, so that a later run looks only at files whose findings can have changed.
 *
 * A finding depends on its own file and on all that file imports, directly or not; on files that a search came from
 * (a function that was handed the field it writes to); and on the pillars, whose change can change any finding:
 * files that sinks name, and files that declare something global. Packages are not followed: when one of their files
 * changes, all is looked at again.
 */
import ts from "typescript";

import type { LoadedPrograms } from "./projects.js";

export interface Dependencies {
  /** Absolute paths of files of ours, and those each of them depends on. */
  readonly files: ReadonlyMap<string, FileDependencies>;
  /** Absolute paths that everything depends on: configurations and files of packages. */
  readonly fixed: readonly string[];
  /** Absolute paths that could not be read, and where a file that can be changes what an import means. */
  readonly absent: readonly string[];
}

export interface FileDependencies {
  readonly imports: readonly string[];
  /** Files in which something is found because of what stands in this one. */
  readonly hands: readonly string[];
  readonly isPillar: boolean;
}

export interface Seen {
  /** Absolute paths of files that sinks name. */
  readonly named: readonly string[];
  readonly handed: readonly ReadonlyMap<string, ReadonlySet<string>>[];
  /** Absolute paths of files that are there, and that no program has. */
  readonly untaken: readonly string[];
}

/** Endings that a path without one may have. */
const endings = ["", ".ts", ".tsx", ".d.ts", ".mts", ".cts", ".d.mts", ".d.cts"].concat([
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".json",
  "/package.json",
  "/index.ts",
  "/index.d.ts",
  "/index.tsx",
  "/index.js",
]);

export function dependenciesOf(loaded: LoadedPrograms, { named, handed, untaken }: Seen): Dependencies {
  const { programs, configurations, imports, unresolved } = loaded;
  const files = new Map<string, FileDependencies>();
  const fixed = new Set(configurations);
  const pillars = new Set(named);
  for (const program of programs) {
    for (const file of program.getSourceFiles()) {
      const { fileName } = file;
      if (isFixed(program, file)) {
        fixed.add(fileName);
        continue;
      }
      const referenced = file.referencedFiles.map((one) => ts.resolveTripleslashReference(one.fileName, fileName));
      const hands = handed.flatMap((one) => [...(one.get(fileName) ?? [])]);
      const before = files.get(fileName);
      files.set(fileName, {
        imports: [...new Set([...(imports.get(fileName) ?? []), ...referenced])],
        hands: [...new Set([...hands, ...(before?.hands ?? [])])],
        isPillar: pillars.has(fileName) || isGlobal(file),
      });
    }
  }
  const candidates = [...unresolved].flatMap((path) => endings.map((ending) => `${path}${ending}`));
  return { files, fixed: [...fixed], absent: [...candidates, ...untaken] };
}

function isFixed(program: ts.Program, file: ts.SourceFile): boolean {
  return (
    program.isSourceFileDefaultLibrary(file) ||
    program.isSourceFileFromExternalLibrary(file) ||
    file.fileName.includes("/node_modules/")
  );
}

/** It declares something that others see without importing it. */
function isGlobal(file: ts.SourceFile): boolean {
  if (file.fileName.endsWith(".json")) return false;
  return !ts.isExternalModule(file) || file.statements.some(isAugmentation);
}

function isAugmentation(statement: ts.Statement): boolean {
  return (
    ts.isModuleDeclaration(statement) &&
    (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0)
  );
}

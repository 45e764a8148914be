/** From a compiled declaration back to the source it is made from, for every project that was loaded. */
import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

import ts from "typescript";

export class OutputFiles {
  private readonly sources = new Map<string, string>();
  private readonly folders = new Set<string>();

  add(project: ts.ParsedCommandLine): void {
    if (project.options.noEmit === true) return;
    for (const source of project.fileNames) {
      if (source.endsWith(".d.ts") || source.endsWith(".json")) continue;
      for (const output of outputsOf(project, source)) {
        this.sources.set(output, source);
        for (let folder = dirname(output); !this.folders.has(folder); folder = dirname(folder)) {
          this.folders.add(folder);
        }
      }
    }
  }

  /** The source behind an output, whether the output was built or not. */
  sourceOf(path: string): string | null {
    const direct = this.sources.get(path);
    if (direct !== undefined) return direct;
    const real = realPath(path);
    return real === null ? null : (this.sources.get(real) ?? null);
  }

  hasFolder(path: string): boolean {
    if (this.folders.has(path)) return true;
    const real = realPath(path);
    return real !== null && this.folders.has(real);
  }
}

function outputsOf(project: ts.ParsedCommandLine, source: string): readonly string[] {
  const withTypes = { ...project, options: { ...project.options, declaration: true } };
  try {
    return ts
      .getOutputFileNames(withTypes, source, !ts.sys.useCaseSensitiveFileNames)
      .filter((name) => !name.endsWith(".map"));
  } catch {
    // The compiler refuses a source outside rootDir; such a file has no output.
    return [];
  }
}

/** The path behind links, also when only a folder above it exists. */
function realPath(path: string): string | null {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  if (folder === path) return null;
  const real = realPath(folder);
  return real === null ? null : `${real}${path.slice(folder.length)}`;
}

/** One run: from a configuration and a tree to a report. Reads files, writes none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Cached, cacheKey, fromCache, toCache } from "./cache.js";
import type { Configuration, Surface } from "./config-schema.js";
import { LintError, type Problem, configurationError } from "./errors.js";
import type { LintReport, Span } from "./finding.js";
import { frameOf } from "./frame.js";
import { judge } from "./judge.js";
import type { Lock } from "./lock.js";
import { searchPatterns } from "./patterns/search.js";
import { type Tree, codeOf, listTree, selected } from "./tree.js";
import type { Covered } from "./typescript/analyse.js";

/** What to lint: a configuration, its lock file, and the cache of an earlier run. */
export interface LintRequest {
  readonly configuration: Configuration;
  readonly lock: Lock | null;
  /** Text of an earlier run's cache; null for none. */
  readonly cache?: string | null;
}

/** The report, and the cache for the next run. */
export interface LintOutcome {
  readonly report: LintReport;
  /** Text to keep for the next run, or null when the cache that was given still holds. */
  readonly cache: string | null;
}

/** Throws LintError when the configuration cannot be used. */
export async function lint({ configuration, lock, cache }: LintRequest): Promise<LintOutcome> {
  const { root, surfaces } = configuration;
  const tree = listTree(
    root,
    surfaces.some(({ gitignore }) => !gitignore),
  );
  const covered = coveredBy(configuration, tree);
  const key = cacheKey(configuration, tree);
  const before = cache === undefined || cache === null ? null : fromCache(cache, key);
  const found = before ?? (await search(configuration, covered));
  const files = new Map(covered.map(({ surface, files: own }) => [surface.id, own.size]));
  const filesInAll = new Set(covered.flatMap(({ files: own }) => [...own])).size;
  const evidence = {
    writes: found.writes,
    unread: [...tree.unread, ...found.unread],
    files,
    filesInAll,
  };
  const report = judge(configuration, evidence, lock, { frame: (span) => frameIn(root, span) });
  return {
    report,
    cache: before === null ? toCache(found, key, root, "paths" in found ? found.paths : []) : null,
  };
}

/** The files of each surface. A surface without any is a mistake. */
function coveredBy(configuration: Configuration, tree: Tree): readonly Covered[] {
  const problems: Problem[] = [];
  const covered = configuration.surfaces.map((surface) => {
    const files = new Set(selected(tree, surface));
    if (files.size === 0) {
      const message = `surface ${surface.id}: include matches nothing below ${tree.root}: ${surface.include.join(", ")}`;
      problems.push({ ...surface.at, message });
    }
    return { surface, files };
  });
  if (problems.length > 0) throw configurationError(configuration.file, problems);
  return covered;
}

interface Found extends Omit<Cached, "key" | "inputs"> {
  readonly paths: readonly string[];
}

async function search(configuration: Configuration, covered: readonly Covered[]): Promise<Found> {
  const { root, file } = configuration;
  const patterns = await searchPatterns({ root, surfaces: covered });
  if (patterns.problems.length > 0) throw configurationError(file, patterns.problems);
  const withTypes = covered.filter(({ surface }) => needsTypes(surface));
  const typed = withTypes.length === 0 ? null : await typedSearch(configuration, withTypes);
  const problems = [...patterns.problems, ...(typed?.problems ?? [])];
  if (problems.length > 0) throw configurationError(file, problems);
  return {
    writes: mutable([...patterns.writes, ...(typed?.writes ?? [])]),
    unread: [...patterns.unread, ...(typed?.unread ?? [])],
    paths: [...patterns.files.map((path) => join(root, path)), ...(typed?.inputs ?? [])],
  };
}

function mutable(writes: LintReport["writes"]): Cached["writes"] {
  return writes.map((write) => ({ ...write, via: [...write.via] }));
}

function needsTypes({ sinks }: Surface): boolean {
  return sinks.some(({ kind }) => kind !== "pattern");
}

async function typedSearch({ root, file, projects }: Configuration, surfaces: readonly Covered[]) {
  const { analyse } = await withCompiler(() => import("./typescript/analyse.js"));
  return analyse({ root, configurationFile: file, projects, surfaces });
}

/** The compiler is the host's own; without it, only patterns can be searched for. */
export async function withCompiler<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing =
      error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (isMissing && error.message.includes("'typescript'")) {
      throw new LintError({ code: "lint/missing-package", name: "typescript" });
    }
    throw error;
  }
}

function frameIn(root: string, span: Span) {
  try {
    return frameOf(readFileSync(join(root, span.file), "utf8"), span);
  } catch (error) {
    // The place is known even where the text is not.
    codeOf(error);
    return [];
  }
}

/** One run: from a configuration and a tree to a report. Reads files, writes none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Cached, Digests, cacheKey, fromCache, hash, toCache } from "./cache.js";
import type { Configuration, Surface } from "./config-schema.js";
import { type Problem, configurationError } from "./errors.js";
import type { LintReport, Span, Unread, Write } from "./finding.js";
import { frameOf } from "./frame.js";
import { judge } from "./judge.js";
import type { Lock } from "./lock.js";
import { type LintMutant, type MutantOutcome, type MutantRequest, tryMutants } from "./mutants.js";
import { type PatternResult, searchPatterns } from "./patterns/search.js";
import { type Tree, codeOf, listTree, selected } from "./tree.js";
import { searchTyped } from "./typed-search.js";
import type { Covered } from "./typescript/analyse.js";
import type { ParsedFiles } from "./typescript/projects.js";

/** What to lint: a configuration, its lock file, and the cache of an earlier run. */
export interface LintRequest {
  readonly configuration: Configuration;
  readonly lock: Lock | null;
  /** Text of an earlier run's cache; null for none. */
  readonly cache?: string | null;
  /** Changes of the sources that are tried beside the sources as they are. */
  readonly mutants?: readonly LintMutant[];
}

/** The report, and the cache for the next run. */
export interface LintOutcome {
  readonly report: LintReport;
  /** Text to keep for the next run, or null when the cache that was given still holds. */
  readonly cache: string | null;
  /** Empty when no mutants were given. */
  readonly mutants: readonly MutantOutcome[];
}

/** Throws LintError when the configuration cannot be used. */
export async function lint({ configuration, lock, cache, mutants = [] }: LintRequest): Promise<LintOutcome> {
  const { root, surfaces } = configuration;
  const tree = listTree(
    root,
    surfaces.some(({ gitignore }) => !gitignore),
  );
  const covered = coveredBy(configuration, tree);
  const key = cacheKey(configuration);
  const before = cache === undefined || cache === null ? null : fromCache(cache, key);
  const parsed: ParsedFiles = new Map();
  const found = await search(configuration, tree, covered, before, parsed);
  const files = new Map(covered.map(({ surface, files: own }) => [surface.id, own.size]));
  const filesInAll = new Set(covered.flatMap(({ files: own }) => [...own])).size;
  const evidence = {
    writes: found.writes,
    unread: [...tree.unread, ...found.unread],
    files,
    filesInAll,
  };
  const report = judge(configuration, evidence, lock, { frame: (span) => frameIn(root, span) });
  const { typed, patterns } = found;
  const asked = { configuration, lock, evidence, mutants, parsed };
  const isSame = before !== null && typed === before.typed;
  const tried = await triedMutants(asked, isSame ? before.mutants : null);
  const after = toCache({ key, typed, patterns: { ...patterns }, mutants: tried.kept });
  return { report, cache: after === cache ? null : after, mutants: tried.outcomes };
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

interface Tried {
  readonly outcomes: readonly MutantOutcome[];
  readonly kept: Cached["mutants"];
}

/** As before, when neither the sources nor anything else they are judged by changed. */
async function triedMutants(request: MutantRequest, kept: Cached["mutants"]): Promise<Tried> {
  const { mutants, configuration, lock } = request;
  if (mutants.length === 0) return { outcomes: [], kept };
  const key = hash(JSON.stringify([mutants, lock, configuration.surfaces]));
  if (kept?.key === key) {
    const outcomes = mutants.map(({ law, name, change }, index) => ({
      law,
      name,
      change,
      caught: kept.caught[index] === true,
    }));
    return { outcomes, kept };
  }
  const outcomes = await tryMutants(request);
  return { outcomes, kept: { key, caught: outcomes.map(({ caught }) => caught) } };
}

interface Found extends Pick<Cached, "typed"> {
  readonly patterns: PatternResult["kept"];
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
}

async function search(
  configuration: Configuration,
  tree: Tree,
  covered: readonly Covered[],
  before: Cached | null,
  parsed: ParsedFiles,
): Promise<Found> {
  const { root, file } = configuration;
  const patterns = await searchPatterns({ root, surfaces: covered, kept: before?.patterns ?? {} });
  if (patterns.problems.length > 0) throw configurationError(file, patterns.problems);
  const surfaces = covered.filter(({ surface }) => needsTypes(surface));
  const kept = before?.typed ?? null;
  const typed =
    surfaces.length === 0
      ? null
      : await searchTyped({ configuration, tree, surfaces, kept, digests: new Digests(), parsed });
  if (typed !== null && typed.problems.length > 0) throw configurationError(file, typed.problems);
  return {
    writes: [...patterns.writes, ...(typed?.writes ?? [])],
    unread: [...patterns.unread, ...(typed?.unread ?? [])],
    typed: typed?.kept ?? null,
    patterns: patterns.kept,
  };
}

function needsTypes({ sinks }: Surface): boolean {
  return sinks.some(({ kind }) => kind !== "pattern");
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

/**
 * The sinks that need types, over the whole tree or, with what an earlier run kept, over the files whose findings can
 * have changed.
 */
import { join } from "node:path";

import { type CachedTyped, type Digests, absent, hash } from "./cache.js";
import { type KnownFiles, againFor, staysWithin } from "./changes.js";
import type { Configuration } from "./config-schema.js";
import { LintError, type Problem } from "./errors.js";
import type { Unread, Write } from "./finding.js";
import type { Tree } from "./tree.js";
import type { Covered, TypedRequest, TypedResult } from "./typescript/analyse.js";
import type { ParsedFiles } from "./typescript/projects.js";
import type { Dependencies } from "./typescript/dependencies.js";

export interface TypedSearch {
  readonly configuration: Configuration;
  readonly tree: Tree;
  readonly surfaces: readonly Covered[];
  readonly kept: CachedTyped | null;
  readonly digests: Digests;
  /** Files are parsed once, whoever asks for them. */
  readonly parsed: ParsedFiles;
}

export interface TypedFound {
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
  readonly problems: readonly Problem[];
  /** For the next run; the very one that was given when nothing changed. */
  readonly kept: CachedTyped;
}

/** Files whose presence alone may change how others are read. */
const relevant = /\.[cm]?[jt]sx?$|\.json$/;

export async function searchTyped(search: TypedSearch): Promise<TypedFound> {
  const { kept, digests } = search;
  const list = listOf(search);
  if (kept?.list !== list || !digests.areAs(kept.fixed)) return await whole(search, list);
  const changed = Object.keys(kept.files).filter(
    (path) => kept.files[path]?.digest !== digests.of(path),
  );
  if (changed.length === 0)
    return { writes: kept.writes, unread: kept.unread, problems: [], kept };
  return (await part(search, kept, changed)) ?? (await whole(search, list));
}

async function whole(search: TypedSearch, list: string): Promise<TypedFound> {
  const { writes, unread, problems, dependencies } = await run(search);
  const { root } = search.configuration;
  const paths = [
    ...dependencies.fixed,
    ...dependencies.absent,
    join(root, "package.json"),
    join(root, "package-lock.json"),
  ];
  const kept: CachedTyped = {
    list,
    fixed: search.digests.all(paths),
    files: known(dependencies, search.digests),
    writes: mutable(writes),
    unread: [...unread],
  };
  return { writes, unread, problems, kept };
}

/**
 * Findings of the files that have to be looked at again, and those of the others as they were. Null when it cannot be
 * told which ones these are, or when they are most.
 */
async function part(
  search: TypedSearch,
  kept: CachedTyped,
  changed: readonly string[],
): Promise<TypedFound | null> {
  const { digests, configuration } = search;
  if (changed.some((path) => digests.of(path) === absent)) return null;
  const again = againFor(kept.files, changed);
  if (again === null) return null;
  const { stale, only } = again;
  if (stale.size * 2 > Object.keys(kept.files).length && stale.size > fewFiles) return null;
  const found = await run(search, { only, within: stale });
  if (found.problems.length > 0 || !isLike(kept, found.dependencies, stale, digests)) return null;
  const isStale = ({ at }: { readonly at: { readonly file: string } }): boolean =>
    stale.has(join(configuration.root, at.file));
  const writes = [
    ...kept.writes.filter((write) => !isStale(write)),
    ...found.writes.filter(isStale),
  ];
  const unread = [...kept.unread.filter((one) => !isStale(one)), ...found.unread.filter(isStale)];
  const now = known(found.dependencies, digests);
  const fresh = Object.entries(now).filter(([path]) => stale.has(path) || !(path in kept.files));
  const next: CachedTyped = {
    ...kept,
    fixed: { ...kept.fixed, ...digests.all(found.dependencies.absent) },
    files: { ...kept.files, ...Object.fromEntries(fresh) },
    writes: mutable(writes),
    unread,
  };
  return { writes, unread, problems: [], kept: next };
}

/** So few files are looked at again even when they are most of all. */
const fewFiles = 20;

/** Nothing that was found now reaches beyond the files that were looked at. */
function isLike(
  { files, fixed }: CachedTyped,
  now: Dependencies,
  stale: ReadonlySet<string>,
  digests: Digests,
): boolean {
  if (now.fixed.some((path) => !(path in fixed))) return false;
  const current = known(now, digests);
  if (!staysWithin(files, current, stale)) return false;
  // What is no longer imported may have declared something that all files see.
  return [...stale].every((path) => {
    const imports = new Set(current[path]?.imports ?? []);
    const lost = (files[path]?.imports ?? []).filter((to) => !imports.has(to));
    return lost.every((to) => !reachesOut(files, to));
  });
}

/** It leads to a package or to a pillar. */
function reachesOut(files: KnownFiles, from: string): boolean {
  const seen = new Set<string>();
  const waiting = [from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const file = files[path];
    if (file === undefined || file.isPillar) return true;
    waiting.push(...file.imports);
  }
  return false;
}

function known({ files }: Dependencies, digests: Digests): CachedTyped["files"] {
  return Object.fromEntries(
    [...files].map(([path, { imports, hands, isPillar }]) => [
      path,
      { digest: digests.of(path), imports: [...imports], hands: [...hands], isPillar },
    ]),
  );
}

function listOf({ tree, surfaces }: TypedSearch): string {
  const paths = tree.files
    .filter(({ path }) => relevant.test(path))
    .map(({ path, ignored }) => `${path}${ignored ? "!" : ""}`);
  const covered = surfaces.map(({ surface, files }) => [surface.id, [...files]]);
  return hash(JSON.stringify({ paths, covered }));
}

function mutable(found: readonly Write[]): CachedTyped["writes"] {
  return found.map((write) => ({ ...write, via: [...write.via] }));
}

async function run(
  { configuration, surfaces, parsed }: TypedSearch,
  part: Pick<TypedRequest, "only" | "within"> = {},
): Promise<TypedResult> {
  const { root, file, projects } = configuration;
  const { analyse } = await withCompiler(() => import("./typescript/analyse.js"));
  return analyse({ root, configurationFile: file, projects, surfaces, parsed, ...part });
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

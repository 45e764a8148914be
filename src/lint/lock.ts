/** The lock file: how many sites write in each surface. It only shrinks, unless somebody says which and why. */
import { z } from "zod";
import { toDotPath } from "zod/v4/core";

import { LintError } from "./errors.js";
import type { SurfaceReport } from "./finding.js";

const version = 1;

const growth = z.strictObject({
  writer: z.string(),
  sites: z.array(z.string()),
  because: z.string().min(1),
});
const lockedSurface = z.strictObject({
  count: z.int().min(0),
  sites: z.array(z.string()),
  grown: z.array(growth).optional(),
});
const shape = z.strictObject({
  version: z.literal(version),
  surfaces: z.record(z.string(), lockedSurface),
});

/** A lock file: for each surface the number of writing sites that is allowed, and which ones. */
export type Lock = z.infer<typeof shape>;
type LockedSurface = z.infer<typeof lockedSurface>;

/** Parses a lock file. Throws a `LintError` `lint/lock` when it is none, or of another version. */
export function readLock(file: string, text: string): Lock {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LintError({ code: "lint/lock", file, found: "a file that is not JSON" });
  }
  const found = (document as { version?: unknown } | null)?.version;
  if (found !== version) {
    const isNewer = typeof found === "number" && found > version;
    const what = `version ${JSON.stringify(found ?? null)}; this leasehold reads version ${version}`;
    throw new LintError({ code: "lint/lock", file, found: what, isNewer });
  }
  const parsed = shape.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = `${issue === undefined ? "" : toDotPath(issue.path)}: ${issue?.message ?? "another shape"}`;
  throw new LintError({ code: "lint/lock", file, found: what });
}

/** Sorted, one line a site, so that a change reads as a change. */
export function writeLock(lock: Lock): string {
  const surfaces = Object.fromEntries(
    Object.entries(lock.surfaces).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return `${JSON.stringify({ version, surfaces }, null, 2)}\n`;
}

/** Sites that a listed writer stands for; the ratchet counts these. */
export function listedSites(surface: SurfaceReport): readonly string[] {
  return [...new Set(surface.writers.flatMap(({ sites }) => sites))].sort();
}

/** How the sites of a surface compare with its lock. */
export type Ratchet =
  | { readonly kind: "held" }
  | { readonly kind: "missing" }
  | { readonly kind: "grew"; readonly count: number; readonly added: readonly string[] }
  | {
      readonly kind: "moved";
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: "shrank"; readonly count: number; readonly removed: readonly string[] };

/** Compares the listed sites of a surface with its lock; no lock is in order only where nothing writes. */
export function ratchetOf(lock: Lock | null, surface: SurfaceReport): Ratchet {
  const locked = lock?.surfaces[surface.id];
  const sites = listedSites(surface);
  if (locked === undefined) return { kind: sites.length === 0 ? "held" : "missing" };
  const added = sites.filter((site) => !locked.sites.includes(site));
  const removed = locked.sites.filter((site) => !sites.includes(site));
  if (sites.length > locked.count) return { kind: "grew", count: locked.count, added };
  if (sites.length < locked.count) return { kind: "shrank", count: locked.count, removed };
  return added.length > 0 ? { kind: "moved", added, removed } : { kind: "held" };
}

/** The lock after `--update`. A surface that grew is left as it is and named. */
export function updateLock(
  lock: Lock | null,
  surfaces: readonly SurfaceReport[],
): { readonly lock: Lock; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const next: Record<string, LockedSurface> = {};
  for (const surface of surfaces) {
    const before = lock?.surfaces[surface.id];
    if (before !== undefined && ratchetOf(lock, surface).kind === "grew") {
      refused.push(surface.id);
      next[surface.id] = before;
    } else {
      next[surface.id] = lockedAs(surface, before?.grown);
    }
  }
  return { lock: { version, surfaces: next }, refused };
}

/** The lock after `--grow`: the sites of one writer are added, with the reason. */
export function growLock(
  lock: Lock | null,
  surface: SurfaceReport,
  writer: string,
  because: string,
): Lock {
  const before = lock?.surfaces[surface.id] ?? { count: 0, sites: [] };
  const own = surface.writers.find(({ id }) => id === writer)?.sites ?? [];
  const added = own.filter((site) => !before.sites.includes(site));
  const sites = [...before.sites, ...added].sort();
  const grown = [...(before.grown ?? []), { writer, sites: added, because }];
  const surfaces = { ...lock?.surfaces, [surface.id]: { count: sites.length, sites, grown } };
  return { version, surfaces };
}

function lockedAs(surface: SurfaceReport, grown: LockedSurface["grown"]): LockedSurface {
  const sites = [...listedSites(surface)];
  // What grew is history; an entry goes when its last site is gone.
  const kept = (grown ?? []).filter((entry) => entry.sites.some((site) => sites.includes(site)));
  return { count: sites.length, sites, ...(kept.length === 0 ? {} : { grown: kept }) };
}

/**
 * What a run found, kept for the next one. A file's findings are used again while it and everything they depend on are
 * as they were: texts, configuration, the list of files, and the programs that read them.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import type { Configuration } from "./config-schema.js";
import { codeOf } from "./tree.js";

const span = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  endLine: z.number(),
  endColumn: z.number(),
});
const writes = z.array(
  z.object({
    surface: z.string(),
    sink: z.number(),
    at: span,
    site: z.string(),
    how: z.string(),
    via: z.array(z.string()),
  }),
);
const unread = z.array(z.object({ at: span, reason: z.string() }));
const digests = z.record(z.string(), z.string());

const typed = z.object({
  /** The list of files, and which surface covers which. */
  list: z.string(),
  fixed: digests,
  files: z.record(
    z.string(),
    z.object({
      digest: z.string(),
      imports: z.array(z.string()),
      hands: z.array(z.string()),
      isPillar: z.boolean(),
    }),
  ),
  writes,
  unread,
});
const searched = z.object({ digest: z.string(), jobs: z.string(), writes, unread });
const mutants = z.object({ key: z.string(), caught: z.array(z.boolean()) });
const shape = z.object({
  key: z.string(),
  typed: typed.nullable(),
  patterns: z.record(z.string(), searched),
  mutants: mutants.nullable(),
});

export type Cached = z.infer<typeof shape>;
export type CachedTyped = z.infer<typeof typed>;
export type CachedSearch = z.infer<typeof searched>;

/** What all findings depend on: the configuration, and the programs that find them. */
export function cacheKey({ root, projects, surfaces }: Configuration): string {
  const versions = [
    engine(),
    versionOf("typescript"),
    versionOf("@ast-grep/napi"),
    process.version,
  ];
  // A writer is judged anew each time: it may be listed and decided without another search.
  const searches = surfaces.map(({ id, include, exclude, gitignore, sinks }) => ({
    id,
    include,
    exclude,
    gitignore,
    sinks,
  }));
  return hash(JSON.stringify({ root, projects, searches, versions }));
}

/** What was kept, when it is of this key. */
export function fromCache(text: string, key: string): Cached | null {
  const parsed = shape.safeParse(parsedJson(text));
  return parsed.success && parsed.data.key === key ? parsed.data : null;
}

export function toCache(cached: Cached): string {
  return JSON.stringify(cached);
}

/** Digests of files, each read once. */
export class Digests {
  private readonly known = new Map<string, string>();

  of(path: string): string {
    const before = this.known.get(path);
    if (before !== undefined) return before;
    const made = digestOf(path);
    this.known.set(path, made);
    return made;
  }

  all(paths: readonly string[]): Record<string, string> {
    return Object.fromEntries(paths.map((path) => [path, this.of(path)]));
  }

  areAs(kept: Readonly<Record<string, string>>): boolean {
    return Object.entries(kept).every(([path, digest]) => this.of(path) === digest);
  }
}

export const absent = "absent";

function digestOf(path: string): string {
  try {
    return hash(readFileSync(path));
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR" ? absent : code;
  }
}

export function hash(content: string | Uint8Array): string {
  return createHash("sha1").update(content).digest("base64");
}

/** Sizes and times of the files this engine is made of: another build finds something else. */
function engine(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const stamps = files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return hash(stamps.join("\n"));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function versionOf(name: string): string | null {
  try {
    const manifest = createRequire(import.meta.url)(`${name}/package.json`) as { version?: string };
    return manifest.version ?? null;
  } catch {
    // Not installed, or its manifest is private: another key than with it.
    return null;
  }
}

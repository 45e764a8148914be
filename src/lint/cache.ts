/**
 * What a run found, kept for the next one. Used only when nothing it depends on changed: the configuration, the list of
 * files, the text of every file that was read, and the versions of the programs that read them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { z } from "zod";

import type { Configuration } from "./config-schema.js";
import type { Tree } from "./tree.js";

/** Changes with what is found or how it is kept. */
const cacheVersion = 1;

const span = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  endLine: z.number(),
  endColumn: z.number(),
});
const shape = z.object({
  key: z.string(),
  inputs: z.record(z.string(), z.string()),
  writes: z.array(
    z.object({
      surface: z.string(),
      sink: z.number(),
      at: span,
      site: z.string(),
      how: z.string(),
      via: z.array(z.string()),
    }),
  ),
  unread: z.array(z.object({ at: span, reason: z.string() })),
});

export type Cached = z.infer<typeof shape>;

/** Files whose presence alone may change how others are read. */
const relevant = /\.([cm]?[jt]sx?|go|pyi?|rs|java|html?|css)$|(^|\/)(package|tsconfig[^/]*)\.json$/;

export function cacheKey(configuration: Configuration, tree: Tree): string {
  const { root, projects, surfaces } = configuration;
  const paths = tree.files
    .filter(({ path }) => relevant.test(path))
    .map(({ path, ignored }) => `${path}${ignored ? "!" : ""}`);
  const versions = [
    cacheVersion,
    versionOf("typescript"),
    versionOf("@ast-grep/napi"),
    process.version,
  ];
  return hash(JSON.stringify({ root, projects, surfaces, paths, versions }));
}

/** What was found before, when it still holds. */
export function fromCache(text: string, key: string): Cached | null {
  const parsed = shape.safeParse(parsedJson(text));
  if (!parsed.success || parsed.data.key !== key) return null;
  const isSame = Object.entries(parsed.data.inputs).every(
    ([path, digest]) => digestOf(path) === digest,
  );
  return isSame ? parsed.data : null;
}

/** `inputs` are absolute paths. */
export function toCache(
  found: Omit<Cached, "key" | "inputs">,
  key: string,
  root: string,
  inputs: readonly string[],
): string {
  const all = [...inputs, join(root, "package.json"), join(root, "package-lock.json")];
  const digests = Object.fromEntries(all.map((path) => [path, digestOf(path)]));
  return JSON.stringify({
    key,
    inputs: digests,
    writes: found.writes,
    unread: found.unread,
  } satisfies Cached);
}

function digestOf(path: string): string {
  return existsSync(path) ? hash(readFileSync(path)) : "absent";
}

function hash(content: string | Uint8Array): string {
  return createHash("sha1").update(content).digest("base64");
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

/**
 * Licences of the packages whose code a bundle contains, as one text. A package without a file of its licence is
 * named with the licence and the author of its manifest; one that names no licence at all fails the build.
 */
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { Metafile } from "esbuild";
import { z } from "zod";

const author = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: author.optional(),
});

/** Folders of packages with at least one byte in an output; `root` is what the paths of inputs start from. */
function packagesIn({ outputs }: Metafile, root: string): readonly string[] {
  const folders = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].map((folder) => resolve(root, folder));
}

async function licenseOf(folder: string): Promise<string> {
  const text: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const { name, version, license, author } = manifest.parse(text);
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|-|$)/i.test(entry));
  const terms =
    file === undefined
      ? `License: ${license}${author === undefined ? "" : `, by ${author}`}`
      : (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
  return `${name} ${version} (${license})\n\n${terms}`;
}

/** In the order of names and versions, so that equal bundles give equal texts. */
export async function licensesOf(metafile: Metafile, root: string): Promise<string> {
  const parts = await Promise.all(packagesIn(metafile, root).map(licenseOf));
  const texts = [...new Set(parts)].sort();
  return `Bundled here is code of the packages below.\n\n${texts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

/** The page of a report as two files for browsers, from its sources. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";

import { licensesOf } from "./licenses.js";
import { onlyWhatIsUsed } from "./only-what-is-used.js";

/** Writes `page.js` and `page.css` into `outdir`. `root`: the folder of the repository, with a slash behind it. */
export async function bundlePage(root: string, outdir: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: ["page.ts", "page.css"].map((name) => `${root}src/report/site/page/${name}`),
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    plugins: [onlyWhatIsUsed],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  // The page is copied into reports, and its licences go with it.
  const licenses = (await licensesOf(metafile, process.cwd())).replaceAll("*/", "* /");
  await appendFile(join(outdir, "page.js"), `/*!\n${licenses}*/\n`);
}

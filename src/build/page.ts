/** The page of a report as two files for browsers, from its sources. */
import { build } from "esbuild";

import { oneLanguage } from "./one-language.js";

/** Writes `page.js` and `page.css` into `outdir`. `root`: the folder of the repository, with a slash behind it. */
export async function bundlePage(root: string, outdir: string): Promise<void> {
  await build({
    entryPoints: ["page.ts", "page.css"].map((name) => `${root}src/report/site/page/${name}`),
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    plugins: [oneLanguage],
    legalComments: "none",
    logLevel: "warning",
  });
}

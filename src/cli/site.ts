/** The report as a folder that a browser opens from the disk: the page's script and style, and the data. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { closures } from "../../laws/closure.js";
import { constraints } from "../../laws/constraints.js";
import { systems } from "../../spec/systems/index.js";
import { charts } from "../report/charts/charts.js";
import { loadLayout } from "../report/charts/dot.js";
import type { DocumentSource } from "../report/documents/index.js";
import { siteOf } from "../report/site/site.js";
import type { VerifyReport } from "../verify/index.js";
import { laws } from "./catalogue.js";
import { UsageError } from "./exit.js";
import { prepareDirectory, writeFiles } from "./write-report.js";

export function sourceOf(report: VerifyReport): DocumentSource {
  return { laws, closures, constraints, systems, charts, report };
}

export type SiteWriter = (report: VerifyReport) => Promise<void>;

/** Finds out before the work whether the report can be written after it. */
export async function openSite(directory: string): Promise<SiteWriter> {
  await prepareDirectory(directory);
  const assets = { script: await asset("page.js"), style: await asset("page.css") };
  return async (report) => {
    await writeFiles(directory, siteOf(sourceOf(report), await loadLayout(), assets));
  };
}

/** Where the build puts the page, as seen from the compiled command, from its bundle, and from the sources. */
const assetFolders = ["../report/site/", "../src/report/site/", "../../dist/src/report/site/"];

async function asset(name: string): Promise<string> {
  for (const folder of assetFolders) {
    try {
      return await readFile(fileURLToPath(new URL(`${folder}${name}`, import.meta.url)), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new UsageError(`the report's ${name} is not there: build the package, npm run build.`);
}

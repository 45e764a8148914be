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
import { writeFiles } from "./write-report.js";

export function sourceOf(report: VerifyReport): DocumentSource {
  return { laws, closures, constraints, systems, charts, report };
}

export async function writeSite(directory: string, report: VerifyReport): Promise<void> {
  const assets = { script: await asset("page.js"), style: await asset("page.css") };
  await writeFiles(directory, siteOf(sourceOf(report), await loadLayout(), assets));
}

/** The build bundles the page's script; it stands beside the compiled reports, also when this runs from sources. */
async function asset(name: string): Promise<string> {
  for (const folder of ["../report/site/", "../../dist/src/report/site/"]) {
    try {
      return await readFile(fileURLToPath(new URL(`${folder}${name}`, import.meta.url)), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new UsageError(`the report's ${name} is not there: build the package, npm run build.`);
}

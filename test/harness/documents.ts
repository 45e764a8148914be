/** The documents as they stand, and a report for tests of pages, read back from their findings. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { closures } from "../../laws/closure.js";
import { constraints } from "../../laws/constraints.js";
import { type Law, laws } from "../../laws/index.js";
import { systems } from "../../spec/systems/index.js";
import { charts } from "../../src/report/charts/charts.js";
import { type DocumentSource, type Findings, findings, reportOf } from "../../src/report/documents/index.js";
import type { VerifyReport } from "../../src/verify/index.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const docs = `${root}docs/`;

export function checkedInFindings(): Findings {
  return findings.parse(JSON.parse(readFileSync(`${docs}laws/findings.json`, "utf8")));
}

/** Only these laws, in the order of the catalogue; all when none is named. */
export function sourceFor(report: VerifyReport, of: readonly Law[] = laws): DocumentSource {
  return { laws: of, closures, constraints, systems, charts, report };
}

/** The report that the checked-in findings hold, of a few laws. */
export function reportOn(...ids: readonly string[]): { readonly laws: readonly Law[]; readonly report: VerifyReport } {
  const found = checkedInFindings();
  const own = laws.filter(({ id }) => ids.includes(id));
  const report = reportOf({ ...found, laws: found.laws.filter(({ id }) => ids.includes(id)) }, own, charts);
  return { laws: own, report };
}

/** All files of the two generated folders. */
export function checkedIn(): ReadonlyMap<string, string> {
  const names = ["laws", "machines"].flatMap((folder) =>
    existsSync(`${docs}${folder}`) ? readdirSync(`${docs}${folder}`).map((name) => `${folder}/${name}`) : [],
  );
  return new Map(names.map((name) => [name, readFileSync(`${docs}${name}`, "utf8")]));
}

/** `leasehold docs`: the documents of laws and machines, written or compared. */
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { Bounds } from "../../spec/kernel/index.js";
import { charts } from "../report/charts/charts.js";
import { loadLayout } from "../report/charts/dot.js";
import {
  type Documents,
  type Findings,
  StaleError,
  differing,
  documentsOf,
  findings,
  findingsOf,
  isGenerated,
  reportOf,
  unfinished,
} from "../report/documents/index.js";
import { counted } from "../report/index.js";
import type { VerifyReport } from "../verify/index.js";
import { laws } from "./catalogue.js";
import { UsageError, exitCode, exitCodeOf } from "./exit.js";
import { print } from "./output.js";
import { readDocument } from "./read-document.js";
import { openSite, sourceOf } from "./site.js";
import { judgedReport, watchedVerify } from "./verify.js";
import { judgesFor } from "./verify-judges.js";
import { prepareDirectory, writeFiles } from "./write-report.js";

export interface DocsFlags {
  readonly out: string;
  readonly bounds: Bounds;
  readonly from?: string;
  readonly check?: true;
  readonly site?: string;
  readonly jobs?: number;
}

export async function docsCommand(flags: DocsFlags): Promise<number> {
  const { out, check } = flags;
  if (check !== true) await prepareDirectory(out);
  const site = flags.site === undefined ? null : await openSite(flags.site);
  const report = await reportFor(flags);
  const lacking = unfinished(report);
  if (lacking !== null) {
    await print(`nothing was written: ${lacking}\n`);
    return report.interrupted ? exitCode.interrupted : exitCode.unknown;
  }
  // By way of the findings, so that a page is the same whether it is made from a run or from them.
  const documents = documentsOf(sourceOf(revived(findingsOf(report))), await loadLayout());
  await site?.(report);
  if (check === true) return await compare(out, documents);
  await writeFiles(out, documents);
  const gone = (await generatedIn(out)).filter((name) => !documents.has(name));
  for (const name of gone) await rm(join(out, name));
  await print(`${counted(documents.size, "file")} written to ${out}, ${gone.length} removed\n`);
  return exitCodeOf(report.verdict);
}

async function reportFor({ from, bounds, jobs }: DocsFlags): Promise<VerifyReport> {
  if (from === undefined) {
    const options = { bounds, ...(jobs === undefined ? {} : { jobs }) };
    const judging = judgesFor(options);
    return await judgedReport(await watchedVerify(options, true), judging);
  }
  return revived(await readDocument(from, findings, "findings that leasehold docs wrote"));
}

function revived(found: Findings): VerifyReport {
  try {
    return reportOf(found, laws, charts);
  } catch (error) {
    if (error instanceof StaleError) throw new UsageError(error.message);
    throw error;
  }
}

async function compare(out: string, documents: Documents): Promise<number> {
  const found = new Map<string, string>();
  for (const name of new Set([...documents.keys(), ...(await generatedIn(out))])) {
    const text = await textOf(join(out, name));
    if (text !== null) found.set(name, text);
  }
  const stale = differing(documents, found);
  if (stale.length === 0) {
    await print(`${counted(documents.size, "file")} in ${out} up to date\n`);
    return exitCode.holds;
  }
  await print(`${counted(stale.length, "file")} in ${out} out of date:\n${stale.map((name) => `  ${name}\n`).join("")}`);
  return exitCode.violated;
}

/** Files of earlier runs, by their last line. Others in the folders are not ours. */
async function generatedIn(out: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const folder of ["laws", "machines"]) {
    for (const name of await namesIn(join(out, folder))) {
      const text = (await textOf(join(out, folder, name))) ?? "";
      if (isGenerated(name, text)) names.push(`${folder}/${name}`);
    }
  }
  return names;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

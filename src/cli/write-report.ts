/** Writes what was found into a directory: each file under a temporary name, renamed when complete. */
import { access, constants, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Counterexample } from "../checker/index.js";
import { counterexampleJson, itfTrace, mermaidDiagram, slug, verifyJson } from "../report/index.js";
import type { VerifyReport } from "../verify/index.js";
import { UsageError } from "./exit.js";

export async function writeReport(directory: string, report: VerifyReport): Promise<void> {
  const files = new Map<string, string>([["verify.json", json(verifyJson(report))]]);
  for (const law of report.laws) {
    for (const { counterexample } of law.checked) addCounterexample(files, "", counterexample);
    for (const { counterexample } of law.mutants) addCounterexample(files, "mutants/", counterexample);
  }
  await writeFiles(directory, files);
}

/** Text by name, `/` between folders, each file whole or not at all. */
export async function writeFiles(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await named(directory, async () => {
    for (const [name, text] of files) await writeWhole(join(directory, name), text);
  });
}

/** Makes the directory, so that a wrong name is found before the work and not after it. */
export async function prepareDirectory(directory: string): Promise<void> {
  await named(directory, async () => {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
  });
}

async function named(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const code = String(error.code);
    throw new UsageError(
      `cannot write the report to ${directory}: ${code}. Name a directory that can be written to.`,
    );
  }
}

function addCounterexample(files: Map<string, string>, folder: string, found: Counterexample | null): void {
  if (found === null) return;
  const { law, mutant, on } = found;
  const base = `${folder}${fileName(law)}${mutant === null ? `-${slug(on)}` : `~${slug(mutant)}`}`;
  let name = base;
  // Two clauses of one law may break on the same system.
  for (let next = 2; files.has(`${name}.json`); next += 1) name = `${base}-${next}`;
  files.set(`${name}.json`, json(counterexampleJson(found)));
  files.set(`${name}.itf.json`, json(itfTrace(found)));
  files.set(`${name}.mmd`, mermaidDiagram(found));
}

function fileName(id: string): string {
  return id.replace(/[^A-Za-z0-9-]/g, "-");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

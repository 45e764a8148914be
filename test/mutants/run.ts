/**
 * Applies each mutant to a copy of the sources and runs the tests that are named for it: `npm run mutants`, with
 * names of mutants as arguments for some of them. Writes `results.json`; `docs/mutants.md` is made from that.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type ImplementationMutant, implementationMutants } from "./mutants.js";
import type { MutantResult } from "./result.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const resultsFile = join(root, "test/mutants/results.json");
/** Seconds that the tests of one mutant may take; past it the mutant counts as caught. */
const secondsMax = 240;
/** Caught, of a hundred. */
const shareMin = 95;

function copyOf(): string {
  const copy = mkdtempSync(join(tmpdir(), "leasehold-mutants-"));
  for (const name of ["spec", "laws", "src", "test", "package.json", "tsconfig.json", "README.md", "docs"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const name of ["node_modules", "dist"]) symlinkSync(join(root, name), join(copy, name));
  return copy;
}

async function judged(copy: string, mutant: ImplementationMutant): Promise<MutantResult> {
  const { name, file, law, find, put, tests } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(find).length !== 2) throw new Error(`${name}: its text occurs ${source.split(find).length - 1} times in ${file}`);
  writeFileSync(path, source.replace(find, () => put));
  try {
    for (const test of tests) {
      const failed = await failureOf(copy, test);
      if (failed !== null) return { name, file, law, caughtBy: `${test}: ${failed}` };
    }
    return { name, file, law, caughtBy: null };
  } finally {
    writeFileSync(path, source);
  }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** Title of the first test that fails; null when all pass. */
function failureOf(copy: string, test: string): Promise<string | null> {
  const out = join(copy, "report.json");
  rmSync(out, { force: true });
  const args = ["run", "--root", copy, "--config", "test/vitest.config.ts", "--bail", "1", "--reporter", "json", "--outputFile", out, `test/${test}.test.ts`];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [vitest, ...args], { cwd: copy, timeout: secondsMax * 1000, maxBuffer: 1 << 26 }, (error) => {
      if (error === null) return resolve(null);
      if (error.killed === true) return resolve("it takes too long");
      resolve(firstFailure(out) ?? "the test file cannot be run");
    });
  });
}

function firstFailure(file: string): string | null {
  try {
    const { testResults } = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
    return testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed")?.title ?? null;
  } catch {
    return null;
  }
}

function known(): readonly MutantResult[] {
  try {
    return JSON.parse(readFileSync(resultsFile, "utf8")) as readonly MutantResult[];
  } catch {
    return [];
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  const names = process.argv.slice(2);
  const chosen = implementationMutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const results = new Map(known().map((one) => [`${one.file} ${one.name}`, one]));
  const waiting = [...chosen];
  const lane = async (): Promise<void> => {
    const copy = copyOf();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const result = await judged(copy, mutant);
        results.set(`${mutant.file} ${mutant.name}`, result);
        print(`${result.caughtBy === null ? "SURVIVED" : "caught  "}  ${mutant.file}: ${mutant.name}  ${result.caughtBy ?? ""}`);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all([lane(), lane()]);
  const all = implementationMutants.flatMap(({ file, name }) => results.get(`${file} ${name}`) ?? []);
  writeFileSync(resultsFile, `${JSON.stringify(all, null, 2)}\n`);
  const caught = all.filter(({ caughtBy }) => caughtBy !== null).length;
  print(`${caught} of ${all.length} caught`);
  return caught * 100 >= shareMin * all.length ? 0 : 1;
}

process.exitCode = await main();

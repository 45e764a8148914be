/** `leasehold lint`: one run, printed; the lock file and the cache kept. */
import { resolve } from "node:path";

import {
  type Configuration,
  type Lock,
  type LintMutant,
  type LintOutcome,
  type LintReport,
  type MutantOutcome,
  type SurfaceReport,
  githubText,
  gitlabJson,
  growLock,
  lint,
  lintJson,
  meterJson,
  meterText,
  prettyText,
  sarifLog,
  updateLock,
  writeLock,
} from "../lint/index.js";
import { UsageError, exitCode } from "./exit.js";
import { asUsage, loadCache, loadConfiguration, loadLock, lockFileOf, save } from "./lint-files.js";
import { changedSince } from "./lint-since.js";
import { pageOf, print, printJson } from "./output.js";
import { nearest } from "./suggest.js";

export interface LintFlags {
  readonly config?: string;
  readonly format: "pretty" | "json" | "github" | "gitlab" | "sarif";
  readonly json?: true;
  readonly meter?: true;
  readonly surface?: readonly string[];
  readonly since?: string;
  readonly update?: true;
  readonly grow?: string;
  readonly because?: string;
  readonly cache?: true;
  readonly cacheLocation?: string;
  /** Asked by `verify` only; the outcomes stand in the JSON report. */
  readonly mutants?: true;
  readonly color: boolean;
}

/** `version` is that of the program, for reports that name it. */
export function lintCommand(flags: LintFlags, version: string): Promise<number> {
  return asUsage(async () => {
    if ((flags.grow === undefined) !== (flags.because === undefined)) {
      throw new UsageError("--grow and --because go together: which writer, and why.");
    }
    const configuration = loadConfiguration(flags.config);
    const known = configuration.surfaces.map(({ id }) => id);
    for (const id of flags.surface ?? []) {
      if (!known.includes(id))
        throw new UsageError(
          `no surface "${id}"; known are ${known.join(", ")}.${nearest(id, known)}`,
        );
    }
    // An unknown revision is found before the work and not after it.
    const changed =
      flags.since === undefined ? null : await changedSince(configuration.root, flags.since);
    const { report, mutants } = await run(configuration, flags);
    const shown = chosen(report, flags.surface ?? null, changed);
    await printReport(shown, mutants, flags, version);
    const isCaught = mutants.every(({ caught }) => caught);
    return shown.findings.length === 0 && isCaught ? exitCode.holds : exitCode.violated;
  });
}

/** The report, with the lock file as it is after `--update` or `--grow`. */
async function run(configuration: Configuration, flags: LintFlags): Promise<LintOutcome> {
  const lockFile = lockFileOf(configuration);
  const lock = loadLock(lockFile);
  const cacheFile = resolve(
    flags.cacheLocation ?? `${configuration.root}/node_modules/.cache/leasehold/lint.json`,
  );
  const kept = flags.cache === true ? loadCache(cacheFile) : null;
  const mutants = flags.mutants === true ? await surfaceMutants() : [];
  const first = await lint({ configuration, lock, cache: kept, mutants });
  const cache = first.cache ?? kept;
  if (flags.cache === true && first.cache !== null) save(cacheFile, first.cache);
  if (flags.update !== true && flags.grow === undefined) return first;
  const next = nextLock(lock, first.report, flags);
  save(lockFile, writeLock(next));
  return await lint({ configuration, lock: next, cache });
}

/** The mutants of the catalogue. They are changes of the sources of this package. */
async function surfaceMutants(): Promise<readonly LintMutant[]> {
  const { surfaceLaws } = await import("../../laws/surface/index.js");
  return surfaceLaws.flatMap(({ id, sourceMutants }) =>
    sourceMutants.map((mutant) => ({ law: id, ...mutant })),
  );
}

function nextLock(
  lock: Lock | null,
  { surfaces }: LintReport,
  { grow, because, update }: LintFlags,
): Lock {
  const grown =
    grow === undefined ? lock : growLock(lock, surfaceOf(surfaces, grow), grow, because ?? "");
  return update === true || grown === null ? updateLock(grown, surfaces).lock : grown;
}

function surfaceOf(surfaces: readonly SurfaceReport[], writer: string): SurfaceReport {
  const surface = surfaces.find(({ writers }) => writers.some(({ id }) => id === writer));
  if (surface !== undefined) return surface;
  const known = surfaces.flatMap(({ writers }) => writers.map(({ id }) => id));
  throw new UsageError(
    `no writer "${writer}" is listed; known are ${known.join(", ") || "none"}.${nearest(writer, known)}`,
  );
}

/** Findings about the list of writers are always shown: the ratchet is checked whole. */
function chosen(
  report: LintReport,
  surfaces: readonly string[] | null,
  changed: ReadonlySet<string> | null,
): LintReport {
  const findings = report.findings.filter(({ rule, surface, at }) => {
    if (surfaces !== null && surface !== null && !surfaces.includes(surface)) return false;
    return changed === null || changed.has(at.file) || (rule !== "write" && rule !== "unread");
  });
  const shown =
    surfaces === null ? report.surfaces : report.surfaces.filter(({ id }) => surfaces.includes(id));
  return { ...report, findings, surfaces: shown };
}

function printReport(
  report: LintReport,
  mutants: readonly MutantOutcome[],
  flags: LintFlags,
  version: string,
): Promise<void> {
  const format = flags.json === true ? "json" : flags.format;
  if (flags.meter === true)
    return format === "json" ? printJson(meterJson(report)) : print(meterText(report));
  switch (format) {
    case "json":
      return printJson(lintJson(report, mutants));
    case "gitlab":
      return printJson(gitlabJson(report));
    case "sarif":
      return printJson(sarifLog(report, version));
    case "github":
      return print(`${githubText(report)}${survivorsText(mutants)}`);
    case "pretty":
      return print(`${prettyText(report, pageOf(flags.color).paint)}${survivorsText(mutants)}`);
  }
}

function survivorsText(mutants: readonly MutantOutcome[]): string {
  return mutants
    .filter(({ caught }) => !caught)
    .map(({ law, name, change }) => `${law} misses mutant "${name}": ${change}.\n`)
    .join("");
}

/** The report as one JSON document. Fields are added, never changed or taken away within a version. */
import type { LintReport } from "../finding.js";
import type { MutantOutcome } from "../mutants.js";

/** The document as a value, to be printed by the caller. Mutants are named when some were tried. */
export function lintJson(
  { surfaces, findings, files }: LintReport,
  mutants: readonly MutantOutcome[] = [],
): unknown {
  return {
    version: 1,
    verdict: findings.length === 0 ? "holds" : "violated",
    files,
    surfaces,
    findings,
    ...(mutants.length === 0 ? {} : { mutants }),
  };
}

/** One number a surface: the sites that write. For a badge or a chart. */
export function meterJson({ surfaces }: LintReport): Readonly<Record<string, number>> {
  return Object.fromEntries(surfaces.map(({ id, sites }) => [id, sites.length]));
}

/** A line for each surface: its id and its number of writing sites. */
export function meterText({ surfaces }: LintReport): string {
  return surfaces.map(({ id, sites }) => `${id} ${sites.length}\n`).join("");
}

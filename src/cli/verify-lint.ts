/**
 * The surface laws, as `verify` asks them: `leasehold lint` in a process of its own, beside the searches, on the
 * configuration of the folder it is called in. Without one, nobody judges them.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Finding, MutantOutcome, SurfaceReport } from "../lint/index.js";
import type { Judged } from "../verify/index.js";
import { UsageError } from "./exit.js";

const names = [
  "write-surface.yaml",
  "write-surface.yml",
  "write-surface.json",
  "laws/write-surface.yaml",
];
/** Bytes of a report. */
const reportMax = 1 << 28;
/** Findings of one law that are printed; `leasehold lint` shows all. */
const findingsMax = 5;

/** Laws about the configuration itself, by the rule of their findings. */
const aboutWriters: readonly (readonly [law: string, rules: readonly Finding["rule"][]])[] = [
  ["WS2", ["undecided"]],
  ["WS3", ["ratchet", "stale-writer"]],
];

interface Report {
  readonly files: number;
  readonly surfaces: readonly SurfaceReport[];
  readonly findings: readonly Finding[];
  readonly mutants?: readonly MutantOutcome[];
}

/** Empty without a configuration here. Throws a `UsageError` when there is one that cannot be used. */
export async function lintJudged(signal: AbortSignal): Promise<readonly Judged[]> {
  const file = names.find((name) => existsSync(name));
  if (file === undefined) return [];
  const { surfaces, findings, files, mutants = [] } = await lintReport(file, signal);
  const laws = [...new Set(surfaces.flatMap(({ law }) => (law === null ? [] : [law])))];
  const ofSurfaces = laws.map((law) => {
    const own = surfaces.filter((surface) => surface.law === law);
    const ids = new Set(own.map(({ id }) => id));
    const breaches = findings.filter(
      ({ surface, rule }) => surface !== null && ids.has(surface) && (rule === "write" || rule === "unread"),
    );
    const sites = own.reduce((sum, surface) => sum + surface.sites.length, 0);
    return judged(law, file, { files: Math.max(...own.map((one) => one.files)), sites }, breaches, mutants);
  });
  const sites = surfaces.reduce((sum, surface) => sum + surface.sites.length, 0);
  const ofWriters = aboutWriters.map(([law, rules]) =>
    judged(law, file, { files, sites }, findings.filter(({ rule }) => rules.includes(rule)), mutants),
  );
  return [...ofSurfaces, ...ofWriters];
}

function judged(
  law: string,
  file: string,
  scope: { readonly files: number; readonly sites: number },
  breaches: readonly Finding[],
  mutants: readonly MutantOutcome[],
): Judged {
  const shown = breaches
    .slice(0, findingsMax)
    .map(({ at, message }) => `${at.file}:${at.line}:${at.column} ${message}`);
  const rest = breaches.length - shown.length;
  const lines = rest > 0 ? [...shown, `and ${rest} more`] : shown;
  return {
    law,
    on: file,
    verdict: breaches.length === 0 ? "holds" : "violated",
    scope: `${scope.files} files`,
    judged: scope.sites,
    breach: breaches.length === 0 ? null : lines.join("\n"),
    replay: breaches.length === 0 ? null : `npx leasehold lint --config ${file}`,
    mutants: mutants
      .filter((mutant) => mutant.law === law)
      .map(({ name, change, caught }) => ({ name, change, caught })),
  };
}

/** The mutants of the catalogue are changes of these sources, and say nothing about those of others. */
function isOurs(): boolean {
  try {
    const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly name?: unknown };
    return name === "leasehold" && existsSync("laws/surface/surface.ts");
  } catch {
    // No manifest, or one that is none: somebody else's folder.
    return false;
  }
}

/** The command beside this file: `main.js` in the bundle and in the compiled sources alike. */
function lintReport(file: string, signal: AbortSignal): Promise<Report> {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const mutants = isOurs() ? ["--mutants"] : [];
  const args = [main, "lint", "--config", file, "--json", "--cache", ...mutants];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: reportMax, signal }, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (status === 0 || status === 1) resolve(JSON.parse(stdout) as Report);
      else reject(new UsageError(stderr.replace(/^error: /, "").trim() || String(error?.message)));
    });
  });
}

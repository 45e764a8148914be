/**
 * What `verify` found, for those who show it beside code: annotations of GitHub's runner, and SARIF 2.1.0.
 *
 * A problem stands at the file of its law, where the sources of the laws are below the working directory; elsewhere at
 * the package that depends on them, since a finding without a file is shown by no code host.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Log, Result } from "sarif";

import { workflowCommand } from "../lint/index.js";
import { type VerifyProblem, problemsOf } from "../report/index.js";
import type { VerifyReport } from "../verify/index.js";

interface Place {
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  readonly line: number;
}

/** A workflow command a problem, each on a line. */
export function verifyAnnotations(report: VerifyReport): string {
  const placeOf = placing();
  return problemsOf(report)
    .map((problem) => {
      const { rule, level, title, message } = problem;
      const place = placeOf(rule);
      return `${workflowCommand(level, { file: place?.file, line: place?.line, title }, message)}\n`;
    })
    .join("");
}

/** One run, a rule for each law. `version` is that of this package. */
export function verifySarif(report: VerifyReport, version: string): Log {
  const placeOf = placing();
  const rules = [
    ...report.laws.map(({ id, title, statement, why }) => ({
      id,
      shortDescription: { text: `${id} ${title}` },
      fullDescription: { text: statement },
      help: { text: `${statement}\n\n${why}` },
      defaultConfiguration: { level: "error" as const },
    })),
    { id: "agreement", shortDescription: { text: "The compiled machine does what XState does" } },
  ];
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const driver = { name: "leasehold verify", semanticVersion: version, version, rules };
  const results = problemsOf(report).map((problem) => resultOf(problem, placeOf(problem.rule), indexOf));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
}

function resultOf(
  { rule, level, title, message, key }: VerifyProblem,
  place: Place | null,
  indexOf: ReadonlyMap<string, number>,
): Result {
  const ruleIndex = indexOf.get(rule) ?? -1;
  const text = `${title}: ${message}`;
  const partialFingerprints = { "leasehold/v1": key };
  if (place === null) return { ruleId: rule, ruleIndex, level, message: { text }, partialFingerprints };
  const artifactLocation = { uri: place.file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
  const physicalLocation = { artifactLocation, region: { startLine: place.line } };
  return { ruleId: rule, ruleIndex, level, message: { text }, locations: [{ physicalLocation }], partialFingerprints };
}

/** The files of laws are named by their ids: `laws/run/l11b-attestation.ts`. */
function placing(): (rule: string) => Place | null {
  const sources = existsSync("laws/registry.ts") ? readdirSync("laws", { recursive: true, encoding: "utf8" }) : [];
  const files = sources.map((name) => `laws/${name.replaceAll("\\", "/")}`).filter((name) => name.endsWith(".ts"));
  const fallback = existsSync("package.json") ? { file: "package.json", line: 1 } : null;
  return (rule) => {
    const file = files.find((name) => name.split("/").at(-1)?.startsWith(`${rule.toLowerCase()}-`));
    if (file === undefined) return fallback;
    const at = readFileSync(join(".", file), "utf8").split("\n").findIndex((line) => line.includes(`id: "${rule}"`));
    return { file, line: Math.max(at, 0) + 1 };
  };
}

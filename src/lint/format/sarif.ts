/** SARIF 2.1.0: one run, a rule for each surface and for each kind of finding beside them. */
import type { Log, ReportingDescriptor, Result } from "sarif";

import type { Finding, LintReport, SurfaceReport } from "../finding.js";
import { fingerprints } from "./fingerprint.js";

/** `version` is that of this package. */
export function sarifLog({ surfaces, findings }: LintReport, version: string): unknown {
  const rules = rulesOf(surfaces, findings);
  const prints = fingerprints(findings);
  const log: Log = {
    $schema:
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "leasehold lint", semanticVersion: version, version, rules: [...rules] },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding, index) => resultOf(finding, rules, prints[index] ?? "")),
      },
    ],
  };
  return log;
}

function ruleId({ rule, surface }: Finding): string {
  return surface !== null && rule === "write" ? surface : rule;
}

function rulesOf(
  surfaces: readonly SurfaceReport[],
  findings: readonly Finding[],
): readonly ReportingDescriptor[] {
  const others = new Set(
    findings.map(ruleId).filter((id) => !surfaces.some((surface) => surface.id === id)),
  );
  return [
    ...surfaces.map(({ id, law, message }) => ({
      id,
      shortDescription: {
        text: law === null ? `Write surface ${id}` : `Write surface ${id} (${law})`,
      },
      fullDescription: { text: message },
      help: { text: message },
      defaultConfiguration: { level: "error" as const },
    })),
    ...[...others].map((id) => ({ id, shortDescription: { text: kinds[id] ?? id } })),
  ];
}

const kinds: Readonly<Record<string, string>> = {
  "stale-writer": "A listed writer whose site writes nothing",
  undecided: "A listed writer without a disposition",
  ratchet: "The number of writing sites and the lock file differ",
  unread: "A file that was not read or does not parse",
};

function resultOf(finding: Finding, rules: readonly ReportingDescriptor[], print: string): Result {
  const { at, message, advice, site } = finding;
  const id = ruleId(finding);
  return {
    ruleId: id,
    ruleIndex: rules.findIndex((rule) => rule.id === id),
    level: "error",
    message: { text: `${message} ${advice}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: at.file.split("/").map(encodeURIComponent).join("/"),
            uriBaseId: "%SRCROOT%",
          },
          region: {
            startLine: at.line,
            startColumn: at.column,
            endLine: at.endLine,
            endColumn: at.endColumn,
          },
        },
        ...(site === null ? {} : { logicalLocations: [{ fullyQualifiedName: site }] }),
      },
    ],
    partialFingerprints: { "leasehold/v1": print },
  };
}

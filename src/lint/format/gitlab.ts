/** GitLab's code quality report: a JSON array that merge requests show beside the change. */
import type { LintReport } from "../finding.js";
import { fingerprints } from "./fingerprint.js";

/** The report as a value, to be printed by the caller. */
export function gitlabJson({ findings }: LintReport): unknown {
  const prints = fingerprints(findings);
  return findings.map(({ rule, surface, at, message, advice }, index) => ({
    description: `${message} ${advice}`,
    check_name: `leasehold/${surface === null ? rule : `${surface}/${rule}`}`,
    fingerprint: prints[index],
    severity: rule === "write" ? "major" : "minor",
    location: { path: at.file, lines: { begin: at.line, end: at.endLine } },
  }));
}

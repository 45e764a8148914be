/** Findings for a person: what, where with the code, and what to do. */
import type { Finding, LintReport, SurfaceReport } from "../finding.js";

type Ink = (text: string) => string;

/** The inks this page needs; each returns its text, coloured or not. */
export interface LintPaint {
  readonly good: Ink;
  readonly bad: Ink;
  readonly dim: Ink;
  readonly bold: Ink;
}

/** The report for a terminal: each finding with its lines of source, then a summary. */
export function prettyText(report: LintReport, paint: LintPaint): string {
  const findings = report.findings.map((finding) => findingText(finding, paint));
  return [...findings, summary(report, paint)].join("\n");
}

function findingText(finding: Finding, paint: LintPaint): string {
  const { at, message, advice } = finding;
  const head = `${paint.bold(`${at.file}:${at.line}:${at.column}`)}  ${paint.bad(ruleText(finding))}`;
  const lines = [
    head,
    `  ${message}`,
    ...frameText(finding, paint),
    `  ${paint.dim("→")} ${advice}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** `run-status (WS1)`, or the rule for findings that belong to no surface. */
export function ruleText({ rule, surface, law }: Finding): string {
  const what = surface === null ? rule : rule === "write" ? surface : `${surface} ${rule}`;
  return law === null ? what : `${what} (${law})`;
}

function frameText({ frame, at }: Finding, paint: LintPaint): readonly string[] {
  const width = Math.max(0, ...frame.map(({ number }) => String(number).length));
  return frame.flatMap(({ number, text }) => {
    const isMarked = number >= at.line && number <= at.endLine;
    const line =
      `  ${isMarked ? paint.bad(">") : " "} ${paint.dim(`${String(number).padStart(width)} |`)} ${text}`.trimEnd();
    return number === at.line
      ? [line, `    ${" ".repeat(width)} ${paint.dim("|")} ${marker(at, text, paint)}`]
      : [line];
  });
}

function marker(at: Finding["at"], text: string, paint: LintPaint): string {
  const end = at.endLine === at.line ? at.endColumn : text.length + 1;
  // Tabs stay tabs, so that the mark stands under the code.
  const indent = text.slice(0, at.column - 1).replaceAll(/[^\t]/g, " ");
  return `${indent}${paint.bad("^".repeat(Math.max(1, Math.min(end - at.column, 100))))}`;
}

function summary({ surfaces, findings, files }: LintReport, paint: LintPaint): string {
  const rows = surfaces.map((surface) => surfaceText(surface, paint));
  const end =
    findings.length === 0
      ? paint.good(`${counted(surfaces.length, "surface")} closed, ${counted(files, "file")} read.`)
      : paint.bad(`${counted(findings.length, "finding")} in ${counted(files, "file")}.`);
  return `${[...rows, end].join("\n")}\n`;
}

function surfaceText(
  { id, law, writers, sites, locked, findings }: SurfaceReport,
  paint: LintPaint,
): string {
  const verdict = findings === 0 ? paint.good("holds") : paint.bad("violated");
  const name = law === null ? id : `${id} (${law})`;
  const frozen = locked === null ? "not frozen" : `${locked} frozen`;
  return `${verdict}  ${name}: ${counted(writers.length, "writer")} listed, ${counted(sites.length, "site")} write, ${frozen}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** GitHub annotations: one workflow command a finding, escaped as the runner's toolkit escapes them. */
import type { Finding, LintReport } from "../finding.js";
import { ruleText } from "./pretty.js";

/** A line for each finding. */
export function githubText({ findings }: LintReport): string {
  return findings.map((finding) => `${command(finding)}\n`).join("");
}

/** One command of a runner, as its toolkit writes it; properties that are undefined are left out. */
export function workflowCommand(
  level: "error" | "warning",
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${level} ${list.join(",")}::${data(message)}`;
}

function command(finding: Finding): string {
  const { at, message, advice } = finding;
  const properties = {
    file: at.file,
    line: at.line,
    endLine: at.endLine,
    // The runner takes columns for places on one line only.
    ...(at.line === at.endLine ? { col: at.column, endColumn: at.endColumn } : {}),
    title: ruleText(finding),
  };
  return workflowCommand("error", properties, `${message}\n${advice}`);
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

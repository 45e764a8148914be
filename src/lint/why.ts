/** Explains what was recognised at one place. */
import type { Configuration } from "./config-schema.js";
import { isListed } from "./judge.js";
import type { LintReport, Write } from "./finding.js";

/** `null` when nothing at that line is a write. */
export function whyText(
  configuration: Configuration,
  report: LintReport,
  file: string,
  line: number,
): string | null {
  const here = report.writes.filter(
    ({ at }) => at.file === file && at.line <= line && line <= at.endLine,
  );
  // A write that fills many lines is named only when nothing smaller is meant.
  const starting = here.filter(({ at }) => at.line === line);
  const meant = starting.length > 0 ? starting : here;
  return meant.length === 0
    ? null
    : meant.map((write) => writeText(configuration, write)).join("\n");
}

function writeText({ surfaces }: Configuration, write: Write): string {
  const surface = surfaces.find(({ id }) => id === write.surface);
  const sink = surface?.sinks[write.sink];
  const writer = surface?.writers.find((one) => isListed(one, write.site));
  const listed =
    writer === undefined
      ? "Nobody listed it: it is a finding."
      : `Writer ${writer.id} covers it (${writer.disposition}: ${writer.because ?? "no reason given"}).`;
  const target =
    sink === undefined
      ? ""
      : "target" in sink
        ? sink.target.text
        : sink.kind === "import"
          ? sink.from
          : (sink.pattern ?? "a rule");
  const lines = [
    `${write.at.file}:${write.at.line}:${write.at.column} ${write.how}`,
    `  surface ${write.surface}${surface?.law ? ` (${surface.law})` : ""}, sink ${sink?.kind ?? "?"}: ${target}`,
    `  site    ${write.site}`,
    ...write.via.map((step, index) => `  ${index === 0 ? "by way of" : "         "} ${step}`),
    `  ${listed}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** What was looked at, when nothing was recognised. */
export function whyNotText(
  { surfaces }: Configuration,
  report: LintReport,
  file: string,
  line: number,
): string {
  const near = report.writes.filter(({ at }) => at.file === file).map(({ at }) => at.line);
  const others =
    near.length === 0
      ? "No write was recognised in this file."
      : `Writes in this file: line ${[...new Set(near)].join(", ")}.`;
  return `${file}:${line} is no write of ${surfaces.map(({ id }) => id).join(", ")}. ${others}\n`;
}

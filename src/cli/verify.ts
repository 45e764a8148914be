/** `leasehold verify`: every law on its models, every mutant, the agreement of the machines. */
import { join } from "node:path";

import { isPending } from "../../laws/law.js";
import type { Bounds } from "../../spec/kernel/index.js";
import { duration, verifyJson, verifyText } from "../report/index.js";
import { type VerifyOptions, type VerifyProgress, type VerifyReport, verify, withJudged } from "../verify/index.js";
import { findLaw, findSystem, laws } from "./catalogue.js";
import { exitCode, exitCodeOf } from "./exit.js";
import { listenForInterrupt } from "./interrupt.js";
import { pageOf, print, printJson } from "./output.js";
import { glanceText, progressLine } from "./progress.js";
import type { SiteWriter } from "./site.js";
import { type Judging, judgesFor } from "./verify-judges.js";
import { prepareDirectory, writeReport } from "./write-report.js";

export interface VerifyFlags {
  readonly law?: readonly string[];
  readonly system?: readonly string[];
  readonly bounds: Bounds;
  readonly format: "pretty" | "json" | "github" | "sarif";
  readonly json?: true;
  readonly out?: string;
  readonly report?: string;
  readonly jobs?: number;
  readonly seconds?: number;
  readonly verbose?: true;
  readonly color: boolean;
}

/** `version` is that of the program, for reports that name it. */
export async function verifyCommand(flags: VerifyFlags, version: string): Promise<number> {
  const options = optionsOf(flags);
  if (flags.out !== undefined) await prepareDirectory(flags.out);
  const site = flags.report === undefined ? null : await siteFor(flags.report);
  const judging = judgesFor(options);
  const found = await watchedVerify(options, formatOf(flags) === "pretty");
  const report = await judgedReport(found, judging);
  if (flags.out !== undefined) await writeReport(flags.out, report);
  await site?.(report);
  await printReport(report, flags, version);
  return report.interrupted ? exitCode.interrupted : exitCodeOf(report.verdict);
}

function formatOf({ format, json }: VerifyFlags): VerifyFlags["format"] {
  return json === true ? "json" : format;
}

/** Annotations stand before the table, which is what a person reads in the log of a job. */
async function printReport(report: VerifyReport, flags: VerifyFlags, version: string): Promise<void> {
  const format = formatOf(flags);
  if (format === "json") {
    await printJson(verifyJson(report));
  } else if (format === "sarif") {
    const { verifySarif } = await import("./verify-formats.js");
    await printJson(verifySarif(report, version));
  } else {
    const annotations = format === "github" ? (await import("./verify-formats.js")).verifyAnnotations(report) : "";
    const page = { ...pageOf(flags.color), verbose: flags.verbose === true };
    await print(`${written(flags)}${annotations}${verifyText(report, page)}`);
  }
}

/** Where to look. It stands first: the verdict is the last line. */
function written({ out, report }: VerifyFlags): string {
  const lines = [
    ...(out === undefined ? [] : [`written    ${join(out, "verify.json")}, and a file for each counterexample`]),
    ...(report === undefined ? [] : [`report     ${join(report, "index.html")}, for a browser`]),
  ];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
}

/** Who was interrupted waits for nobody. */
export async function judgedReport(found: VerifyReport, judging: Judging | null): Promise<VerifyReport> {
  if (judging === null) return found;
  if (!found.interrupted) return withJudged(found, await judging.answers);
  judging.stop();
  return found;
}

/** The page and its pictures are loaded only when they are asked for. */
async function siteFor(directory: string): Promise<SiteWriter> {
  const { openSite } = await import("./site.js");
  return await openSite(directory);
}

/** Searches under a progress line, until the end or an interruption. */
export async function watchedVerify(options: VerifyOptions, progress: boolean): Promise<VerifyReport> {
  const interrupt = listenForInterrupt();
  const line = await progressLine(progress);
  const onProgress = (glance: VerifyProgress): void => line.show(() => progressText(glance));
  try {
    return await verify({ ...options, signal: interrupt.signal, onProgress });
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

function optionsOf({ law, system, bounds, jobs, seconds }: VerifyFlags): VerifyOptions {
  const ids = law?.map((id) => findLaw(id).id) ?? (system === undefined ? undefined : lawsOn(system));
  return {
    bounds,
    ...(ids === undefined ? {} : { laws: ids }),
    ...(system === undefined ? {} : { systems: system.map((name) => findSystem(name).name) }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(seconds === undefined ? {} : { secondsMax: seconds }),
  };
}

/** A law without a check on these systems is not a law that went undecided. */
function lawsOn(names: readonly string[]): string[] {
  const wanted = laws.filter(
    (law) => !isPending(law) && law.checks.some(({ system }) => names.includes(system.name)),
  );
  return wanted.map(({ id }) => id);
}

function progressText(progress: VerifyProgress): string {
  const { done, total, running, seconds } = progress;
  const now = running.length === 0 ? "" : `  ${running.join(", ")}`;
  return `${done} of ${total} searches  ${glanceText(progress)}  ${duration(seconds)}${now}`;
}

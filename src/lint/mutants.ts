/**
 * Small changes of the linted sources that the lint has to find: what `verify` shows of a law about source code. Changed
 * texts are laid over the files in memory, on the files they need and with what was parsed already; nothing is written.
 *
 * Mutants of different files are looked at together, in one program: each is caught by a finding of its own law, on its
 * own line. What a mutant makes findable in other files is not looked for, so that at most too few are caught.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readConfiguration } from "./config.js";
import type { Configuration, Surface } from "./config-schema.js";
import { LintError } from "./errors.js";
import type { Finding, Write } from "./finding.js";
import { type Evidence, judge } from "./judge.js";
import type { Lock } from "./lock.js";
import { codeOf, matcher } from "./tree.js";
import { withCompiler } from "./typed-search.js";
import type { ParsedFiles } from "./typescript/projects.js";

/** A named change, and the line on which the lint has to find a breach of the law. */
export interface LintMutant {
  readonly law: string;
  readonly name: string;
  /** What was changed, in one sentence. */
  readonly change: string;
  /** The file that is changed, or a new one; below the root. */
  readonly file: string;
  readonly append?: string;
  /** What stands in the file once, and what stands in its place. */
  readonly replace?: readonly [found: string, instead: string];
  /** Part of the line that the finding is on. */
  readonly at: string;
  /** The file of that line, when it is another one. */
  readonly in?: string;
}

/** A mutant, and whether it was caught. */
export interface MutantOutcome {
  readonly law: string;
  readonly name: string;
  readonly change: string;
  readonly caught: boolean;
}

export interface MutantRequest {
  readonly configuration: Configuration;
  readonly lock: Lock | null;
  readonly evidence: Evidence;
  readonly mutants: readonly LintMutant[];
  readonly parsed: ParsedFiles;
}

/** In the order of the mutants. One whose change does not fit its file any more is not caught. */
export async function tryMutants(request: MutantRequest): Promise<readonly MutantOutcome[]> {
  const { mutants, configuration } = request;
  const changed = new Map(mutants.map((mutant) => [mutant, changedText(configuration.root, mutant)]));
  const fitting = mutants.filter((mutant) => changed.get(mutant) !== null);
  const caught = new Set<LintMutant>();
  for (const batch of batchesOf(fitting, configuration.path)) {
    const texts = new Map(batch.map((mutant) => [mutant.file, changed.get(mutant) ?? ""]));
    const findings = await findingsOn(request, texts);
    for (const mutant of batch) {
      const text = (file: string) => texts.get(file) ?? textOf(join(configuration.root, file)) ?? "";
      if (findings.some((finding) => isOf(finding, mutant, text))) caught.add(mutant);
    }
  }
  return mutants.map((mutant) => {
    const { law, name, change } = mutant;
    return { law, name, change, caught: caught.has(mutant) };
  });
}

/** Mutants of one file are looked at one after the other, and those of the configuration on their own. */
function batchesOf(mutants: readonly LintMutant[], own: string): readonly (readonly LintMutant[])[] {
  const batches: LintMutant[][] = [];
  for (const mutant of mutants) {
    const batch = batches.find((one) =>
      one.every(({ file }) => file !== mutant.file && file !== own && mutant.file !== own),
    );
    if (batch === undefined) batches.push([mutant]);
    else batch.push(mutant);
  }
  return batches;
}

async function findingsOn(
  { configuration, lock, evidence, parsed }: MutantRequest,
  texts: ReadonlyMap<string, string>,
): Promise<readonly Finding[]> {
  const own = texts.get(configuration.path);
  const lines = { frame: () => [] };
  if (own !== undefined) {
    const changed = usable(configuration, own);
    return changed === null ? [] : judge(changed, evidence, lock, lines).findings;
  }
  const writes = [
    ...evidence.writes.filter(({ at }) => !texts.has(at.file)),
    ...(await writesIn(configuration, texts, parsed)),
  ];
  return judge(configuration, { ...evidence, writes }, lock, lines).findings;
}

/** A mutant is a list of writers that is read and judged; what cannot be read is none. */
function usable({ path, root }: Configuration, text: string): Configuration | null {
  try {
    return readConfiguration(path, text, root);
  } catch (error) {
    if (error instanceof LintError) return null;
    throw error;
  }
}

async function writesIn(
  { root, projects, surfaces, file }: Configuration,
  texts: ReadonlyMap<string, string>,
  parsed: ParsedFiles,
): Promise<readonly Write[]> {
  const { analyse } = await withCompiler(() => import("./typescript/analyse.js"));
  const overlay = new Map([...texts].map(([path, text]) => [join(root, path), text]));
  const { writes } = analyse({
    root,
    configurationFile: file,
    projects,
    surfaces: surfaces.map((surface) => ({ surface, files: coveredOf(surface, texts.keys()) })),
    only: new Set(overlay.keys()),
    overlay,
    parsed,
  });
  return writes.filter(({ at }) => texts.has(at.file));
}

function coveredOf({ include, exclude }: Surface, files: Iterable<string>): ReadonlySet<string> {
  const included = matcher(include);
  const excluded = matcher(exclude);
  return new Set([...files].filter((file) => included(file) && !excluded(file)));
}

/** The text of the file with the change, or null when the change does not fit. */
function changedText(root: string, { file, append, replace }: LintMutant): string | null {
  const before = textOf(join(root, file));
  if (replace === undefined) return `${before ?? ""}${append ?? ""}`;
  const [found, instead] = replace;
  if (before === null || before.split(found).length !== 2) return null;
  return `${before.replace(found, () => instead)}${append ?? ""}`;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function isOf(
  { law, at }: Finding,
  mutant: LintMutant,
  text: (file: string) => string,
): boolean {
  if (law !== mutant.law || at.file !== (mutant.in ?? mutant.file)) return false;
  return (text(at.file).split("\n")[at.line - 1] ?? "").includes(mutant.at);
}

/** Searches files of other languages for patterns: text in, writes out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { NapiConfig, SgNode } from "@ast-grep/napi";

import { type CachedSearch, hash } from "../cache.js";
import type { Surface } from "../config-schema.js";
import type { Problem } from "../errors.js";
import type { Span, Unread, Write } from "../finding.js";
import { nearest } from "../nearest.js";
import { codeOf, unreadFile } from "../tree.js";
import { type Compiled, type PatternSink, compilePattern } from "./compile.js";
import { type AstGrep, type Language, astGrep, languages } from "./languages.js";

export interface PatternRequest {
  readonly root: string;
  readonly surfaces: readonly { readonly surface: Surface; readonly files: ReadonlySet<string> }[];
  /** What an earlier run found, by language and file. */
  readonly kept: Readonly<Record<string, CachedSearch>>;
}

export interface PatternResult {
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
  readonly problems: readonly Problem[];
  /** For the next run. */
  readonly kept: Readonly<Record<string, CachedSearch>>;
}

interface Job {
  readonly surface: Surface;
  readonly files: ReadonlySet<string>;
  readonly sink: number;
  readonly source: PatternSink;
  readonly language: Language;
  readonly compiled: Compiled;
}

export async function searchPatterns(request: PatternRequest): Promise<PatternResult> {
  const problems: Problem[] = [];
  const sinks = request.surfaces.flatMap(({ surface, files }) =>
    surface.sinks.flatMap((source, sink) =>
      source.kind === "pattern" ? [{ surface, files, sink, source }] : [],
    ),
  );
  const known = sinks.flatMap((one) => {
    const language = languages[one.source.language];
    if (language !== undefined) return [{ ...one, language }];
    const names = Object.keys(languages);
    const message = `no language "${one.source.language}"; known are ${names.join(", ")}.${nearest(one.source.language, names)}`;
    problems.push({ ...one.source.at, message });
    return [];
  });
  if (known.length === 0 || problems.length > 0) return { writes: [], unread: [], problems, kept: {} };
  const napi = await astGrep(known.map(({ language }) => language));
  const jobs = known.flatMap((one): Job[] => {
    const compiled = compilePattern(napi, one.language, one.source);
    const message = typeof compiled === "string" ? compiled : noFileOf(one);
    if (typeof compiled !== "string" && message === null) return [{ ...one, compiled }];
    problems.push({ ...one.source.at, message: message ?? "" });
    return [];
  });
  return problems.length > 0
    ? { writes: [], unread: [], problems, kept: {} }
    : await searchFiles(napi, request, jobs);
}

/** A pattern that no file is searched for says less than it seems to. */
function noFileOf({ surface, files, source, language }: Omit<Job, "compiled">): string | null {
  if ([...files].some((path) => hasExtension(path, language))) return null;
  return `surface ${surface.id}: include matches no file of language ${source.language} (${language.extensions.join(", ")})`;
}

/** Files that are parsed at once, on the threads of the runtime. */
const parsedAtOnceMax = 64;

async function searchFiles(
  napi: AstGrep,
  { root, kept }: PatternRequest,
  jobs: readonly Job[],
): Promise<PatternResult> {
  const found: Record<string, CachedSearch> = {};
  const unread: Unread[] = [];
  for (const language of new Set(jobs.map((job) => job.language))) {
    const own = jobs.filter((job) => job.language === language);
    const paths = new Set(
      own.flatMap((job) => [...job.files]).filter((path) => hasExtension(path, language)),
    );
    const waiting = [...paths];
    for (let batch = waiting.splice(0, parsedAtOnceMax); batch.length > 0; ) {
      const results = await Promise.all(
        batch.map(async (path) => {
          const text = readText(root, path, unread);
          if (text === null) return [];
          const name = `${language.name}:${path}`;
          return [[name, await searchText(napi, path, text, own, kept[name])] as const];
        }),
      );
      for (const [name, result] of results.flat()) found[name] = result;
      batch = waiting.splice(0, parsedAtOnceMax);
    }
  }
  const all = Object.values(found);
  return {
    writes: all.flatMap(({ writes }) => writes),
    unread: [...unread, ...all.flatMap((one) => one.unread)],
    problems: [],
    kept: found,
  };
}

/** What was found in the same text by the same jobs before, or is found in it now. */
async function searchText(
  napi: AstGrep,
  path: string,
  text: string,
  all: readonly Job[],
  kept: CachedSearch | undefined,
): Promise<CachedSearch> {
  const own = all.filter((job) => job.files.has(path));
  const jobs = own.map(({ surface, sink }) => `${surface.id}.${sink}`).join(" ");
  const digest = hash(text);
  if (kept?.digest === digest && kept.jobs === jobs) return kept;
  const result: CachedSearch = { digest, jobs, writes: [], unread: [] };
  const matching = own.filter((job) => mayMatch(job, text));
  const [first] = matching;
  if (first === undefined) return result;
  const root = (await napi.parseAsync(first.language.name, text)).root();
  const any = anyOf(matching);
  if (any !== null && root.find(any) === null) return result;
  const broken = root.find({ rule: { kind: "ERROR" } });
  if (broken !== null)
    result.unread.push({ at: spanOf(path, broken), reason: "this part of the file does not parse" });
  for (const job of matching) {
    for (const node of root.findAll(job.compiled.rule)) {
      result.writes.push({
        surface: job.surface.id,
        sink: job.sink,
        at: spanOf(path, node),
        site: `${path}#${siteOf(node, job.language)}`,
        how: `matches ${job.source.pattern === null ? "the rule" : `\`${job.source.pattern}\``}`,
        via: [],
      });
    }
  }
  return result;
}

/** One look for all of the jobs and for what does not parse, where rules can be put together: most files have nothing. */
function anyOf(jobs: readonly Job[]): NapiConfig | null {
  const rules = jobs.map(({ compiled }) => compiled.rule);
  if (rules.some(({ constraints, utils }) => constraints !== undefined || utils !== undefined))
    return null;
  return { rule: { any: [{ kind: "ERROR" }, ...rules.map(({ rule }) => rule)] } };
}

function mayMatch({ compiled }: Job, text: string): boolean {
  return compiled.words.every((word) => text.includes(word));
}

export function hasExtension(path: string, { extensions }: Language): boolean {
  return extensions.some((extension) => path.endsWith(extension));
}

function readText(root: string, path: string, unread: Unread[]): string | null {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    unread.push(unreadFile(path, `the file cannot be read (${codeOf(error)})`));
    return null;
  }
}

function spanOf(file: string, node: SgNode): Span {
  const { start, end } = node.range();
  return {
    file,
    line: start.line + 1,
    column: start.column + 1,
    endLine: end.line + 1,
    endColumn: end.column + 1,
  };
}

/** `Server.handle` for `func (s *Server) handle()`, `Plane.dispatch` for a method, `<module>` outside of any. */
function siteOf(node: SgNode, { declarations }: Language): string {
  const names: string[] = [];
  for (const above of [node, ...node.ancestors()]) {
    const kind = declarations[String(above.kind())];
    const name = kind === undefined ? null : above.field(kind.field);
    if (kind === undefined || name === null) continue;
    const receiver = receiverOf(above);
    const full = receiver === null ? name.text() : `${receiver}.${name.text()}`;
    if (kind.isContainer && names.length > 0) names.unshift(full);
    else names.splice(0, names.length, full);
  }
  return names.length === 0 ? "<module>" : names.join(".");
}

/** The type a Go method belongs to, without its star and type parameters. */
function receiverOf(node: SgNode): string | null {
  const receiver = node.kind() === "method_declaration" ? node.field("receiver") : null;
  return receiver === null
    ? null
    : (/([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)$/.exec(receiver.text())?.[1] ?? null);
}

/** Searches files of other languages for patterns: text in, writes out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { SgNode } from "@ast-grep/napi";

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
}

export interface PatternResult {
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
  readonly problems: readonly Problem[];
  /** Files that were read, relative to the root. */
  readonly files: readonly string[];
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
  if (known.length === 0) return { writes: [], unread: [], problems, files: [] };
  const napi = await astGrep(known.map(({ language }) => language));
  const jobs = known.flatMap((one): Job[] => {
    const compiled = compilePattern(napi, one.language, one.source);
    if (typeof compiled !== "string") return [{ ...one, compiled }];
    problems.push({ ...one.source.at, message: compiled });
    return [];
  });
  return problems.length > 0
    ? { writes: [], unread: [], problems, files: [] }
    : searchFiles(napi, request.root, jobs);
}

function searchFiles(napi: AstGrep, root: string, jobs: readonly Job[]): PatternResult {
  const writes: Write[] = [];
  const unread: Unread[] = [];
  const files: string[] = [];
  for (const language of new Set(jobs.map((job) => job.language))) {
    const own = jobs.filter((job) => job.language === language);
    const paths = new Set(
      own.flatMap((job) => [...job.files]).filter((path) => hasExtension(path, language)),
    );
    for (const path of paths) {
      files.push(path);
      const text = readText(root, path, unread);
      if (text === null) continue;
      searchFile(
        napi,
        path,
        text,
        own.filter((job) => job.files.has(path) && mayMatch(job, text)),
        writes,
        unread,
      );
    }
  }
  return { writes, unread, problems: [], files };
}

function searchFile(
  napi: AstGrep,
  path: string,
  text: string,
  jobs: readonly Job[],
  writes: Write[],
  unread: Unread[],
): void {
  const [first] = jobs;
  if (first === undefined) return;
  const root = napi.parse(first.language.name, text).root();
  const broken = root.find({ rule: { kind: "ERROR" } });
  if (broken !== null)
    unread.push({ at: spanOf(path, broken), reason: "this part of the file does not parse" });
  for (const job of jobs) {
    for (const node of root.findAll(job.compiled.rule)) {
      writes.push({
        surface: job.surface.id,
        sink: job.sink,
        at: spanOf(path, node),
        site: `${path}#${siteOf(node, job.language)}`,
        how: `matches ${job.source.pattern === null ? "the rule" : `\`${job.source.pattern}\``}`,
        via: [],
      });
    }
  }
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

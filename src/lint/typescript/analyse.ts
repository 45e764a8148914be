/** Runs the sinks that need types over the programs of a tree. Loads the compiler, so it is imported lazily. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import ts from "typescript";

import type { Place, Sink, Surface, SymbolReference } from "../config-schema.js";
import type { Problem } from "../errors.js";
import type { Unread, Write } from "../finding.js";
import { nearest } from "../nearest.js";
import { codeOf, posix, unreadFile } from "../tree.js";
import { findAssigns } from "./assigns.js";
import { findCalls } from "./calls.js";
import { findConstructs } from "./constructs.js";
import { findDiscards } from "./discards.js";
import { type Dependencies, dependenciesOf } from "./dependencies.js";
import { findImports } from "./imports.js";
import { type ParsedFiles, loadPrograms } from "./projects.js";
import type { Recognition } from "./recognise.js";
import { Scope } from "./scope.js";
import { siteOf } from "./sites.js";
import { type Target, resolveTarget } from "./targets.js";

/** A surface and the files it covers, relative to the root. */
export interface Covered {
  readonly surface: Surface;
  readonly files: ReadonlySet<string>;
}

export interface TypedRequest {
  readonly root: string;
  readonly configurationFile: string;
  readonly projects: readonly string[];
  readonly surfaces: readonly Covered[];
  /** When given, only these files are looked at, with what they import; absolute. */
  readonly only?: ReadonlySet<string>;
  /** When given, writes are looked for in these files alone; absolute. */
  readonly within?: ReadonlySet<string>;
  /** Texts in the place of files, by absolute path. */
  readonly overlay?: ReadonlyMap<string, string>;
  readonly parsed?: ParsedFiles;
}

export interface TypedResult {
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
  readonly problems: readonly Problem[];
  readonly dependencies: Dependencies;
}

const typed = /\.[cm]?[jt]sx?$/;

export function isTyped(path: string): boolean {
  return typed.test(path);
}

export function analyse(request: TypedRequest): TypedResult {
  const { root, surfaces, only } = request;
  const covered = new Set(surfaces.flatMap(({ files }) => [...files]).filter(isTyped));
  const named = namedFiles(surfaces)
    .filter((file) => existsSync(join(root, file)))
    .map((file) => join(root, file));
  const files = [...new Set([...[...covered].map((file) => join(root, file)), ...named])];
  const begun = only === undefined ? {} : { only: new Set([...only, ...named]) };
  const loaded = loadPrograms({ ...request, files, ...begun });
  const { programs } = loaded;
  const known = new Set<string>();
  const missing = new Map<Sink, string>();
  const writes: Write[] = [];
  const handed: Scope["handed"][] = [];
  for (const program of programs) {
    const outcome = analyseProgram(program, root, surfaces.map((one) => limited(one, request)));
    writes.push(...outcome.writes);
    handed.push(outcome.handed);
    for (const sink of outcome.resolved) known.add(placeOf(sink));
    for (const [sink, message] of outcome.missing) missing.set(sink, message);
  }
  const problems = [...missing]
    .filter(([sink]) => !sink.isPreset && !known.has(placeOf(sink)))
    .map(([{ at }, message]) => ({ ...at, message }));
  problems.push(...missingFiles(root, surfaces, programs));
  const untaken = [...covered].filter((file) => isUntaken(programs, join(root, file), request));
  const untakenPaths = untaken.map((file) => join(root, file));
  return {
    writes,
    unread: [...unparsed(programs, root, covered), ...untaken.map((file) => unreadAt(root, file))],
    problems,
    dependencies: dependenciesOf(loaded, { named, handed, untaken: untakenPaths }),
  };
}

/** A file that is to be looked at, and that no program has: the compiler passes over what it cannot read. */
function isUntaken(
  programs: readonly ts.Program[],
  path: string,
  { within }: TypedRequest,
): boolean {
  if (within !== undefined && !within.has(path)) return false;
  return !programs.some((program) => program.getSourceFile(path) !== undefined);
}

function unreadAt(root: string, file: string): Unread {
  try {
    readFileSync(join(root, file));
    return unreadFile(file, "the compiler does not take the file");
  } catch (error) {
    return unreadFile(file, `the file cannot be read (${codeOf(error)})`);
  }
}

function limited({ surface, files }: Covered, { root, within }: TypedRequest): Covering {
  if (within === undefined) return { surface, files };
  return { surface, files: { has: (path) => files.has(path) && within.has(join(root, path)) } };
}

/** Source files that sinks name. */
function namedFiles(surfaces: readonly Covered[]): readonly string[] {
  return sinkTargets(surfaces)
    .map(({ target }) => target.module)
    .filter(isTyped);
}

function sinkTargets(
  surfaces: readonly Covered[],
): readonly { readonly target: SymbolReference; readonly at: Place }[] {
  return surfaces.flatMap(({ surface }) =>
    surface.sinks.flatMap((sink) => ("target" in sink ? [sink] : [])),
  );
}

function missingFiles(
  root: string,
  surfaces: readonly Covered[],
  programs: readonly ts.Program[],
): readonly Problem[] {
  return sinkTargets(surfaces).flatMap(({ target: { module }, at }) => {
    if (
      !isTyped(module) ||
      programs.some((program) => program.getSourceFile(join(root, module)) !== undefined)
    )
      return [];
    const known = programs.flatMap((program) =>
      new Scope(program, root).files.map(({ fileName }) => posix(relative(root, fileName))),
    );
    return [{ ...at, message: `no file "${module}" below ${root}.${nearest(module, known)}` }];
  });
}

function placeOf({ at }: Sink): string {
  return `${at.line}:${at.column}`;
}

export interface ProgramOutcome {
  readonly writes: readonly Write[];
  readonly resolved: readonly Sink[];
  readonly missing: ReadonlyMap<Sink, string>;
  readonly handed: Scope["handed"];
}

/** A surface and the question which files it covers. */
export interface Covering {
  readonly surface: Surface;
  readonly files: { has(path: string): boolean };
}

/** The writes of one program. */
export function analyseProgram(
  program: ts.Program,
  root: string,
  surfaces: readonly Covering[],
): ProgramOutcome {
  const scope = new Scope(program, root);
  const writes: Write[] = [];
  const resolved: Sink[] = [];
  const missing = new Map<Sink, string>();
  for (const { surface, files } of surfaces) {
    const covers = (file: ts.SourceFile) => files.has(scope.path(file));
    surface.sinks.forEach((sink, index) => {
      const report = (found: Recognition) => {
        if (covers(found.node.getSourceFile())) writes.push(writeOf(scope, surface, index, found));
      };
      if (sink.kind === "import")
        return findImports({ scope, from: sink.from, types: sink.types, covers, report });
      if (sink.kind === "pattern") return undefined;
      const target = targetOf(scope, sink.target);
      if (typeof target === "string") missing.set(sink, target);
      if (target === null) return undefined;
      if (typeof target !== "string") resolved.push(sink);
      const search = {
        scope,
        target: typeof target === "string" ? unresolved(sink.target) : target,
        covers,
        report,
      };
      return find(sink, search);
    });
  }
  return { writes, resolved, missing, handed: scope.handed };
}

function find(sink: Sink, search: Parameters<typeof findCalls>[0]): void {
  if (sink.kind === "call") findCalls(search, sink.where);
  else if (sink.kind === "construct") {
    if (search.target.symbols.length > 0) findConstructs(search);
  } else if (sink.kind === "assign") findAssigns(search);
  else if (sink.kind === "discard") findDiscards(search);
}

/** The target, null when nothing can refer to it here, or why the configuration is wrong. */
function targetOf(scope: Scope, reference: SymbolReference): Target | null | string {
  const resolution = resolveTarget(scope, reference);
  if (resolution.kind === "absent") return null;
  return resolution.kind === "target" ? resolution.target : resolution.message;
}

/** A global no library declares is still looked for, by its name. */
function unresolved(reference: SymbolReference): Target {
  return {
    reference,
    label: reference.names.join("."),
    symbols: [],
    declarations: new Set(),
    owner: null,
    files: [],
    isNamespace: reference.names.length === 1,
  };
}

function writeOf(
  scope: Scope,
  surface: Surface,
  sink: number,
  { node, how, via }: Recognition,
): Write {
  const at = scope.span(node);
  return { surface: surface.id, sink, at, site: `${at.file}#${siteOf(node)}`, how, via };
}

/** The first thing the parser could not read in each covered file. */
function unparsed(
  programs: readonly ts.Program[],
  root: string,
  covered: ReadonlySet<string>,
): readonly Unread[] {
  const found = new Map<string, Unread>();
  for (const program of programs) {
    const scope = new Scope(program, root);
    for (const file of scope.files) {
      const [first] = program.getSyntacticDiagnostics(file);
      if (first === undefined || !covered.has(scope.path(file))) continue;
      const at = scope.spanOf(file, first.start, first.start + first.length);
      const reason = `the file does not parse: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`;
      found.set(at.file, { at, reason });
    }
  }
  return [...found.values()];
}

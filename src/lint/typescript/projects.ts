/**
 * Finds the TypeScript projects that a set of files belongs to and makes as few programs of them as possible.
 *
 * Projects that resolve modules and types alike become one program, and a reference from one to another leads
 * to its source, built or not. A file that no project lists is added to the nearest one.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import ts from "typescript";

import { configurationError } from "../errors.js";
import { OutputFiles } from "./output-files.js";

export interface ProjectRequest {
  readonly root: string;
  /** Shown in messages. */
  readonly configurationFile: string;
  /** tsconfig files named by the configuration, relative to the root. */
  readonly projects: readonly string[];
  /** Absolute paths of the files to look at. */
  readonly files: readonly string[];
  /** When given, programs begin with these files alone, and have what they import; absolute. */
  readonly only?: ReadonlySet<string>;
  /** Texts that stand in the place of files, or of files that are not there, by absolute path. */
  readonly overlay?: ReadonlyMap<string, string>;
  /** Files that were parsed before; those of these programs are added. */
  readonly parsed?: ParsedFiles;
}

/** Parsed files by path and language version. */
export type ParsedFiles = Map<string, ts.SourceFile | undefined>;

interface Group {
  options: ts.CompilerOptions;
  readonly files: Set<string>;
}

/** A program that is to be made. */
interface Roots {
  readonly options: ts.CompilerOptions;
  readonly files: readonly string[];
}

export interface LoadedPrograms {
  readonly programs: readonly ts.Program[];
  /** Every tsconfig file that was read, absolute. */
  readonly configurations: readonly string[];
  /** What imports lead to, by the absolute path of the importing file. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  /** Paths without extension that imports name and where nothing was found, absolute. */
  readonly unresolved: ReadonlySet<string>;
}

/** Options that decide what a name means; projects that differ in them get programs of their own. */
const meaningful = [
  "module",
  "moduleResolution",
  "moduleSuffixes",
  "customConditions",
  "paths",
  "baseUrl",
  "jsx",
  "jsxImportSource",
  "strict",
  "strictNullChecks",
  "allowImportingTsExtensions",
  "resolveJsonModule",
  "esModuleInterop",
] as const satisfies readonly (keyof ts.CompilerOptions)[];

export function loadPrograms(request: ProjectRequest): LoadedPrograms {
  const loader = new Loader(request);
  return loader.load();
}

class Loader {
  private readonly request: ProjectRequest;
  private readonly parsed = new Map<string, ts.ParsedCommandLine>();
  private readonly groups = new Map<string, Group>();
  private readonly outputs = new OutputFiles();
  private readonly owners = new Map<string, ts.ParsedCommandLine>();
  private readonly imports = new Map<string, Set<string>>();
  private readonly unresolved = new Set<string>();

  constructor(request: ProjectRequest) {
    this.request = request;
  }

  load(): LoadedPrograms {
    const { root, projects, files } = this.request;
    const named =
      projects.length > 0
        ? projects
        : existsSync(join(root, "tsconfig.json"))
          ? ["tsconfig.json"]
          : [];
    for (const project of named) this.read(resolve(root, project), true);
    for (const file of files) if (!this.owners.has(file)) this.adopt(file);
    const groups = [...this.groups.values()]
      .map(({ options, files: own }) => ({ options, files: this.rootsOf(own) }))
      .filter(({ files: own }) => own.length > 0);
    const sources = this.request.parsed ?? new Map<string, ts.SourceFile | undefined>();
    return {
      programs: groups.map((group) => this.program(group, sources)),
      configurations: [...this.parsed.keys()],
      imports: this.imports,
      unresolved: this.unresolved,
    };
  }

  private rootsOf(files: ReadonlySet<string>): readonly string[] {
    const { only } = this.request;
    return only === undefined ? [...files] : [...files].filter((file) => only.has(file));
  }

  /** Reads a project and those it references. Files belong to the first project that lists them. */
  private read(file: string, mustExist: boolean): ts.ParsedCommandLine | null {
    const known = this.parsed.get(file);
    if (known !== undefined) return known;
    if (!existsSync(file)) {
      if (mustExist)
        throw this.refusal(
          `no project ${file}: "projects" names a tsconfig file that is not there`,
        );
      return null;
    }
    const project = ts.getParsedCommandLineOfConfigFile(file, {}, this.configHost());
    if (project === undefined) throw this.refusal(`the project ${file} cannot be read`);
    const [broken] = project.errors.filter(({ code }) => code !== noInputs);
    if (broken !== undefined)
      throw this.refusal(`the project ${file}: ${flat(broken.messageText)}`);
    this.parsed.set(file, project);
    this.outputs.add(project);
    const group = this.groupOf(project);
    for (const source of project.fileNames) {
      if (!this.owners.has(source)) {
        this.owners.set(source, project);
        group.files.add(source);
      }
    }
    for (const reference of project.projectReferences ?? []) {
      this.read(ts.resolveProjectReferencePath(reference), false);
    }
    return project;
  }

  /** Gives a file no project lists to the nearest one, or to one of its own. */
  private adopt(file: string): void {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      const project = this.read(join(folder, "tsconfig.json"), false);
      if (this.owners.has(file)) return;
      if (project !== null && project.options.module !== undefined) return this.add(file, project);
      if (folder === this.request.root || folder === dirname(folder)) break;
    }
    this.add(file, { options: loose, fileNames: [], errors: [] });
  }

  private add(file: string, project: ts.ParsedCommandLine): void {
    this.owners.set(file, project);
    this.groupOf(project).files.add(file);
  }

  private groupOf({ options }: ts.ParsedCommandLine): Group {
    const key = JSON.stringify(meaningful.map((name) => options[name] ?? null));
    const group = this.groups.get(key);
    if (group === undefined) {
      const made: Group = { options, files: new Set() };
      this.groups.set(key, made);
      return made;
    }
    group.options = merged(group.options, options);
    return group;
  }

  private program(group: Roots, sources: ParsedFiles): ts.Program {
    const options: ts.CompilerOptions = {
      ...group.options,
      noEmit: true,
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      allowJs: true,
      checkJs: false,
      maxNodeModuleJsDepth: 0,
      skipLibCheck: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
    };
    delete options.tsBuildInfoFile;
    delete options.rootDir;
    delete options.outDir;
    delete options.outFile;
    return ts.createProgram({
      rootNames: group.files,
      options,
      host: this.host(options, sources),
    });
  }

  /** A host that takes the source wherever a compiled declaration of ours is asked for. */
  private host(
    options: ts.CompilerOptions,
    sources: ParsedFiles,
  ): ts.CompilerHost {
    const host = ts.createCompilerHost(options, true);
    const { outputs } = this;
    const overlay = this.request.overlay ?? new Map<string, string>();
    const { fileExists, directoryExists, getSourceFile, readFile } = host;
    host.readFile = (path) => overlay.get(path) ?? readFile(path);
    host.fileExists = (path) =>
      overlay.has(path) || fileExists(path) || outputs.sourceOf(path) !== null;
    host.directoryExists = (path) => (directoryExists?.(path) ?? true) || outputs.hasFolder(path);
    const cache = ts.createModuleResolutionCache(
      host.getCurrentDirectory(),
      (name) => host.getCanonicalFileName(name),
      options,
    );
    host.resolveModuleNameLiterals = (
      literals,
      containing,
      redirected,
      itsOptions,
      containingFile,
    ) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(containingFile, literal, itsOptions);
        const found = ts.resolveModuleName(
          literal.text,
          containing,
          itsOptions,
          host,
          cache,
          redirected,
          mode,
        );
        const resolved = this.toSource(found);
        this.remember(containing, literal.text, resolved.resolvedModule?.resolvedFileName);
        return resolved;
      });
    host.getSourceFile = this.reading(getSourceFile, sources);
    return host;
  }

  /** Parses each file once, and the text that stands in its place instead of it. */
  private reading(
    getSourceFile: ts.CompilerHost["getSourceFile"],
    sources: ParsedFiles,
  ): ts.CompilerHost["getSourceFile"] {
    const overlay = this.request.overlay ?? new Map<string, string>();
    const changed: ParsedFiles = new Map();
    return (name, languageVersion, onError, fresh) => {
      const key = `${name}\0${JSON.stringify(languageVersion)}`;
      const text = overlay.get(name);
      const own = name.startsWith(libraryFolder) ? libraries : sources;
      const kept = text === undefined ? own : changed;
      if (!kept.has(key)) {
        const file =
          text === undefined
            ? getSourceFile(name, languageVersion, onError, fresh)
            : ts.createSourceFile(name, text, languageVersion, true);
        kept.set(key, file);
      }
      return kept.get(key);
    };
  }

  private remember(importing: string, specifier: string, found: string | undefined): void {
    if (found === undefined) {
      if (/^\.{0,2}\//.test(specifier))
        this.unresolved.add(resolve(dirname(importing), specifier).replace(/\.[cm]?[jt]sx?$/, ""));
      return;
    }
    const known = this.imports.get(importing);
    if (known === undefined) this.imports.set(importing, new Set([found]));
    else known.add(found);
  }

  private toSource(
    found: ts.ResolvedModuleWithFailedLookupLocations,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    const source =
      found.resolvedModule && this.outputs.sourceOf(found.resolvedModule.resolvedFileName);
    if (!found.resolvedModule || !source) return found;
    const extension = /\.[cm]?[jt]sx?$/.exec(source)?.[0] ?? ts.Extension.Ts;
    const resolvedModule = {
      ...found.resolvedModule,
      resolvedFileName: source,
      extension,
      isExternalLibraryImport: false,
    };
    return { ...found, resolvedModule };
  }

  private configHost(): ts.ParseConfigFileHost {
    return { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  }

  private refusal(message: string): Error {
    return configurationError(this.request.configurationFile, [{ line: 0, column: 0, message }]);
  }
}

/** The compiler's own libraries, which do not change while the process lives. */
const libraryFolder = dirname(ts.getDefaultLibFilePath({}));
const libraries = new Map<string, ts.SourceFile | undefined>();

/** "No inputs were found": a project that only references others is one. */
const noInputs = 18003;

/** How files are read that belong to no project. */
const loose: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  jsx: ts.JsxEmit.Preserve,
  strict: true,
  allowJs: true,
  resolveJsonModule: true,
};

/** The first project's options, with the libraries and types of both. */
function merged(first: ts.CompilerOptions, second: ts.CompilerOptions): ts.CompilerOptions {
  const both: ts.CompilerOptions = { ...first };
  const lib = union(first.lib, second.lib);
  const types = union(first.types, second.types);
  if (lib === undefined) delete both.lib;
  else both.lib = lib;
  if (types === undefined) delete both.types;
  else both.types = types;
  if (second.target !== undefined && second.target > (first.target ?? 0))
    both.target = second.target;
  return both;
}

/** A project without a list takes all, and so does the union. */
function union(a: string[] | undefined, b: string[] | undefined): string[] | undefined {
  return a === undefined || b === undefined ? undefined : [...new Set([...a, ...b])];
}

function flat(message: string | ts.DiagnosticMessageChain): string {
  return ts.flattenDiagnosticMessageText(message, " ");
}

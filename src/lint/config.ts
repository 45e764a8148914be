/**
 * Reads a configuration: text in, a checked configuration out. Every problem is told with its line and column.
 *
 * Whether the files and symbols it names exist is found out later, by those who look for them.
 */
import { dirname, relative, resolve } from "node:path";

import { LineCounter, type Document, isMap, isNode, isPair, isScalar, parseDocument } from "yaml";
import type { z } from "zod";

import {
  type Configuration,
  type ConfigurationDocument,
  type Place,
  type Sink,
  type SinkDocument,
  type Surface,
  type SurfaceDocument,
  type SymbolReference,
  type Where,
  type Writer,
  configurationShape,
} from "./config-schema.js";
import { type Problem, configurationError } from "./errors.js";
import { nearest } from "./nearest.js";
import { presets } from "./presets.js";
import { posix } from "./tree.js";

type Path = readonly PropertyKey[];
type Yaml = Document.Parsed;

/** `file` is the path shown in messages and, resolved against `cwd`, where relative paths start. */
export function readConfiguration(file: string, text: string, cwd: string): Configuration {
  const lines = new LineCounter();
  const yaml: Yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const syntax = [...yaml.errors, ...yaml.warnings].map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { line, column: col, message: `not YAML: ${message}` };
  });
  if (syntax.length > 0) throw configurationError(file, syntax);
  const reader = new Reader(yaml, lines);
  const document: unknown = reader.value();
  const parsed = configurationShape.safeParse(document);
  if (!parsed.success) throw configurationError(file, reader.issues(parsed.error.issues, document));
  const surfaces = surfacesOf(parsed.data, reader);
  if (reader.problems.length > 0) throw configurationError(file, reader.problems);
  const root = resolve(cwd, dirname(file), parsed.data.root ?? ".");
  const path = posix(relative(root, resolve(cwd, file)));
  return { file, path, root, projects: parsed.data.projects ?? [], surfaces };
}

/** Knows where each part of the document stands, and collects what is wrong with it. */
class Reader {
  readonly problems: Problem[] = [];
  private readonly yaml: Yaml;
  private readonly lines: LineCounter;

  constructor(yaml: Yaml, lines: LineCounter) {
    this.yaml = yaml;
    this.lines = lines;
  }

  value(): unknown {
    // Aliases are bounded, so that a small file cannot grow into a large value.
    return this.yaml.toJS({ maxAliasCount: 100 });
  }

  refuse(path: Path, message: string): void {
    this.problems.push({ ...this.place(path), message: `${pathText(path)}: ${message}` });
  }

  /** The node at the path, or the nearest one above it. */
  place(path: Path): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? this.yaml.contents : this.yaml.getIn(path.slice(0, length), true);
      const at = isNode(node) && node.range ? node.range[0] : null;
      if (at !== null) return this.position(at);
    }
    return { line: 1, column: 1 };
  }

  keyPlace(path: Path, key: string): Place {
    const map = path.length === 0 ? this.yaml.contents : this.yaml.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined;
    const range = isScalar(pair?.key) ? pair.key.range : null;
    return range ? this.position(range[0]) : this.place(path);
  }

  issues(issues: readonly z.core.$ZodIssue[], document: unknown): readonly Problem[] {
    return issues.flatMap((issue) => {
      if (issue.code !== "unrecognized_keys") {
        const found = foundText(valueAt(document, issue.path));
        const message = `${pathText(issue.path)}: found ${found}, expected ${expectation(issue)}`;
        return [{ ...this.place(issue.path), message }];
      }
      return issue.keys.map((key) => {
        const known = knownKeys(issue.path);
        const message = `${pathText(issue.path)}: unknown key "${key}"; known are ${known.join(", ")}.${nearest(key, known)}`;
        return { ...this.keyPlace(issue.path, key), message };
      });
    });
  }

  private position(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }
}

/** Keys of the object at a path of the document, read from the schema. */
function knownKeys(path: Path): readonly string[] {
  let schema: unknown = configurationShape;
  for (const part of path) {
    const { shape, element } = unwrapped(schema);
    schema = typeof part === "number" ? element : shape?.[String(part)];
  }
  return Object.keys(unwrapped(schema).shape ?? {});
}

interface Unwrapped {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

function unwrapped(schema: unknown): Unwrapped {
  const inner = schema as Unwrapped & { unwrap?: () => unknown };
  return inner.shape === undefined && inner.element === undefined && inner.unwrap !== undefined
    ? unwrapped(inner.unwrap())
    : inner;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_type":
      return issue.expected === "record" || issue.expected === "object"
        ? "a mapping"
        : `a value of type ${issue.expected}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `at least ${String(issue.minimum)}`
        : "at least one entry";
    case "invalid_format":
      return issue.message;
    case "invalid_union":
      return "a string, a number, a boolean or a list of them";
    default:
      return issue.message;
  }
}

function pathText(path: Path): string {
  return path.length === 0
    ? "the document"
    : path.reduce<string>(
        (text, part) =>
          typeof part === "number"
            ? `${text}[${part}]`
            : `${text}${text === "" ? "" : "."}${String(part)}`,
        "",
      );
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    document,
  );
}

function foundText(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function surfacesOf(document: ConfigurationDocument, reader: Reader): readonly Surface[] {
  const surfaceIds = new Map<string, Path>();
  const writerIds = new Map<string, Path>();
  return document.surfaces.map((surface, index) => {
    const path: Path = ["surfaces", index];
    once(surfaceIds, surface.id, [...path, "id"], reader);
    surface.writers?.forEach(({ id }, place) =>
      once(writerIds, id, [...path, "writers", place, "id"], reader),
    );
    return surfaceOf(surface, path, reader);
  });
}

function once(seen: Map<string, Path>, id: string, path: Path, reader: Reader): void {
  const earlier = seen.get(id);
  if (earlier === undefined) seen.set(id, path);
  else
    reader.refuse(
      path,
      `the id "${id}" is taken already, at line ${reader.place(earlier).line}; ids are used once`,
    );
}

function surfaceOf(surface: SurfaceDocument, path: Path, reader: Reader): Surface {
  const preset = surface.extends === undefined ? null : (presets[surface.extends] ?? null);
  if (surface.extends !== undefined && preset === null) {
    const known = Object.keys(presets);
    reader.refuse(
      [...path, "extends"],
      `no preset "${surface.extends}"; known are ${known.join(", ")}.${nearest(surface.extends, known)}`,
    );
  }
  if (surface.of !== undefined && (preset?.of ?? null) === null) {
    reader.refuse([...path, "of"], "only a surface whose preset takes a list has one");
  }
  if (preset?.of && (surface.of ?? []).length === 0)
    reader.refuse(path, `"of" is missing: ${preset.of}`);
  const message = surface.message ?? preset?.message;
  if (message === undefined)
    reader.refuse(path, '"message" is missing: what a writer who is not listed has to do');
  const isPreset = (surface.of ?? []).length === 0;
  const given = (preset?.sinks(surface.of ?? []) ?? []).map((sink) =>
    sinkOf(sink, [...path, "extends"], reader, isPreset),
  );
  const own = (surface.sinks ?? []).map((sink, index) =>
    sinkOf(sink, [...path, "sinks", index], reader, false),
  );
  const sinks = [...given, ...own].filter((sink) => sink !== null);
  if (sinks.length === 0) reader.refuse(path, '"sinks" is missing: what counts as a write');
  return {
    id: surface.id,
    law: surface.law ?? preset?.law ?? null,
    message: message ?? "",
    include: surface.include,
    exclude: surface.exclude ?? [],
    gitignore: surface.gitignore ?? true,
    sinks,
    writers: (surface.writers ?? []).map((writer, index) =>
      writerOf(writer, reader.place([...path, "writers", index])),
    ),
    at: reader.place([...path, "id"]),
  };
}

function writerOf(writer: NonNullable<SurfaceDocument["writers"]>[number], at: Place): Writer {
  const [file = "", symbol = ""] = writer.site.split("#");
  return {
    id: writer.id,
    file: file.replace(/^\.\//, ""),
    symbol,
    disposition: writer.disposition ?? "undecided",
    because: writer.because?.trim() ? writer.because : null,
    decision: writer.decision ?? null,
    law: writer.law ?? null,
    at,
  };
}

const kinds = ["call", "construct", "assign", "discard", "import", "pattern", "rule"] as const;
/** Keys that say more about a sink, and the kinds they belong to. */
const companions: Readonly<Record<string, readonly string[]>> = {
  where: ["call"],
  types: ["import"],
  language: ["pattern", "rule"],
  constraints: ["pattern", "rule"],
  utils: ["pattern", "rule"],
};

function sinkOf(sink: SinkDocument, path: Path, reader: Reader, isPreset: boolean): Sink | null {
  const present = kinds.filter((kind) => sink[kind] !== undefined);
  const [kind] = present;
  if (kind === undefined || present.length > 1) {
    reader.refuse(
      path,
      `found ${present.length === 0 ? "none" : present.join(" and ")}, expected exactly one of ${kinds.join(", ")}`,
    );
    return null;
  }
  for (const [key, allowed] of Object.entries(companions)) {
    if (sink[key as keyof SinkDocument] !== undefined && !allowed.includes(kind)) {
      reader.refuse([...path, key], `goes with ${allowed.join(" or ")} only, found beside ${kind}`);
    }
  }
  const common = { at: reader.place(path), isPreset };
  if (kind === "import")
    return { ...common, kind, from: sink.import ?? "", types: sink.types ?? false };
  if (kind === "pattern" || kind === "rule") return patternOf(sink, path, reader, common);
  const target = symbolReference(sink[kind] ?? "");
  if (target === null) {
    reader.refuse(
      [...path, kind],
      `found ${foundText(sink[kind])}, expected module#Name or module#Name.member`,
    );
    return null;
  }
  return kind === "call"
    ? { ...common, kind, target, where: whereOf(sink, path, reader) }
    : { ...common, kind, target };
}

function patternOf(
  sink: SinkDocument,
  path: Path,
  reader: Reader,
  common: { at: Place; isPreset: boolean },
): Sink | null {
  if (sink.language === undefined) {
    reader.refuse(
      path,
      '"language" is missing: go, python, rust, java, typescript, tsx, javascript, html or css',
    );
    return null;
  }
  const { language, pattern, rule, constraints, utils } = sink;
  return {
    kind: "pattern",
    language: language.toLowerCase(),
    pattern: pattern ?? null,
    rule: rule ?? null,
    constraints: constraints ?? null,
    utils: utils ?? null,
    ...common,
  };
}

function whereOf({ where }: SinkDocument, path: Path, reader: Reader): Where | null {
  if (where === undefined) return null;
  if (where.arguments !== undefined) {
    const { arguments: count, ...others } = where;
    if (Object.keys(others).length > 0)
      reader.refuse([...path, "where"], '"arguments" stands alone');
    return { kind: "count", arguments: count };
  }
  if (where.argument === undefined || where.equals === undefined) {
    reader.refuse([...path, "where"], '"argument" (counted from 0) and "equals" are both needed');
    return null;
  }
  const equals = Array.isArray(where.equals) ? where.equals : [where.equals];
  return {
    kind: "value",
    argument: where.argument,
    path: where.property?.split(".") ?? [],
    equals,
  };
}

/** `null` when the text is not `module#Name.member`. */
export function symbolReference(text: string): SymbolReference | null {
  const match = /^([^#]+)#([^#\s]+)$/.exec(text);
  const [, module, name] = match ?? [];
  if (module === undefined || name === undefined) return null;
  return { text, module: module.replace(/^\.\//, ""), names: name.split(".") };
}

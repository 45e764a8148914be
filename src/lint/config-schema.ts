/** The shape of `write-surface.yaml`, and what it means once read. */
import { z } from "zod";

const text = z.string().min(1);
const texts = z.array(text);
const literal = z.union([z.string(), z.number(), z.boolean()]);

const whereShape = z.strictObject({
  argument: z.int().min(0).max(99).optional(),
  property: text.optional(),
  equals: z.union([literal, z.array(literal).min(1)]).optional(),
  arguments: z.int().min(0).max(99).optional(),
});

const sinkShape = z.strictObject({
  call: text.optional(),
  construct: text.optional(),
  assign: text.optional(),
  discard: text.optional(),
  import: text.optional(),
  pattern: text.optional(),
  rule: z.record(z.string(), z.unknown()).optional(),
  where: whereShape.optional(),
  types: z.boolean().optional(),
  language: text.optional(),
  constraints: z.record(z.string(), z.unknown()).optional(),
  utils: z.record(z.string(), z.unknown()).optional(),
});

const writerShape = z.strictObject({
  id: text.regex(/^[\w.-]+$/, "an id of letters, digits, dot, dash and underscore"),
  site: text.regex(/^[^#]+#[^#]+$/, "path#Symbol, path#Class.member or path#*"),
  disposition: z.enum(["sanctioned", "integrate", "quarantine", "undecided"]).optional(),
  because: z.string().optional(),
  decision: text.optional(),
  law: text.optional(),
});

const surfaceShape = z.strictObject({
  id: text.regex(/^[\w.-]+$/, "an id of letters, digits, dot, dash and underscore"),
  law: text.optional(),
  message: text.optional(),
  extends: text.optional(),
  of: texts.optional(),
  include: texts.min(1),
  exclude: texts.optional(),
  gitignore: z.boolean().optional(),
  sinks: z.array(sinkShape).optional(),
  writers: z.array(writerShape).optional(),
});

export const configurationShape = z.strictObject({
  version: z.literal(1),
  root: text.optional(),
  projects: texts.optional(),
  surfaces: z.array(surfaceShape).min(1),
});

export type ConfigurationDocument = z.infer<typeof configurationShape>;
export type SurfaceDocument = z.infer<typeof surfaceShape>;
export type SinkDocument = z.infer<typeof sinkShape>;
export type Literal = z.infer<typeof literal>;

/** Place in the configuration file, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Which calls count: argument number `argument` (from 0) at `property` may be one of `equals`; or so many arguments. */
export type Where =
  | {
      readonly kind: "value";
      readonly argument: number;
      readonly path: readonly string[];
      readonly equals: readonly Literal[];
    }
  | { readonly kind: "count"; readonly arguments: number };

/** `module#Name.member`: a file below the root, a package, `node:fs`, or `global`. */
export interface SymbolReference {
  readonly text: string;
  readonly module: string;
  /** Path inside the module; `["*"]` is everything it exports. */
  readonly names: readonly string[];
}

/** `isPreset`: it came with a preset, and may name what this code does not know. */
export type Sink = { readonly at: Place; readonly isPreset: boolean } & (
  | { readonly kind: "call"; readonly target: SymbolReference; readonly where: Where | null }
  | { readonly kind: "construct" | "assign" | "discard"; readonly target: SymbolReference }
  | { readonly kind: "import"; readonly from: string; readonly types: boolean }
  | {
      readonly kind: "pattern";
      readonly language: string;
      readonly pattern: string | null;
      readonly rule: Readonly<Record<string, unknown>> | null;
      readonly constraints: Readonly<Record<string, unknown>> | null;
      readonly utils: Readonly<Record<string, unknown>> | null;
    }
);

/** A site, or all sites of a file, that may write, and what was decided about it. */
export interface Writer {
  readonly id: string;
  readonly file: string;
  /** `*` for every site in the file. */
  readonly symbol: string;
  readonly disposition: "sanctioned" | "integrate" | "quarantine" | "undecided";
  readonly because: string | null;
  readonly decision: string | null;
  readonly law: string | null;
  readonly at: Place;
}

/** Files, the calls and assignments that count as writes in them, and the writers that are known. */
export interface Surface {
  readonly id: string;
  readonly law: string | null;
  readonly message: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly gitignore: boolean;
  readonly sinks: readonly Sink[];
  readonly writers: readonly Writer[];
  readonly at: Place;
}

/** A configuration that was read and checked, with the place of each entry. */
export interface Configuration {
  /** As it was named, for messages. */
  readonly file: string;
  /** Relative to the root, for findings. */
  readonly path: string;
  /** Absolute path of the folder that paths are relative to. */
  readonly root: string;
  readonly projects: readonly string[];
  readonly surfaces: readonly Surface[];
}

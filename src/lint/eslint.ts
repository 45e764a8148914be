/**
 * The lint as an ESLint plugin, so that an editor shows it while typing: one rule, `leasehold/write-surface`, with the
 * same engine and configuration. It needs typed linting by typescript-eslint. Lock file, stale writers and patterns of
 * other languages are the business of `leasehold lint`.
 */
import { readFileSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";

import type { ESLint, Rule } from "eslint";
import type { Program } from "typescript";

import { readConfiguration } from "./config.js";
import type { Configuration } from "./config-schema.js";
import type { Write } from "./finding.js";
import { isListed } from "./judge.js";
import { matcher, posix } from "./tree.js";
import { analyseProgram } from "./typescript/analyse.js";

interface Options {
  /** Configuration file, relative to where ESLint runs; `write-surface.yaml` when not given. */
  readonly config?: string;
}

const configurations = new Map<
  string,
  { readonly changed: number; readonly configuration: Configuration }
>();
const analyses = new WeakMap<Program, Map<Configuration, readonly Write[]>>();

const writeSurface: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "Only listed writers write" },
    schema: [
      {
        type: "object",
        properties: { config: { type: "string", minLength: 1 } },
        additionalProperties: false,
      },
    ],
    messages: {
      write: "{{how}}, which only listed writers do. {{message}} [{{surface}}]",
    },
  },
  create(context) {
    const [options] = context.options as [Options?];
    const configuration = configurationAt(
      resolve(context.cwd, options?.config ?? "write-surface.yaml"),
      context.cwd,
    );
    const path = posix(relative(configuration.root, context.filename));
    if (!configuration.surfaces.some((surface) => matcher(surface.include)(path))) return {};
    const program = programOf(context);
    return {
      Program() {
        for (const write of writesOf(program, configuration)) {
          if (write.at.file === path) reportWrite(context, configuration, write);
        }
      },
    };
  },
};

function reportWrite(
  context: Rule.RuleContext,
  { surfaces }: Configuration,
  { at, how, surface, site }: Write,
): void {
  const its = surfaces.find(({ id }) => id === surface);
  if (its === undefined || its.writers.some((writer) => isListed(writer, site))) return;
  context.report({
    loc: {
      start: { line: at.line, column: at.column - 1 },
      end: { line: at.endLine, column: at.endColumn - 1 },
    },
    messageId: "write",
    data: {
      how,
      message: its.message,
      surface: its.law === null ? surface : `${surface}, ${its.law}`,
    },
  });
}

/** Read again when it changed, as in an editor that stays open. */
function configurationAt(file: string, cwd: string): Configuration {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined) {
    throw new Error(
      `leasehold/write-surface: there is no ${file}. Name the configuration with the option \`config\`, or write one with \`leasehold lint init\`.`,
    );
  }
  const known = configurations.get(file);
  if (known?.changed === changed) return known.configuration;
  const configuration = readConfiguration(file, readFileSync(file, "utf8"), cwd);
  configurations.set(file, { changed, configuration });
  return configuration;
}

/** One analysis for a program: files of one project share it. */
function writesOf(program: Program, configuration: Configuration): readonly Write[] {
  const known = analyses.get(program) ?? new Map<Configuration, readonly Write[]>();
  analyses.set(program, known);
  const before = known.get(configuration);
  if (before !== undefined) return before;
  const surfaces = configuration.surfaces.map((surface) => {
    const included = matcher(surface.include);
    const excluded = matcher(surface.exclude);
    return { surface, files: { has: (path: string) => included(path) && !excluded(path) } };
  });
  const { writes } = analyseProgram(program, configuration.root, surfaces);
  known.set(configuration, writes);
  return writes;
}

function programOf({ sourceCode }: Rule.RuleContext): Program {
  const services = sourceCode.parserServices as { program?: Program | null } | undefined;
  if (services?.program) return services.program;
  throw new Error(
    "leasehold/write-surface needs types: use typescript-eslint's parser with `projectService: true`, or limit the rule to files that have it.",
  );
}

const plugin = {
  meta: { name: "leasehold" },
  rules: { "write-surface": writeSurface },
} satisfies ESLint.Plugin;

export default plugin;

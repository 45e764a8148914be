/** From a pattern as people write it to a rule ast-grep can search with. */
import type { NapiConfig } from "@ast-grep/napi";

import type { Sink } from "../config-schema.js";
import type { AstGrep, Language } from "./languages.js";

export type PatternSink = Extract<Sink, { kind: "pattern" }>;

export interface Compiled {
  readonly rule: NapiConfig;
  /** Words every match contains; empty when that is not known. */
  readonly words: readonly string[];
}

/** A message when ast-grep refuses the pattern or the rule. */
export function compilePattern(
  napi: AstGrep,
  language: Language,
  sink: PatternSink,
): Compiled | string {
  const rule = sink.rule ?? patternRule(napi, language, sink.pattern ?? "");
  if (typeof rule === "string") return rule;
  const config = {
    rule,
    ...(sink.constraints === null ? {} : { constraints: sink.constraints }),
    ...(sink.utils === null ? {} : { utils: sink.utils }),
  } as NapiConfig;
  try {
    napi.parse(language.name, "").root().findAll(config);
  } catch (error) {
    return `ast-grep refuses it: ${reasonOf(error)}`;
  }
  return { rule: config, words: sink.pattern === null ? [] : wordsOf(sink.pattern) };
}

/** A fragment means something inside a program only: the first context in which it parses whole decides what. */
function patternRule(
  napi: AstGrep,
  language: Language,
  pattern: string,
): Readonly<Record<string, unknown>> | string {
  const text = pattern.trim();
  const probe = text.replaceAll("$", language.metaCharacter);
  for (const context of language.contexts) {
    const kind = kindIn(napi, language, context, probe);
    if (kind === null) continue;
    return { pattern: { context: context.replace("§", () => text), selector: kind } };
  }
  const reason = astGrepReason(napi, language, text) ?? brokenAt(napi, language, probe);
  return `the pattern does not parse as ${language.name.toLowerCase()}${reason}; write it as code with $NAME for one node and $$$ for several`;
}

/** ast-grep's own word on a pattern, when it has one: it takes much that is no code. */
function astGrepReason(napi: AstGrep, language: Language, pattern: string): string | null {
  try {
    napi.parse(language.name, "").root().findAll({ rule: { pattern } });
    return null;
  } catch (error) {
    return `, ast-grep: ${reasonOf(error)}`;
  }
}

/** The first place in the fragment that its parser stumbles over. */
function brokenAt(napi: AstGrep, { name, contexts }: Language, fragment: string): string {
  const columns = contexts.flatMap((context) => {
    const program = context.replace("§", () => fragment);
    const broken = napi.parse(name, program).root().find({ rule: { kind: "ERROR" } });
    const from = (broken?.range().start.index ?? -1) - context.indexOf("§");
    return from >= 0 && from < fragment.length ? [from + 1] : [];
  });
  return columns.length === 0 ? "" : ` at character ${Math.max(...columns)}`;
}

/** The innermost reason; the lines above it only say that it is about a rule. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const last = error.message.trim().split("\n").at(-1) ?? error.message;
  return last.replace(/^[\s|]*->/, "").replace(/\.$/, "");
}

/** Kind of the innermost node that is exactly the fragment, or null when the program does not parse. */
function kindIn(
  napi: AstGrep,
  { name }: Language,
  context: string,
  fragment: string,
): string | null {
  const start = context.indexOf("§");
  const root = napi
    .parse(
      name,
      context.replace("§", () => fragment),
    )
    .root();
  if (root.find({ rule: { kind: "ERROR" } }) !== null) return null;
  let found: string | null = null;
  const visit = (node: ReturnType<typeof root.children>[number]): void => {
    const { start: from, end: to } = node.range();
    if (from.index > start || to.index < start + fragment.length) return;
    const isWhole = from.index === start && to.index === start + fragment.length;
    if (isWhole && node.isNamed()) found = String(node.kind());
    for (const child of node.children()) visit(child);
  };
  visit(root);
  return found;
}

/** Names in the pattern that are no placeholders; text in quotes is left out. */
function wordsOf(pattern: string): readonly string[] {
  const code = pattern.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, " ");
  return [...code.matchAll(/\$*[A-Za-z_][A-Za-z0-9_]*/g)]
    .map(([word]) => word)
    .filter((word) => !word.startsWith("$"));
}

/** The languages of `pattern` sinks: which files they are in, and how a fragment is put into a whole program. */
import { createRequire } from "node:module";

import type * as napi from "@ast-grep/napi";

import { LintError } from "../errors.js";

export type AstGrep = typeof napi;

export interface Language {
  /** Name that ast-grep knows it by. */
  readonly name: string;
  /** Package with the parser, or null when ast-grep brings it. */
  readonly package: string | null;
  readonly extensions: readonly string[];
  /** What stands for `$` in patterns, where the language itself knows no such name. */
  readonly metaCharacter: string;
  /** Programs with a hole `§`, tried in order: as a statement, as part of a literal, at the top. */
  readonly contexts: readonly string[];
  /** Kinds of nodes that name the place of what is inside of them. */
  readonly declarations: Readonly<Record<string, DeclarationKind>>;
}

/** Field that holds the name; a container is written in front of what is inside of it. */
export interface DeclarationKind {
  readonly field: string;
  readonly isContainer: boolean;
}

const leaf = (field = "name"): DeclarationKind => ({ field, isContainer: false });
const container = (field = "name"): DeclarationKind => ({ field, isContainer: true });

const script = {
  package: null,
  metaCharacter: "$",
  contexts: ["§", "class C { § }", "const x = { § }"],
  declarations: {
    function_declaration: leaf(),
    method_definition: leaf(),
    variable_declarator: leaf(),
    class_declaration: container(),
  },
};

export const languages: Readonly<Record<string, Language>> = {
  go: {
    name: "go",
    package: "@ast-grep/lang-go",
    extensions: [".go"],
    metaCharacter: "µ",
    contexts: ["package p\nfunc f() {\n\t§\n}\n", "package p\nvar x = T{§}\n", "package p\n§\n"],
    declarations: {
      function_declaration: leaf(),
      method_declaration: leaf(),
      const_spec: leaf(),
      var_spec: leaf(),
      type_spec: leaf(),
    },
  },
  python: {
    name: "python",
    package: "@ast-grep/lang-python",
    extensions: [".py", ".pyi"],
    metaCharacter: "µ",
    contexts: ["§\n", "f(§)\n", "{§}\n"],
    declarations: { function_definition: leaf(), class_definition: container() },
  },
  rust: {
    name: "rust",
    package: "@ast-grep/lang-rust",
    extensions: [".rs"],
    metaCharacter: "µ",
    contexts: ["fn f() {\n§;\n}\n", "fn f() {\n§\n}\n", "fn f() { let x = T { § }; }\n", "§\n"],
    declarations: {
      function_item: leaf(),
      const_item: leaf(),
      static_item: leaf(),
      impl_item: container("type"),
      trait_item: container(),
      mod_item: container(),
    },
  },
  java: {
    name: "java",
    package: "@ast-grep/lang-java",
    extensions: [".java"],
    metaCharacter: "$",
    contexts: [
      "class C { void f() {\n§;\n} }\n",
      "class C { void f() {\n§\n} }\n",
      "class C {\n§\n}\n",
      "§\n",
    ],
    declarations: {
      method_declaration: leaf(),
      constructor_declaration: leaf(),
      class_declaration: container(),
      interface_declaration: container(),
      enum_declaration: container(),
      record_declaration: container(),
    },
  },
  typescript: { ...script, name: "TypeScript", extensions: [".ts", ".mts", ".cts"] },
  tsx: { ...script, name: "Tsx", extensions: [".tsx"] },
  javascript: { ...script, name: "JavaScript", extensions: [".js", ".mjs", ".cjs", ".jsx"] },
  html: {
    ...script,
    name: "Html",
    extensions: [".html", ".htm"],
    contexts: ["§"],
    declarations: {},
  },
  css: {
    ...script,
    name: "Css",
    extensions: [".css"],
    contexts: ["§", "a { § }"],
    declarations: {},
  },
};

let loaded: Promise<AstGrep> | null = null;

/** ast-grep takes its extra languages once in a process: every one that is installed is registered at first use. */
export async function astGrep(wanted: readonly Language[]): Promise<AstGrep> {
  for (const { package: name } of wanted) {
    if (name !== null && registration(name) === null)
      throw new LintError({ code: "lint/missing-package", name });
  }
  loaded ??= load();
  return loaded;
}

async function load(): Promise<AstGrep> {
  const found = await imported();
  const installed = Object.values(languages).flatMap(({ name, package: parser }) => {
    const parsing = parser === null ? null : registration(parser);
    return parsing === null ? [] : [[name, parsing] as const];
  });
  found.registerDynamicLanguage(Object.fromEntries(installed));
  return found;
}

async function imported(): Promise<AstGrep> {
  try {
    return await import("@ast-grep/napi");
  } catch (error) {
    if (isMissing(error))
      throw new LintError({ code: "lint/missing-package", name: "@ast-grep/napi" });
    throw error;
  }
}

type Registration = Parameters<AstGrep["registerDynamicLanguage"]>[0][string];

function registration(name: string): Registration | null {
  try {
    return createRequire(import.meta.url)(name) as Registration;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND")
  );
}

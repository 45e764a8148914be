/** `import` sinks: each import of a module, by whatever syntax. Imports of types only count when asked for. */
import { relative } from "node:path";

import ts from "typescript";

import { matcher, posix } from "../tree.js";
import { type Scope, moduleSpecifiers } from "./scope.js";
import type { Recognition } from "./recognise.js";

export interface ImportSearch {
  readonly scope: Scope;
  /** A module such as `node:*` or `left-pad`, or a glob of files below the root. */
  readonly from: string;
  readonly types: boolean;
  readonly covers: (file: ts.SourceFile) => boolean;
  readonly report: (found: Recognition) => void;
}

export function findImports({ scope, from, types, covers, report }: ImportSearch): void {
  const matches = matcher([from]);
  // `node:*` and `@scope/*` are all there is below, and a package is all its parts.
  const within = from.endsWith("*") ? from.slice(0, -1) : `${from}/`;
  const isBuiltin = from.startsWith("node:");
  for (const file of scope.files) {
    if (!covers(file)) continue;
    for (const specifier of moduleSpecifiers(file)) {
      if (!types && isTypeOnly(specifier)) continue;
      const { text } = specifier;
      const path = pathOf(scope, specifier);
      const named = isBuiltin && builtins.has(text) ? `node:${text}` : text;
      const isMatch =
        path !== null
          ? matches(path)
          : named === from || named.startsWith(within) || matches(named);
      if (isMatch) report({ node: specifier, how: `imports ${path ?? text}`, via: [] });
    }
  }
}

/** Names by which Node's own modules are imported without their prefix. */
const builtins = new Set(
  "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs fs/promises http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream stream/promises string_decoder timers timers/promises tls tty url util v8 vm wasi worker_threads zlib".split(
    " ",
  ),
);

/** Path below the root, or null for a package. */
function pathOf(scope: Scope, specifier: ts.StringLiteralLike): string | null {
  const file = scope.checker.getSymbolAtLocation(specifier)?.declarations?.find(ts.isSourceFile);
  if (file === undefined || file.fileName.includes("/node_modules/")) return null;
  return posix(relative(scope.root, file.fileName));
}

function isTypeOnly(specifier: ts.StringLiteralLike): boolean {
  const { parent } = specifier;
  if (ts.isLiteralTypeNode(parent)) return true;
  if (ts.isExportDeclaration(parent)) return parent.isTypeOnly || allTypes(parent.exportClause);
  if (!ts.isImportDeclaration(parent)) return false;
  const { importClause } = parent;
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return importClause.name === undefined && allTypes(importClause.namedBindings);
}

function allTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings)))
    return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

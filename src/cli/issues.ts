/** The one issue of a refused document that helps: its path, what was found there, what was expected. */
import { type z } from "zod";
import { toDotPath } from "zod/v4/core";

import { shortened } from "../report/index.js";
import { nearest } from "./suggest.js";

type Issue = z.core.$ZodIssue;

/** Longest found value that is shown. */
const foundMax = 60;
/** What an issue says when its schema has no message of its own. */
const plainMessage = "Invalid input";

/** `scenarios[3].script[2].observe.type: found "pr.stat", expected one of …`. */
export function issueText(error: z.core.$ZodError, document: unknown): string {
  const issue = mostUseful(error.issues, [], document);
  if (issue === null) return "does not fit its schema";
  const path = issue.path.length === 0 ? "the document" : toDotPath([...issue.path]);
  if (issue.code === "unrecognized_keys") {
    const missing = error.issues.flatMap((one) => missingBeside(one, issue, document));
    return `${path}: found ${unknownKeys(issue.keys, missing)}`;
  }
  return `${path}: found ${foundText(valueAt(document, issue.path))}, expected ${expectation(issue)}`;
}

/** Deepest first: the deeper the issue, the closer its branch came. Unknown keys before what they hide. */
function mostUseful(
  issues: readonly Issue[],
  prefix: readonly PropertyKey[],
  document: unknown,
): Issue | null {
  const resolved = issues.map((issue) => {
    const path = [...prefix, ...issue.path];
    const inner = issue.code === "invalid_union" ? bestBranch(issue.errors, path, document) : null;
    // A union that says what it expects says it better than any one of its branches.
    const told = issue.message !== plainMessage && inner?.path.length === path.length;
    return inner === null || told ? { ...issue, path } : inner;
  });
  const unknown = resolved.find(({ code }) => code === "unrecognized_keys");
  const others = resolved.filter((issue) => issue !== unknown && !isMissing(issue, document));
  const deepest = others.reduce<Issue | null>(
    (best, issue) => (best === null || issue.path.length > best.path.length ? issue : best),
    null,
  );
  return deepest ?? unknown ?? resolved[0] ?? null;
}

/** The branch of a union that the document most likely meant. */
function bestBranch(
  branches: readonly (readonly Issue[])[],
  prefix: readonly PropertyKey[],
  document: unknown,
): Issue | null {
  const scored = branches.map((issues, place) => {
    const inner = mostUseful(issues, prefix, document);
    const unknown = issues.reduce(
      (sum, one) => sum + (one.code === "unrecognized_keys" ? one.keys.length : 0),
      0,
    );
    const depth = inner === null || isMissing(inner, document) ? 0 : inner.path.length - prefix.length;
    return { inner, unknown, depth, count: issues.length, place };
  });
  scored.sort(
    (a, b) => b.depth - a.depth || a.unknown - b.unknown || a.count - b.count || a.place - b.place,
  );
  return scored[0]?.inner ?? null;
}

/** A key that is not there says less than one that is there and wrong. */
function isMissing(issue: Issue, document: unknown): boolean {
  return issue.code !== "unrecognized_keys" && valueAt(document, issue.path) === undefined;
}

/** Names of keys that are missing where unknown ones were found. */
function missingBeside(issue: Issue, unknown: Issue, document: unknown): string[] {
  if (issue.code === "invalid_union") {
    return issue.errors.flatMap((branch) =>
      branch.flatMap((one) =>
        missingBeside({ ...one, path: [...issue.path, ...one.path] }, unknown, document),
      ),
    );
  }
  const sibling = issue.path.length === unknown.path.length + 1;
  const beside = sibling && unknown.path.every((part, index) => issue.path[index] === part);
  return beside && valueAt(document, issue.path) === undefined ? [String(issue.path.at(-1))] : [];
}

function unknownKeys(keys: readonly string[], missing: readonly string[]): string {
  const names = keys.map((key) => JSON.stringify(key)).join(", ");
  const hint = keys.length === 1 ? nearest(keys[0] ?? "", missing) : "";
  return `unknown ${keys.length === 1 ? "key" : "keys"} ${names}, which nothing reads.${hint}`;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_type":
      return withArticle(issue.expected);
    case "too_small":
      return `${issue.origin === "string" ? "a string of " : ""}at least ${String(issue.minimum)}`;
    case "too_big":
      return `${issue.origin === "string" ? "a string of " : ""}at most ${String(issue.maximum)}`;
    case "invalid_union": {
      const { options } = issue as { readonly options?: readonly unknown[] };
      if (options === undefined || options.length === 0) return issue.message;
      return `one of ${options.map((value) => JSON.stringify(value)).join(", ")}`;
    }
    default:
      return issue.message;
  }
}

function withArticle(type: string): string {
  if (type === "int") return "an integer";
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type === "record" ? "object" : type}`;
}

function foundText(value: unknown): string {
  return value === undefined ? "nothing" : shortened(JSON.stringify(value), foundMax);
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = document;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return at;
}

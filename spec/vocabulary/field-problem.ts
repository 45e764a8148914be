/**
 * What is wrong with one field of a request, as one sentence for the person who wrote it: what was found there, and
 * what is expected. The words are ours, whatever the words of the schema library are.
 */
import type { z } from "zod";

/** A field that cannot be as it is. */
export interface FieldProblem {
  /** Dotted; empty: the request itself. */
  readonly field: string;
  readonly found: string;
  readonly hint: string;
}

/** Characters of a value that are repeated. */
const foundMax = 60;
const dayMs = 86_400_000;

/** The first thing a schema found in a value, in words. */
export function fieldProblem(issue: z.core.$ZodIssue | undefined, input: unknown): FieldProblem {
  const path = issue?.path ?? [];
  const field = path.map(String).join(".");
  return { field, found: foundText(valueAt(input, path)), hint: issue === undefined ? "it is no request" : expected(issue, field) };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    const has = typeof inner === "object" && inner !== null && Object.hasOwn(inner, key);
    return has ? (inner as Readonly<Record<PropertyKey, unknown>>)[key] : undefined;
  }, input);
}

/** A value as it can be printed: JSON, shortened, with its length where that is what matters. */
export function foundText(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  const written = writtenOf(value);
  if (written.length <= foundMax) return written;
  const length = typeof value === "string" ? `, ${value.length} characters` : "";
  return `${written.slice(0, foundMax)}…${length}`;
}

function writtenOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "something that is no JSON";
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a finite number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function expected(issue: z.core.$ZodIssue, field: string): string {
  switch (issue.code) {
    case "invalid_type":
      return `it is to be ${kinds[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "string" && issue.minimum === 1
        ? "it is not to be empty"
        : `it ${amount("at least", issue.origin, issue.minimum, field)}`;
    case "too_big":
      return `it ${amount("at most", issue.origin, issue.maximum, field)}`;
    case "invalid_value":
      return knownText(issue.values);
    case "invalid_format":
      return issue.message.startsWith("Invalid") ? "it has another form" : `it is to be ${issue.message}`;
    case "invalid_union":
      return knownText((issue as { readonly options?: readonly unknown[] }).options ?? []);
    case "custom":
      return issue.message;
    case "unrecognized_keys":
      return `it has no ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    default:
      return "it is to be plain JSON";
  }
}

function knownText(values: readonly unknown[]): string {
  return values.length === 0 ? "it is of no known form" : `it is one of ${values.map((one) => JSON.stringify(one)).join(", ")}`;
}

function amount(bound: string, origin: string, limit: number | bigint, field: string): string {
  if (origin === "string") return `has ${bound} ${limit} ${limit === 1 ? "character" : "characters"}`;
  if (origin === "array") return `has ${bound} ${limit} entries`;
  if (!field.endsWith("Ms")) return `is ${bound} ${limit}`;
  const days = Number(limit) / dayMs;
  return `is ${bound} ${limit} ${limit === 1 ? "millisecond" : "milliseconds"}${Number.isInteger(days) && days > 0 ? ` (${days} ${days === 1 ? "day" : "days"})` : ""}`;
}

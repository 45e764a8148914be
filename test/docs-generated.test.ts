/**
 * Pages that are lists of what the sources say: vocabulary, errors. `npm run docs` writes them anew; otherwise a
 * page that differs fails. Pages of laws and machines are in `documents.test.ts`.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import {
  laneInvalidMeanings,
  laneLostMeanings,
  laneRefusalMeanings,
  plainReasons,
  reasonMeanings,
  status,
  terminalStatuses,
} from "../spec/vocabulary/index.js";
import { ModelError, type ModelFailure } from "../src/checker/index.js";
import { exitCode } from "../src/cli/exit.js";

const path = (page: string): string => fileURLToPath(new URL(`../docs/${page}`, import.meta.url));
const note = "Generated from the sources by `npm run docs`.";
const cell = (text: string): string => text.replaceAll("|", "\\|");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, note, ...parts].join("\n\n")}\n`;
}

function meaningsTable(meanings: Readonly<Record<string, string>>): string {
  return table(["word", "meaning"], Object.entries(meanings).map(([word, meaning]) => [`\`${word}\``, meaning]));
}

function vocabularyPage(): string {
  const terminal: readonly string[] = terminalStatuses;
  const statuses = status.options.map((one) => [`\`${one}\``, terminal.includes(one) ? "terminal" : "active"]);
  const reasons = Object.entries(reasonMeanings).map(([reason, { with: on, meaning }]) => {
    const plain = (plainReasons as readonly string[]).includes(reason);
    return [`\`${plain ? reason : `${reason}_<word>`}\``, on, meaning];
  });
  return page(
    "Vocabulary",
    "## Statuses\n\nOnly a user's assertion leaves a terminal status.",
    table(["status", "kind"], statuses),
    "## Reasons\n\nOn the status event; `unknown` and `failed` always carry one.",
    table(["reason", "with", "meaning"], reasons),
    "## Why a lease is lost",
    meaningsTable(laneLostMeanings),
    "## Why a lane is refused",
    meaningsTable(laneRefusalMeanings),
    "## Why a request cannot be asked",
    meaningsTable(laneInvalidMeanings),
  );
}

const exitMeanings: Readonly<Record<keyof typeof exitCode, string>> = {
  holds: "all holds; a replayed path no longer breaches its law",
  violated: "a law is violated or vacuous, or a mutant survived; a replayed path still breaches",
  usage: "wrong usage, or an error in a model",
  unknown: "a limit was reached before everything was decided",
  bug: "a bug of ours; the stack is on standard error",
  interrupted: "interrupted; the report says what was known",
};

/** One failure of each code. A code without an example does not compile. */
const failures: { readonly [C in ModelFailure["code"]]: Extract<ModelFailure, { code: C }> } = {
  "model/schema": { code: "model/schema", path: "name", found: "z.string", hint: "Use z.enum or z.literal." },
  "model/bounds": { code: "model/bounds", field: "leases[0].count", value: "3", expected: "an integer 0..2" },
  "model/too-wide": { code: "model/too-wide", path: "log", values: "1.2e+18" },
  "model/nondeterministic": {
    code: "model/nondeterministic",
    action: "tick",
    first: '{"age":1}',
    second: '{"age":2}',
  },
  "model/mutated": { code: "model/mutated", field: "cells[0]" },
  "model/replay": { code: "model/replay", step: 3, action: "tick", found: "not enabled" },
  "model/no-initial-state": { code: "model/no-initial-state" },
  "model/asymmetric": { code: "model/asymmetric", sort: "worker", found: "it has 2 members in one place and 3 in another" },
};

function errorsPage(): string {
  const codes = Object.entries(exitCode).map(([name, code]) => [
    String(code),
    exitMeanings[name as keyof typeof exitCode],
  ]);
  const errors = Object.entries(failures).map(([code, failure]) => [
    `\`${code}\``,
    new ModelError(failure, { model: "example" }).message,
  ]);
  return page(
    "Errors and exit codes",
    "## Exit codes of the command",
    table(["code", "meaning"], codes),
    "## Errors of a model\n\nA broken model is not a violated law. These are thrown as `ModelError` and are never a verdict; the field " +
      "`failure` carries the code with its values.",
    table(["code", "example of its message"], errors),
    "## Other errors\n\n`CompileError` lists what of a chart cannot be compiled, with the path of each node. `BugError` says that an " +
      "assertion of ours failed: report it, nobody handles it.",
  );
}

describe("generated pages are up to date", () => {
  it("docs/vocabulary.md", async () => {
    await expect(vocabularyPage()).toMatchFileSnapshot(path("vocabulary.md"));
  });

  it("docs/errors.md", async () => {
    await expect(errorsPage()).toMatchFileSnapshot(path("errors.md"));
  });
});

/** The ESLint rule: the same findings as the command, in ESLint 9 and 10, at the right places. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ESLint } from "eslint";
import { ESLint as ESLint9 } from "eslint-9";
import { describe, expect, it } from "vitest";
import tseslint from "typescript-eslint";

import leasehold from "../src/lint/eslint.js";
import { lint, readConfiguration } from "../src/lint/index.js";

const corpus = fileURLToPath(new URL("lint/corpus", import.meta.url));

const config = [
  {
    files: ["**/*.ts"],
    plugins: { leasehold },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: corpus },
    },
    linterOptions: { reportUnusedDisableDirectives: "off" as const },
    rules: { "leasehold/write-surface": ["error", { config: "write-surface.yaml" }] },
  },
];

const eslints = [
  ["9", ESLint9 as unknown as typeof ESLint],
  ["10", ESLint],
] as const;

async function messages(
  Engine: typeof ESLint,
  files: readonly string[],
  rules: object = {},
): Promise<readonly string[]> {
  const engine = new Engine({
    cwd: corpus,
    overrideConfigFile: true,
    overrideConfig: [...config, rules],
    allowInlineConfig: false,
  });
  const results = await engine.lintFiles([...files]);
  return results.flatMap(({ filePath, messages: own }) =>
    own.map(
      ({ line, column, endLine, endColumn, message }) =>
        `${filePath.slice(corpus.length + 1)}:${line}:${column}-${endLine ?? 0}:${endColumn ?? 0} ${message}`,
    ),
  );
}

const folders = [
  "evasions/barrel-re-export",
  "evasions/mutation-through-alias",
  "evasions/promise-void",
  "clean/other-events",
];

describe.each(eslints)("ESLint %s", (version, Engine) => {
  it("is the version this is about", () => {
    expect(Engine.version.split(".")[0]).toBe(version);
  });

  it("shows what the command finds, with surface and law", async () => {
    const file = join(corpus, "write-surface.yaml");
    const configuration = readConfiguration(file, readFileSync(file, "utf8"), corpus);
    const { report } = await lint({ configuration, lock: null });
    const expected = report.findings
      .filter(
        ({ rule, at }) =>
          rule === "write" && folders.some((folder) => at.file.startsWith(`${folder}/`)),
      )
      .map(
        ({ at, message, surface, law }) =>
          `${at.file}:${at.line}:${at.column}-${at.endLine}:${at.endColumn} ${message} [${surface ?? ""}, ${law ?? ""}]`,
      );
    expect(expected.length).toBeGreaterThan(8);
    expect([...(await messages(Engine, folders))].sort()).toEqual(expected.sort());
  });
});

describe("the rule", () => {
  it("says what it needs when there are no types", async () => {
    const untyped = {
      files: ["**/*.ts"],
      languageOptions: { parserOptions: { projectService: false } },
    };
    await expect(messages(ESLint, ["evasions/direct-call/index.ts"], untyped)).rejects.toThrow(
      /leasehold\/write-surface needs types: use typescript-eslint's parser/,
    );
  });

  it("refuses options it does not know", async () => {
    const wrong = {
      files: ["**/*.ts"],
      rules: { "leasehold/write-surface": ["error", { configuration: "x" }] },
    };
    await expect(messages(ESLint, ["evasions/direct-call/index.ts"], wrong)).rejects.toThrow(
      /configuration/,
    );
  });
});

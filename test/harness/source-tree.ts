/** A folder of source files that a test writes, lints and throws away. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import {
  type Configuration,
  type LintReport,
  type Lock,
  lint,
  readConfiguration,
} from "../../src/lint/index.js";

export interface SourceTree {
  readonly root: string;
  write(files: Readonly<Record<string, string>>): void;
  configuration(text: string): Configuration;
  lint(text: string, lock?: Lock | null): Promise<LintReport>;
  remove(): void;
}

export function sourceTree(files: Readonly<Record<string, string>> = {}): SourceTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "leasehold-lint-")));
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const configuration = (text: string): Configuration =>
    readConfiguration("write-surface.yaml", text, root);
  write({ "tsconfig.json": tsconfig, ...files });
  return {
    root,
    write,
    configuration,
    lint: async (text, lock = null) =>
      (await lint({ configuration: configuration(text), lock })).report,
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const tsconfig = JSON.stringify({
  compilerOptions: {
    target: "es2022",
    lib: ["es2022"],
    module: "nodenext",
    types: [],
    strict: true,
    noEmit: true,
  },
});

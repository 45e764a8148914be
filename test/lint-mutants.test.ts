/** Mutants of linted sources: caught on their own line by their own law, and not when the configuration is blind. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

import { surfaceLaws } from "../laws/surface/index.js";
import { type LintMutant, type Lock, lint, readConfiguration, readLock } from "../src/lint/index.js";
import { judge } from "../src/lint/judge.js";
import { tryMutants } from "../src/lint/mutants.js";
import { type SourceTree, sourceTree } from "./harness/source-tree.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const trees: SourceTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

const configuration = (sinks: readonly string[]): string => `version: 1
surfaces:
  - id: append
    law: WS1
    message: m
    include: [src/**]
    sinks: [${sinks.map((sink) => `{ ${sink} }`).join(", ")}]
    writers:
      - id: W1
        site: src/commit.ts#commit
        disposition: sanctioned
        because: the commit point
`;
const call = "call: src/store.ts#Store.append";
const construct = "construct: src/store.ts#Entry";
const files = {
  "src/store.ts":
    'export interface Entry { readonly type: "status" }\nexport class Store { append(entry: Entry): void { void entry; } }\nexport const store = new Store();\n',
  "src/commit.ts":
    'import { store } from "./store.js";\nexport function commit(): void { store.append({ type: "status" }); }\n',
};
const changed = { law: "WS1", change: "a change" };
const second: LintMutant = {
  ...changed,
  name: "a second file",
  file: "src/second.ts",
  append: 'import { type Entry, store } from "./store.js";\nexport const write = (entry: Entry) => store.append(entry);\n',
  at: "store.append(",
};
const mutants: readonly LintMutant[] = [
  second,
  { ...second, law: "WS2", name: "of another law" },
  { ...second, name: "on another line", at: "import {" },
  {
    ...second,
    name: "a cast",
    file: "src/cast.ts",
    append: 'import type { Entry } from "./store.js";\nexport const made = (of: object) => of as Entry;\n',
    at: "as Entry",
  },
  {
    ...changed,
    name: "that does not fit",
    file: "src/commit.ts",
    replace: ["no such text", ""],
    at: "commit",
  },
  {
    ...changed,
    law: "WS2",
    name: "without a reason",
    file: "write-surface.yaml",
    replace: ["        because: the commit point\n", ""],
    at: "- id: W1",
  },
  {
    ...changed,
    name: "that leaves no configuration",
    file: "write-surface.yaml",
    replace: ["version: 1\n", "version: [\n"],
    at: "version",
  },
];

async function tried(sinks: readonly string[], cache: string | null = null) {
  const tree = sourceTree({ ...files, "write-surface.yaml": configuration(sinks) });
  trees.push(tree);
  const asked = { configuration: tree.configuration(configuration(sinks)), lock: null, mutants };
  return { tree, asked, found: await lint({ ...asked, cache }) };
}

describe("a mutant of source code", () => {
  it("is caught by a finding of its law on its line, and by nothing else", async () => {
    const { found } = await tried([call, construct]);
    const caught = found.mutants.filter((one) => one.caught).map(({ law, name }) => `${law} ${name}`);
    expect(caught).toEqual(["WS1 a second file", "WS1 a cast", "WS2 without a reason"]);
  });

  it("survives a configuration that does not see it", async () => {
    const { found } = await tried([call]);
    const caught = found.mutants.filter((one) => one.caught).map(({ name }) => name);
    expect(caught).toEqual(["a second file", "without a reason"]);
  });

  it("leaves the report as it is without, and its files unwritten", async () => {
    const { tree, found, asked } = await tried([call, construct]);
    const { report } = await lint({ configuration: asked.configuration, lock: null });
    expect(found.report).toEqual(report);
    expect(existsSync(join(tree.root, "src/second.ts"))).toBe(false);
  });

  it("is not tried again while nothing changed, and is after a change", async () => {
    const { tree, found, asked } = await tried([call, construct]);
    const again = await lint({ ...asked, cache: found.cache });
    expect(again).toEqual({ ...found, cache: null });
    tree.write({ "src/commit.ts": `${files["src/commit.ts"]}// no such text\n` });
    const after = await lint({ ...asked, cache: found.cache });
    expect(after.cache).not.toBeNull();
    expect(after.mutants.map(({ caught }) => caught)).toEqual(found.mutants.map(({ caught }) => caught));
  });
});

/** A write at each site that the lock file allows: what a run on the sources finds, without running it. */
function allowedWrites({ surfaces }: Lock) {
  return Object.entries(surfaces).flatMap(([surface, { sites }]) =>
    sites.map((site, index) => {
      const [file = ""] = site.split("#");
      const at = { file, line: index + 1, column: 1, endLine: index + 1, endColumn: 2 };
      return { surface, sink: 0, at, site, how: "writes", via: [] };
    }),
  );
}

describe("the surface laws", () => {
  it("catch each of their mutants on the sources of this project, and nothing in them as they are", async () => {
    const text = (file: string) => readFileSync(join(root, file), "utf8");
    const own = readConfiguration("laws/write-surface.yaml", text("laws/write-surface.yaml"), root);
    const lock = readLock("laws/write-surface.lock.json", text("laws/write-surface.lock.json"));
    const evidence = { writes: allowedWrites(lock), unread: [], files: new Map(), filesInAll: 0 };
    expect(judge(own, evidence, lock, { frame: () => [] }).findings).toEqual([]);
    const all = surfaceLaws.flatMap(({ id, sourceMutants }) =>
      sourceMutants.map((mutant) => ({ law: id, ...mutant })),
    );
    const asked = { configuration: own, lock, evidence, mutants: all, parsed: new Map() };
    const survived = (await tryMutants(asked)).filter(({ caught }) => !caught);
    expect(survived).toEqual([]);
  });

  it("have a mutant each, told apart by their names", () => {
    for (const { id, sourceMutants } of surfaceLaws) {
      const names = sourceMutants.map(({ name }) => name);
      expect(new Set(names).size, id).toBe(names.length);
      for (const { append, replace } of sourceMutants)
        expect([append, replace].filter((one) => one !== undefined)).toHaveLength(1);
    }
  });

  it("change files that are there, or add one that is not", () => {
    const all = surfaceLaws.flatMap(({ sourceMutants }) => sourceMutants);
    const kept = ["laws/write-surface.yaml", "src/journal/housekeeping.ts"];
    for (const { file } of all) expect(existsSync(join(root, file)), file).toBe(kept.includes(file));
  });
});

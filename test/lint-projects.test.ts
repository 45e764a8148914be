/** Across projects, packages and languages: what is one symbol stays one, however it is reached, built or not. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { lint } from "../src/lint/index.js";
import { type SourceTree, sourceTree } from "./harness/source-tree.js";

const trees: SourceTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

function tree(files: Readonly<Record<string, string>>): SourceTree {
  const made = sourceTree(files);
  trees.push(made);
  return made;
}

const surface = (sinks: readonly object[], more: object = {}): string =>
  JSON.stringify({
    version: 1,
    surfaces: [{ id: "s", message: "m", include: ["**/*.{ts,tsx,js}"], sinks, ...more }],
  });

const project = (options: object = {}, more: object = {}): string =>
  JSON.stringify({
    compilerOptions: {
      target: "es2022",
      lib: ["es2022"],
      module: "nodenext",
      types: [],
      strict: true,
      composite: true,
      outDir: "dist",
      rootDir: ".",
      ...options,
    },
    include: ["**/*.ts"],
    exclude: ["dist"],
    ...more,
  });

const places = async (made: SourceTree, text: string): Promise<readonly string[]> =>
  (await made.lint(text)).writes.map(({ at }) => `${at.file}:${at.line}`);

const storeText =
  "export class Store {\n  append(run: string): void {}\n}\nexport const store = new Store();\n";

describe("project references", () => {
  it("lead to the source, though nothing was built", async () => {
    const made = tree({
      "tsconfig.json": JSON.stringify({
        files: [],
        references: [{ path: "store" }, { path: "app" }],
      }),
      "store/tsconfig.json": project(),
      "store/store.ts": storeText,
      "app/tsconfig.json": project({}, { references: [{ path: "../store" }] }),
      "app/use.ts": 'import { store } from "../store/store.js";\nstore.append("r");\n',
    });
    expect(await places(made, surface([{ call: "store/store.ts#Store.append" }]))).toEqual([
      "app/use.ts:2",
    ]);
  });

  it("and so do packages of a workspace that name their compiled declarations", async () => {
    const made = tree({
      "tsconfig.json": JSON.stringify({
        files: [],
        references: [{ path: "packages/store" }, { path: "packages/app" }],
      }),
      "packages/store/package.json": JSON.stringify({
        name: "@x/store",
        type: "module",
        exports: { ".": { types: "./dist/store.d.ts", default: "./dist/store.js" } },
      }),
      "packages/store/tsconfig.json": project(),
      "packages/store/store.ts": storeText,
      "packages/app/package.json": JSON.stringify({ name: "@x/app", type: "module" }),
      "packages/app/tsconfig.json": project({}, { references: [{ path: "../store" }] }),
      "packages/app/use.ts": 'import { store } from "@x/store";\nstore.append("r");\n',
    });
    mkdirSync(join(made.root, "node_modules/@x"), { recursive: true });
    symlinkSync("../../packages/store", join(made.root, "node_modules/@x/store"));
    expect(await places(made, surface([{ call: "packages/store/store.ts#Store.append" }]))).toEqual(
      ["packages/app/use.ts:2"],
    );
  });

  it("with other module settings get programs of their own and find the same", async () => {
    const made = tree({
      "tsconfig.json": JSON.stringify({
        files: [],
        references: [{ path: "store" }, { path: "app" }],
      }),
      "store/tsconfig.json": project(),
      "store/store.ts": storeText,
      "app/tsconfig.json": project(
        {
          module: "esnext",
          moduleResolution: "bundler",
          paths: { "@store": ["../store/store.ts"] },
        },
        { references: [{ path: "../store" }] },
      ),
      "app/use.ts": 'import { store } from "@store";\nstore.append("r");\n',
    });
    expect(await places(made, surface([{ call: "store/store.ts#Store.append" }]))).toEqual([
      "app/use.ts:2",
    ]);
  });
});

describe("sinks outside of the tree", () => {
  it("are found in packages, in Node's modules and among globals", async () => {
    const made = tree({
      "node_modules/logbook/package.json": JSON.stringify({ name: "logbook", types: "index.d.ts" }),
      "node_modules/logbook/index.d.ts": "export declare class Log { put(line: string): void }\n",
      "src/a.ts":
        'import { Log } from "logbook";\nnew Log().put("x");\nexport const r = Math.random();\nconst { random } = Math;\nrandom();\n',
    });
    expect(
      await places(made, surface([{ call: "logbook#Log.put" }, { call: "global#Math.random" }])),
    ).toEqual(["src/a.ts:2", "src/a.ts:3", "src/a.ts:5"]);
  });
});

describe("the preset of purity", () => {
  const pure = JSON.stringify({
    version: 1,
    surfaces: [{ id: "p", extends: "leasehold:purity", include: ["spec/**"] }],
  });

  it("finds clocks, random values, environment and modules of Node, whether or not types declare them", async () => {
    const lines = [
      'import { readFileSync } from "node:fs";',
      'import type { Stats } from "node:fs";',
      'import "fs/promises";',
      "export const now = Date.now();",
      "export const made = new Date();",
      "export const given = new Date(0);",
      "export const clock = Date.now;",
      "export const env = process.env;",
      "export const any = globalThis.Math.random();",
      "console.log(performance.now());",
      'const fs = await import("node:fs");',
      "const Time = Date;",
      "new Time();",
      "export const parsed = (text: string): number => Date.parse(text);",
      "export const process2 = { process: 1 }.process;",
      "export type T = Stats | typeof fs | typeof readFileSync;",
    ];
    const made = tree({ "spec/a.ts": `${lines.join("\n")}\n` });
    const found = new Set((await made.lint(pure)).writes.map(({ at }) => at.line));
    expect([...found]).toEqual([1, 3, 4, 5, 7, 8, 9, 10, 11, 13]);
  });
});

describe("import sinks", () => {
  it("take paths and packages, and imports of types only when asked", async () => {
    const made = tree({
      "src/a/x.ts": "export const x = 1;\nexport type X = number;\n",
      "src/b/y.ts":
        'import { x } from "../a/x.js";\nimport type { X } from "../a/x.js";\nexport { x as z } from "../a/x.js";\nexport const y: X = x;\n',
    });
    const only = { include: ["src/b/**"] };
    expect(await places(made, surface([{ import: "src/a/**" }], only))).toEqual([
      "src/b/y.ts:1",
      "src/b/y.ts:3",
    ]);
    expect(await places(made, surface([{ import: "src/a/**", types: true }], only))).toEqual([
      "src/b/y.ts:1",
      "src/b/y.ts:2",
      "src/b/y.ts:3",
    ]);
  });
});

describe("other languages", () => {
  it("are searched with their own parsers, in one process, and name their sites", async () => {
    const made = tree({
      "a.py":
        "class Plane:\n    def take(self):\n        self.leases['a'] = 1\n# self.leases['a'] = 1\n",
      "a.rs":
        'impl Plane {\n    fn take(&mut self) {\n        self.leases.insert("a", 1);\n    }\n}\n',
      "A.java": 'class Plane {\n  void take() {\n    this.leases.put("a", 1);\n  }\n}\n',
      "a.tsx": 'export function take() {\n  return <a onClick={() => leases.set("a", 1)} />;\n}\n',
    });
    const text = JSON.stringify({
      version: 1,
      surfaces: [
        {
          id: "s",
          message: "m",
          include: ["*"],
          sinks: [
            { pattern: "self.leases[$K] = $V", language: "python" },
            { pattern: "self.leases.insert($$$)", language: "rust" },
            { pattern: "this.leases.put($$$)", language: "java" },
            { pattern: "leases.set($$$)", language: "tsx" },
          ],
        },
      ],
    });
    expect((await made.lint(text)).writes.map(({ site, at }) => `${site} ${at.line}`)).toEqual([
      "A.java#Plane.take 3",
      "a.py#Plane.take 3",
      "a.rs#Plane.take 3",
      "a.tsx#take 2",
    ]);
  });
});

describe("the cache", () => {
  const text = surface([{ call: "src/store.ts#Store.append" }], { include: ["src/**"] });
  const files = {
    "src/store.ts": storeText,
    "src/use.ts": 'import { store } from "./store.js";\nstore.append("r");\n',
  };

  it("gives the same report, and is used while nothing changed", async () => {
    const made = tree(files);
    const configuration = made.configuration(text);
    const first = await lint({ configuration, lock: null });
    expect(first.cache).not.toBeNull();
    const second = await lint({ configuration, lock: null, cache: first.cache });
    expect(second).toEqual({ ...first, cache: null });
  });

  it("is dropped when a file, the list of files or the configuration changes, and when it is damaged", async () => {
    const made = tree(files);
    const { cache } = await lint({ configuration: made.configuration(text), lock: null });
    const again = async (config = text, kept = cache) =>
      (await lint({ configuration: made.configuration(config), lock: null, cache: kept })).report
        .writes.length;
    expect(await again(text, "{")).toBe(1);
    expect(await again(surface([{ call: "global#Math.random" }], { include: ["src/**"] }))).toBe(0);
    writeFileSync(join(made.root, "src/more.ts"), files["src/use.ts"]);
    expect(await again()).toBe(2);
    writeFileSync(join(made.root, "src/use.ts"), "export {};\n");
    expect(await again()).toBe(1);
  });
});

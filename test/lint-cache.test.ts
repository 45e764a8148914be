/**
 * The cache of a lint run: what was found before is used again, and never when it is not true any more. Each claim
 * compares a run that has the cache with one that has none.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { type LintReport, lint } from "../src/lint/index.js";
import { type SourceTree, sourceTree } from "./harness/source-tree.js";

const trees: SourceTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

const storeText = `export type Entry = { type: "status"; status: string } | { type: "note"; text: string };
export class Store {
  async append(run: string, entry: Entry): Promise<void> { void run; void entry; }
}
export class Master { leases = new Map<string, { state: string }>(); }
export const store = new Store();
export const master = new Master();
`;
const surface = (id: string, sink: object) => ({
  id,
  message: "m",
  include: ["src/**"],
  exclude: ["src/store.ts"],
  sinks: [sink],
});
const configurationText = JSON.stringify({
  version: 1,
  surfaces: [
    surface("append", {
      call: "src/store.ts#Store.append",
      where: { argument: 1, property: "type", equals: "status" },
    }),
    surface("leases", { assign: "src/store.ts#Master.leases" }),
    surface("outcome", { discard: "src/store.ts#Store.append" }),
    surface("go", { pattern: "model.Write($$$)", language: "go" }),
  ],
});

/** A tree with a cache that goes from run to run. */
class Cached {
  readonly tree: SourceTree;
  private kept: string | null = null;

  constructor(files: Readonly<Record<string, string>>) {
    this.tree = sourceTree({ "src/store.ts": storeText, "src/kept.go": "package p\n", ...files });
    trees.push(this.tree);
  }

  set(path: string, text: string | null): void {
    if (text === null) rmSync(join(this.tree.root, path), { force: true });
    else this.tree.write({ [path]: text });
  }

  /** The report with the cache, which is the same as without. */
  async report(): Promise<LintReport> {
    const configuration = this.tree.configuration(configurationText);
    const { report, cache } = await lint({ configuration, lock: null, cache: this.kept });
    this.kept = cache ?? this.kept;
    expect(report).toEqual((await lint({ configuration, lock: null })).report);
    return report;
  }

  async writes(): Promise<readonly string[]> {
    return (await this.report()).writes.map(({ surface: id, at }) => `${id} ${at.file}:${at.line}`);
  }
}

const caller = (type: string): string =>
  `import { store } from "./store.js";\nimport type { Kind } from "./kind.js";\nexport const put = (type: Kind) => store.append("r", { type } as never);\n${type}\n`;
const go = "package p\nfunc f() { model.Write(1) }\n";

describe("a cached run finds what an uncached one finds", () => {
  it("when a type changes that another file imports", async () => {
    const cached = new Cached({
      "src/kind.ts": 'export type Kind = "note";\n',
      "src/caller.ts": caller(""),
      "src/other.ts": "export const other = 1;\n",
    });
    const before = await cached.writes();
    cached.set("src/kind.ts", 'export type Kind = "note" | "status";\n');
    const after = await cached.writes();
    expect(before.filter((one) => one.startsWith("append"))).toEqual([]);
    expect(after.filter((one) => one.startsWith("append"))).toEqual(["append src/caller.ts:3"]);
  });

  it("when a file appears that declares something global, changes and goes", async () => {
    const cached = new Cached({
      "src/use.ts": 'import { store } from "./store.js";\nvoid store.append("r", { type: kind, text: "", status: "" });\n',
    });
    await cached.writes();
    cached.set("src/globals.ts", 'export {};\ndeclare global { var kind: "note"; }\n');
    expect(await cached.writes()).toEqual(["outcome src/use.ts:2"]);
    cached.set("src/globals.ts", 'export {};\ndeclare global { var kind: "status"; }\n');
    expect(await cached.writes()).toEqual(["append src/use.ts:2", "outcome src/use.ts:2"]);
    cached.set("src/globals.ts", null);
    await cached.writes();
  });

  it("when a field is handed to a function of a file that does not know it, and when it is not any more", async () => {
    const helper = "export function close(of: Map<string, { state: string }>): void {\n  of.clear();\n}\n";
    const hand = 'import { master } from "./store.js";\nimport { close } from "./helper.js";\nclose(master.leases);\n';
    const cached = new Cached({ "src/helper.ts": helper, "src/hand.ts": "export {};\n" });
    expect(await cached.writes()).toEqual([]);
    cached.set("src/hand.ts", hand);
    expect(await cached.writes()).toEqual(["leases src/helper.ts:2"]);
    cached.set("src/helper.ts", `\n${helper}`);
    expect(await cached.writes()).toEqual(["leases src/helper.ts:3"]);
    cached.set("src/hand.ts", "export {};\n");
    expect(await cached.writes()).toEqual([]);
  });

  it("when an import begins to lead somewhere else", async () => {
    const cached = new Cached({
      "src/use.ts": 'import { run } from "./late.js";\nvoid run("r", { type: "status", status: "" });\n',
    });
    expect(await cached.writes()).toEqual([]);
    cached.set("src/late.ts", 'import { store } from "./store.js";\nexport const run = store.append;\n');
    expect(await cached.writes()).toContain("append src/use.ts:2");
  });

  it("when a file of another language changes, appears or goes", async () => {
    const cached = new Cached({ "src/a.go": go });
    expect(await cached.writes()).toEqual(["go src/a.go:2"]);
    cached.set("src/b.go", `\n${go}`);
    cached.set("src/a.go", "package p\n");
    expect(await cached.writes()).toEqual(["go src/b.go:3"]);
    cached.set("src/b.go", null);
    expect(await cached.writes()).toEqual([]);
  });

  it("when a file no longer parses, and when it does again", async () => {
    const cached = new Cached({ "src/a.ts": "export const a = 1;\n" });
    await cached.report();
    cached.set("src/a.ts", "export const a = ;\n");
    expect((await cached.report()).findings.map(({ rule }) => rule)).toEqual(["unread"]);
    cached.set("src/a.ts", "export const a = 1;\n");
    expect((await cached.report()).findings).toEqual([]);
  });
});

/** What may stand in each file; null: nothing is there. */
const variants: Readonly<Record<string, readonly (string | null)[]>> = {
  "src/kind.ts": [
    'export type Kind = "note";\nexport const kind: Kind = "note";\n',
    'export type Kind = "note" | "status";\nexport const kind = "status" as Kind;\n',
    'import { master } from "./store.js";\nexport type Kind = "status";\nexport const kind = "status";\nmaster.leases.clear();\n',
  ],
  "src/alias.ts": [
    'import { store } from "./store.js";\nexport const put = store.append.bind(store);\nexport const held = new Map<string, { state: string }>();\n',
    'import { master, store } from "./store.js";\nexport const put = (run: string, entry: never) => store.append(run, entry);\nexport const held = master.leases;\n',
    'export const put = async (run: string, entry: unknown): Promise<void> => { void run; void entry; };\nexport const held = new Map<string, { state: string }>();\n',
    'export { put, held } from "./deep/again.js";\n',
  ],
  "src/deep/again.ts": [
    'import { store } from "../store.js";\nexport const put = store.append;\nexport let held = new Map<string, { state: string }>();\n',
    'import { master } from "../store.js";\nimport { empty } from "../helper.js";\nexport const put = async (_: string, __: unknown): Promise<void> => {};\nexport let held = new Map<string, { state: string }>();\nheld = master.leases;\nempty(held);\n',
  ],
  "src/helper.ts": [
    "export function empty(of: Map<string, { state: string }>): void { of.clear(); }\n",
    "export function empty(of: ReadonlyMap<string, { state: string }>): number { return of.size; }\n",
    'import { held } from "./alias.js";\nexport function empty(of: Map<string, { state: string }>): void { other(of); }\nfunction other(of: Map<string, { state: string }>): void { of.delete("a"); held.clear(); }\n',
  ],
  "src/use.ts": [
    'import { put, held } from "./alias.js";\nimport { kind } from "./kind.js";\nvoid put("r", { type: kind } as never);\nheld.set("a", { state: "open" });\n',
    'import { empty } from "./helper.js";\nimport { master } from "./store.js";\nempty(master.leases);\n',
    'import * as all from "./alias.js";\nexport async function f(): Promise<void> { try { await all.put("r", { type: "status" } as never); } catch {} }\n',
    "export {};\n",
  ],
  "src/globals.d.ts": [
    null,
    'import type { Store } from "./store.js";\ndeclare global { var shared: Store; }\n',
    'declare module "./store.js" { interface Master { more: number } }\nexport {};\n',
  ],
  "src/shared.ts": [
    'void shared.append("r", { type: "status", status: "done" });\n',
    'export const x = 1;\nexport const later = () => globalThis.shared.append("r", { type: "note", text: "" });\n',
    null,
  ],
  "src/a.go": [go, "package p\n", null, "package p\nfunc ( {\nmodel.Write(\n"],
};

/** A linear congruential generator: the same edits each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const editsMax = 14;

describe("a cached run after random edits", () => {
  it.each([11, 31])("finds what an uncached one finds, after each of them (seed %i)", async (seed) => {
    const next = numbers(seed);
    const paths = Object.keys(variants);
    const pick = (path: string): string | null => variants[path]?.[next(variants[path].length)] ?? null;
    const cached = new Cached({});
    for (const path of paths) cached.set(path, pick(path));
    for (let edit = 0; edit < editsMax; edit += 1) {
      await cached.report();
      for (let count = 1 + next(2); count > 0; count -= 1) {
        const path = paths[next(paths.length)] ?? "";
        cached.set(path, pick(path));
      }
    }
  });
});

/** Wrong configurations are told with line, column and what was expected; wrong trees are told, not skipped. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { LintError, readLock } from "../src/lint/index.js";
import { type SourceTree, sourceTree } from "./harness/source-tree.js";

const trees: SourceTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

function tree(files: Readonly<Record<string, string>> = {}): SourceTree {
  const made = sourceTree(files);
  trees.push(made);
  return made;
}

const store = {
  "src/store.ts":
    "export class Store {\n  append(run: string): void {}\n}\nexport const limit = 1;\n",
  "src/use.ts": 'import { Store } from "./store.js";\nnew Store().append("r");\n',
};

/** A configuration of one surface whose sinks are given. */
function withSinks(...sinks: readonly string[]): string {
  return [
    "version: 1",
    "surfaces:",
    "  - id: s",
    "    message: m",
    "    include: [src/**]",
    "    sinks:",
    ...sinks.map((sink) => `      - ${sink}`),
    "",
  ].join("\n");
}

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LintError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a configuration that cannot be used is refused with its place", () => {
  const cases: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["that is not YAML", "version: 1\nsurfaces: [\n", /^write-surface\.yaml:3:1: not YAML: /],
    [
      "with a key twice",
      "version: 1\nversion: 1\n",
      /^write-surface\.yaml:2:1: not YAML: Map keys must be unique/,
    ],
    [
      "that is empty",
      "",
      /^write-surface\.yaml:1:1: the document: found nothing, expected a mapping \[lint\/configuration\]$/,
    ],
    [
      "of another version",
      "version: 2\nsurfaces: []\n",
      /^write-surface\.yaml:1:10: version: found 2, expected one of 1\nwrite-surface\.yaml:2:11: surfaces: found \[\], expected at least one entry \[lint\/configuration\]$/,
    ],
    [
      "with an unknown key",
      withSinks("call: src/store.ts#Store.append").replace("message", "mesage"),
      /^write-surface\.yaml:4:5: surfaces\[0\]: unknown key "mesage"; known are id, law, .* Nearest: "message"\. \[lint\/configuration\]$/,
    ],
    [
      "with an unknown key in a sink",
      withSinks("cal: src/store.ts#Store.append"),
      /^write-surface\.yaml:7:9: surfaces\[0\]\.sinks\[0\]: unknown key "cal"; known are .* Nearest: "call"\. \[lint\/configuration\]$/,
    ],
    [
      "with two kinds in a sink",
      withSinks("{ call: a#b, assign: a#b }"),
      /:7:9: .*found call and assign, expected exactly one of/,
    ],
    [
      "with a symbol that is none",
      withSinks("call: store"),
      /:7:15: .*found "store", expected module#Name or module#Name\.member/,
    ],
    [
      "with where beside assign",
      withSinks("{ assign: a#b, where: { arguments: 0 } }"),
      /where: goes with call only, found beside assign/,
    ],
    [
      "with half a where",
      withSinks("{ call: a#b, where: { argument: 1 } }"),
      /"argument" \(counted from 0\) and "equals" are both needed/,
    ],
    [
      "with a preset nobody knows",
      "version: 1\nsurfaces:\n  - { id: s, extends: leasehold:purty, include: [a] }\n",
      /:3:23: .*no preset "leasehold:purty"; .* Nearest: "leasehold:purity"\./,
    ],
    [
      "with a preset without its list",
      "version: 1\nsurfaces:\n  - { id: s, extends: leasehold:no-discard, include: [a] }\n",
      /"of" is missing: the functions whose outcome counts/,
    ],
    [
      "without sinks",
      "version: 1\nsurfaces:\n  - { id: s, message: m, include: [a] }\n",
      /:3:5: .*"sinks" is missing/,
    ],
    [
      "without message",
      "version: 1\nsurfaces:\n  - { id: s, include: [a], sinks: [{ call: a#b }] }\n",
      /"message" is missing/,
    ],
    [
      "with two writers of one id",
      `${withSinks("call: a#b")}    writers:\n      - { id: W1, site: "a.ts#f" }\n      - { id: W1, site: "a.ts#g" }\n`,
      /^write-surface\.yaml:10:15: surfaces\[0\]\.writers\[1\]\.id: the id "W1" is taken already, at line 9; ids are used once \[lint\/configuration\]$/,
    ],
    [
      "with a disposition nobody knows",
      `${withSinks("call: a#b")}    writers:\n      - { id: W1, site: "a.ts#f", disposition: santioned }\n`,
      /:9:48: .*disposition: found "santioned", expected one of "sanctioned", "integrate", "quarantine"/,
    ],
    [
      "with a site that is none",
      `${withSinks("call: a#b")}    writers:\n      - { id: W1, site: src/a.ts }\n`,
      /:9:25: .*site: found "src\/a\.ts", expected path#Symbol, path#Class\.member or path#\*/,
    ],
  ];
  it.each(cases)("%s", async (_name, text, message) => {
    expect(await messageOf(() => tree().configuration(text))).toMatch(message);
  });

  it("and the same text is read as JSON", () => {
    const text = JSON.stringify({
      version: 1,
      surfaces: [
        {
          id: "s",
          message: "m",
          include: ["src/**"],
          sinks: [{ call: "src/store.ts#Store.append" }],
        },
      ],
    });
    expect(tree().configuration(text).surfaces[0]?.sinks).toMatchObject([
      { kind: "call", target: { names: ["Store", "append"] } },
    ]);
  });
});

describe("the guide", () => {
  it("shows a configuration that is read as it stands", () => {
    const text = readFileSync(new URL("../docs/guides/ci.md", import.meta.url), "utf8");
    const [block = ""] = [...text.matchAll(/^```\n(version: 1\n[\s\S]*?)^```$/gm)].map(
      ([, inner]) => inner ?? "",
    );
    expect(
      tree()
        .configuration(block)
        .surfaces.map(({ id, sinks }) => `${id} ${sinks.length}`),
    ).toEqual(["run-status 2", "registry 1", "pure 18", "outcomes 1", "go-status 1"]);
  });
});

describe("a configuration that names what is not there is refused with its place", () => {
  const cases: readonly (readonly [name: string, sink: string, message: RegExp])[] = [
    [
      "member",
      "call: src/store.ts#Store.apend",
      /^write-surface\.yaml:7:9: Store has no "apend"\. Nearest: "append"\. \[lint\/configuration\]$/,
    ],
    [
      "name",
      "call: src/store.ts#Stroe",
      /:7:9: src\/store\.ts has no "Stroe"\. Nearest: "Store"\. \[lint\/configuration\]$/,
    ],
    [
      "file",
      "call: src/stor.ts#Store",
      /:7:9: no file "src\/stor\.ts" below .*\. Nearest: "src\/store\.ts"\. \[lint\/configuration\]$/,
    ],
    ["package", "call: no-such-package#f", /:7:9: no file and no package "no-such-package"/],
    ["global", "call: global#Mth.random", /:7:9: global has no "Mth"\. Nearest: .*"Math"/],
    [
      "language",
      "{ pattern: f(), language: gp }",
      /:7:9: no language "gp"; known are go, .*\. Nearest: "go"\. \[lint\/configuration\]$/,
    ],
    [
      "pattern",
      "{ pattern: 'f((', language: go }",
      /:7:9: the pattern does not parse as go at character 2; write it as code with \$NAME/,
    ],
    [
      "kind",
      "{ rule: { kind: calls }, language: go }",
      /:7:9: ast-grep refuses it: .*Kind `calls` is invalid/,
    ],
    [
      "key of a rule",
      "{ rule: { knd: calls }, language: go }",
      /:7:9: ast-grep refuses it: .*unknown field `knd`, expected one of `pattern`/,
    ],
  ];
  it.each(cases)("%s", async (_name, sink, message) => {
    expect(await messageOf(() => tree(store).lint(withSinks(sink)))).toMatch(message);
  });

  it("files", async () => {
    const text = withSinks("call: src/store.ts#Store").replace("src/**", "scr/**");
    expect(await messageOf(() => tree(store).lint(text))).toMatch(
      /^write-surface\.yaml:3:9: surface s: include matches nothing below .*: scr\/\*\* \[lint\/configuration\]$/,
    );
  });

  it("files of the language of a pattern", async () => {
    const text = withSinks("{ pattern: 'f()', language: rust }");
    expect(await messageOf(() => tree(store).lint(text))).toMatch(
      /:7:9: surface s: include matches no file of language rust \(\.rs\) \[lint\/configuration\]$/,
    );
  });

  it("project", async () => {
    const text = `projects: [tsconfig.none.json]\n${withSinks("call: src/store.ts#Store")}`;
    expect(await messageOf(() => tree(store).lint(text))).toMatch(
      /no project .*tsconfig\.none\.json: "projects" names/,
    );
  });

  it("broken project", async () => {
    const text = withSinks("call: src/store.ts#Store");
    const broken = {
      ...store,
      "tsconfig.json": '{ "compilerOptions": { "module": "none-such" } }',
    };
    expect(await messageOf(() => tree(broken).lint(text))).toMatch(
      /the project .*tsconfig\.json: Argument for '--module' option/,
    );
  });
});

describe("a lock file is refused", () => {
  it.each([
    ["that is not JSON", "{", /found a file that is not JSON/],
    [
      "of another version",
      '{ "version": 0 }',
      /found version 0; this leasehold reads version 1\. Delete it and run/,
    ],
    [
      "of a newer version",
      '{ "version": 7 }',
      /found version 7; this leasehold reads version 1\. Install the leasehold that wrote it/,
    ],
    ["of another shape", '{ "version": 1, "surfaces": { "s": {} } }', /found surfaces\.s\.count: /],
  ])("%s", async (_name, text, message) => {
    expect(await messageOf(() => readLock("write-surface.lock.json", text))).toMatch(message);
  });
});

describe("a tree is read whole, or it is said what was not", () => {
  const text = withSinks("call: src/store.ts#Store.append");

  it.skipIf(process.getuid?.() === 0)("a file that may not be read: nothing is closed to root", async () => {
    const made = tree({ ...store, "src/closed.ts": "export {};\n" });
    chmodSync(join(made.root, "src/closed.ts"), 0o000);
    expect((await made.lint(text)).findings.map(({ rule, message }) => `${rule} ${message}`)).toContain(
      "unread the file cannot be read (EACCES)",
    );
  });

  const unread = async (made: SourceTree, config = text) =>
    (await made.lint(config)).findings
      .filter(({ rule }) => rule === "unread")
      .map(({ at, message }) => `${at.file}:${at.line}:${at.column} ${message}`);

  it("a TypeScript file that does not parse is a finding at its first fault", async () => {
    const made = tree({ ...store, "src/broken.ts": "export const a = 1;\nconst = ;\n" });
    expect(await unread(made)).toEqual([
      "src/broken.ts:2:7 the file does not parse: Variable declaration expected.",
    ]);
  });

  it("a Go file with an unreadable part is a finding there, and the rest is searched", async () => {
    const made = tree({ "src/a.go": "package p\n\nfunc f() {\n\tg(1)\n}\n\nfunc ((( {\n" });
    const report = await made.lint(withSinks("{ pattern: g($A), language: go }"));
    expect(report.findings.map(({ rule, at }) => `${rule} ${at.line}`)).toEqual([
      "write 4",
      "unread 7",
    ]);
  });

  it("a link that leads nowhere is a finding, a loop of links is none", async () => {
    const made = tree(store);
    symlinkSync("nowhere.ts", join(made.root, "src/dangling.ts"));
    mkdirSync(join(made.root, "src/deep"));
    symlinkSync("..", join(made.root, "src/deep/up"));
    expect(await unread(made)).toEqual(["src/dangling.ts:1:1 the link leads nowhere (ENOENT)"]);
  });

  it("what git ignores is left out, nested files and exceptions included, unless it is asked for", async () => {
    const call = store["src/use.ts"];
    const made = tree({
      ...store,
      ".gitignore": "/src/out/\n*.gen.ts\n",
      "src/out/a.ts": call.replace("./", "../"),
      "src/b.gen.ts": call,
      "src/kept/.gitignore": "!c.gen.ts\n",
      "src/kept/c.gen.ts": call.replace("./", "../"),
    });
    const places = async (config: string) =>
      (await made.lint(config)).writes.map(({ at }) => at.file);
    expect(await places(text)).toEqual(["src/kept/c.gen.ts", "src/use.ts"]);
    const all = text.replace("message: m", "message: m\n    gitignore: false");
    expect(await places(all)).toEqual([
      "src/b.gen.ts",
      "src/kept/c.gen.ts",
      "src/out/a.ts",
      "src/use.ts",
    ]);
  });

  it("files that no project lists are searched with the nearest one", async () => {
    const made = tree({
      ...store,
      "src/plain.mjs": 'import { Store } from "./store.js";\nnew Store().append("r");\n',
    });
    made.write({
      "tsconfig.json": JSON.stringify({
        compilerOptions: { module: "nodenext", target: "es2022", types: [] },
        files: ["src/store.ts"],
      }),
    });
    expect((await made.lint(text)).writes.map(({ at }) => at.file)).toEqual([
      "src/plain.mjs",
      "src/use.ts",
    ]);
  });
});

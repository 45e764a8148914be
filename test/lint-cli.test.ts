/** `leasehold lint` at its door: output, exit codes, lock file, cache, revisions, first configuration. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";

import { sourceTree } from "./harness/source-tree.js";

// Each test starts processes.
vi.setConfig({ testTimeout: 120_000 });

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

const writer = (name: string): string =>
  `import { store } from "./store.js";\nexport function ${name}(): void {\n  store.append("r");\n}\n`;

const tree = sourceTree({
  "src/store.ts":
    "export class Store {\n  append(run: string): void {}\n}\nexport const store = new Store();\n",
  "src/commit.ts": writer("commit"),
});
afterAll(() => {
  tree.remove();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With the cache, so that only runs that see something new load the compiler. */
function leasehold(...args: readonly string[]): Promise<Outcome> {
  const cache = ["init", "why"].includes(args[0] ?? "") ? [] : ["--cache"];
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, "lint", ...args, ...cache],
      { env, cwd: tree.root },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

const configuration = (disposition: string): string => `version: 1
surfaces:
  - id: status
    law: WS1
    message: Ask the commit point.
    include: [src/**/*.ts]
    sinks:
      - call: src/store.ts#Store.append
    writers:
      - id: W1
        site: src/commit.ts#commit
        disposition: ${disposition}
        because: the commit point
`;

describe("leasehold lint", () => {
  it("without a configuration names what is missing, with exit code 2", async () => {
    const { code, stdout, stderr } = await leasehold();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^error: no write-surface\.yaml, write-surface\.yml, write-surface\.json in .*lint init`\.\n$/,
    );
  });

  it("init writes a configuration that lists who writes now, undecided, and fails until it is decided", async () => {
    const wrote = await leasehold("init", "--include", "src/**/*.ts");
    expect(wrote).toEqual({
      code: 0,
      stdout:
        "Wrote write-surface.yaml. Decide the one writer in it, then run `leasehold lint --update`.\n",
      stderr: "",
    });
    const text = readFileSync(join(tree.root, "write-surface.yaml"), "utf8");
    expect(text).toContain("- call: src/store.ts#Store.append");
    expect(text).toMatch(/- id: W1\n +site: src\/commit\.ts#commit\n +disposition: undecided\n/);
    const { code, stdout } = await leasehold("--update", "--json");
    const { findings } = JSON.parse(stdout) as { findings: { rule: string }[] };
    expect({ code, rules: findings.map(({ rule }) => rule) }).toEqual({
      code: 1,
      rules: ["undecided"],
    });
    expect((await leasehold("init")).stderr).toMatch(
      /^error: write-surface\.yaml is there already\./,
    );
    rmSync(join(tree.root, "write-surface.lock.json"));
  });

  it("freezes the count once it is decided, and then holds", async () => {
    tree.write({ "write-surface.yaml": configuration("sanctioned") });
    expect((await leasehold()).stdout).toContain(
      "surface status has no count in the lock file; 1 listed site writes.",
    );
    expect((await leasehold("--update")).code).toBe(0);
    expect(await leasehold()).toEqual({
      code: 0,
      stdout:
        "holds  status (WS1): 1 writer listed, 1 site write, 1 frozen\n1 surface closed, 2 files read.\n",
      stderr: "",
    });
    expect((await leasehold("--meter")).stdout).toBe("status 1\n");
  });

  it("shows a new writer in every format, with exit code 1", async () => {
    tree.write({ "src/new.ts": writer("sneak") });
    const pretty = await leasehold();
    expect(pretty.code).toBe(1);
    expect(pretty.stdout).toContain(
      "src/new.ts:3:3  status (WS1)\n  calls Store.append, which only listed writers do.",
    );
    expect((await leasehold("--format", "github")).stdout).toMatch(
      /^::error file=src\/new\.ts,line=3,endLine=3,col=3,/,
    );
    for (const format of ["sarif", "gitlab", "json"]) {
      const { code, stdout } = await leasehold("--format", format);
      expect(code).toBe(1);
      expect(JSON.stringify(JSON.parse(stdout))).toContain("src/new.ts");
    }
  });

  it("grows for a listed writer only, with a reason", async () => {
    const two = `${configuration("sanctioned")}      - { id: W2, site: "src/new.ts#sneak", disposition: sanctioned, because: "the import" }\n`;
    tree.write({ "write-surface.yaml": two });
    expect((await leasehold("--update")).stdout).toContain(
      "surface status grew from 1 to 2 writing sites: src/new.ts#sneak.",
    );
    expect((await leasehold("--grow", "W2")).stderr).toMatch(
      /^error: --grow and --because go together/,
    );
    expect((await leasehold("--grow", "W3", "--because", "x")).stderr).toMatch(
      /^error: no writer "W3" is listed; known are W1, W2\. Nearest: "W/,
    );
    expect((await leasehold("--grow", "W2", "--because", "the import job")).code).toBe(0);
    expect(readFileSync(join(tree.root, "write-surface.lock.json"), "utf8")).toContain(
      '"because": "the import job"',
    );
  });

  it("says why a line is a write", async () => {
    const { code, stdout } = await leasehold("why", "src/new.ts:3");
    expect(code).toBe(0);
    expect(stdout).toContain("Writer W2 covers it (sanctioned: the import).");
    expect((await leasehold("why", "src/new.ts:1")).code).toBe(1);
    expect((await leasehold("why", "src/new.ts")).stderr).toMatch(
      /^error: found "src\/new\.ts", expected a line such as/,
    );
  });

  it("keeps a cache where it is told to, and says the same with it", async () => {
    const cache = join(tree.root, "kept/cache.json");
    const first = await leasehold("--cache-location", cache);
    expect(existsSync(cache)).toBe(true);
    expect(await leasehold("--cache-location", cache)).toEqual(first);
  });

  it("refuses names it does not know", async () => {
    expect((await leasehold("--surface", "statis")).stderr).toMatch(
      /^error: no surface "statis"; known are status\. Nearest: "status"\./,
    );
    expect((await leasehold("--format", "xml")).stderr).toMatch(
      /Allowed choices are pretty, json, github, gitlab, sarif/,
    );
    expect((await leasehold("--config", "none.yaml")).stderr).toMatch(
      /^error: none\.yaml: cannot be read \(ENOENT\)/,
    );
  });

  it("since a revision shows findings in changed and new files only, and the ratchet whole", async () => {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        cwd: tree.root,
      });
    git("init", "--quiet");
    tree.write({ "src/old.ts": writer("old"), ".gitignore": "kept/\nnode_modules/\n" });
    git("add", ".");
    git("commit", "--quiet", "--message", "first");
    tree.write({ "src/later.ts": writer("later"), "src/commit.ts": "export {};\n" });
    const { code, stdout } = await leasehold("--since", "HEAD", "--json");
    const { findings } = JSON.parse(stdout) as {
      findings: { rule: string; at: { file: string } }[];
    };
    expect({ code, found: findings.map(({ rule, at }) => `${rule} ${at.file}`) }).toEqual({
      code: 1,
      found: [
        "write src/later.ts",
        "ratchet write-surface.yaml",
        "stale-writer write-surface.yaml",
      ],
    });
    expect((await leasehold("--since", "no-such")).stderr).toMatch(
      /^error: --since no-such: .*, below /,
    );
    expect((await leasehold("--since", "--output=x")).code).toBe(2);
  });
});

describe("help", () => {
  it.each([[["--help"]], [["init", "--help"]], [["why", "--help"]]])(
    "of %j has examples and exit code 0",
    async (args) => {
      const { code, stdout } = await leasehold(...args);
      expect(code).toBe(0);
      expect(stdout).toContain("  $ leasehold lint");
    },
  );
});

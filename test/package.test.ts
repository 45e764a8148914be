/**
 * The package as others get it: what is packed, what a project that installs it can import, compile and run. The
 * project is `test/pack`; nothing is fetched, so that npm's answer to a registry is not looked at.
 */
import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

const target = z.union([z.string(), z.object({ types: z.string(), default: z.string() })]);
const manifest = z
  .object({
    version: z.string(),
    bin: z.record(z.string(), z.string()),
    exports: z.record(z.string(), target),
    engines: z.object({ node: z.string() }),
    // npm links a page of a list only.
    man: z.array(z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const flag = z.boolean().default(false);
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: flag, devOptional: flag, peer: flag })),
});

const packing = z
  .array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }))
  .length(1);

const folder = mkdtempSync(join(tmpdir(), "leasehold-pack-"));
const consumer = join(folder, "consumer");
let tarball = "";
let packed: readonly string[] = [];

beforeAll(async () => {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const [{ filename, files }] = packing.parse(JSON.parse(stdout)) as [z.infer<typeof packing>[number]];
  tarball = join(folder, filename);
  packed = files.map(({ path }) => path);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program of one module, run as an importer inside the package would be. */
async function evaluate(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: root,
  });
  return stdout.trim();
}

/** Packages that a file loads or takes types from; what is relative or of Node itself is left out. */
function packagesOf(path: string): readonly string[] {
  const found = readFileSync(join(root, path), "utf8").matchAll(
    /\b(?:from|import)\s*\(?\s*"((?:@[\w.-]+\/)?[\w-]+)(?:\/[\w./-]+)?"/g,
  );
  return [...found].flatMap(([, name]) => name ?? []);
}

describe("what is packed", () => {
  it("is compiled code, licenses, the README, the manual and the manifest, and nothing else", () => {
    const code = /^dist\/(cli\/[^/]+\.js|(spec|laws|src)\/.*\.(js|d\.ts))$/;
    expect(packed.filter((path) => !code.test(path)).sort()).toEqual([
      "LICENSE",
      "README.md",
      "dist/cli/LICENSES.txt",
      "dist/src/report/site/page.css",
      "docs/leasehold.1",
      "package.json",
    ]);
    expect(packed.filter((path) => /(^|\/)test\/|\.(test|bench)\./.test(path))).toEqual([]);
  });

  it("holds the command once, as its bundle", () => {
    const once = packed.filter((path) => /^dist\/src\/(build|cli|report)\//.test(path)).sort();
    expect(once).toEqual(["dist/src/report/site/page.css", "dist/src/report/site/page.js"]);
  });

  it("has every file that the manifest names", () => {
    const named = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : [entry.types, entry.default],
    );
    for (const path of [...named, ...Object.values(manifest.bin), ...manifest.man]) {
      expect(packed).toContain(path.replace(/^\.\//, ""));
    }
  });

  it("loads, and takes types from, no package that the manifest does not ask for", () => {
    const asked = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    const scripts = packed.filter((path) => /\.(js|d\.ts)$/.test(path));
    const loaded = new Set(scripts.flatMap(packagesOf));
    expect([...loaded].filter((name) => !asked.includes(name))).toEqual([]);
  });

  it("comes with the license of every package whose code it contains", () => {
    const licenses = readFileSync(join(root, "dist/cli/LICENSES.txt"), "utf8");
    for (const name of ["commander", "cli-table3", "picocolors", "log-update", "zod", "yaml"]) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d[^ ]* \\((MIT|ISC)\\)$`, "m"));
    }
    const page = readFileSync(join(root, "dist/src/report/site/page.js"), "utf8");
    expect(page).toMatch(/^xstate \d[^ ]* \(MIT\)$/m);
  });

  it("has nothing for publint to say", async () => {
    const bytes = new Uint8Array(readFileSync(tarball)).buffer;
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages).toEqual([]);
  });

  it("has types that resolve wherever modules do", async () => {
    const attw = join(root, "node_modules/.bin/attw");
    const { stdout } = await run(attw, [tarball, "--profile", "esm-only", "--format", "ascii"]);
    expect(stdout).toContain("(ESM)");
  });
});

describe("a project that installs it", () => {
  const script = (name: string, ...args: readonly string[]) =>
    run(process.execPath, [name, ...args], { cwd: consumer });
  const command = (...args: readonly string[]) =>
    run(join(consumer, "node_modules/.bin/leasehold"), args, {
      cwd: consumer,
      // A runner that asks for colours in its own output does not ask for them here.
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
  const link = (name: string): void => {
    const at = join(consumer, "node_modules", name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(root, "node_modules", name), at);
  };

  /** npm finds what the package depends on in place, in the locked versions, and needs no registry. */
  beforeAll(async () => {
    cpSync(join(root, "test/pack"), consumer, { recursive: true });
    const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
    for (const [path, { dev, devOptional, peer }] of Object.entries(packages)) {
      const needed = path !== "" && !(dev || devOptional || peer) && existsSync(join(root, path));
      if (needed) cpSync(join(root, path), join(consumer, path), { recursive: true });
    }
    const manifest = { name: "consumer", private: true };
    writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest));
    const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...quiet, tarball], { cwd: consumer });
  });

  it("loads everything but the ESLint rule without a compiler or a linter", async () => {
    const ways = Object.keys(manifest.exports).filter((way) => !/eslint|json/.test(way));
    const names = JSON.stringify(ways.map((way) => `leasehold${way.slice(1)}`));
    writeFileSync(join(consumer, "load.mjs"), `for (const name of ${names}) await import(name);`);
    await script("load.mjs");
  });

  it("runs the command: version, a check of a law, a lease around a program", async () => {
    expect((await command("--version")).stdout.trim()).toBe(manifest.version);
    const checked = await command("verify", "--bounds", "small", "--law", "L8");
    expect(checked.stdout).toMatch(/^holds: 1 law /m);
    const program = ["exec", "build", "--dir", "state", "--", process.execPath, "-p", "6 * 7"];
    expect((await command(...program)).stdout.trim()).toBe("42");
  });

  it("is told by lint which package it needs for types, and that is no bug", async () => {
    await expect(command("lint", "init")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("needs the package \"typescript\"") as unknown,
    });
  });

  it("writes the report from what is installed", async () => {
    await command("verify", "--bounds", "small", "--law", "ML1", "--report", "report");
    expect(existsSync(join(consumer, "report/index.html"))).toBe(true);
  });

  describe("with a compiler and a linter of its own", () => {
    beforeAll(() => {
      for (const name of ["typescript", "eslint", "@types/node", "undici-types"]) link(name);
    });

    it("names every way into the package", () => {
      for (const way of Object.keys(manifest.exports).filter((each) => !each.endsWith(".json"))) {
        const name = `"leasehold${way.slice(1)}"`;
        for (const file of ["use.mjs", "types.mts"]) {
          expect(readFileSync(join(consumer, file), "utf8")).toContain(name);
        }
      }
    });

    it("uses each by import", async () => {
      expect((await script("use.mjs")).stdout.trim()).toBe("used from a module");
    });

    it("uses each by require", async () => {
      expect((await script("use.cjs")).stdout.trim()).toBe("used by require");
    });

    it.concurrent.each(["node16", "bundler", "nodenext"])("compiles against its types: %s", async (modules) => {
      const compiler = join(consumer, "node_modules/typescript/bin/tsc");
      const { stdout } = await script(compiler, "--project", `tsconfig.${modules}.json`);
      expect(stdout).toBe("");
    });
  });
});

describe("what cannot be imported", () => {
  it("is whatever is beside the declared paths", async () => {
    const program = `import("leasehold/dist/src/cli/exit.js").catch(({ code }) => console.log(code))`;
    expect(await evaluate(program)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("is Node itself, by spec and laws", async () => {
    const seen = `process.getBuiltinModule = () => { throw new Error("asked for a module of Node"); };`;
    const program = `${seen} await import("leasehold/laws"); console.log("loaded")`;
    expect(await evaluate(program)).toBe("loaded");
  });
});

describe("the command", () => {
  const path = join(root, manifest.bin["leasehold"] ?? "");

  it("is an executable script for Node", () => {
    expect(readFileSync(path, "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
    expect(() => {
      accessSync(path, constants.X_OK);
    }).not.toThrow();
  });

  it("prints the version of the manifest", async () => {
    const { stdout } = await run(process.execPath, [path, "--version"]);
    expect(stdout.trim()).toBe(manifest.version);
  });
});

describe("the manifest", () => {
  it("names each run-time dependency in the decision about the package", () => {
    const decision = readFileSync(join(root, "docs/decisions/0019-package.md"), "utf8");
    const decided = [...decision.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(decided.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  it("and the lock file name no registry", () => {
    const lock = readFileSync(join(root, "package-lock.json"), "utf8");
    expect(lock).not.toContain('"resolved"');
  });
});

/** The package as others get it: what is packed, what can be imported, what the command is. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
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
    dependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const listing = z.array(z.object({ files: z.array(z.object({ path: z.string() })) })).length(1);

async function packed(): Promise<readonly string[]> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  return listing.parse(JSON.parse(stdout)).flatMap(({ files }) => files.map(({ path }) => path));
}

/** A program of one module, run as an importer inside the package would be. */
async function evaluate(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: root,
  });
  return stdout.trim();
}

describe("what is packed", () => {
  it("is compiled code, the README, the license and the manifest, and nothing else", async () => {
    const paths = await packed();
    const others = paths.filter((path) => !/^dist\/(spec|laws|src)\/.*\.(js|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(paths.filter((path) => /(^|\/)test\//.test(path))).toEqual([]);
  });

  it("has every file that the manifest names", async () => {
    const paths = await packed();
    const named = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : [entry.types, entry.default],
    );
    for (const path of [...named, ...Object.values(manifest.bin)]) {
      expect(paths).toContain(path.replace(/^\.\//, ""));
    }
  });
});

describe("what can be imported", () => {
  for (const [subpath, entry] of Object.entries(manifest.exports)) {
    if (typeof entry === "string") continue;
    const name = `leasehold${subpath.slice(1)}`;
    it(`${name} loads and exports something, with types`, async () => {
      expect(existsSync(join(root, entry.types))).toBe(true);
      const program = `console.log(Object.keys(await import("${name}")).length)`;
      expect(Number(await evaluate(program))).toBeGreaterThan(0);
    });
  }

  it("nothing beside the declared paths", async () => {
    const program = `import("leasehold/dist/src/cli/exit.js").catch(({ code }) => console.log(code))`;
    expect(await evaluate(program)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("spec and laws load without Node's own modules", async () => {
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
  it("names each run-time dependency in the decision about them", () => {
    const decision = readFileSync(join(root, "docs/decisions/0003-run-time-dependencies.md"), "utf8");
    const decided = [...decision.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(decided.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  it("and the lock file name no registry", () => {
    const lock = readFileSync(join(root, "package-lock.json"), "utf8");
    expect(lock).not.toContain('"resolved"');
  });
});

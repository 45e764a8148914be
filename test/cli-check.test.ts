/** `explore`, `verify` and `replay` at the door: exit codes, JSON on standard output, files, interruption. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { counterexampleFile } from "../src/report/index.js";

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const scenarios = fileURLToPath(new URL("./scenarios/run.json", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "leasehold-cli-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const env = { ...process.env, NO_COLOR: "1" };

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function leasehold(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, ...args],
      { env, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

const verdict = z.enum(["holds", "violated", "vacuous", "unknown"]);
const exploration = z.object({
  system: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  verdict,
  distinctStates: z.int().min(1),
  transitions: z.int().min(1),
  depth: z.int().min(1),
  seconds: z.number().min(0),
  statesPerSecond: z.number().min(0),
  peakRssBytes: z.int().min(1),
  laws: z.array(z.object({ id: z.string(), verdict })),
});

const small = ["worker-plane", "--set", "leases=1"];

describe("explore", () => {
  it("is one JSON document on standard output, with exit code 0 when all laws hold", async () => {
    const { code, stdout, stderr } = await leasehold("explore", ...small, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const found = exploration.parse(JSON.parse(stdout));
    expect(found).toMatchObject({
      system: "worker-plane",
      verdict: "holds",
      parameters: { workers: 2, leases: 1 },
    });
    expect(found.laws.map(({ id }) => id)).toContain("LL2");
  });

  it("finds the same verdicts on fewer states with symmetry", async () => {
    const plain = exploration.parse(JSON.parse((await leasehold("explore", ...small, "--json")).stdout));
    const reduced = await leasehold("explore", ...small, "--json", "--symmetry");
    const found = exploration.parse(JSON.parse(reduced.stdout));
    expect(found.distinctStates).toBeLessThan(plain.distinctStates);
    expect(found.verdict).toBe("holds");
  });

  it("is unknown with exit code 3 when a limit comes first", async () => {
    const { code, stdout } = await leasehold("explore", ...small, "--states", "100", "--json");
    expect(code).toBe(3);
    const found = JSON.parse(stdout) as Record<string, unknown>;
    expect(exploration.parse(found).verdict).toBe("unknown");
    expect(found["limit"]).toEqual({ limit: "states", value: 100 });
  });

  it("runs the response checks of a law that is named", async () => {
    const { code, stdout } = await leasehold("explore", ...small, "--law", "LL1", "--json");
    expect(code).toBe(0);
    expect(exploration.parse(JSON.parse(stdout)).laws).toEqual([{ id: "LL1", verdict: "holds" }]);
  });

  it("does not judge checks of other configurations that find nothing in the one asked for", async () => {
    const args = ["explore", "run-monitor", "--configuration", "panes", "--json"];
    const { code, stdout } = await leasehold(...args);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as { laws: { id: string }[]; left: { id: string }[] };
    expect(exploration.parse(found).verdict).toBe("holds");
    expect(found.laws.map(({ id }) => id)).toContain("L6");
    expect(found.left.map(({ id }) => id)).toContain("L12");
  });

  it("is vacuous with exit code 1 when a law that is named finds nothing to bite on", async () => {
    const { code, stdout } = await leasehold("explore", "run-monitor", "--law", "L6", "--json");
    expect(code).toBe(1);
    expect(exploration.parse(JSON.parse(stdout)).laws).toEqual([{ id: "L6", verdict: "vacuous" }]);
  });

  it("ends a text with the verdict and shows no progress when nobody watches", async () => {
    const { code, stdout, stderr } = await leasehold("explore", ...small);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nholds: \d+ laws on [\d,]+ states\n$/);
  });

  it("ends with what is known and exit code 130 when it is interrupted", async () => {
    const { code, stdout } = await interrupted([
      "explore",
      "worker-plane",
      "--set",
      "workers=3",
      "--set",
      "leases=3",
      "--json",
    ]);
    expect(code).toBe(130);
    expect(exploration.parse(JSON.parse(stdout)).verdict).toBe("unknown");
  });
});

/** A signal before the command listens ends the process: then it is tried again with more patience. */
async function interrupted(
  args: readonly string[],
  patienceMs = 500,
): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const timer = setTimeout(() => child.kill("SIGINT"), patienceMs);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return code === null && patienceMs < 20_000 ? interrupted(args, patienceMs * 2) : { code, stdout };
}

describe("verify and replay", () => {
  const out = join(directory, "out");

  it("writes every counterexample in three formats, and each replays to the same breach", async () => {
    const verified = await leasehold("verify", "--law", "LL4", "--bounds", "small", "--out", out, "--json");
    expect({ code: verified.code, stderr: verified.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(verified.stdout)).toMatchObject({
      verdict: "holds",
      bounds: "small",
      laws: [{ id: "LL4" }],
    });
    expect(readFileSync(join(out, "verify.json"), "utf8")).toBe(verified.stdout);

    const names = readdirSync(join(out, "mutants")).sort();
    const files = names.filter((name) => /^LL4~[a-z0-9-]+\.json$/.test(name));
    expect(files.length).toBeGreaterThan(0);
    const formats = files.flatMap((name) => [
      name,
      name.replace(/json$/, "itf.json"),
      name.replace(/json$/, "mmd"),
    ]);
    expect(names).toEqual(formats.sort());

    for (const name of files) {
      const path = join(out, "mutants", name);
      const file = counterexampleFile.parse(JSON.parse(readFileSync(path, "utf8")));
      const replayed = await leasehold("replay", path, "--json");
      expect(replayed.code).toBe(1);
      expect(JSON.parse(replayed.stdout)).toMatchObject({
        law: "LL4",
        verdict: "violated",
        breach: file.breach,
      });
      const line = `${name.replace(/\.json$/, "")} ${file.path.join("/")}`;
      const text = await leasehold("replay", line, "--bounds", "small");
      expect(text.code).toBe(1);
      expect(text.stdout).toMatch(/^LL4 violated: /);
    }
  });

  it("replays a path on which the law holds with exit code 0", async () => {
    const { code, stdout } = await leasehold("replay", "LL4 0");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^LL4 0 replays on worker-plane\n/);
    expect(stdout).toContain("\nLL4 holds at its end: ");
  });

  it("refuses a file of another version", async () => {
    const { code, stderr } = await leasehold("replay", scenarios);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*run\.json: /);
  });
});

describe("a reader that goes away", () => {
  it("ends the output without a word", async () => {
    const child = spawn(process.execPath, [main, "run", "replay", scenarios, "--json"], { env });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

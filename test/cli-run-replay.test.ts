/** `leasehold run replay`: scenarios that match, one that does not, and files that are none. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const scenarioPath = fileURLToPath(new URL("./scenarios/run.json", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "leasehold-run-replay-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runReplay(...args: readonly string[]): Promise<Outcome> {
  const options = { env: { ...process.env, NO_COLOR: "1" }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "run", "replay", ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

function fileOf(name: string, contents: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const step = { afterMs: 15000, observe: { type: "pr.state", outcome: "merged", url: "U1" } };
const scenario = {
  id: "merged",
  script: [step],
  expect: {
    commits: [{ step: 1, status: "done", reason: null, source: "daemon" }],
    effects: [],
    final: { status: "done", reason: null },
  },
};
const fileWith = (changed: object): string =>
  JSON.stringify({ scenarios: [scenario, { ...scenario, ...changed }] });

const replayShape = z.strictObject({
  scenarios: z.array(
    z.strictObject({
      id: z.string(),
      commits: z.array(
        z.strictObject({
          step: z.int(),
          status: z.string(),
          reason: z.string().nullable(),
          source: z.string(),
        }),
      ),
      effects: z.array(z.looseObject({ step: z.int(), type: z.string() })),
      final: z.strictObject({ status: z.string(), reason: z.string().nullable() }),
      matches: z.boolean().nullable(),
    }),
  ),
});

describe("scenarios", () => {
  it("that match are one line each and exit code 0", async () => {
    const { scenarios } = JSON.parse(readFileSync(scenarioPath, "utf8")) as { scenarios: unknown[] };
    const { code, stdout, stderr } = await runReplay(scenarioPath);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(scenarios.length + 1);
    expect(stdout).toMatch(new RegExp(`\\n${scenarios.length} of ${scenarios.length} scenarios match\\n$`));
  });

  it("have one JSON document of the documented shape", async () => {
    const { code, stdout } = await runReplay(scenarioPath, "--json");
    expect(code).toBe(0);
    expect(replayShape.safeParse(JSON.parse(stdout)).error).toBeUndefined();
  });

  it("that differ say how, with exit code 1", async () => {
    const wrong = { ...scenario.expect, final: { status: "failed", reason: null } };
    const path = fileOf("differs.json", fileWith({ expect: wrong }));
    const { code, stdout } = await runReplay(path);
    expect(code).toBe(1);
    expect(stdout).toContain("merged  differs  1 commit, ends done\n    final: found ");
    expect(stdout).toMatch(/\n1 of 2 scenarios match\n$/);
    const json = await runReplay(path, "--json");
    expect(json.code).toBe(1);
    expect(replayShape.parse(JSON.parse(json.stdout)).scenarios.map(({ matches }) => matches)).toEqual([
      true,
      false,
    ]);
  });

  it("without expectations match nothing and break nothing", async () => {
    const path = fileOf("open.json", JSON.stringify({ scenarios: [{ id: "open", script: [step] }] }));
    const { code, stdout } = await runReplay(path, "--json");
    expect(code).toBe(0);
    expect(replayShape.parse(JSON.parse(stdout)).scenarios[0]?.matches).toBeNull();
  });
});

describe("a file that is none", () => {
  const observe = step.observe;
  const scripted = (one: object): string => fileWith({ script: [one] });
  const cases: readonly (readonly [name: string, contents: string | Uint8Array, message: string])[] = [
    ["empty.json", "", "found an empty file, expected scenarios in JSON"],
    ["binary.json", Uint8Array.of(0, 1, 2), "found binary data, expected scenarios in JSON in UTF-8"],
    [
      "latin1.json",
      Uint8Array.of(0x22, 0xe9, 0x22),
      "found binary data, expected scenarios in JSON in UTF-8",
    ],
    ["comma.json", '{\n "scenarios": [\n  { "id": 1, },\n', 'not JSON: line 3, column 14: found "}"'],
    ["cut.json", '{"scenarios":[', "not JSON: line 1, column 15: found the end of the file"],
    ["word.json", "[tru]", 'not JSON: line 1, column 2: found "t"'],
    ["list.json", "[1]", "the document: found [1], expected an object"],
    [
      "type.json",
      scripted({ ...step, observe: { ...observe, type: "pr.stat" } }),
      'scenarios[1].script[0].observe.type: found "pr.stat", expected one of "pr.state", "session.alive", ',
    ],
    [
      "value.json",
      scripted({ ...step, observe: { ...observe, outcome: "mergd" } }),
      'scenarios[1].script[0].observe.outcome: found "mergd", expected one of "open", "merged", "closed", "unknown"',
    ],
    [
      "missing.json",
      scripted({ ...step, observe: { type: "pr.state", outcome: "open" } }),
      "scenarios[1].script[0].observe.url: found nothing, expected a string",
    ],
    [
      "extra.json",
      scripted({ ...step, observe: { ...observe, urll: "U1" } }),
      'scenarios[1].script[0].observe: found unknown key "urll", which nothing reads.',
    ],
    [
      "renamed.json",
      scripted({ afterMs: 1, obsrve: observe }),
      'scenarios[1].script[0]: found unknown key "obsrve", which nothing reads. Nearest: "observe".',
    ],
    [
      "negative.json",
      scripted({ ...step, afterMs: -5 }),
      "scenarios[1].script[0].afterMs: found -5, expected at least 0",
    ],
    [
      "restart.json",
      scripted({ afterMs: 1, restart: false }),
      "scenarios[1].script[0].restart: found false, expected true",
    ],
    [
      "reason.json",
      fileWith({ run: { reason: "nope" } }),
      'scenarios[1].run.reason: found "nope", expected one of never_alive, ',
    ],
    ["id.json", fileWith({ id: "" }), 'scenarios[1].id: found "", expected a string of at least 1'],
    [
      "long.json",
      fileWith({ script: "x".repeat(200) }),
      `scenarios[1].script: found "${"x".repeat(58)}…, expected an array`,
    ],
  ];
  it.each(cases)(
    "%s is one error that names file, place, what was found and what was expected",
    async (name, contents, message) => {
      const path = fileOf(name, contents);
      const { code, stdout, stderr } = await runReplay(path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr.startsWith(`error: ${path}: ${message}`), stderr).toBe(true);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    },
  );

  it("does not exist, or is a directory", async () => {
    const none = join(directory, "none.json");
    const folder = join(directory, "folder");
    mkdirSync(folder);
    const expected = "expected a file with scenarios in JSON\n";
    expect(await runReplay(none)).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${none}: no such file, ${expected}`,
    });
    expect(await runReplay(folder)).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${folder}: found a directory, ${expected}`,
    });
  });
});

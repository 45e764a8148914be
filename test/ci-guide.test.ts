/** The guide to CI: its action is one that GitHub would run, and every command in it is one that there is. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { main } from "./harness/command.js";

const guide = readFileSync(new URL("../docs/guides/ci.md", import.meta.url), "utf8");

/** By the documentation of composite actions: a step runs in a named shell or uses another action. */
const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  runs: z.strictObject({
    using: z.literal("composite"),
    steps: z.array(
      z.union([
        z.strictObject({
          name: z.string(),
          if: z.string().optional(),
          shell: z.literal("bash"),
          env: z.record(z.string(), z.string()).optional(),
          run: z.string(),
        }),
        z.strictObject({
          name: z.string(),
          if: z.string().optional(),
          uses: z.string().regex(/^[\w-]+\/[\w-]+@v\d+$/),
          with: z.record(z.string(), z.string()),
        }),
      ]),
    ),
  }),
});

function help(command: string): string {
  return execFileSync(process.execPath, [main, command, "--help"], { encoding: "utf8" });
}

describe("the action", () => {
  const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => parse(text) as unknown);
  const { inputs, runs } = action.parse(blocks[0]);

  it("stands first, and all YAML of the guide can be read", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(3);
  });

  it("runs both commands with annotations, the second and the upload also when the first failed", () => {
    const runOf = runs.steps.map((step) => ("run" in step ? step.run : step.uses));
    expect(runOf[0]).toMatch(/^npx leasehold verify .*--format github/);
    expect(runOf[1]).toMatch(/^npx leasehold lint .*--format github/);
    expect(runOf[2]).toBe("actions/upload-artifact@v4");
    expect(runs.steps.slice(1).map((step) => step.if)).toEqual(["${{ !cancelled() }}", "${{ !cancelled() }}"]);
  });

  it("hands its inputs over by the environment, so that no input is a command", () => {
    for (const step of runs.steps) {
      if (!("run" in step)) continue;
      expect(step.run).not.toContain("${{");
      for (const value of Object.values(step.env ?? {})) {
        const [, name = ""] = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value) ?? [];
        expect(Object.keys(inputs)).toContain(name);
      }
    }
  });
});

it("every option of every command in the guide is one that the command has", () => {
  const commands = [...guide.matchAll(/npx leasehold (verify|lint)\b([^`\n>|]*)/g)];
  expect(commands.length).toBeGreaterThan(8);
  const helps = new Map(["verify", "lint"].map((command) => [command, help(command)]));
  for (const [line, command = "", rest = ""] of commands) {
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(helps.get(command), line).toContain(option);
  }
});

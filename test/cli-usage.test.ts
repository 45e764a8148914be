/** The command line at its door: help, version, unknown names, wrong values. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

import { leasehold, main } from "./harness/command.js";

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000 });

describe("help", () => {
  it.each([
    [["--help"]],
    [["verify", "--help"]],
    [["explore", "--help"]],
    [["laws", "--help"]],
    [["replay", "--help"]],
    [["run", "replay", "--help"]],
    [["help", "verify"]],
  ])("of %j goes to standard output with examples and exit code 0", async (args) => {
    const { code, stdout, stderr } = await leasehold(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: leasehold /);
    expect(stdout).toContain("  $ leasehold ");
  });

  it("of the version is the package's", async () => {
    const manifest = new URL("../package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    expect(await leasehold("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("wrong usage", () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [["verfy"], /unknown command 'verfy'\n\(Did you mean verify\?\)/],
    [["verify", "--jsn"], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [["verify", "--bounds", "huge"], /Allowed choices are small, default, deep/],
    [["verify", "--jobs", "0"], /option '--jobs <n>' argument '0' is invalid\. It must be a whole number/],
    [["verify", "--law", "L99"], /^error: no law "L99"; known are L1a, .*\. Nearest: "L/],
    [
      ["verify", "--system", "worker-plan"],
      /^error: no system "worker-plan"; known are .* Nearest: "worker-plane"\./,
    ],
    [["verify", "--out", main], /^error: cannot write the report to .*: EEXIST\./],
    [["explore"], /missing required argument 'system'/],
    [["explore", "worker-plan"], /^error: no system "worker-plan"; known are .* Nearest: "worker-plane"\./],
    [
      ["explore", "worker-plane", "--configuration", "one"],
      /^error: no configuration of worker-plane "one"; known are one-lease\./,
    ],
    [
      ["explore", "worker-plane", "--set", "workers"],
      /^error: --set takes name=value, .*; found "workers"\./,
    ],
    [
      ["explore", "worker-plane", "--set", "worker=2"],
      /^error: worker-plane has no parameter "worker"; it has workers, .* Nearest: "workers"\./,
    ],
    [
      ["explore", "worker-plane", "--set", "workers=9"],
      /^error: workers=9 does not fit: workers of worker-plane is an integer from 1 to 3 \(default 2\)\./,
    ],
    [
      ["explore", "worker-plane", "--set", "workers=two"],
      /^error: workers=two does not fit: workers of worker-plane is an integer/,
    ],
    [
      ["explore", "run-monitor", "--set", "panes=some"],
      /^error: panes=some does not fit: panes of run-monitor is one of none, prompt, all/,
    ],
    [
      ["explore", "run-monitor", "--law", "LL1"],
      /^error: law LL1 is not checked on run-monitor; it is checked on worker-plane/,
    ],
    [["laws", "L0"], /^error: no law "L0"; known are /],
    [["replay", "LL99 0/1"], /^error: no law "LL99"/],
    [["replay", "LL1~nothing 0/1"], /^error: law LL1 has no mutant "nothing"; it has /],
    [
      ["replay", "LL1 7"],
      /^error: "LL1 7" does not replay on worker-plane: at step 0, init: initial state 7; the model has 1\./,
    ],
    [
      ["replay", "LL1 0/9999"],
      /does not replay on worker-plane: at step 1, action 9999: the model has \d+ actions\./,
    ],
    [["replay", "LL5 0"], /^error: law LL5 is not yet checked here: /],
    [["run"], /^Usage: leasehold run /],
    [["run", "replay"], /missing required argument 'file'/],
    [[], /^Usage: leasehold /],
  ];
  it.each(cases)("%j is one message on standard error and exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await leasehold(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe("laws", () => {
  it("lists every law once, and those nobody checks as such", async () => {
    const { code, stdout } = await leasehold("laws");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^L4 +terminality +run +run-monitor\//m);
    expect(stdout).toMatch(/^LL5 +snapshot sufficiency +worker-lease +not yet checked here$/m);
  });

  it("shows one law with its checks and its mutants, also as JSON", async () => {
    const text = await leasehold("laws", "LL1");
    expect(text.stdout).toMatch(/^LL1 /);
    expect(text.stdout).toContain("\n    LL1~");
    const json = JSON.parse((await leasehold("laws", "LL1", "--json")).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ id: "LL1", subject: "worker-lease", pending: null });
  });
});

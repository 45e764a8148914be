/** How findings are printed: for people, GitHub, GitLab, SARIF and programs. */
import { describe, expect, it } from "vitest";

import {
  type Finding,
  type LintReport,
  githubText,
  gitlabJson,
  lintJson,
  meterJson,
  meterText,
  prettyText,
  sarifLog,
} from "../src/lint/index.js";
import { plainPaint } from "../src/report/index.js";
import { sarifErrors } from "./harness/sarif-schema.js";

const write: Finding = {
  rule: "write",
  surface: "run-status",
  law: "WS1",
  at: { file: "src/a, b:c%.ts", line: 9, column: 3, endLine: 9, endColumn: 12 },
  site: "src/a, b:c%.ts#f",
  message: "calls append, which\nonly 100% listed writers do.",
  advice: "Report an observation.",
  via: ["`put` holds it (src/a.ts:1)"],
  frame: [
    { number: 8, text: "{" },
    { number: 9, text: "\t\tappend(1);" },
    { number: 10, text: "}" },
  ],
};
const long: Finding = {
  ...write,
  at: { file: "src/b.ts", line: 99, column: 5, endLine: 101, endColumn: 2 },
  frame: [
    { number: 99, text: "    append({" },
    { number: 100, text: "      a," },
    { number: 101, text: "})" },
  ],
};
const unread: Finding = {
  ...write,
  rule: "unread",
  surface: null,
  law: null,
  site: null,
  message: "it does not parse",
  via: [],
  frame: [],
};

const report: LintReport = {
  surfaces: [
    {
      id: "run-status",
      law: "WS1",
      message: "Only the commit point writes a status.",
      verdict: "violated",
      files: 3,
      writers: [],
      sites: ["src/a.ts#f", "src/b.ts#g"],
      locked: null,
      findings: 2,
    },
    {
      id: "pure",
      law: null,
      message: "Pure.",
      verdict: "holds",
      files: 1,
      writers: [],
      sites: [],
      locked: 0,
      findings: 0,
    },
  ],
  findings: [write, long, unread],
  writes: [],
  files: 3,
};
const clean: LintReport = { ...report, surfaces: report.surfaces.slice(1), findings: [], files: 1 };

describe("for people", () => {
  it("a finding has its place, surface, law, message, code with a mark under it, and what to do", () => {
    expect(prettyText({ ...report, findings: [write] }, plainPaint)).toBe(
      [
        "src/a, b:c%.ts:9:3  run-status (WS1)",
        "  calls append, which\nonly 100% listed writers do.",
        "     8 | {",
        "  >  9 | \t\tappend(1);",
        "       | \t\t^^^^^^^^^",
        "    10 | }",
        "  → Report an observation.",
        "",
        "violated  run-status (WS1): 0 writers listed, 2 sites write, not frozen",
        "holds  pure: 0 writers listed, 0 sites write, 0 frozen",
        "1 finding in 3 files.",
        "",
      ].join("\n"),
    );
  });

  it("an expression of several lines is marked on each", () => {
    expect(prettyText({ ...report, findings: [long] }, plainPaint)).toContain(
      [
        "  >  99 |     append({",
        "        |     ^^^^^^^^",
        "  > 100 |       a,",
        "  > 101 | })",
      ].join("\n"),
    );
  });

  it("nothing found is one line a surface and one for all", () => {
    expect(prettyText(clean, plainPaint)).toBe(
      "holds  pure: 0 writers listed, 0 sites write, 0 frozen\n1 surface closed, 1 file read.\n",
    );
  });
});

describe("for GitHub", () => {
  it("each finding is one command on one line, escaped; columns stand on single lines only", () => {
    expect(githubText({ ...report, findings: [write, long] })).toBe(
      "::error file=src/a%2C b%3Ac%25.ts,line=9,endLine=9,col=3,endColumn=12,title=run-status (WS1)::calls append, which%0Aonly 100%25 listed writers do.%0AReport an observation.\n" +
        "::error file=src/b.ts,line=99,endLine=101,title=run-status (WS1)::calls append, which%0Aonly 100%25 listed writers do.%0AReport an observation.\n",
    );
  });
});

describe("for GitLab", () => {
  it("each finding has the fields merge requests read, and a fingerprint of its own that ignores lines", () => {
    const twice = { ...report, findings: [write, write, unread] };
    const moved = {
      ...report,
      findings: [{ ...write, at: { ...write.at, line: 50, endLine: 50 } }],
    };
    const issues = gitlabJson(twice) as { readonly fingerprint: string }[];
    expect(issues[0]).toEqual({
      description: "calls append, which\nonly 100% listed writers do. Report an observation.",
      check_name: "leasehold/run-status/write",
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      severity: "major",
      location: { path: "src/a, b:c%.ts", lines: { begin: 9, end: 9 } },
    });
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect((gitlabJson(moved) as { readonly fingerprint: string }[])[0]?.fingerprint).toBe(
      issues[0]?.fingerprint,
    );
  });
});

describe("SARIF", () => {
  it.each([
    ["with findings", report],
    ["without", clean],
  ])("%s validates against the schema of 2.1.0", (_name, given) => {
    expect(sarifErrors(sarifLog(given, "1.2.3"))).toEqual([]);
  });

  it("is refused by the same schema when a field is wrong, so the check is one", () => {
    const log = JSON.parse(
      JSON.stringify(sarifLog(report, "1.2.3")).replace('"startLine":9', '"startLine":0'),
    ) as unknown;
    expect(sarifErrors(log)).not.toEqual([]);
  });

  it("names rule, place, site and fingerprint of each finding", () => {
    expect(sarifLog({ ...report, findings: [write] }, "1.2.3")).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: { name: "leasehold lint", rules: [{ id: "run-status" }, { id: "pure" }] },
          },
          results: [
            {
              ruleId: "run-status",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "src/a%2C%20b%3Ac%25.ts" },
                    region: { startLine: 9, startColumn: 3, endLine: 9, endColumn: 12 },
                  },
                  logicalLocations: [{ fullyQualifiedName: "src/a, b:c%.ts#f" }],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("for programs", () => {
  it("JSON carries verdict, surfaces and findings", () => {
    expect(lintJson(report)).toEqual({
      version: 1,
      verdict: "violated",
      files: 3,
      surfaces: report.surfaces,
      findings: report.findings,
    });
    expect(lintJson(clean)).toMatchObject({ verdict: "holds" });
  });

  it("the meter is one count a surface", () => {
    expect(meterText(report)).toBe("run-status 2\npure 0\n");
    expect(meterJson(report)).toEqual({ "run-status": 2, pure: 0 });
  });
});

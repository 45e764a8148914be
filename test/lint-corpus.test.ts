/**
 * What the lint catches and what it leaves alone, on two trees of small projects: ways around a syntactic rule in
 * TypeScript, and a tree in Go. Each line says by a comment which surfaces have to find it; nothing else may be found.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

import { type LintReport, lint, readConfiguration } from "../src/lint/index.js";

const corpus = fileURLToPath(new URL("lint/corpus", import.meta.url));
const go = fileURLToPath(new URL("lint/go", import.meta.url));

interface Line {
  readonly place: string;
  readonly expected: readonly string[];
  readonly text: string;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function linesUnder(root: string, ...folders: readonly string[]): Line[] {
  return folders
    .flatMap((folder) => filesUnder(join(root, folder)))
    .flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((text, index) => {
          const [, names = ""] = /\/\/ finds: ([\w, -]+)/.exec(text) ?? [];
          const expected = names
            .split(",")
            .map((name) => name.trim())
            .filter((name) => name !== "");
          return { place: `${relative(root, file)}:${index + 1}`, expected: expected.sort(), text };
        }),
    );
}

async function lintOf(root: string): Promise<LintReport> {
  const file = join(root, "write-surface.yaml");
  const configuration = readConfiguration(file, readFileSync(file, "utf8"), root);
  return (await lint({ configuration, lock: null })).report;
}

function foundBy({ findings }: LintReport): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { rule, at, surface } of findings) {
    if (rule !== "write" || surface === null) continue;
    const place = `${at.file}:${at.line}`;
    found.set(place, [...new Set([...(found.get(place) ?? []), surface])].sort());
  }
  return found;
}

/** Every line with what it has to be found by, and with what it was found by. */
function compared(lines: readonly Line[], found: ReadonlyMap<string, readonly string[]>) {
  const row = (place: string, surfaces: readonly string[]) => `${place} ${surfaces.join(", ")}`;
  return {
    expected: lines
      .filter(({ expected }) => expected.length > 0)
      .map(({ place, expected }) => row(place, expected)),
    actual: lines.flatMap(({ place }) =>
      found.has(place) ? [row(place, found.get(place) ?? [])] : [],
    ),
  };
}

describe("the TypeScript corpus", () => {
  let report: LintReport;
  let found: ReadonlyMap<string, readonly string[]>;
  beforeAll(async () => {
    report = await lintOf(corpus);
    found = foundBy(report);
  });

  it("is read whole: no file fails to parse", () => {
    expect(report.findings.filter(({ rule }) => rule === "unread")).toEqual([]);
  });

  it.each(readdirSync(join(corpus, "evasions")).sort())(
    "%s is found, each line of it and nothing else",
    (name) => {
      const { expected, actual } = compared(linesUnder(corpus, `evasions/${name}`), found);
      expect(expected.length).toBeGreaterThan(0);
      expect(actual).toEqual(expected);
    },
  );

  it.each(readdirSync(join(corpus, "clean")).sort())("%s is left alone", (name) => {
    expect(compared(linesUnder(corpus, `clean/${name}`), found).actual).toEqual([]);
  });

  it("has gaps that are known: what has no type is out of reach", () => {
    expect(compared(linesUnder(corpus, "out-of-reach"), found).actual).toEqual([]);
  });

  it("catches every marked write and has no false positive", () => {
    const lines = linesUnder(corpus, "evasions", "clean");
    const marked = lines.flatMap(({ place, expected }) =>
      expected.map((surface) => ({ place, surface })),
    );
    const caught = marked.filter(
      ({ place, surface }) => found.get(place)?.includes(surface) === true,
    );
    const others = [...found].filter(([place]) => !place.startsWith("out-of-reach/"));
    const false_ = others.filter(
      ([place]) => lines.find((line) => line.place === place)?.expected.length === 0,
    );
    const rates = { marked: marked.length, caught: caught.length, falsePositives: false_.length };
    process.stdout.write(
      `corpus: ${rates.caught} of ${rates.marked} writes caught, ${rates.falsePositives} false positives\n`,
    );
    expect(rates).toEqual({ marked: caught.length, caught: marked.length, falsePositives: 0 });
    expect(marked.length).toBeGreaterThanOrEqual(183);
  });
});

describe("the Go tree", () => {
  let report: LintReport;
  let found: ReadonlyMap<string, readonly string[]>;
  const lines = linesUnder(go, "internal", "cmd");
  beforeAll(async () => {
    report = await lintOf(go);
    found = foundBy(report);
  });

  it("is found out by patterns as the markers say, and the read side is left alone", () => {
    const { expected, actual } = compared(lines, found);
    expect(actual).toEqual(expected);
  });

  it("finds what call patterns and regular expressions named, and fifteen lines that these pass", () => {
    const passed = lines.filter(({ text }) => text.includes("(passed)"));
    expect(passed.every(({ place }) => found.has(place))).toBe(true);
    expect(passed.length).toBe(15);
  });

  it("names the sites of writers by function and receiver", () => {
    const writers = report.surfaces.flatMap((surface) => surface.writers);
    expect(Object.fromEntries(writers.map(({ id, sites }) => [id, sites]))).toEqual({
      W1: ["internal/daemon/commit.go#Monitor.commitRunStatus"],
      W10: ["internal/daemon/commit.go#Daemon.appendExternal"],
      LW1: [
        "internal/daemon/worker_plane.go#Daemon.acquire",
        "internal/daemon/worker_plane.go#Daemon.dispatch",
      ],
    });
  });
});

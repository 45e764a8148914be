/** The page on architecture says what is so: its systems, folders and directions of imports are those of the sources. */
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import { systems } from "../spec/systems/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(`${root}/docs/architecture.md`, "utf8");

/** Rows of the table under this head, each as its cells. */
function rowsOf(head: string): string[][] {
  const [, behind = ""] = page.split(`| ${head} |`);
  const lines = behind.split("\n").slice(2);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

const quotedIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? "");

/** What a project may import, by the last part of its path. */
function referencesOf(project: string): string[] {
  const { config } = ts.readConfigFile(`${root}/${project}/tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    readonly config: { readonly references: readonly { readonly path: string }[] };
  };
  return config.references.map(({ path }) => basename(path)).sort();
}

const foldersIn = (path: string): string[] =>
  readdirSync(`${root}/${path}`, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

describe("the page on architecture", () => {
  it("lists every system with its configurations", () => {
    const said = rowsOf("system | configurations | what is in it").map(([name = "", configurations = ""]) => [
      ...quotedIn(name),
      configurations.startsWith("(default)") ? "" : null,
      ...quotedIn(configurations),
    ].filter((word) => word !== null));
    const found = systems.map(({ name, configurations }) => [name, ...configurations.map((one) => one.name)]);
    expect(said.sort()).toEqual(found.sort());
  });

  it("has the directions of the project references", () => {
    const projects = ["spec", "laws", ...foldersIn("src").map((name) => `src/${name}`)];
    const rows = rowsOf("project | imports").filter(([names = ""]) => !names.includes("src/index.ts"));
    const said = rows.flatMap(([names = "", imports = ""]) =>
      quotedIn(names).map((name): [string, string[]] => [name, quotedIn(imports).sort()]),
    );
    expect(said.map(([name]) => name).sort()).toEqual([...projects].sort());
    for (const [name, imports] of said) {
      const found = referencesOf(name);
      if (name !== "src/cli") expect({ name, imports }).toEqual({ name, imports: found });
      else expect(found).toEqual(["laws", "spec", ...foldersIn("src")].filter((one) => !["build", "cli"].includes(one)).sort());
    }
  });

  it("shows every folder of spec, laws and src", () => {
    const [, layout = ""] = page.split("```");
    for (const parent of ["spec", "laws", "src"]) {
      for (const name of foldersIn(parent)) expect(layout).toMatch(new RegExp(`^ .*\\b${name}/`, "m"));
    }
  });
});

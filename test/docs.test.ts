/**
 * The documents are true: examples are type-checked and run, commands are run and print what the page shows,
 * links and named files exist.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "dist/cli/main.js");
/** Inside the package, so that `leasehold` means this package. */
const examples = join(root, "dist/.examples");
const directory = mkdtempSync(join(tmpdir(), "leasehold-docs-"));

const pages = ["README.md", ...filesUnder("docs").filter((path) => path.endsWith(".md"))];

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  rmSync(examples, { recursive: true, force: true });
});

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function filesUnder(folder: string): string[] {
  if (folder === "docs/api") return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

const blocks = pages.flatMap(blocksOf);
const nameOf = ({ page, line }: Block): string => `${page}:${line}`;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function execute(program: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: code === 0 ? stdout : stdout + stderr });
    });
  });
}

describe("TypeScript examples", () => {
  const list = blocks
    .filter(({ language }) => language === "ts")
    .map((block, index) => ({ block, file: join(examples, `example-${index}.ts`) }));

  beforeAll(() => {
    mkdirSync(examples, { recursive: true });
    for (const { block, file } of list) writeFileSync(file, block.text);
  });

  it("are in the README and in the guides", () => {
    expect(list.map(({ block }) => block.page)).toEqual(
      expect.arrayContaining(["README.md", "docs/guides/embedding.md"]),
    );
  });

  it("have no type error", () => {
    const program = ts.createProgram(
      list.map(({ file }) => file),
      {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        strict: true,
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        noEmit: true,
        types: ["node"],
      },
    );
    const found = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
      const example = list.find((one) => one.file === file?.fileName);
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
      const place = example === undefined ? "" : `${example.block.page}:${example.block.line + line}`;
      return `${place} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
    expect(found).toEqual([]);
  });

  for (const { block, file } of list) {
    it(`${nameOf(block)} runs`, async () => {
      const { code, output } = await execute(process.execPath, ["--import", "tsx", file], root);
      expect({ code, output }).toEqual({ code: 0, output: "" });
    });
  }
});

/** Words of a command line; double quotes keep spaces. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Durations differ from run to run, and columns with them. */
function comparable(text: string): string[] {
  return text
    .replaceAll(/\b\d+(\.\d+)? (ms|s|min)\b/g, "(time)")
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim());
}

/** Where the lines of an excerpt stand in the output; `…` stands for lines left out. */
function missingFrom(excerpt: string, output: string): string[] {
  const lines = comparable(output);
  let from = 0;
  for (const part of excerpt.split(/^…$/m)) {
    const wanted = comparable(part.replace(/^\n/, "").replace(/\n$/, ""));
    const at = lines.findIndex(
      (_, index) => index >= from && wanted.every((line, place) => lines[index + place] === line),
    );
    if (at === -1) return wanted;
    from = at + wanted.length;
  }
  return [];
}

describe("commands", () => {
  const shells = blocks.filter(({ language }) => language === "sh");

  it("are in the README", () => {
    expect(shells.map(({ page }) => page)).toContain("README.md");
  });

  for (const block of shells) {
    it(`${nameOf(block)} ends as it says`, { timeout: 240_000 }, async () => {
      let output = "";
      for (const line of block.text.trim().split("\n")) {
        const [command = "", remark = ""] = line.split(" # ");
        const [npx, name, ...args] = words(command);
        expect([npx, name]).toEqual(["npx", "leasehold"]);
        const result = await execute(process.execPath, [main, ...args], directory);
        const expected = Number(/^exit code (\d+)$/.exec(remark)?.[1] ?? 0);
        expect({ line, code: result.code }, result.output).toEqual({ line, code: expected });
        output = result.output;
      }
      const next = blocks[blocks.indexOf(block) + 1];
      if (next?.page !== block.page || next.language !== "text") return;
      expect(missingFrom(next.text, output), output).toEqual([]);
    });
  }

  it("of a set-up are npm's own and scripts of the manifest", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const lines = blocks
      .filter(({ language }) => language === "sh setup")
      .flatMap(({ text }) => text.trim().split(/\n| && /));
    expect(lines).toContain("npm test");
    for (const line of lines) {
      const script = /^npm run (\S+)$/.exec(line)?.[1] ?? /^npm (test)$/.exec(line)?.[1];
      if (script === undefined) expect(line).toBe("npm ci");
      else expect(Object.keys(manifest.scripts)).toContain(script);
    }
  });

  it("of CI end with the test command of the README", () => {
    const script = readFileSync(join(root, ".ci/run"), "utf8").trim().split("\n");
    expect(script.at(-1)).toBe("npm ci && npm test");
    expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/^npm ci && npm test$/m);
  });
});

describe("every block", () => {
  it("is of a kind that is checked, or a picture", () => {
    const kinds = new Set(blocks.map(({ language }) => language));
    // YAML is read by the test of the guide that shows it.
    expect(["ts", "sh", "sh setup", "text", "json", "yaml", "mermaid", ""]).toEqual(expect.arrayContaining([...kinds]));
  });
});

describe("what a page names", () => {
  const sources = new Set(
    ["spec", "laws", "src", "test"].flatMap(filesUnder).map((path) => basename(path)),
  );

  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");

    it(`${page}: every link leads to a file`, () => {
      const links = [...text.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, link]) => link ?? "");
      const broken = links.filter(
        (link) => !link.startsWith("http") && !existsSync(join(root, dirname(page), link)),
      );
      expect(broken).toEqual([]);
    });

    it(`${page}: every source file exists`, () => {
      const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name]) => name ?? "");
      const unknown = named.filter((name) =>
        name.includes("/") ? !existsSync(join(root, name)) : !sources.has(name),
      );
      expect(unknown).toEqual([]);
    });
  }

  it("decisions are numbered without a gap", () => {
    const files = pages.filter((page) => page.startsWith("docs/decisions/"));
    const numbers = files.map((page) => Number(relative("docs/decisions", page).slice(0, 4))).sort((one, other) => one - other);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

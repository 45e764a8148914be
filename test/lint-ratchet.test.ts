/** Writers are listed, decided and counted, and the count only falls. */
import { afterEach, describe, expect, it } from "vitest";

import {
  type Lock,
  type LintReport,
  growLock,
  readLock,
  updateLock,
  whyNotText,
  whyText,
  writeLock,
} from "../src/lint/index.js";
import { type SourceTree, sourceTree } from "./harness/source-tree.js";

const trees: SourceTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

const store = "export class Store {\n  append(run: string): void {}\n}\n";
const writing = (...names: readonly string[]): string =>
  [
    'import { Store } from "./store.js";',
    "const store = new Store();",
    ...names.map((name) => `export function ${name}(): void {\n  store.append("r");\n}`),
    "",
  ].join("\n");

function tree(...names: readonly string[]): SourceTree {
  const made = sourceTree({ "src/store.ts": store, "src/use.ts": writing(...names) });
  trees.push(made);
  return made;
}

interface Entry {
  readonly id: string;
  readonly site: string;
  readonly [key: string]: string;
}

const sanctioned = (id: string, name: string): Entry => ({
  id,
  site: `src/use.ts#${name}`,
  disposition: "sanctioned",
  because: "so",
});

function configured(...writers: readonly Entry[]): string {
  return JSON.stringify({
    version: 1,
    surfaces: [
      {
        id: "s",
        law: "WS1",
        message: "Ask the commit point.",
        include: ["src/**"],
        exclude: ["src/store.ts"],
        sinks: [{ call: "src/store.ts#Store.append" }],
        writers,
      },
    ],
  });
}

const rules = ({ findings }: LintReport): readonly string[] =>
  findings.map(({ rule, law, message }) => `${rule} ${law ?? ""} ${message}`);
const frozen = ({ surfaces }: LintReport): Lock => updateLock(null, surfaces).lock;

describe("a writer", () => {
  it("that is not listed is a finding with its site, its law and what to do", async () => {
    const report = await tree("commit", "other").lint(configured(sanctioned("W1", "commit")));
    const [finding] = report.findings.filter(({ rule }) => rule === "write");
    expect(finding).toMatchObject({
      surface: "s",
      law: "WS1",
      at: { file: "src/use.ts", line: 7, column: 3, endLine: 7, endColumn: 20 },
      site: "src/use.ts#other",
      message: "calls Store.append, which only listed writers do. Ask the commit point.",
      frame: [{ number: 6 }, { number: 7, text: '  store.append("r");' }, { number: 8 }],
    });
    expect(finding?.advice).toContain("list `src/use.ts#other` in write-surface.yaml");
  });

  it("whose site writes nothing any more is a finding", async () => {
    const made = tree("commit");
    const text = configured(sanctioned("W1", "commit"), sanctioned("W2", "gone"));
    const report = await made.lint(text, frozen(await made.lint(text)));
    expect(rules(report)).toEqual([
      "stale-writer WS3 writer W2 is listed, and src/use.ts#gone writes nothing here.",
    ]);
  });

  it.each([
    ["no disposition", {}, "it has no disposition"],
    ["undecided", { disposition: "undecided", because: "x" }, "it has no disposition"],
    ["no reason", { disposition: "sanctioned" }, "it has no `because`"],
    ["a blank reason", { disposition: "sanctioned", because: " " }, "it has no `because`"],
    [
      "integrate without decision",
      { disposition: "integrate", because: "x" },
      "`integrate` needs a `decision`",
    ],
    [
      "quarantine without law",
      { disposition: "quarantine", because: "x" },
      "`quarantine` needs a `law`",
    ],
  ])("with %s is undecided, which is no legal state", async (_name, entry, why) => {
    const made = tree("commit");
    const text = configured({ id: "W1", site: "src/use.ts#commit", ...entry });
    const report = await made.lint(text, frozen(await made.lint(text)));
    expect(rules(report)).toEqual([`undecided WS2 writer W1 is undecided: ${why}.`]);
  });

  it("is matched by its symbol: lines above it may move, a name that starts alike is another", async () => {
    const made = tree("commit", "commitAll");
    const text = configured(sanctioned("W1", "commit"));
    made.write({ "src/use.ts": `// one more line\n${writing("commit", "commitAll")}` });
    expect(
      (await made.lint(text)).findings
        .filter(({ rule }) => rule === "write")
        .map(({ site }) => site),
    ).toEqual(["src/use.ts#commitAll"]);
  });

  it("cannot be excused by a comment", async () => {
    const made = tree("commit");
    made.write({
      "src/use.ts": writing("commit").replace(
        "  store.",
        "  // eslint-disable-next-line\n  // leasehold-ignore\n  store.",
      ),
    });
    expect((await made.lint(configured())).findings.map(({ rule }) => rule)).toEqual(["write"]);
  });
});

describe("the ratchet", () => {
  const two = configured(sanctioned("W1", "a"), sanctioned("W2", "b"));
  const whole = configured({
    id: "W1",
    site: "src/use.ts#*",
    disposition: "quarantine",
    law: "L4",
    because: "so",
  });

  it("asks for a lock file, is satisfied by it, and reports the law as held", async () => {
    const made = tree("a", "b");
    const first = await made.lint(two);
    expect(rules(first)).toEqual([
      "ratchet WS3 surface s has no count in the lock file; 2 listed sites write.",
    ]);
    const second = await made.lint(two, frozen(first));
    expect(second.findings).toEqual([]);
    expect(second.surfaces).toMatchObject([
      { id: "s", law: "WS1", verdict: "holds", locked: 2, sites: ["src/use.ts#a", "src/use.ts#b"] },
    ]);
  });

  it("refuses one more listed writer, also inside of a file that is listed whole", async () => {
    const made = tree("a");
    const one = frozen(await made.lint(configured(sanctioned("W1", "a"))));
    made.write({ "src/use.ts": writing("a", "b") });
    expect(rules(await made.lint(two, one))).toEqual([
      "ratchet WS3 surface s grew from 1 to 2 writing sites: src/use.ts#b.",
    ]);
    expect(rules(await made.lint(whole, one))).toEqual([
      "ratchet WS3 surface s grew from 1 to 2 writing sites: src/use.ts#b.",
    ]);
  });

  it("refuses a lock that allows more than there is, and writers that moved", async () => {
    const made = tree("a", "b");
    const lock = frozen(await made.lint(two));
    made.write({ "src/use.ts": writing("a") });
    const less = configured(sanctioned("W1", "a"));
    expect(rules(await made.lint(less, lock))).toEqual([
      "ratchet WS3 surface s shrank from 2 to 1 writing sites; the lock still allows more.",
    ]);
    made.write({ "src/use.ts": writing("a", "c") });
    const moved = configured(sanctioned("W1", "a"), sanctioned("W2", "c"));
    expect(rules(await made.lint(moved, lock))).toEqual([
      "ratchet WS3 writers of s moved: src/use.ts#b became src/use.ts#c.",
    ]);
  });

  it("updates downwards only, and grows for one writer with a reason that stays in the file", async () => {
    const made = tree("a", "b");
    const one = frozen(await made.lint(configured(sanctioned("W1", "a"))));
    const { surfaces } = await made.lint(two, one);
    const update = updateLock(one, surfaces);
    expect(update.refused).toEqual(["s"]);
    expect(update.lock.surfaces["s"]).toEqual(one.surfaces["s"]);
    const [surface] = surfaces;
    if (surface === undefined) throw new Error("no surface");
    const grown = growLock(one, surface, "W2", "the import job");
    expect(grown.surfaces["s"]).toEqual({
      count: 2,
      sites: ["src/use.ts#a", "src/use.ts#b"],
      grown: [{ writer: "W2", sites: ["src/use.ts#b"], because: "the import job" }],
    });
    expect((await made.lint(two, grown)).findings).toEqual([]);
    made.write({ "src/use.ts": writing("a") });
    const shrunk = updateLock(
      grown,
      (await made.lint(configured(sanctioned("W1", "a")), grown)).surfaces,
    ).lock;
    expect(shrunk.surfaces["s"]).toEqual({ count: 1, sites: ["src/use.ts#a"] });
  });

  it("writes a file that reads back, sorted", async () => {
    const lock = frozen(await tree("b", "a").lint(two));
    const text = writeLock(lock);
    expect(readLock("x", text)).toEqual(lock);
    expect(text).toBe(
      `${JSON.stringify({ version: 1, surfaces: { s: { count: 2, sites: ["src/use.ts#a", "src/use.ts#b"] } } }, null, 2)}\n`,
    );
  });
});

describe("why", () => {
  it("tells how a write was recognised, step by step, and who covers it", async () => {
    const made = tree("commit");
    made.write({
      "src/use.ts":
        'import { Store } from "./store.js";\nconst { append: put } = new Store();\nput("r");\n',
    });
    const configuration = made.configuration(configured(sanctioned("W1", "<module>")));
    const report = await made.lint(configured(sanctioned("W1", "<module>")));
    expect(whyText(configuration, report, "src/use.ts", 3)).toBe(
      [
        "src/use.ts:3:1 calls Store.append; `append` is taken out as `put` (src/use.ts:2)",
        "  surface s (WS1), sink call: src/store.ts#Store.append",
        "  site    src/use.ts#<module>",
        "  by way of `append` is taken out as `put` (src/use.ts:2)",
        "  Writer W1 covers it (sanctioned: so).",
        "",
      ].join("\n"),
    );
    expect(whyText(configuration, report, "src/use.ts", 1)).toBeNull();
    expect(whyNotText(configuration, report, "src/use.ts", 1)).toBe(
      "src/use.ts:1 is no write of s. Writes in this file: line 3.\n",
    );
  });
});

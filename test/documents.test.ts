/**
 * The pages of laws and machines are what the sources and the findings say. Findings are the part that only a
 * search at default bounds makes; here their counterexamples are replayed and every page is written anew.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { closures } from "../laws/closure.js";
import { constraints } from "../laws/constraints.js";
import { laws } from "../laws/index.js";
import { systems } from "../spec/systems/index.js";
import { loggedEvent } from "../spec/vocabulary/index.js";
import { charts } from "../src/report/charts/charts.js";
import { loadLayout } from "../src/report/charts/dot.js";
import { lawsOn, selects } from "../src/report/charts/reading.js";
import {
  type Findings,
  StaleError,
  differing,
  documentsOf,
  findings,
  findingsOf,
  reportOf,
  unfinished,
} from "../src/report/documents/index.js";
import { findingsText } from "../src/report/documents/findings.js";
import { closureTable } from "../src/report/documents/law-index.js";
import { code, prose, table } from "../src/report/documents/markdown.js";
import { verify } from "../src/verify/index.js";
import { leasehold } from "./harness/command.js";
import { checkedIn, checkedInFindings, docs, reportOn, root, sourceFor } from "./harness/documents.js";

const layout = await loadLayout();
const directory = mkdtempSync(join(tmpdir(), "leasehold-documents-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the documents", () => {
  it("are what the sources and the findings give, and no page is left over", () => {
    const report = reportOf(checkedInFindings(), laws, charts);
    expect(differing(documentsOf(sourceFor(report), layout), checkedIn())).toEqual([]);
  });

  it("are made from default bounds, on which every law holds", () => {
    const { bounds, verdict, laws: found } = checkedInFindings();
    expect({ bounds, verdict }).toEqual({ bounds: "default", verdict: "holds" });
    expect(found.filter(({ status }) => status !== "holds")).toEqual([]);
  });

  it("hold no time, no date and no size of a process", () => {
    const texts = [...checkedIn()].filter(([name]) => !name.endsWith(".svg"));
    const found = texts.filter(([, text]) => /\b(20\d\d-\d\d|seconds":|rssBytes|\d+(\.\d+)? (ms|MiB))\b/.test(text));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  it("are the same whether made from a run or from its findings, however long it took", async () => {
    const ids = ["L2", "LL3", "LL5", "LL8"];
    const report = await verify({ bounds: "small", laws: ids, jobs: 1 });
    const own = laws.filter(({ id }) => ids.includes(id));
    const first = { ...report, laws: report.laws.filter(({ id }) => ids.includes(id)) };
    const text = findingsText(findingsOf(first));
    const again = reportOf(findings.parse(JSON.parse(text)), own, charts);
    expect(again.laws.flatMap(({ mutants }) => mutants.map(({ counterexample }) => counterexample))).toEqual(
      first.laws.flatMap(({ mutants }) => mutants.map(({ counterexample }) => counterexample)),
    );
    const slow = { ...again, seconds: 4711, totals: { ...again.totals, peakRssBytes: 1e9 } };
    expect(
      differing(documentsOf(sourceFor(first, own), layout), documentsOf(sourceFor(slow, own), layout)),
    ).toEqual([]);
  });
});

describe("findings that do not fit the sources are refused", () => {
  const found = checkedInFindings();
  const LL8 = laws.filter(({ id }) => id === "LL8");
  const only: Findings = { ...found, laws: found.laws.filter(({ id }) => id === "LL8") };
  const changed = (change: (law: Findings["laws"][number]) => object): Findings =>
    findings.parse({ ...only, laws: only.laws.map((law) => ({ ...law, ...change(law) })) });

  it("when a path does not breach its law any more", () => {
    const short = changed(({ mutants }) => ({
      mutants: mutants.map((one) => ({ ...one, found: { ...one.found, path: one.found?.path.slice(0, -1) } })),
    }));
    expect(() => reportOf(short, LL8, charts)).toThrow(StaleError);
    expect(() => reportOf(short, LL8, charts)).toThrow(/is not breached at the end of its path.*npm run docs/);
  });

  it("when a path does not replay", () => {
    const odd = changed(({ mutants }) => ({
      mutants: mutants.map((one) => ({ ...one, found: { ...one.found, path: [0, 99_999] } })),
    }));
    expect(() => reportOf(odd, LL8, charts)).toThrow(StaleError);
  });

  it("when laws, mutants or checks are others", () => {
    expect(() => reportOf(only, laws, charts)).toThrow(/laws L1a/);
    expect(() => reportOf(changed(() => ({ mutants: [] })), LL8, charts)).toThrow(/mutants, they say 0/);
    expect(() => reportOf(changed(({ mutants }) => ({ mutants: [...mutants].reverse() })), LL8, charts)).toThrow(
      /no mutant/,
    );
    const kinds = changed(({ checked }) => ({ checked: checked.map((one) => ({ ...one, kind: "hyper" })) }));
    expect(() => reportOf(kinds, LL8, charts)).toThrow(/check of LL8/);
  });

  it("and a run that was cut short gives none", () => {
    const { report } = reportOn("LL8");
    expect(unfinished(report)).toBeNull();
    expect(unfinished({ ...report, interrupted: true })).toBe("the run was interrupted");
    const searches = report.searches.map((one) => ({ ...one, limit: { limit: "seconds", value: 1 } as const }));
    expect(unfinished({ ...report, searches })).toMatch(/reached a limit/);
  });
});

describe("what closes a law", () => {
  const ids = new Set(laws.map(({ id }) => id));

  it("is said of every law there is, and of no other", () => {
    const surfaces = Object.values(closures).flatMap(({ surface }) => (typeof surface === "string" ? [] : surface));
    const named = [...Object.keys(constraints), ...surfaces];
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
    expect(Object.keys(closures).sort()).toEqual([...ids].sort());
  });

  it("is in files that are there, and that name the law or hold what keeps it", () => {
    const places = Object.entries(closures).flatMap(([id, { defended, judgedBy }]) =>
      [...defended, ...judgedBy].map(({ file, at }) => ({ id, file, at })),
    );
    const holds = ({ id, file, at }: (typeof places)[number]): boolean => {
      if (!existsSync(`${root}${file}`)) return false;
      const text = readFileSync(`${root}${file}`, "utf8");
      return at === null ? new RegExp(`\\b${id}\\b`).test(text) : text.includes(at);
    };
    expect(places.length).toBeGreaterThan(150);
    expect(places.filter((place) => !holds(place))).toEqual([]);
  });

  it("leaves no cell of the table empty", () => {
    const rows = closureTable(sourceFor(reportOf(checkedInFindings(), laws, charts))).split("\n").filter((line) => line.startsWith("| ["));
    expect(rows).toHaveLength(laws.length);
    expect(rows.filter((row) => /\|\s*\|/.test(row))).toEqual([]);
  });

  it("leaves no transition that no law constrains, and no constraint without a transition", () => {
    const free = charts.flatMap((chart) =>
      chart.compiled.transitions
        .filter((one) => lawsOn(chart, one, constraints).length === 0)
        .map(({ label }) => `${chart.id}: ${label}`),
    );
    const idle = Object.entries(constraints).flatMap(([id, selectors]) =>
      selectors
        .filter((one) => !charts.some(({ id: of, compiled }) => compiled.transitions.some((row) => selects(one, of, row))))
        .map((one) => `${id}: ${JSON.stringify(one)}`),
    );
    expect({ free, idle }).toEqual({ free: [], idle: [] });
  });
});

describe("the charts", () => {
  it("are those of every machine in every system", () => {
    const machines = systems.flatMap(({ configurations, build }) =>
      configurations.flatMap(({ bounds }) => build(bounds.small).machines),
    );
    const known = new Map(charts.map(({ id, compiled }) => [id, compiled.transitions.map(({ label }) => label)]));
    expect(machines.length).toBeGreaterThan(0);
    for (const { name, compiled } of machines) {
      expect({ name, labels: compiled.transitions.map(({ label }) => label) }).toEqual({ name, labels: known.get(name) });
    }
  });

  it("have values to try for every event, and each value is taken by the machine", () => {
    for (const { id, compiled, events, initial } of charts) {
      expect({ id, events: Object.keys(events).sort() }).toEqual({ id, events: [...compiled.events].sort() });
      for (const [type, fields] of Object.entries(events)) {
        const first = Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values[0]]));
        for (const [name, values] of Object.entries(fields)) {
          for (const value of values) {
            const event = { type, ...first, [name]: value };
            for (const { key } of compiled.leaves) compiled.step({ ...initial, [compiled.stateField]: key }, event);
            if (id === "run") expect(loggedEvent.safeParse(event), JSON.stringify(event)).toMatchObject({ success: true });
          }
        }
      }
    }
  });
});

describe("Markdown", () => {
  it("keeps text from models what it is", () => {
    expect(prose("a <b> & `x <y>` *z* [q](r)")).toBe("a &lt;b&gt; &amp; `x <y>` \\*z\\* \\[q\\](r)");
    expect(code("a `b` c")).toBe("``a `b` c``");
    expect(table(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
  });
});

describe("leasehold docs", () => {
  it("--check names what is out of date, writes nothing, and ends with 1", { timeout: 60_000 }, async () => {
    const copy = join(directory, "docs");
    await cp(`${docs}laws`, join(copy, "laws"), { recursive: true });
    await cp(`${docs}machines`, join(copy, "machines"), { recursive: true });
    rmSync(join(copy, "laws/L4.md"));
    writeFileSync(join(copy, "laws/L0.md"), "Generated by `npm run docs`.\n");
    writeFileSync(join(copy, "laws/own.md"), "not ours\n");
    const from = join(copy, "laws/findings.json");
    const { code: exit, stdout } = await leasehold("docs", "--out", copy, "--from", from, "--check");
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: `2 files in ${copy} out of date:\n  laws/L0.md\n  laws/L4.md\n` });
    expect(existsSync(join(copy, "laws/L4.md"))).toBe(false);
  });

  it("refuses a file that holds no findings", async () => {
    const from = join(directory, "other.json");
    writeFileSync(from, "{}");
    const { code: exit, stderr } = await leasehold("docs", "--out", directory, "--from", from, "--check");
    expect(exit).toBe(2);
    expect(stderr).toMatch(/findings/);
  });
});

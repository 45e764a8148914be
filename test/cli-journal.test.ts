/** `leasehold journal …`, `watch` and `doctor` at their door: sound and damaged journals, exports, foreign ones. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openLeaseStore } from "../src/lease/index.js";
import { leasehold, start } from "./harness/leasehold-command.js";

let cwd = "";
const log = (): string => join(cwd, ".leasehold/journal.ndjson");

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "leasehold-journal-"));
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function withLeases(...lanes: readonly string[]): Promise<void> {
  const store = await openLeaseStore({ directory: join(cwd, ".leasehold") });
  for (const lane of lanes) await store.acquire({ lane, holder: "test", attachment: "detached", ttlMs: 3_600_000 });
  await store.close();
}

function damage(): void {
  const lines = readFileSync(log(), "utf8").split("\n");
  lines[1] = (lines[1] ?? "").replace('"lane":"a"', '"lane":"x"');
  writeFileSync(log(), lines.join("\n"));
}

describe("journal", () => {
  it("is shown, verified, compacted, exported and taken over elsewhere", async () => {
    await withLeases("a", "b");
    expect((await leasehold(cwd, "journal", "tail", "--count", "1")).stdout).toMatch(/^ +2 {2}\S+Z {2}lane\.granted {2}\{/);
    expect(await leasehold(cwd, "journal", "verify")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 records.*\nsound\n$/) as string });
    expect((await leasehold(cwd, "journal", "compact")).stdout).toMatch(/ before, .* after\n$/);
    const exported = await leasehold(cwd, "journal", "export");
    expect(exported.stdout).toBe(readFileSync(log(), "utf8"));
    writeFileSync(join(cwd, "export"), exported.stdout);
    expect(await leasehold(cwd, "journal", "import", "export", "--dir", "other")).toMatchObject({ code: 0 });
    const live = await leasehold(cwd, "lease", "live", "--dir", "other", "--json");
    expect((JSON.parse(live.stdout) as { leases: unknown[] }).leases).toHaveLength(2);
    expect(await leasehold(cwd, "journal", "import", "export", "--dir", "other")).toMatchObject({ code: 5 });
    const nowhere = await leasehold(cwd, "journal", "import", "nowhere");
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toContain("cannot read nowhere: there is no such file. Name a file");
    expect(await leasehold(cwd, "journal", "import", ".")).toMatchObject({ code: 2 });
    const [first = "", ...others] = exported.stdout.split("\n");
    writeFileSync(join(cwd, "hurt"), [first, ...others.map((line) => line.replace("granted", "grunted"))].join("\n"));
    writeFileSync(join(cwd, "cut"), exported.stdout.slice(0, -20));
    for (const name of ["hurt", "cut"]) {
      const unsound = await leasehold(cwd, "journal", "import", name, "--dir", "third");
      expect(unsound).toMatchObject({ code: 2 });
      expect(unsound.stderr).toMatch(new RegExp(`^error: cannot take over ${name}: it is no sound export of a journal\\. Nothing was written\\..* Found: .*checksum`));
      expect(existsSync(join(cwd, "third"))).toBe(false);
    }
    writeFileSync(join(cwd, "unended"), exported.stdout.trimEnd());
    expect(await leasehold(cwd, "journal", "import", "unended", "--dir", "fourth")).toMatchObject({ code: 0 });
  });

  it("that is damaged says so everywhere, grants nothing, and is mended only as it is told to", async () => {
    await withLeases("a", "b");
    damage();
    expect(await leasehold(cwd, "journal", "verify")).toMatchObject({ code: 1, stdout: expect.stringContaining("damaged: ") as string });
    expect(await leasehold(cwd, "lease", "live")).toMatchObject({ code: 5, stdout: expect.stringMatching(/^damaged: .*\nlane/) as string });
    expect(await leasehold(cwd, "lease", "acquire", "c")).toMatchObject({ code: 5 });
    expect(await leasehold(cwd, "doctor")).toMatchObject({ code: 1 });
    expect(await leasehold(cwd, "journal", "repair")).toMatchObject({ code: 2 });
    expect(await leasehold(cwd, "journal", "repair", "--drop-damaged")).toMatchObject({ code: 0 });
    expect(readdirSync(join(cwd, ".leasehold")).some((name) => name.endsWith(".before-repair"))).toBe(true);
    expect(await leasehold(cwd, "lease", "acquire", "c")).toMatchObject({ code: 0 });
  });

  it("that is not there is an error for who wants to look into it", async () => {
    for (const command of ["tail", "verify", "export"]) {
      const { code, stderr } = await leasehold(cwd, "journal", command);
      expect({ command, code }).toEqual({ command, code: 5 });
      expect(stderr).toMatch(/^error: .*\[journal\/absent\]/);
    }
    expect(existsSync(join(cwd, ".leasehold"))).toBe(false);
  });
});

describe("import of what is no export", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["binary data", Buffer.from([0, 159, 146, 150, 10, 255])],
    ["another document", Buffer.from("{}\n")],
  ])("of %s makes no state directory", async (_what, bytes) => {
    writeFileSync(join(cwd, "no-export"), bytes);
    const { code, stderr } = await leasehold(cwd, "journal", "import", "no-export");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: cannot take over no-export: it does not begin with a journal's checkpoint\. Nothing was written/);
    expect(existsSync(join(cwd, ".leasehold"))).toBe(false);
  });
});

describe("import --from dos", () => {
  it.each([
    ["binary data", Buffer.from([0, 159, 146, 150, 10, 255]), 2, /^error: dos: no line of it is a record .*Nothing was written/],
    ["another document", Buffer.from('{"scenarios":5}'), 2, /^error: dos: no line of it is a record/],
    ["nothing", Buffer.alloc(0), 0, /^$/],
  ])("of %s makes no state directory", async (_what, bytes, expected, words) => {
    writeFileSync(join(cwd, "dos"), bytes);
    const { code, stderr } = await leasehold(cwd, "journal", "import", "--from", "dos", "dos");
    expect(code).toBe(expected);
    expect(stderr).toMatch(words);
    expect(existsSync(join(cwd, ".leasehold"))).toBe(false);
  });

  it("takes over what is in force and names what it leaves, and why", async () => {
    const now = new Date().toISOString();
    const old = "2020-01-01T00:00:00Z";
    const held = (lane: string, more: object = {}) => ({ lane, loop_ts: now, tree: [], holder: "w1", acquired_at: now, ...more });
    const acquire = (lane: string, more: object = {}) => JSON.stringify({ op: "ACQUIRE", seq: 1, ts: now, lane, loop_ts: now, lease: held(lane, more) });
    const records = [
      JSON.stringify({ op: "CHECKPOINT", leases: [held("kept", { tree: ["src/**"], ttl_minutes: 10 })], seq_watermark: 4 }),
      acquire("gone"),
      acquire("gone-too"),
      acquire("adopted"),
      JSON.stringify({ op: "RELEASE", ts: now, lane: "gone", loop_ts: now }),
      JSON.stringify({ op: "SCAVENGE", ts: now, lane: "gone-too", loop_ts: now }),
      JSON.stringify({ op: "ADOPT", ts: now, lane: "adopted", loop_ts: now, holder: "w2" }),
      JSON.stringify({ op: "HEARTBEAT", ts: now, lane: "adopted", loop_ts: now }),
      acquire("overlaps", { tree: ["src/a.ts"] }),
      acquire("escapes", { tree: ["../secret"] }),
      acquire("stale", { acquired_at: old }),
      acquire("timeless", { acquired_at: "whenever" }),
      acquire(""),
      JSON.stringify({ op: "REFUSE", ts: now, lane: "x" }),
      '{"op":"ACQUIRE","lane":"half',
    ];
    writeFileSync(join(cwd, "dos"), records.join("\n"));
    const { code, stdout } = await leasehold(cwd, "journal", "import", "--from", "dos", "dos", "--json");
    const report = JSON.parse(stdout) as { taken: { lane: string; holder: string }[]; left: { what: string; why: string }[] };
    expect(code).toBe(1);
    expect(report.taken.map(({ lane, holder }) => [lane, holder])).toEqual([["kept", "w1"], ["adopted", "w2"]]);
    const left = Object.fromEntries(report.left.map(({ what, why }) => [what, why]));
    expect(left).toMatchObject({
      "line 15": "it is no record",
      "1 records REFUSE": expect.stringContaining("history") as string,
      'lane "overlaps" of w1': 'conflict with "kept"',
      'lane "escapes" of w1': expect.stringContaining("leaves the root") as string,
      'lane "stale" of w1': "it ran out",
      'lane "timeless" of w1': "its last beat has no readable time",
      'lane "" of w1': expect.stringContaining("name") as string,
    });
    const live = await leasehold(cwd, "lease", "live");
    expect(live.stdout).toMatch(/\nkept +held +w1 .*exclusive src\/\*\*/);
  });
});

describe("watch", () => {
  it("shows changes as they happen, and ends well on Ctrl-C", async () => {
    await withLeases("a");
    const watching = start({ cwd }, "watch", "--json");
    // It says nothing until something happens: changes are made until one is seen.
    let lanes = 0;
    const timer = setInterval(() => void withLeases(`lane ${(lanes += 1)}`), 300);
    await watching.printed('"lane.granted"');
    clearInterval(timer);
    watching.child.kill("SIGINT");
    const { code, stdout } = await watching.ended;
    expect(code).toBe(0);
    const [first = ""] = stdout.split("\n");
    expect(JSON.parse(first)).toMatchObject({ type: "lane.granted", data: { holder: "test" } });
    expect(stdout).not.toContain("secretHash");
  });
});

describe("doctor", () => {
  it("finds a good host good, before and after the first write, and changes nothing", async () => {
    const before = await leasehold(cwd, "doctor");
    expect(before).toMatchObject({ code: 0, stdout: expect.stringMatching(/All is well\.\n$/) as string });
    expect(existsSync(join(cwd, ".leasehold"))).toBe(false);
    await withLeases("a");
    const { checks } = JSON.parse((await leasehold(cwd, "doctor", "--json")).stdout) as { checks: { check: string; ok: boolean }[] };
    expect(checks.map(({ check }) => check)).toEqual(["node", "directory", "filesystem", "lock", "clock", "permissions", "space", "journal"]);
  });

  it("says what is not safe and what to do", async () => {
    await withLeases("a");
    chmodSync(join(cwd, ".leasehold"), 0o755);
    const { code, stdout } = await leasehold(cwd, "doctor");
    expect(code).toBe(1);
    expect(stdout).toMatch(/not ok {2}permissions .*mode 755.*chmod/);
  });
});

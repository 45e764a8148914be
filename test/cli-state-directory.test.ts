/**
 * A state directory that cannot be used: what the commands say and how they end, the same for leases and for runs.
 *
 * What needs rights is done where the process has them: another owner, and a filesystem mounted read-only.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { crc32c } from "../src/journal/crc32c.js";
import { openLeaseStore } from "../src/lease/index.js";
import { openRuns } from "../src/run/index.js";
import { leasehold } from "./harness/leasehold-command.js";

const isRoot = process.geteuid?.() === 0;
let cwd = "";
let state = "";

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "leasehold-state-")));
  state = join(cwd, "state");
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Commands that write, that read, and that run something; each with the exit code for a directory it cannot use. */
const commands = [
  [["lease", "acquire", "a"], 5],
  [["lease", "live"], 5],
  [["exec", "a", "--", "true"], 125],
  [["run", "ps"], 5],
  [["run", "start", "--session", "process", "--", "true"], 5],
  [["run", "monitor"], 5],
  [["run", "monitor", "--detach"], 5],
] as const;

const [acquire, live, , ps] = commands;
const few = [acquire, live, ps];

/** Behind the command's own words, which `--` may end. */
function within(words: readonly string[], dir: string): string[] {
  const end = words.indexOf("--");
  return end === -1 ? [...words, "--dir", dir] : [...words.slice(0, end), "--dir", dir, ...words.slice(end)];
}

async function allSay(dir: string, words: RegExp, which: readonly (readonly [readonly string[], number])[] = commands): Promise<void> {
  const said = await Promise.all(which.map(async ([args, expected]) => ({ args, expected, ...(await leasehold(cwd, ...within(args, dir))) })));
  for (const { args, code, expected, stdout, stderr } of said) {
    expect({ args, code, stdout }, stderr).toEqual({ args, code: expected, stdout: "" });
    expect(stderr).toMatch(words);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(args.includes("--detach") ? 2 : 1);
  }
}

describe("a state directory", () => {
  it("that is a file is told to be one, by every command alike", async () => {
    writeFileSync(state, "mine");
    await allSay("state", /cannot use .*\/state as a state directory: it is a file\. Name a directory\./);
    expect(readFileSync(state, "utf8")).toBe("mine");
  });

  it("that is a device is told to be one", async () => {
    await allSay("/dev/null", /it is a device, socket or pipe\. Name a directory\./, few);
  });

  it("that is a symbolic link is not followed", async () => {
    mkdirSync(join(cwd, "real"), { mode: 0o700 });
    symlinkSync("real", state);
    await allSay("state", /it is a symbolic link, and none is followed\. Name what it points to\./, few);
    expect(readdirSync(join(cwd, "real"))).toEqual([]);
  });

  it.each(["777", "770", "703", "1777"])("that others may write to (mode %s) is refused, with what to type", async (mode) => {
    mkdirSync(state);
    chmodSync(state, Number.parseInt(mode, 8));
    const words = new RegExp(String.raw`others may write to it \(mode ${mode}\).* chmod 700 ${state}\. .*\[journal/open-to-others\]`);
    await allSay("state", words, mode === "777" ? few : [acquire]);
    expect(readdirSync(state)).toEqual([]);
    chmodSync(state, 0o755);
    expect(await leasehold(cwd, "lease", "acquire", "a", "--dir", "state")).toMatchObject({ code: 0 });
  });

  it.skipIf(!isRoot)("of another owner is refused (skipped without the right to give a directory away)", async () => {
    mkdirSync(state, { mode: 0o700 });
    chownSync(state, 12_345, 12_345);
    await allSay("state", /it belongs to user 12345, this process runs as user 0\. Run as its owner/, few);
  });

  it.skipIf(!isRoot)("on a filesystem mounted read-only is read, and writing says why not (skipped without the right to mount)", async (context) => {
    mkdirSync(state, { mode: 0o700 });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "mode=700", "tmpfs", state], { stdio: "ignore" });
    } catch {
      context.skip("a small filesystem cannot be mounted here");
    }
    try {
      await leasehold(cwd, "lease", "acquire", "a", "--ttl", "1h", "--dir", "state");
      const runs = await openRuns({ directory: state });
      await runs.close();
      execFileSync("mount", ["-o", "remount,ro", state]);
      const writers = commands.filter(([args]) => args[1] !== "live" && args[1] !== "ps");
      await allSay("state", /EROFS\. Nothing was recorded\. The filesystem is mounted read-only: mount it writable, or use another directory\./, writers);
      expect(await leasehold(cwd, "lease", "live", "--dir", "state")).toMatchObject({ code: 0, stdout: expect.stringMatching(/\na +held/) as string });
      expect(await leasehold(cwd, "run", "ps", "--dir", "state")).toMatchObject({ code: 0 });
      expect(await leasehold(cwd, "doctor", "--dir", "state")).toMatchObject({ code: 1 });
    } finally {
      execFileSync("umount", [state]);
    }
  });

  it("on a filesystem that is not known to be local is refused with its name", async () => {
    // Always there, never local by the list, and owned by the one who may do everything.
    const dir = "/sys/kernel";
    if (!isRoot || statSync(dir, { throwIfNoEntry: false }) === undefined) return;
    await allSay(dir, /which is not known to be local, and locks and syncs there may not do what they say/, few);
  });

  it("that is empty, or not there, has no leases, and how to begin is said", async () => {
    mkdirSync(state, { mode: 0o700 });
    for (const [dir, words] of [["state", /^no leases in .*\/state yet\n/], ["absent", /^no leases: there is no .*\/absent yet/]] as const) {
      const { code, stdout } = await leasehold(cwd, "lease", "live", "--dir", dir);
      expect({ code, last: stdout.split("\n")[1] }).toEqual({ code: 0, last: "Take one: leasehold lease acquire NAME, or leasehold exec NAME -- COMMAND" });
      expect(stdout).toMatch(words);
    }
    expect(readdirSync(cwd)).toEqual(["state"]);
  });
});

/** A line as a program of version 2 would write it: its own checksum is right. */
function newer(line: string): string {
  const [head = ""] = line.replace('{"v":1,', '{"v":2,').split(',"crc":"');
  const bytes = Buffer.from(head, "latin1");
  return `${head},"crc":"${crc32c(bytes, 0, bytes.length).toString(16).padStart(8, "0")}"}`;
}

function rewritten(path: string, change: (lines: string[]) => void): void {
  const lines = readFileSync(path, "latin1").split("\n");
  change(lines);
  writeFileSync(path, lines.join("\n"), "latin1");
}

describe("a journal of a newer version", () => {
  beforeEach(async () => {
    const leases = await openLeaseStore({ directory: state });
    await leases.acquire({ lane: "a", holder: "h", attachment: "detached", ttlMs: 3_600_000 });
    await leases.close();
    const runs = await openRuns({ directory: state });
    await runs.store.create({ run: "r1", agent: "generic", branch: null, issue: null, directory: null, command: [], session: null, startedAt: 0 });
    await runs.close();
  });

  it("is made here with a checksum that a program of version 1 would have written just so", () => {
    rewritten(join(state, "journal.ndjson"), (lines) => {
      for (const [at, line] of lines.slice(0, -1).entries()) {
        expect(newer(line.replace('{"v":1,', '{"v":1 ,')).length, `line ${at}`).toBe(line.length + 1);
        const [head = ""] = line.split(',"crc":"');
        const bytes = Buffer.from(head, "latin1");
        expect(line.endsWith(`"crc":"${crc32c(bytes, 0, bytes.length).toString(16).padStart(8, "0")}"}`)).toBe(true);
      }
    });
  });

  const needed = /it holds records of version 2, this program knows version 1\. Use a program that knows version 2\./;

  it("from its first line on is not used, and which version it takes is said", async () => {
    for (const log of ["journal.ndjson", "runs.ndjson"]) rewritten(join(state, log), (lines) => (lines[0] = newer(lines[0] ?? "")));
    const before = readFileSync(join(state, "journal.ndjson"));
    await allSay("state", needed, few);
    expect(await leasehold(cwd, "journal", "repair", "--drop-damaged", "--dir", "state")).toMatchObject({ code: 1 });
    expect(readFileSync(join(state, "journal.ndjson"))).toEqual(before);
  });

  it("in its last record is read up to there and says so in every listing; nothing is written", async () => {
    for (const log of ["journal.ndjson", "runs.ndjson"]) rewritten(join(state, log), (lines) => (lines[lines.length - 2] = newer(lines.at(-2) ?? "")));
    const before = ["journal.ndjson", "runs.ndjson"].map((log) => readFileSync(join(state, log), "latin1"));
    const writers = commands.filter(([args]) => args[1] !== "live" && args[1] !== "ps");
    await allSay("state", needed, writers);
    for (const args of [["lease", "live"], ["lease", "show", "x"], ["run", "ps"]]) {
      const { code, stdout } = await leasehold(cwd, ...args, "--dir", "state");
      expect({ args, code }).toEqual({ args, code: 5 });
      expect(stdout).toMatch(/^damaged: .*it is of version 2, this program knows 1\n/);
    }
    expect(["journal.ndjson", "runs.ndjson"].map((log) => readFileSync(join(state, log), "latin1"))).toEqual(before);
  });
});

describe("audit", () => {
  it.each([
    ["nofile", /^error: cannot audit nofile: there is no such file\. Name the log of a journal, such as \.leasehold\/journal\.ndjson\./],
    ["no/such/folder", /there is no such file/],
    [".", /it is not a file\. Name the log of a journal, such as journal\.ndjson/],
  ])("of %s names the file and what to name instead", async (file, words) => {
    const { code, stderr } = await leasehold(cwd, "audit", file);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe("a secret", () => {
  it("stands in no file of the state directory but the run's own, in no listing and in no error", async () => {
    const taken = await leasehold(cwd, "lease", "acquire", "a", "--ttl", "1h", "--dir", "state", "--json");
    const { secret, grant } = JSON.parse(taken.stdout) as { secret: string; grant: { leaseId: string } };
    const env = { LEASEHOLD_SECRET: secret };
    const place = { cwd, env };
    const said = await Promise.all(
      [
        ["lease", "live", "--json", "--verbose"],
        ["lease", "show", grant.leaseId, "--json"],
        ["lease", "history", grant.leaseId, "--json"],
        ["lease", "heartbeat", grant.leaseId],
        ["lease", "heartbeat", "unknown"],
        ["lease", "release", "not an id"],
        ["journal", "tail", "--json"],
        ["journal", "export"],
        ["doctor", "--json"],
      ].map((args) => leasehold(place, ...args, "--dir", "state")),
    );
    const wrong = await leasehold({ cwd, env: { LEASEHOLD_SECRET: `${secret}x` } }, "lease", "release", grant.leaseId, "--dir", "state");
    expect(wrong.code).toBe(3);
    for (const { stdout, stderr } of [...said, wrong]) expect(stdout + stderr).not.toContain(secret);
    for (const name of readdirSync(state)) expect(readFileSync(join(state, name), "latin1")).not.toContain(secret);
    await leasehold({ cwd }, "run", "start", "--id", "r1", "--session", "process", "--dir", "state", "--", "true");
    const ofRun = readFileSync(join(state, "secrets/run-r1"), "utf8").trim().split(" ")[1] ?? "";
    expect(ofRun.length).toBeGreaterThan(20);
    const shown = await Promise.all([["run", "show", "r1", "--json"], ["run", "log", "r1", "--json"], ["run", "ps", "--json"]].map((args) => leasehold(cwd, ...args, "--dir", "state")));
    for (const { stdout } of shown) expect(stdout).not.toContain(ofRun);
    for (const name of ["journal.ndjson", "runs.ndjson"]) expect(readFileSync(join(state, name), "latin1")).not.toContain(ofRun);
    expect(statSync(join(state, "secrets/run-r1")).mode & 0o777).toBe(0o600);
  });
});

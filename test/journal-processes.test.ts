/** The journal on the real disk: several processes, killed processes, locks, owners, links and modes. */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { hostClock, importJournal, inspectHost, nodeDisk, openAdvisoryLock, openJournal, verifyJournal } from "../src/journal/index.js";
import { appendId, idsFold } from "./harness/sim-disk-scripts.js";

let root: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), "journal-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  fs.rmSync(root, { recursive: true, force: true });
});

const childScript = fileURLToPath(new URL("harness/journal-child.ts", import.meta.url));

function start(...args: readonly string[]): { child: ChildProcess; lines: string[]; line: () => Promise<string> } {
  const child = spawn(process.execPath, ["--import", "tsx", childScript, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines: string[] = [];
  const first = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
      lines.push(text);
      resolve(text);
    });
  });
  return { child, lines, line: () => first };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

const open = (directory = root, waitMs = 5_000): ReturnType<typeof openJournal<Parameters<typeof idsFold.checkpoint>[0]>> =>
  openJournal({ directory, fold: idsFold, lock: { waitMs } });

describe("several processes", () => {
  test("killed while they append, lose nothing that they acknowledged and leave no lock behind", async () => {
    const started = [1, 2, 3].map((base) => start("append", root, String(base * 1_000_000)));
    await Promise.all(started.map(({ line }) => line()));
    await sleep(150);
    for (const { child } of started) await killed(child);
    const journal = await open(root, 200);
    await journal.transact(appendId(0, "durable"));
    const { state, damage, seq } = await journal.read();
    await journal.close();
    const ids = state.ids.map(({ id }) => id);
    expect(damage).toEqual([]);
    expect(state.ids.map((each) => each.seq)).toEqual(ids.map((_, index) => index + 1));
    expect(seq).toBe(ids.length);
    const acknowledged = started.flatMap(({ lines }) => lines.map(Number));
    expect(acknowledged.length).toBeGreaterThan(30);
    expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
    for (const base of [1, 2, 3]) {
      const own = ids.filter((id) => Math.floor(id / 1_000_000) === base);
      expect(own).toEqual(own.map((_, index) => base * 1_000_000 + index));
    }
  });

  test("a call that waits too long is told who seems to hold the lock, and the lock is free when that one dies", async () => {
    const { child, line } = start("hold", root, "60000");
    await line();
    const journal = await open(root, 80);
    const failure: unknown = await journal.transact(appendId(1, "durable")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ failure: { code: "journal/locked", holder: `process ${child.pid}` } });
    expect((await journal.read()).seq).toBe(0);
    await killed(child);
    await expect(journal.transact(appendId(2, "durable"))).resolves.toBe(2);
    await journal.close();
  });

  test("a byte range held by a process is free as soon as it is killed", async () => {
    const path = join(root, "holders");
    const lock = openAdvisoryLock({ path });
    const offset = 2 ** 40 + 17;
    const { child, line } = start("hold-byte", path, String(offset));
    expect(await line()).toBe("true");
    expect([lock.isHeld(offset), lock.isHeld(offset + 1), lock.tryLock(offset)]).toEqual([true, false, false]);
    await killed(child);
    expect([lock.isHeld(offset), lock.tryLock(offset)]).toEqual([false, true]);
    lock.close();
  });
});

describe("one process", () => {
  test("two handles exclude each other, and closing a third frees nothing", () => {
    const path = join(root, "holders");
    const [one, two] = [openAdvisoryLock({ path }), openAdvisoryLock({ path })];
    expect(one.tryLock(5)).toBe(true);
    openAdvisoryLock({ path }).close();
    fs.closeSync(fs.openSync(path, "r+"));
    expect([two.tryLock(5), two.isHeld(5), one.isHeld(5)]).toEqual([false, true, true]);
    expect([two.tryLock(5, 1, { shared: true }), two.tryLock(6)]).toEqual([false, true]);
    one.unlock(5);
    expect([one.isHeld(5), two.tryLock(5)]).toEqual([false, true]);
    one.close();
    two.close();
  });

  test("two journals on one directory take turns", async () => {
    const [one, two] = [await open(), await open()];
    const calls = Array.from({ length: 40 }, (_, id) => (id % 2 === 0 ? one : two).transact(appendId(id, "durable")));
    await Promise.all(calls);
    expect((await one.read()).state.ids).toEqual((await two.read()).state.ids);
    expect((await one.read()).seq).toBe(40);
    await one.close();
    await two.close();
  });

  test("a lock file that somebody removed is noticed at the next call", async () => {
    const [one, two] = [await open(), await open()];
    await one.transact(appendId(1, "durable"));
    fs.rmSync(join(root, "journal.lock"));
    await Promise.all([one.transact(appendId(2, "durable")), two.transact(appendId(3, "durable"))]);
    expect(fs.existsSync(join(root, "journal.lock"))).toBe(true);
    expect((await one.read()).seq).toBe(3);
    await one.close();
    await two.close();
  });
});

describe("the place", () => {
  test("directories are made with mode 0700, files with 0600, whatever the mask", async () => {
    const mask = process.umask(0);
    try {
      const directory = join(root, "a", "b");
      const journal = await open(directory);
      await journal.transact(appendId(1, "durable"));
      await journal.compact();
      await journal.close();
      const mode = (path: string): number => fs.statSync(path).mode & 0o777;
      expect([mode(join(root, "a")), mode(directory)]).toEqual([0o700, 0o700]);
      expect(fs.readdirSync(directory).sort()).toEqual(["journal.lock", "journal.ndjson"]);
      expect(fs.readdirSync(directory).map((name) => mode(join(directory, name)))).toEqual([0o600, 0o600]);
      expect(inspectHost({ directory }).filter(({ ok }) => !ok)).toEqual([]);
    } finally {
      process.umask(mask);
    }
  });

  test.each(["journal.ndjson", "journal.lock"])("a symbolic link in place of %s is not followed", async (name) => {
    await (await open()).close();
    fs.renameSync(join(root, name), join(root, "elsewhere"));
    fs.symlinkSync(join(root, "elsewhere"), join(root, name));
    await expect(open()).rejects.toMatchObject({ failure: { code: "journal/symlink" } });
  });

  test("a symbolic link in place of the directory is not followed, and a file is no directory", async () => {
    fs.symlinkSync(root, join(root, "link"));
    await expect(open(join(root, "link"))).rejects.toMatchObject({ failure: { code: "journal/symlink" } });
    fs.writeFileSync(join(root, "file"), "");
    await expect(open(join(root, "file"))).rejects.toMatchObject({ failure: { code: "journal/not-a-directory" } });
  });

  test.each(["722", "770", "777", "1777"])("a directory that others may write to (mode %s) is not opened, nor imported into, but verified", async (mode) => {
    await (await open()).close();
    const lines = fs.readFileSync(join(root, "journal.ndjson"), "latin1").trimEnd().split("\n");
    fs.chmodSync(root, Number.parseInt(mode, 8));
    const failure = { code: "journal/open-to-others", mode };
    await expect(open()).rejects.toMatchObject({ failure });
    await expect(openJournal({ directory: root, fold: idsFold, readOnly: true })).rejects.toMatchObject({ failure });
    await expect(importJournal({ directory: root, lines })).rejects.toMatchObject({ failure });
    expect(await verifyJournal({ directory: root })).toMatchObject({ damage: [] });
    fs.chmodSync(root, 0o755);
    await (await open()).close();
  });

  test("a directory or a file of another user is refused", async (context) => {
    if (process.geteuid?.() !== 0) context.skip("giving a file away needs rights that this process does not have");
    await (await open()).close();
    fs.chownSync(join(root, "journal.ndjson"), 12_345, 12_345);
    await expect(open()).rejects.toMatchObject({ failure: { code: "journal/foreign-owner", owner: 12_345 } });
    fs.chownSync(root, 12_345, 12_345);
    await expect(open()).rejects.toMatchObject({ failure: { code: "journal/foreign-owner" } });
  });

  test.each([
    ["nfs", 0x6969],
    ["cifs", 0xff534d42],
    ["9p", 0x01021997],
    ["fuse or virtiofs", 0x65735546],
    ["a filesystem of unknown type 0x1234", 0x1234],
  ])("on %s it refuses to open unless told otherwise", async (filesystem, type) => {
    const disk = { ...nodeDisk(), filesystem: () => ({ type, freeBytes: 1e9 }) };
    const options = { directory: root, fold: idsFold, disk };
    await expect(openJournal(options)).rejects.toMatchObject({ failure: { code: "journal/not-local", filesystem } });
    await (await openJournal({ ...options, allowRemote: true })).close();
  });
});

test("the clock of the host counts from the boot that the kernel names", () => {
  const clock = hostClock();
  const [first, second] = [clock.now(), clock.now()];
  expect(first.bootId).toBe(fs.readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim());
  expect(second.monotonicMs).toBeGreaterThanOrEqual(first.monotonicMs);
  const upMs = Number.parseFloat(fs.readFileSync("/proc/uptime", "latin1")) * 1_000;
  expect(second.monotonicMs).toBeLessThanOrEqual(upMs + 1_000);
});

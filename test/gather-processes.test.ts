/** Agents without a terminal: real processes, known by their start, their output in a log. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type NewSession,
  type ProcessTable,
  type Sessions,
  fateOf,
  hostProcessTable,
  identityOf,
  linuxProcessTable,
  nodeExec,
  processSessions,
  psProcessTable,
} from "../src/gather/index.js";
import { ended, eventually, pretending, temporaryFolder, whyWithout } from "./harness/gathering.js";

const exec = nodeExec();
const table = hostProcessTable(exec);
const reason = process.platform === "win32" ? "there is no /bin/sh" : whyWithout("/bin/sh", "-c", "true");

let folder: ReturnType<typeof temporaryFolder>;
let sessions: Sessions;
let pids: Set<number>;

beforeEach(() => {
  folder = temporaryFolder("process");
  sessions = processSessions({ table, directory: join(folder.path, "logs"), killGraceMs: 500 });
  pids = new Set();
});

afterEach(() => {
  for (const pid of pids) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It ended before.
    }
  }
  folder.remove();
});

async function started(script: string, session: Partial<NewSession> = {}) {
  const made = await sessions.create({ name: "run-1", argv: ["sh", "-c", script], cwd: folder.path, ...session });
  if (made.kind !== "created") throw new Error(JSON.stringify(made));
  pids.add(Number(made.session.identity.split("/")[2]));
  return made.session;
}

const isGone = ({ kind }: { readonly kind: string }): boolean => kind === "gone";

describe.skipIf(reason !== null)(`processes without a terminal${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  test("a process is alive until it ends, and its status is kept", async () => {
    const session = await started("echo working; echo problem >&2; sleep 0.2; exit 3");
    expect(await sessions.look(session)).toMatchObject({ kind: "alive", identity: session.identity });
    expect(await eventually(() => sessions.look(session), isGone)).toEqual({
      kind: "gone",
      class: "session_absent",
      detail: "process-ended",
      exit: { status: 3, signal: null },
    });
    expect(await sessions.capture(session, 10)).toEqual({ kind: "pane", text: "working\nproblem" });
  });

  test("a process that was asked to end is gone, with the status its signal left", async () => {
    const session = await started("echo up; sleep 30");
    await eventually(() => sessions.capture(session, 1), (seen) => seen.kind === "pane" && seen.text === "up");
    expect(await sessions.kill(session)).toEqual({ kind: "killed", leftover: null });
    expect(await sessions.look(session)).toMatchObject({ kind: "gone", exit: { status: 143 } });
    expect(await sessions.kill(session)).toMatchObject({ kind: "gone" });
  });

  test("a process that ignores the request is killed, and its status is not known", async () => {
    const session = await started("trap '' TERM; echo up; while :; do sleep 0.05; done");
    await eventually(() => sessions.capture(session, 1), (seen) => seen.kind === "pane" && seen.text === "up");
    expect(await sessions.kill(session)).toEqual({ kind: "killed", leftover: null });
    expect(await sessions.look(session)).toMatchObject({ exit: { status: null, signal: null } });
  });

  test("a program that outlives its wrapper is still alive", async () => {
    const session = await started("sleep 30");
    const pid = Number(session.identity.split("/")[2]);
    await eventually(() => sessions.capture(session, 1), ({ kind }) => kind === "pane");
    process.kill(pid, "SIGKILL");
    await eventually(() => table.look(pid), ({ kind }) => kind === "absent");
    expect(await sessions.look(session)).toMatchObject({ kind: "alive", process: null });
    process.kill(-pid, "SIGKILL");
    await eventually(() => sessions.look(session), isGone);
  });

  test("another process of the same number is not the one that was meant", async () => {
    const session = await started("sleep 30");
    const [kind, boot, pid, start, nonce] = session.identity.split("/");
    const with_ = (changes: { readonly boot?: string; readonly start?: string }) =>
      sessions.look({
        name: session.name,
        identity: [kind, changes.boot ?? boot, pid, changes.start ?? start, nonce].join("/"),
      });
    expect(await with_({})).toMatchObject({ kind: "alive" });
    expect(await with_({ start: "1" })).toMatchObject({ kind: "gone" });
    expect(await with_({ boot: "another-boot" })).toMatchObject({ kind: "gone" });
  });

  test("two starts of one name have a log each", async () => {
    const first = await started("echo one");
    const second = await started("echo two");
    const textOf = async (session: typeof first) =>
      eventually(() => sessions.capture(session, 5), (seen) => seen.kind === "pane" && seen.text !== "");
    expect(await textOf(first)).toEqual({ kind: "pane", text: "one" });
    expect(await textOf(second)).toEqual({ kind: "pane", text: "two" });
  });

  test("arguments and variables reach the program as they are, also the names of shell commands", async () => {
    const session = await started("", {
      argv: ["printf", "<%s>", "a b", "$HOME", "*", ";", "'", "-n"],
      env: { V: "$(id)" },
    });
    expect(await eventually(() => sessions.capture(session, 5), (seen) => JSON.stringify(seen).includes("-n"))).toEqual({
      kind: "pane",
      text: "<a b><$HOME><*><;><'><-n>",
    });
    const notACommand = await started("", { argv: ["exit", "3"] });
    expect(await eventually(() => sessions.look(notACommand), isGone)).toMatchObject({ exit: { status: 127 } });
  });

  test("of a large log the end is read, whole lines, as a terminal would show it", async () => {
    const small = processSessions({ table, directory: join(folder.path, "logs"), tailBytesMax: 1_000 });
    const script = String.raw`i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); done; printf 'a\rprogress 100%%\n\033[1mbold\033[0m \377\n'`;
    const session = await started(script);
    await eventually(() => sessions.look(session), isGone);
    const pane = await small.capture(session, 1_000);
    const lines = pane.kind === "pane" ? pane.text.split("\n") : [];
    expect(lines.at(0)).toMatch(/^line \d+$/);
    expect(lines.slice(-3)).toEqual(["line 299", "progress 100%", "bold \ufffd"]);
    expect(lines.length).toBeLessThan(120);
  });

  test("a log that vanished cannot be seen", async () => {
    const session = await started("echo x; sleep 30");
    await eventually(() => sessions.capture(session, 1), ({ kind }) => kind === "pane");
    rmSync(join(folder.path, "logs"), { recursive: true });
    expect(await sessions.capture(session, 1)).toMatchObject({ failure: { code: "folder-missing" } });
    expect(await sessions.look(session)).toMatchObject({ kind: "alive" });
  });

  test("a garbled exit status is not taken for an end", async () => {
    const session = await started("sleep 30");
    await eventually(() => sessions.capture(session, 1), ({ kind }) => kind === "pane");
    const [log = ""] = readdirSync(join(folder.path, "logs"));
    writeFileSync(join(folder.path, "logs", log.replace(/log$/, "exit")), "\u001b[31mred");
    const sight = await sessions.look(session);
    expect(sight).toMatchObject({ kind: "invisible", failure: { code: "garbled" } });
    expect(/\p{Cc}/u.test(JSON.stringify(sight))).toBe(false);
  });

  test("logs are for their user only", async () => {
    const session = await started("echo x");
    await eventually(() => sessions.look(session), isGone);
    const logs = join(folder.path, "logs");
    const modes = [logs, ...readdirSync(logs).map((file) => join(logs, file))].map(
      (path) => statSync(path).mode & 0o077,
    );
    expect(modes.every((mode) => mode === 0)).toBe(true);
  });

  test("what has no terminal takes no text, and bad starts are refused", async () => {
    const session = await started("sleep 30");
    expect(await sessions.send(session, "x", { enter: true })).toMatchObject({ code: "no-terminal" });
    expect(await sessions.press(session, ["Enter"])).toMatchObject({ code: "no-terminal" });
    const base: NewSession = { name: "run-2", argv: ["true"], cwd: folder.path };
    expect(await sessions.create({ ...base, name: "../x" })).toMatchObject({ code: "name-invalid" });
    expect(await sessions.create({ ...base, cwd: "/nowhere/at/all" })).toMatchObject({ code: "folder-missing" });
    expect(await sessions.create({ ...base, argv: ["-x"] })).toMatchObject({ code: "command-invalid" });
  });
});

describe.skipIf(reason !== null)("the table of processes", () => {
  test("this process runs, and no other has its start", async () => {
    const identity = await identityOf(table, process.pid);
    if (identity === null) throw new Error("this process was not found");
    expect(await fateOf(table, identity)).toBe("running");
    expect(await fateOf(table, { ...identity, start: "0" })).toBe("ended");
    expect(await fateOf(table, { ...identity, bootId: "another" })).toBe("ended");
  });

  test.skipIf(process.platform !== "linux")("a name with brackets and blanks does not shift the fields", async () => {
    const root = join(folder.path, "proc");
    mkdirSync(join(root, "7"), { recursive: true });
    const fields = Array.from({ length: 30 }, (_, at) => String(at + 4)).join(" ");
    appendFileSync(join(root, "7", "stat"), `7 (a) S 1 (b)) R ${fields}`);
    expect(await linuxProcessTable(root).look(7)).toEqual({ kind: "running", start: "22" });
  });

  test("a group runs while one of its processes does", async () => {
    const session = await started("sleep 30 & sleep 30");
    const pid = Number(session.identity.split("/")[2]);
    for (const known of [table, psProcessTable(exec)]) expect(await known.groupRuns(pid)).toBe(true);
    process.kill(-pid, "SIGKILL");
    for (const known of [table, psProcessTable(exec)])
      await eventually(() => known.groupRuns(pid), (runs) => runs === false);
  });

  test("a table that is not there says nothing", async () => {
    const nowhere = linuxProcessTable(join(folder.path, "none"));
    expect(await nowhere.look(1)).toMatchObject({ kind: "invisible", failure: { code: "process-unknown" } });
    const identity = { bootId: "-", pid: 1, start: "2" };
    expect(await fateOf(nowhere, identity)).toMatchObject({ kind: "invisible" });
    expect(await nowhere.groupRuns(1)).toMatchObject({ kind: "invisible" });
  });

  test("without /proc a start is what ps prints", async () => {
    const look = (output: string, status = 0): ReturnType<ProcessTable["look"]> =>
      psProcessTable(pretending(ended(output, "", status)).exec).look(7);
    expect(await look("Ss   Sat Nov 21 10:00:00 2026\n")).toEqual({
      kind: "running",
      start: "Sat-Nov-21-10:00:00-2026",
    });
    expect(await look("Z    Sat Nov 21 10:00:00 2026\n")).toMatchObject({ kind: "unreaped" });
    expect(await look("", 1)).toEqual({ kind: "absent" });
    expect(await look("", 2)).toMatchObject({ kind: "invisible" });
  });

  test.skipIf(whyWithout("ps", "-p", "1") !== null)("ps on this host answers as it is read", async () => {
    const sight = await psProcessTable(exec).look(process.pid);
    expect(sight).toMatchObject({ kind: "running" });
    expect(execFileSync("ps", ["-p", String(process.pid)]).length).toBeGreaterThan(0);
  });
});

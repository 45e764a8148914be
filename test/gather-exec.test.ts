/** Running a program: every ending is data, and nothing of it outlives its deadline. Real programs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import fc from "fast-check";

import {
  type Command,
  hostProcessTable,
  lastLines,
  nodeExec,
  plainText,
  printable,
  sessionName,
} from "../src/gather/index.js";
import { paneTextMax } from "../spec/vocabulary/observation.js";
import { eventually, temporaryFolder } from "./harness/gathering.js";

const exec = nodeExec();
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder("exec");
});
afterEach(() => folder.remove());

function node(script: string, changes: Partial<Command> = {}) {
  return exec({
    program: process.execPath,
    args: ["-e", script],
    deadlineMs: 10_000,
    outputMax: 10_000,
    keep: "head",
    ...changes,
  });
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("running a program", () => {
  test("output, words of complaint and status come back apart", async () => {
    const execution = await node("process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3");
    expect(execution).toMatchObject({ kind: "ended", status: 3, signal: null, errors: "err" });
    expect(execution.kind === "ended" && textOf(execution.output)).toBe("out");
  });

  test("arguments are not read by a shell, and variables can be taken out", async () => {
    const script = "console.log(JSON.stringify([process.argv.slice(1), process.env.A, process.env.B]))";
    const own = nodeExec({ environment: { ...process.env, A: "1", B: "2" } });
    const execution = await own({
      program: process.execPath,
      args: ["-e", script, "$(id)", "a;b", "*"],
      env: { A: null, B: "3" },
      deadlineMs: 10_000,
      outputMax: 1_000,
      keep: "head",
    });
    expect(execution.kind === "ended" && JSON.parse(textOf(execution.output))).toEqual([
      ["$(id)", "a;b", "*"],
      null,
      "3",
    ]);
  });

  test("a program past its deadline is ended together with what it started", async () => {
    const script =
      "const { spawn } = require('child_process');" +
      "const child = spawn(process.execPath, ['-e', 'process.on(\"SIGTERM\", () => {}); setInterval(() => {}, 1e3)']);" +
      "require('fs').writeFileSync('pid', String(child.pid)); setInterval(() => {}, 1000);";
    const pidFile = join(folder.path, "pid");
    const execution = await node(script, { deadlineMs: 1_500, cwd: folder.path });
    expect(execution).toEqual({ kind: "timed-out" });
    const pid = Number(readFileSync(pidFile, "utf8"));
    await eventually(
      () => hostProcessTable(exec).look(pid),
      ({ kind }) => kind !== "running",
    );
  });

  test("more output than the bound is told, and the program is not waited for", async () => {
    const endless = "const more = () => process.stdout.write('x'.repeat(5000), more); more()";
    expect(await node(endless)).toEqual({ kind: "oversized" });
  });

  test("of a long output the end can be kept", async () => {
    const script = "for (let i = 0; i < 20000; i += 1) console.log('line ' + i)";
    const execution = await node(script, { keep: "tail", outputMax: 1_000 });
    expect(execution.kind === "ended" && execution.output.length).toBe(1_000);
    expect(execution.kind === "ended" && textOf(execution.output).endsWith("line 19999\n")).toBe(true);
  });

  test("a missing program and a missing folder are told apart", async () => {
    const cwd = join(folder.path, "vanished");
    expect(await node("0", { program: "no-such-program-here" })).toMatchObject({ cause: "program-missing" });
    expect(await node("0", { cwd })).toMatchObject({ kind: "not-started", cause: "folder-missing" });
    expect(await node("0", { program: folder.path })).toMatchObject({ cause: "not-permitted" });
    expect(await node("0", { args: ["a\0b"] })).toMatchObject({ kind: "not-started", cause: "other" });
  });

  test("a descendant that holds the pipe does not hold the answer", async () => {
    const script =
      "const child = require('child_process').spawn('sleep', ['100'], { stdio: 'inherit', detached: true });" +
      "child.unref(); console.log(child.pid)";
    const execution = await node(script, { deadlineMs: 8_000 });
    expect(execution).toMatchObject({ kind: "ended", status: 0 });
    process.kill(Number(execution.kind === "ended" ? textOf(execution.output) : "none"));
  });
});

describe("plain text", () => {
  test.each([
    ["colours", "\u001b[1;31mred\u001b[0m", "red"],
    ["a title", "a\u001b]0;title\u0007b", "ab"],
    ["a title ended by its terminator", "a\u001b]2;x\u001b\\b", "ab"],
    ["a title that never ends", "a\u001b]0;x\nnext", "a\nnext"],
    ["a link", "\u001b]8;;https://example.org\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["one-character sequences", "a\u001bMb\u001b(Bc\u001b=d", "abcd"],
    ["controls of the second block", "a\u009b31mb\u0085c", "abc"],
    ["an unfinished sequence", "a\u001b[31", "a"],
    ["overwritten text", "10%\r50%\r100%\nnext", "100%\nnext"],
    ["line ends of another system", "a\r\nb\r\n", "a\nb"],
    ["blanks and blank lines at the end", "a  \nb\t\n\n \n", "a\nb"],
    ["a bell and a null", "a\u0007\u0000b", "ab"],
    ["marks that turn the direction", "a\u202eb\u2066c", "abc"],
    ["tabs inside a line", "a\tb", "a\tb"],
  ])("%s", (_, input, expected) => {
    expect(plainText(input)).toBe(expected);
  });

  test("broken UTF-8 becomes the replacement character", () => {
    expect(plainText(Uint8Array.from([0x61, 0xff, 0xfe, 0xc3, 0xa9, 0xc3]))).toBe("a\ufffd\ufffdé\ufffd");
  });

  test("of an oversized pane the last whole lines are kept", () => {
    const line = `${"x".repeat(99)}\n`;
    const text = plainText(line.repeat(20_000));
    expect(text.length).toBeLessThanOrEqual(paneTextMax);
    expect(text.split("\n").every((each) => each.length === 99)).toBe(true);
    expect(plainText("😀".repeat(paneTextMax)).length).toBeLessThanOrEqual(paneTextMax);
    expect(plainText("x😀y", 2)).toBe("y");
  });

  test("whatever comes in, nothing but text, tabs and line ends comes out, and it is stable", () => {
    const pieces = fc.constantFrom("\u001b", "[", "]", "\u009b", "0;", "m", "\u0007", "\r", "\n", "a", "é", "\\");
    const wild = fc.oneof(fc.string({ unit: "binary" }), fc.array(pieces).map((parts) => parts.join("")));
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 200 }), (input, max) => {
        const text = plainText(input, max);
        expect(/(?![\n\t])\p{Cc}/u.test(text)).toBe(false);
        expect(text.length).toBeLessThanOrEqual(max);
        expect(plainText(text, max)).toBe(text);
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });

  test("broken bytes of any kind have an answer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(/(?![\n\t])\p{Cc}/u.test(plainText(bytes))).toBe(false);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test("a printable text is one line without controls", () => {
    expect(printable("a\n\u001b[31mb\tc\u202e")).toBe("a / \\u001b[31mb c\\u202e");
  });

  test("the last lines are the last lines", () => {
    expect(lastLines("a\nb\nc", 2)).toEqual(["b", "c"]);
    expect(lastLines("", 2)).toEqual([]);
  });
});

describe("names of sessions", () => {
  test.each(["run-1", "A_b-9"])("%s is kept", (name) => {
    expect(sessionName(name)).toBe(name);
  });

  test("a name that was changed is safe, short and not that of another", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ unit: "binary" }), (one, other) => {
        expect(sessionName(one)).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
        expect(sessionName(one) === sessionName(other)).toBe(one === other);
        expect(sessionName(sessionName(one))).toBe(sessionName(one));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test("what tmux would read as a target is not in a name", () => {
    expect(sessionName("issue.12:3 \u001b[31m=x")).toMatch(/^issue_12_3_31m_x-[0-9a-f]{8}$/);
  });
});

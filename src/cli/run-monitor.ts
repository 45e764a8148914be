/** `leasehold run monitor`: the monitor of a state directory, in the foreground or detached. */
import { spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

import { type Host, type MonitorEnd, type MonitorEvent, monitorRuns } from "../host/index.js";
import { printable } from "../gather/index.js";
import { UsageError } from "./exit.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf, defaultHolder } from "./lease-shell.js";
import { lasting, lostText, refusalText } from "./lease-text.js";
import { print, printJsonLine } from "./output.js";
import { asHost, runExit } from "./run-shell.js";
import { changeText } from "./run-watch.js";

export interface MonitorFlags extends StoreFlags {
  readonly tick: number;
  readonly detach?: true;
  readonly acknowledge: boolean;
}

/** Milliseconds between ticks. */
const tickMsMin = 20;
const tickMsMax = 3_600_000;
/** A larger log is moved aside when a monitor starts. */
const logBytesMax = 10_485_760;
/** How long a detached monitor may take until it monitors. */
const startMs = 30_000;
/** Longest part of its output that is repeated. */
const saidMax = 1_000;

export async function monitorCommand(flags: MonitorFlags): Promise<number> {
  if (flags.tick < tickMsMin || flags.tick > tickMsMax)
    throw new UsageError(`--tick is from ${tickMsMin}ms to 1h; found ${flags.tick} ms.`);
  if (flags.detach === true) return await detached(flags);
  const { json: _json, ...others } = flags;
  return await asHost(others, (host) => inForeground(host, flags));
}

async function inForeground(host: Host, flags: MonitorFlags): Promise<Answer> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, abort);
  const onEvent = (event: MonitorEvent): void => {
    if (event.type === "started") process.send?.({ outcome: "started", token: event.fencingToken });
    if (event.type === "tick") return;
    void (flags.json === true ? printJsonLine(event) : print(`${eventText(event, host, flags)}\n`));
  };
  const end = await monitorRuns({
    host,
    tickMs: flags.tick,
    acknowledge: flags.acknowledge,
    holder: defaultHolder(),
    signal: stop.signal,
    onEvent,
  });
  const answer = endAnswer(end);
  // Told to who started it, and not into the log of the monitor that is there.
  const toldElsewhere = end.outcome === "refused" && process.send?.({ outcome: "refused", text: answer.text(plain) }) !== undefined;
  if (process.connected) process.disconnect();
  if (toldElsewhere) return { ...answer, text: () => "" };
  if (flags.json !== true) return answer;
  await printJsonLine({ type: "end", ...end });
  return { ...answer, text: () => "" };
}

const plain = { good: same, bad: same, warn: same, dim: same, bold: same } as const;

function same(text: string): string {
  return text;
}

function endAnswer(end: MonitorEnd): Answer {
  switch (end.outcome) {
    case "ended":
      return answerOf(runExit.done, end, () => "monitor ended\n");
    case "refused":
      return answerOf(runExit.refused, end, (paint) =>
        `${refusalText(end.refusal, paint).replace("  Wait for it with --wait 30s.\n", "")}  One monitor watches a state directory.\n`,
      );
    case "lost":
      return answerOf(runExit.lost, end, (paint) => lostText(end.reason, paint));
  }
}

function eventText(event: Exclude<MonitorEvent, { readonly type: "tick" }>, host: Host, { tick }: MonitorFlags): string {
  const now = new Date(host.system.clock.now().wallMs).toISOString();
  switch (event.type) {
    case "started":
      return `monitoring ${printable(host.directory)} every ${lasting(tick)}, process ${process.pid}, ${tokenText(event)}; Ctrl-C ends it`;
    case "change":
      return changeText(event.change);
    case "trouble":
      return `${now}  ${event.run ?? "all runs"}  ${printable(event.message)}`;
    case "seen-again":
      return `${now}  ${event.run}  ${event.at} can be seen again`;
    case "did":
      return `${now}  ${event.run}  ${printable(event.what)}`;
  }
}

function tokenText({ fencingToken, fence }: Extract<MonitorEvent, { readonly type: "started" }>): string {
  return fence === fencingToken ? `token ${fence}` : `token ${fencingToken}, in the log of runs ${fence}`;
}

/** The same command again, with its output in a file; it says when it monitors, or why not. */
async function detached(flags: MonitorFlags): Promise<number> {
  // As a host: what keeps a monitor from starting is told here, and not in its log.
  return await asHost(flags, async (_host, directory) => {
    const path = join(directory.path, "monitor.log");
    const log = logFile(path);
    const { size } = fstatSync(log);
    const args = ["run", "monitor", "--dir", directory.path, "--tick", `${flags.tick}ms`, "--no-color"];
    const more = [...(flags.acknowledge ? [] : ["--no-acknowledge"]), ...(flags.allowRemote === true ? ["--allow-remote"] : [])];
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...args, ...more], {
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    const word = await firstWord(child);
    if (child.connected) child.disconnect();
    child.unref();
    if (word.outcome === "started") {
      const { pid } = child;
      const json = { outcome: "started", pid, fencingToken: word.token, log: path };
      const said = `process ${pid ?? "?"}, token ${word.token}, log ${printable(path)}\n  End it with: kill ${pid ?? "PID"}\n`;
      return answerOf(runExit.done, json, (paint) => `${paint.good("monitoring")}: ${said}`);
    }
    if (word.outcome === "refused") return answerOf(runExit.refused, word, () => word.text);
    const { why, code } = word;
    const said = lastLineFrom(path, size);
    const message = `the monitor ended before it monitored (${why})${said === "" ? "" : `: ${said}`}`;
    const text = `error: ${message}\n  Its output: ${printable(path)}\n`;
    return { ...answerOf(code ?? runExit.storage, { outcome: "failed", why, message, log: path }, () => text), failed: true };
  });
}

type Word =
  | { readonly outcome: "started"; readonly token: number }
  | { readonly outcome: "refused"; readonly text: string }
  /** `code`: its exit code, where it had one. */
  | { readonly outcome: "failed"; readonly why: string; readonly code: number | null };

function firstWord(child: ReturnType<typeof spawn>): Promise<Word> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ outcome: "failed", why: `no word within ${startMs} ms`, code: null }), startMs);
    const settle = (word: Word): void => {
      clearTimeout(timer);
      resolve(word);
    };
    child.once("message", (word) => settle(word as Word));
    child.once("error", ({ message }) => settle({ outcome: "failed", why: message, code: null }));
    child.once("exit", (code, signal) => settle({ outcome: "failed", why: `exit ${code ?? signal ?? "unknown"}`, code }));
  });
}

/** What the monitor said last, of what it wrote behind a byte of its log; without the word it begins with. */
function lastLineFrom(path: string, from: number): string {
  try {
    const lines = readFileSync(path).subarray(from).toString("utf8").trim().split("\n");
    return printable((lines.at(-1) ?? "").replace(/^error: /, "").slice(0, saidMax));
  } catch {
    return "";
  }
}

function logFile(path: string): number {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(path, `${path}.1`);
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new UsageError(`cannot write the monitor's log ${printable(path)}: ${(error as NodeJS.ErrnoException).code ?? "unknown"}.`);
  }
}


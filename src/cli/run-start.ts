/** `leasehold run start`: starts an agent and records the run. */
import { randomBytes } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { printable } from "../gather/index.js";
import {
  type Host,
  type IssueSource,
  type PullRequestSource,
  type StartRequest,
  type Started,
  type TmuxSocket,
  factsOf,
  startRun,
  tmuxSocket,
} from "../host/index.js";
import { UsageError } from "./exit.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf, defaultHolder } from "./lease-shell.js";
import { type Painted, refusalText } from "./lease-text.js";
import { asHost, runExit } from "./run-shell.js";
import { sessionText } from "./run-show.js";
import { monitorOf, monitorText, pairText, sourceText } from "./run-text.js";
import { nearest } from "./suggest.js";

export interface StartFlags extends StoreFlags {
  readonly id?: string;
  readonly issue?: string;
  readonly agent: string;
  readonly branch?: string;
  readonly worktree?: string;
  readonly base?: string;
  readonly session: "tmux" | "process";
  readonly cwd?: string;
  readonly tmuxSocket?: string;
  readonly pullRequests?: string;
  readonly issues?: string;
  readonly lease: boolean;
}

/** Crockford's alphabet: no letter is mistaken for a digit. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idLength = 6;

export function startCommand(words: readonly string[], flags: StartFlags): Promise<number> {
  const [program, ...args] = words;
  if (program === undefined || program === "") throw new UsageError("name the command to run behind --, for example: leasehold run start -- codex");
  return asHost(flags, async (host, directory) => {
    const request = requestOf(flags, [program, ...args], dirname(directory.path));
    const started = await startRun(host, request);
    return await answered(host, request, started);
  });
}

function requestOf(flags: StartFlags, command: StartRequest["command"], project: string): StartRequest {
  const cwd = folderOf(flags.cwd ?? ".");
  return {
    run: flags.id ?? newRunId(),
    agent: flags.agent,
    issue: flags.issue ?? null,
    branch: flags.branch ?? null,
    directory: cwd,
    command,
    socket: flags.session === "process" ? null : socketOf(flags.tmuxSocket),
    worktree: flags.worktree === undefined ? null : resolve(cwd, flags.worktree),
    base: flags.base ?? null,
    pullRequests: pullRequestsOf(flags.pullRequests),
    issues: issuesOf(flags.issues, project),
    lease: flags.lease,
    holder: defaultHolder(),
  };
}

function folderOf(path: string): string {
  try {
    if (statSync(path).isDirectory()) return realpathSync(path);
    throw new UsageError(`${printable(path)} is not a folder; name the folder the agent is to work in.`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot use the folder ${printable(path)}: ${code ?? "unknown"}.`);
  }
}

function newRunId(): string {
  return Array.from(randomBytes(idLength), (byte) => alphabet[byte % 32]).join("");
}

/** A name, or a path. */
function socketOf(text: string | undefined): TmuxSocket {
  const wanted = text ?? process.env["LEASEHOLD_TMUX_SOCKET"] ?? "leasehold";
  const parsed = tmuxSocket.safeParse(wanted.includes("/") ? { path: resolve(wanted) } : { name: wanted });
  if (parsed.success) return parsed.data;
  throw new UsageError(`the socket of tmux is a name (letters, digits, _ and -) or a path of at most 100 characters; found "${printable(wanted)}".`);
}

function pullRequestsOf(text: string | undefined): PullRequestSource | null {
  if (text === undefined || text === "gh" || text === "none") return text ?? null;
  if (text.startsWith("file:") && text.length > 5) return { file: resolve(text.slice(5)) };
  throw new UsageError(`--pull-requests takes gh, none or file:PATH; found "${printable(text)}".${nearest(text, ["gh", "none"])}`);
}

function issuesOf(text: string | undefined, project: string): IssueSource {
  if (text === "gh") return "gh";
  return { folder: text === undefined ? join(project, "issues") : resolve(text) };
}

async function answered(host: Host, request: StartRequest, started: Started): Promise<Answer> {
  switch (started.outcome) {
    case "refused": {
      const { refusal, message, code } = started;
      const exit = code === "unknown-profile" ? runExit.usage : runExit.refused;
      const hint = code === "unknown-profile" ? nearest(request.agent, host.system.profiles.map(({ name }) => name)) : "";
      return answerOf(exit, { ...started, message: `${message}${hint}` }, (paint) =>
        refusal === null
          ? `${paint.bad("refused")}: ${printable(`${message}${hint}`)}\n`
          : treeTaken(message, refusalText(refusal, paint)),
      );
    }
    case "failed": {
      const { run, step, error } = started;
      const json = { outcome: "failed", run: run.created.run, ...run.view, step, error };
      return answerOf(runExit.refused, json, (paint) => failedText(run.created.run, pairText(run.view), error, paint));
    }
    case "started": {
      const { run, session, notices } = started;
      const { placement } = factsOf(run);
      const monitor = monitorOf(await host.leases.live());
      const json = { outcome: "started", run: run.created.run, ...run.view, session, placement, monitor, notices };
      return answerOf(runExit.done, json, (paint) => {
        const lines = [
          `${paint.good("started")} ${run.created.run}: ${pairText(run.view)}`,
          `  session  ${sessionText(run)}`,
          `  pull requests are looked for through ${sourceText(placement?.pullRequests ?? "none")}`,
          ...notices.map((notice) => `  note: ${printable(notice)}`),
          ...(monitor === null ? [`  ${monitorText(null)}`] : []),
        ];
        return `${lines.join("\n")}\n`;
      });
    }
  }
}

function treeTaken(message: string, refusal: string): string {
  return `${refusal.replace("  Wait for it with --wait 30s.\n", "")}  ${printable(message)} Use another work tree (--worktree), or share it with --no-lease.\n`;
}

function failedText(run: string, pair: string, error: string, paint: Painted): string {
  return `${paint.bad("failed")} ${run}: ${pair}\n  ${printable(error)}\n  The run is recorded: leasehold run log ${run}\n`;
}

/**
 * Pages that are lists of what the sources say: vocabulary, errors, the manual of the command. `npm run docs` writes
 * them anew; otherwise a page that differs fails. Pages of laws and machines are in `documents.test.ts`.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import {
  laneInvalidMeanings,
  laneLostMeanings,
  laneRefusalMeanings,
  plainReasons,
  reasonMeanings,
  status,
  terminalStatuses,
} from "../spec/vocabulary/index.js";
import { bugMeaning, execOffset, exitCode, judgingMeanings, leaseExit, leaseMeanings } from "../src/cli/exit.js";
import { manualOf } from "../src/cli/manual.js";
import { programFor } from "../src/cli/program.js";
import { gatherMeanings, gatherRefusalMeanings, problemMeanings, thrown } from "./harness/error-examples.js";

const path = (page: string): string => fileURLToPath(new URL(`../docs/${page}`, import.meta.url));
const note = "Generated from the sources by `npm run docs`.";
const cell = (text: string): string => text.replaceAll("|", "\\|");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, note, ...parts].join("\n\n")}\n`;
}

function meaningsTable(meanings: Readonly<Record<string, string>>): string {
  return table(["word", "meaning"], Object.entries(meanings).map(([word, meaning]) => [`\`${word}\``, meaning]));
}

function vocabularyPage(): string {
  const terminal: readonly string[] = terminalStatuses;
  const statuses = status.options.map((one) => [`\`${one}\``, terminal.includes(one) ? "terminal" : "active"]);
  const reasons = Object.entries(reasonMeanings).map(([reason, { with: on, meaning }]) => {
    const plain = (plainReasons as readonly string[]).includes(reason);
    return [`\`${plain ? reason : `${reason}_<word>`}\``, on, meaning];
  });
  return page(
    "Vocabulary",
    "## Statuses\n\nOnly a user's assertion leaves a terminal status.",
    table(["status", "kind"], statuses),
    "## Reasons\n\nOn the status event; `unknown` and `failed` always carry one.",
    table(["reason", "with", "meaning"], reasons),
    "## Why a lease is lost",
    meaningsTable(laneLostMeanings),
    "## Why a lane is refused",
    meaningsTable(laneRefusalMeanings),
    "## Why a request cannot be asked",
    meaningsTable(laneInvalidMeanings),
  );
}

const bug = { [exitCode.bug]: bugMeaning };

function codesOf<N extends string>(codes: Readonly<Record<N, number>>, meanings: Readonly<Partial<Record<N, string>>>, offset = 0): Codes {
  const names = Object.keys(meanings) as N[];
  return { ...Object.fromEntries(names.map((name) => [codes[name] + offset, meanings[name] ?? ""])), ...bug };
}

type Codes = Readonly<Record<number, string>>;

const { done, usage, storage } = leaseMeanings;

/** Each command stands in one group; `run replay` judges and is not like the rest of `run`. */
const exitGroups: readonly (readonly [commands: readonly string[], codes: Codes])[] = [
  [
    ["verify", "explore"],
    codesOf(exitCode, judgingMeanings),
  ],
  [
    ["replay", "run replay"],
    codesOf(exitCode, {
      holds: "the path no longer breaches its law; every scenario ended as it says",
      violated: "the path still breaches its law; a scenario ended otherwise",
      usage: "wrong usage, or an error in a model",
    }),
  ],
  [
    ["docs"],
    codesOf(exitCode, {
      holds: "written, and all holds; with `--check`: up to date",
      violated: "written, and not all holds; with `--check`: out of date",
      usage,
      unknown: "nothing was written: a limit was reached before everything was decided",
      interrupted: "nothing was written: interrupted",
    }),
  ],
  [
    ["lint"],
    codesOf(exitCode, {
      holds: "nothing was found",
      violated: "findings; `lint why`: nothing was recognised at that place",
      usage: "wrong usage, or the configuration cannot be used",
    }),
  ],
  [["laws", "completion"], codesOf(exitCode, { holds: "printed", usage: "wrong usage, or an unknown name" })],
  [["lease", "watch"], codesOf(leaseExit, leaseMeanings)],
  [
    ["run"],
    codesOf(leaseExit, {
      done,
      refused: "refused, or it did not come about: the run exists, was not stopped, ended otherwise than waited for",
      usage: "wrong usage, an unknown run or profile; nothing was done",
      lost: "the monitor's lease was lost",
      busy: "still not so at the end of the wait",
      storage,
    }),
  ],
  [
    ["journal", "audit", "doctor"],
    codesOf(leaseExit, {
      done: "done, and nothing is wrong",
      refused: "something is wrong: damage, a breach of a law, a host that is not fit, records not taken over",
      usage,
      busy: "another process keeps the journal busy",
      storage: "the state directory or the file cannot be used",
    }),
  ],
  [
    ["exec"],
    {
      2: "wrong usage; nothing was run",
      ...codesOf(
        leaseExit,
        {
          refused: "refused: somebody else has it; nothing was run",
          usage: "what was asked for cannot be asked; nothing was run",
          lost: "the lease was lost and the command was ended",
          busy: "still busy at the end of `--wait`; nothing was run",
          storage: "the state directory cannot be used",
        },
        execOffset,
      ),
      126: "the command cannot be executed",
      127: "the command was not found",
      130: "interrupted while it waited; nothing was run",
    },
  ],
];

function exitSections(): readonly string[] {
  return exitGroups.flatMap(([commands, codes]) => [
    `### ${commands.map((name) => `\`${name}\``).join(", ")}`,
    table(["code", "meaning"], Object.entries(codes)),
  ]);
}

function meaningsOf(meanings: Readonly<Record<string, string>>, prefix = ""): string {
  return table(["code", "meaning"], Object.entries(meanings).map(([code, meaning]) => [`\`${prefix}${code}\``, meaning]));
}

const about: Readonly<Record<string, string>> = {
  ModelError: "A broken model is not a violated law: this is thrown and is never a verdict.",
  JournalError: "A journal cannot be used, or a call on it has no answer.",
  LeaseError:
    "A call on a lease store has no answer. Refused and lost are answers and are never thrown. After " +
    "`lease/unknown-outcome` make the same call again: it is settled from what was recorded.",
  RunError: "A call on the store of runs cannot be carried out.",
  HostError: "The reference host cannot work as it is set up.",
  WorkerPlaneError: "A host asked the worker plane for what cannot be done, or the network refused.",
  LintError: "A lint run has no result. A finding is a value and is never thrown.",
};

function thrownSections(): readonly string[] {
  return thrown.flatMap(({ name, messages }) => [
    `### \`${name}\`\n\n${about[name] ?? ""}`,
    table(["code", "example of its message"], Object.entries(messages).map(([code, message]) => [`\`${code}\``, message])),
  ]);
}

function errorsPage(): string {
  return page(
    "Errors and exit codes",
    "## Exit codes of the command\n\nBy command. `exec` ends with the code of the command it ran; when that was ended by signal " +
      "n, with 128+n. Its own codes are those of the other commands moved up by 120.",
    ...exitSections(),
    "## Errors that are thrown\n\nThe field `failure` carries the code with its values; messages may change, codes do not.",
    ...thrownSections(),
    "## Failures as data\n\nGathering throws nothing: what could not be seen is `invisible`, what the world did not let happen " +
      "is `failed`, what was not tried is `refused`. None of them says anything about a run.",
    "### Invisible or failed",
    meaningsOf(gatherMeanings, "gather/"),
    "### Refused",
    meaningsOf(gatherRefusalMeanings, "gather/"),
    "### Between master and worker\n\nWhat a peer of the worker plane is told. After a final one it does not come back.",
    meaningsOf(problemMeanings),
    "## Other errors\n\n`CompileError` lists what of a chart cannot be compiled, with the path of each node. `LeaseLostError` is the " +
      "reason of a holder's signal that aborts. `LaneCheckpointError` says that a checkpoint of leases cannot be read; nothing " +
      "is concluded from it. `BugError` says that an assertion of ours failed: report it, nobody handles it.",
  );
}

describe("exit codes", () => {
  const program = programFor(() => Promise.resolve(), { completions: true });

  it("of every command are on the page", () => {
    const named = exitGroups.flatMap(([commands]) => commands).filter((name) => !name.includes(" "));
    const hidden = ["complete", "manual"];
    const commands = program.commands.map((one) => one.name()).filter((name) => !hidden.includes(name));
    expect([...named].sort()).toEqual([...commands].sort());
  });

  it("of exec are those of its help", () => {
    let help = "";
    const exec = program.commands.find((one) => one.name() === "exec");
    exec?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    const codes = exitGroups.find(([commands]) => commands.includes("exec"))?.[1] ?? {};
    const ours = Object.keys(codes).filter((code) => code !== "70" && code !== "130");
    expect(ours.filter((code) => !new RegExp(`\\b${code}\\b`).test(help))).toEqual([]);
  });
});

describe("generated pages are up to date", () => {
  it("docs/vocabulary.md", async () => {
    await expect(vocabularyPage()).toMatchFileSnapshot(path("vocabulary.md"));
  });

  it("docs/errors.md", async () => {
    await expect(errorsPage()).toMatchFileSnapshot(path("errors.md"));
  });

  it("docs/leasehold.1", async () => {
    const program = programFor(() => Promise.resolve());
    await expect(manualOf(program)).toMatchFileSnapshot(path("leasehold.1"));
  });
});

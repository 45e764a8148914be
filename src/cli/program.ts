/** Commands, options and help. Everything heavy is loaded by the command that needs it. */
import { readFileSync } from "node:fs";

import { Argument, Command, Option } from "commander";

import { addAudit } from "./audit-commands.js";
import { addDoctor } from "./doctor-commands.js";
import { addDocs } from "./docs-commands.js";
import { addExec } from "./exec-commands.js";
import { bugMeaning, execOffset, exitCode, exitLines, judgingMeanings, leaseExit, leaseMeanings } from "./exit.js";
import type { ExploreFlags } from "./explore.js";
import { addJournal } from "./journal-commands.js";
import type { LawsFlags } from "./laws.js";
import { addLease } from "./lease-commands.js";
import { addLint } from "./lint-commands.js";
import { type Run, bounds, collect, examples, positive } from "./options.js";
import type { ReplayFlags } from "./replay.js";
import type { RunReplayFlags } from "./run-replay.js";
import type { VerifyFlags } from "./verify.js";
import { addRunHost } from "./run-commands.js";
import { addWatch } from "./watch-commands.js";

/**
 * `run` receives the work of the chosen command and keeps its exit code. Without `completions` the program is
 * the one whose words are completed.
 */
export function programFor(run: Run, options: { readonly completions?: boolean } = {}): Command {
  const program = new Command("leasehold")
    .description("Run and lease lifecycles as statecharts, and a model checker for their laws.")
    .version(version(), "-V, --version", "print the version")
    .helpCommand("help [command]", "help for a command")
    .showHelpAfterError("(leasehold --help lists commands and options)")
    .exitOverride()
    .addHelpText("after", exitCodes);
  addVerify(program, run);
  addExplore(program, run);
  addLaws(program, run);
  addReplay(program, run);
  addRun(program, run);
  addLease(program, run);
  addExec(program, run);
  addLint(program, run);
  addWatch(program, run);
  addDocs(program, run);
  addJournal(program, run);
  addAudit(program, run);
  addDoctor(program, run);
  if (options.completions !== false) addCompletions(program, run);
  return program;
}

/** `completion` prints a script; `complete` is what that script calls. */
function addCompletions(program: Command, run: Run): void {
  const complete = (): Promise<void> =>
    run(async () => {
      const { completionCommand } = await import("./completion.js");
      return await completionCommand(programFor(run, { completions: false }), process.argv);
    });
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish", "powershell"]))
    .description("print the completion script of a shell")
    .addHelpText("after", examples("completion bash > ~/.local/share/bash-completion/completions/leasehold"))
    .action(complete);
  program.command("complete", { hidden: true }).argument("[words...]").action(complete);
  program
    .command("manual", { hidden: true })
    .description("print the manual page in roff")
    .action(() =>
      run(async () => {
        const [{ manualOf }, { print }] = await Promise.all([import("./manual.js"), import("./output.js")]);
        await print(manualOf(programFor(run)));
        return 0;
      }),
    );
}

const exitCodes = `
Exit codes of verify, explore, replay, docs, lint:
${exitLines(exitCode, { ...judgingMeanings, bug: bugMeaning })}

Exit codes of lease, watch, run, journal, audit, doctor
(exec adds ${execOffset}: smaller codes are those of its command):
${exitLines(leaseExit, leaseMeanings)}

Examples:
  $ leasehold verify
  $ leasehold explore worker-plane --set workers=2 --json
  $ leasehold exec build -- make
  $ leasehold run replay scenarios.json`;

function addVerify(program: Command, run: Run): void {
  program
    .command("verify")
    .description("check every law on its models, every mutant, and the agreement with XState")
    .option("--law <id...>", "only these laws")
    .option("--system <name...>", "only these systems")
    .addOption(bounds("how far the searches go").default("default"))
    .addOption(
      new Option("--format <name>", "how the report is printed; github adds annotations")
        .choices(["pretty", "json", "github", "sarif"])
        .default("pretty"),
    )
    .option("--json", "the same as --format json")
    .option("--out <dir>", "write verify.json and every counterexample (.json, .itf.json, .mmd) there")
    .option("--report <dir>", "write the report as a web page there; it opens without a server")
    .option("--jobs <n>", "threads that search", positive)
    .option("--seconds <n>", "end after so many seconds with what is known", positive)
    .option("--verbose", "everything: all names of what was not reached, every search")
    .option("--no-color", "plain text")
    .addHelpText(
      "after",
      examples(
        "verify --bounds small",
        "verify --law L4 L8",
        "verify --json --out out",
        "verify --format sarif > verify.sarif",
      ),
    )
    .action((flags: VerifyFlags) =>
      run(async () => (await import("./verify.js")).verifyCommand(flags, program.version() ?? "")),
    );
}

function addExplore(program: Command, run: Run): void {
  program
    .command("explore")
    .argument("<system>", "a system, for example worker-plane")
    .description("explore the states of one system and check its laws on the way")
    .option("--set <name=value>", "a parameter of the system; repeat it for several", collect)
    .option("--configuration <name>", "start from the default bounds of this configuration")
    .option("--symmetry", "explore one state of each orbit of interchangeable ids")
    .option("--law <id...>", "only these laws, and all their checks")
    .option("--states <n>", "end after so many distinct states", positive)
    .option("--seconds <n>", "end after so many seconds", positive)
    .option("--memory <mib>", "end at so many MiB of resident memory", positive)
    .option("--json", "one JSON document on standard output")
    .option("--verbose", "all names of what was not reached, all levels")
    .option("--no-color", "plain text")
    .addHelpText(
      "after",
      examples(
        "explore worker-plane --set workers=2 --set leases=1",
        "explore run-monitor --configuration panes --seconds 60",
        "explore worker-plane --law LL1 --json",
      ),
    )
    .action((system: string, flags: ExploreFlags) =>
      run(async () => (await import("./explore.js")).exploreCommand(system, flags)),
    );
}

function addLaws(program: Command, run: Run): void {
  program
    .command("laws")
    .argument("[id]", "a law, for example LL1")
    .description("list the laws, or show one in full")
    .option("--json", "one JSON document on standard output")
    .option("--no-color", "plain text")
    .addHelpText("after", examples("laws", "laws LL1", "laws --json"))
    .action((id: string | undefined, flags: LawsFlags) =>
      run(async () => (await import("./laws.js")).lawsCommand(id, flags)),
    );
}

function addReplay(program: Command, run: Run): void {
  program
    .command("replay")
    .argument("<counterexample>", 'a file that verify wrote, or a line such as "LL8 0/12/3"')
    .description("replay a counterexample on the models as they are now")
    .option("--on <place>", "the system, or system/configuration, it was found on")
    .addOption(bounds("the bounds it was found in"))
    .option("--set <name=value>", "a parameter of the system; repeat it for several", collect)
    .option("--json", "one JSON document on standard output")
    .option("--no-color", "plain text")
    .addHelpText(
      "after",
      `${examples("replay out/LL8-worker-plane.json", 'replay "LL8~no-fence 0/12/3"')}

Exit code 1 when the law is still breached, 0 when it holds at the end of the path.`,
    )
    .action((target: string, flags: ReplayFlags) =>
      run(async () => (await import("./replay.js")).replayCommand(target, flags)),
    );
}

function addRun(program: Command, run: Run): void {
  const group = program.command("run").description("start, watch and end runs of agents on this host; replay scripted ones");
  addRunHost(group, run);
  group
    .command("replay")
    .argument("<file>", "scenarios in JSON")
    .description("replay scripted runs and compare them with what they expect")
    .option("--json", "one JSON document on standard output")
    .option("--no-color", "plain text")
    .addHelpText("after", examples("run replay scenarios.json", "run replay scenarios.json --json"))
    .action((file: string, flags: RunReplayFlags) =>
      run(async () => (await import("./run-replay.js")).runReplayCommand(file, flags)),
    );
}

/** The manifest stands above the compiled files as well as above the sources. */
function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as {
        version: string;
      };
      return manifest.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return "0.0.0";
}

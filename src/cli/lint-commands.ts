/** Definitions of `leasehold lint`, `lint init` and `lint why`. */
import { type Command, Option } from "commander";

import type { InitFlags } from "./lint-init.js";
import type { LintFlags } from "./lint.js";
import { type Run, collect, examples } from "./options.js";

const configurationOption =
  "the configuration; write-surface.yaml, .yml or .json here when not given";

export function addLint(program: Command, run: Run): void {
  const lint = program
    .command("lint")
    .description("check that only listed writers write")
    .option("--config <file>", configurationOption)
    .addOption(
      new Option("--format <name>", "how findings are printed")
        .choices(["pretty", "json", "github", "gitlab", "sarif"])
        .default("pretty"),
    )
    .option("--json", "the same as --format json")
    .option("--meter", "print how many sites write in each surface, and nothing else")
    .option("--surface <id...>", "only findings of these surfaces")
    .option(
      "--since <revision>",
      "only findings in files changed since a git revision, and of the ratchet",
    )
    .option("--update", "rewrite the lock file; it only shrinks")
    .option("--grow <writer>", "let the lock file grow by one listed writer, with --because")
    .option("--because <text>", "why it may grow; kept in the lock file")
    .option("--cache", "keep what was found, and look again only where a change can matter")
    .option("--cache-location <file>", "where it is kept; node_modules/.cache/leasehold/lint.json")
    .option("--no-color", "plain text")
    .addOption(
      new Option("--mutants", "try the mutants of the surface laws, on leasehold's own sources").hideHelp(),
    )
    .addHelpText(
      "after",
      `${examples(
        "lint",
        "lint --format sarif > lint.sarif",
        "lint --since origin/main --cache",
        'lint --grow W12 --because "the import job, until it reports observations"',
      )}

Exit code 0 when nothing was found, 1 with findings, 2 when the configuration cannot be used.`,
    )
    .action((flags: LintFlags) =>
      run(async () => (await import("./lint.js")).lintCommand(flags, program.version() ?? "")),
    );
  addInit(lint, run);
  addWhy(lint, run);
}

function addInit(lint: Command, run: Run): void {
  lint
    .command("init")
    .description("write a first configuration that lists everybody who writes now, undecided")
    .option("--out <file>", "the configuration to write", "write-surface.yaml")
    .option("--id <id>", "id of the surface", "writes")
    .option("--include <glob>", "files to look at; repeat it for several", collect)
    .option("--exclude <glob>", "files to leave out; repeat it for several", collect)
    .option("--call <symbol>", "a function whose calls are writes, as path#Name.member", collect)
    .option("--construct <symbol>", "a type whose values only writers make", collect)
    .option("--assign <symbol>", "a field that only writers change", collect)
    .option("--discard <symbol>", "a function whose outcome counts", collect)
    .option("--pattern <code>", "an ast-grep pattern; repeat it for several", collect)
    .option("--language <name>", "language of the patterns")
    .addHelpText(
      "after",
      examples(
        "lint init",
        "lint init --call src/store.ts#Store.append --id run-status",
        "lint init --pattern 'model.NewStatusEvent($$$)' --language go --include 'internal/**/*.go'",
      ),
    )
    .action((flags: InitFlags) =>
      run(async () => (await import("./lint-init.js")).lintInitCommand(flags)),
    );
}

function addWhy(lint: Command, run: Run): void {
  lint
    .command("why")
    .argument("<place>", "a line, as file:line")
    .description("explain how a write was recognised")
    .option("--config <file>", configurationOption)
    .addHelpText("after", examples("lint why src/run/commit.ts:42"))
    .action((place: string, _flags: unknown, command: Command) =>
      run(async () =>
        (await import("./lint-why.js")).lintWhyCommand(place, command.optsWithGlobals()),
      ),
    );
}

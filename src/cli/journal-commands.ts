/** Definitions of `leasehold journal …` and `leasehold doctor`. */
import { type Command, Option } from "commander";

import type { ImportFlags, RepairFlags, TailFlags } from "./journal.js";
import { type StoreFlags, storeOptions } from "./lease-options.js";
import { type Run, examples, positive } from "./options.js";

const exits = `
Exit codes:
  0  done, and nothing is wrong   1  something is wrong, or was not taken over
  2  wrong usage                  4  another process keeps the journal busy
  5  the journal cannot be used`;

export function addJournal(program: Command, run: Run): void {
  const group = program
    .command("journal")
    .description("look after the file that leases are recorded in")
    .addHelpText("after", `${examples("journal verify", "journal tail --count 20")}\n${exits}`);
  storeOptions(group.command("tail").description("show the last records"))
    .option("--count <n>", "how many (default 10)", positive)
    .addHelpText("after", `${examples("journal tail --count 3 --json")}\n${exits}`)
    .action((flags: TailFlags) => run(async () => (await import("./journal.js")).tailCommand(flags)));
  storeOptions(group.command("verify").description("read all of it and say what is wrong with it"))
    .addHelpText("after", `${examples("journal verify")}\n${exits}`)
    .action((flags: StoreFlags) => run(async () => (await import("./journal.js")).verifyCommand(flags)));
  storeOptions(group.command("compact").description("fold it to what still matters; it also does that by itself"))
    .addHelpText("after", `${examples("journal compact")}\n${exits}`)
    .action((flags: StoreFlags) => run(async () => (await import("./journal.js")).compactCommand(flags)));
  addRepair(group, run);
  addTransfer(group, run);
}

function addRepair(group: Command, run: Run): void {
  storeOptions(group.command("repair").description("mend a damaged journal the way you say; the old file is kept"))
    .addOption(new Option("--drop-damaged", "keep every sound record, and nothing else").conflicts("truncateAt"))
    .option("--truncate-at <byte>", "keep the sound records that end before this byte", positive)
    .addHelpText(
      "after",
      `${examples("journal verify", "journal repair --drop-damaged")}

What a repair takes away is forgotten: a grant or a release may be among it.
${exits}`,
    )
    .action((flags: RepairFlags) => run(async () => (await import("./journal.js")).repairCommand(flags)));
}

function addTransfer(group: Command, run: Run): void {
  storeOptions(group.command("export").description("write it to standard output, one JSON object a line"))
    .addHelpText("after", `${examples("journal export > leases.ndjson")}\n${exits}`)
    .action((flags: StoreFlags) => run(async () => (await import("./journal.js")).exportCommand(flags)));
  storeOptions(group.command("import").argument("<file>", "what was exported, or a foreign journal"))
    .addOption(new Option("--from <format>", "whose journal it is").choices(["leasehold", "dos"]).default("leasehold"))
    .description("take over what an export wrote, or the leases of another system")
    .addHelpText(
      "after",
      `${examples("journal import leases.ndjson --dir fresh", "journal import --from dos lane-journal.jsonl")}

An export goes into an empty state directory. From another system the leases in force are taken over, one by one,
as detached leases with new secrets (shown with --json), and what is not taken over is listed.
${exits}`,
    )
    .action((file: string, flags: ImportFlags) =>
      run(async () => (await import("./journal.js")).importCommand(file, flags)),
    );
}

/** Definition of `leasehold docs`. */
import type { Command } from "commander";

import type { DocsFlags } from "./docs.js";
import { type Run, bounds, examples, positive } from "./options.js";

export function addDocs(program: Command, run: Run): void {
  program
    .command("docs")
    .description("write a page for each law and each machine, from what verify finds")
    .requiredOption("--out <dir>", "where laws/ and machines/ are written")
    .addOption(bounds("how far the searches go").default("default"))
    .option("--from <file>", "take a findings file instead of searching; its paths are replayed")
    .option("--check", "write nothing; name the files that differ and end with 1 when there are any")
    .option("--site <dir>", "write the report as a web page there as well; it opens without a server")
    .option("--jobs <n>", "threads that search", positive)
    .addHelpText(
      "after",
      `${examples("docs --out docs", "docs --out docs --from docs/laws/findings.json --check")}

Pages hold no times and no dates: the same sources give the same files.`,
    )
    .action((flags: DocsFlags) => run(async () => (await import("./docs.js")).docsCommand(flags)));
}

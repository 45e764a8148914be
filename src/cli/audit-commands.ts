/** Definition of `leasehold audit`. */
import type { Command } from "commander";

import type { AuditFlags } from "./audit.js";
import { type Run, examples } from "./options.js";

export function addAudit(program: Command, run: Run): void {
  program
    .command("audit")
    .argument("<file...>", "journals of leases or runs, as they are in a state directory or as exported")
    .description("judge recorded journals by the laws, record by record")
    .option("--law <id...>", "only these laws")
    .option("--json", "one JSON document on standard output")
    .option("--no-color", "plain text")
    .addHelpText(
      "after",
      `${examples("audit .leasehold/journal.ndjson", "audit leases.ndjson runs.ndjson --json")}

Exit codes:
  0  no law is breached   1  a law is breached, or the file is damaged
  2  wrong usage          5  the file cannot be read`,
    )
    .action((files: readonly string[], flags: AuditFlags) =>
      run(async () => (await import("./audit.js")).auditCommand(files, flags)),
    );
}

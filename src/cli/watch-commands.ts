/** Definition of `leasehold watch`. */
import type { Command } from "commander";

import { type StoreFlags, leaseExitText, storeOptions } from "./lease-options.js";
import { type Run, examples } from "./options.js";

export function addWatch(program: Command, run: Run): void {
  storeOptions(program.command("watch").description("show every change of leases as it happens, until Ctrl-C"))
    .addHelpText("after", `${examples("watch", "watch --json")}\n\nWith --json, one JSON object a line.\n${leaseExitText}`)
    .action((flags: StoreFlags) =>
      run(async () => (await import("./watch.js")).watchCommand(flags)),
    );
}

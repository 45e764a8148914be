/** Definition of `leasehold doctor`. */
import type { Command } from "commander";

import { type StoreFlags, storeOptions } from "./lease-options.js";
import { type Run, examples } from "./options.js";

export function addDoctor(program: Command, run: Run): void {
  storeOptions(program.command("doctor").description("is this host fit to keep leases? filesystem, locks, clock, space"))
    .addHelpText("after", `${examples("doctor", "doctor --dir /var/lib/leases --json")}\n\nExit code 0 when all is well, 1 when not.`)
    .action((flags: StoreFlags) => run(async () => (await import("./doctor.js")).doctorCommand(flags)));
}

/** Definition of `leasehold exec`. */
import type { Command } from "commander";

import type { ExecFlags } from "./exec.js";
import { claimOptions } from "./lease-commands.js";
import { durationMs, storeOptions } from "./lease-options.js";
import { type Run, examples } from "./options.js";

export function addExec(program: Command, run: Run): void {
  const command = program
    .command("exec")
    .argument("<lane>", "name of the lane")
    .argument("<command...>", "what to run, behind --")
    .description("run a command while holding a lane: nobody else gets the lane until it ends");
  storeOptions(claimOptions(command))
    .option("--grace <duration>", "when the lease is lost: time between TERM and KILL (default 10s)", durationMs)
    .option("--run <id>", "the run it is for, recorded")
    .option("--pass-secret", "give the command LEASEHOLD_SECRET too, so that it can beat or release by itself")
    .option("--quiet", "do not say that it waits")
    .addHelpText(
      "after",
      `${examples(
        "exec build -- make",
        "exec deploy --wait 10m -- ./deploy.sh production",
        'exec docs --region "docs/**" --shared -- npx vitepress build',
      )}

The command sees LEASEHOLD_LANE, LEASEHOLD_FENCE (the fencing token), LEASEHOLD_LEASE_ID and LEASEHOLD_DIR. Signals
are passed on to it. When the lease is lost the command is ended, TERM first.

Exit codes: the command's own (127 not found, 126 cannot be executed, 128+n ended by signal n), or
  121  refused: somebody else has it          122  what was asked for cannot be asked
  123  the lease was lost, the command ended  124  still busy at the end of --wait
  125  the state directory cannot be used     2    wrong usage, nothing was run`,
    )
    .action((lane: string, words: readonly string[], flags: ExecFlags) =>
      run(async () => (await import("./exec.js")).execCommand(lane, words, flags)),
    );
}

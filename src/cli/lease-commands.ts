/** Definitions of `leasehold lease …` and `leasehold watch`. What they do is loaded when they are run. */
import type { Command } from "commander";

import type { AcquireFlags, AdoptFlags, ProofFlags, ReleaseFlags } from "./lease-holder.js";
import type { FenceFlags, HaltFlags, SpawnFlags } from "./lease-others.js";
import { type StoreFlags, durationMs, leaseExitText, storeOptions, tokenNumber } from "./lease-options.js";
import { type Run, collect, examples } from "./options.js";

export function addLease(program: Command, run: Run): void {
  const group = program
    .command("lease")
    .description("reserve a lane of shared work: take it, keep it, free it, see who has it")
    .addHelpText("after", `${examples("lease acquire build --ttl 2m", "lease live")}\n${leaseExitText}`);
  addAcquire(group, run);
  addHolderCommands(group, run);
  addAdopt(group, run);
  addNotes(group, run);
  addQueries(group, run);
  addFence(group, run);
}

/** What can be asked for, in `lease acquire` and in `exec`. */
export function claimOptions(command: Command): Command {
  return command
    .option("--region <glob>", "paths it covers; repeat it for several", collect)
    .option("--shared", "goes together with other shared leases")
    .option("--ttl <duration>", "how long it lives without a beat (default 60s)", durationMs)
    .option("--wait <duration>", "wait for the lane so long, in the order of asking", durationMs)
    .option("--holder <name>", "who holds it, for people (default user@host)");
}

function secretOption(command: Command): Command {
  return command.option("--secret-file <path>", "where acquire put the secret (else LEASEHOLD_SECRET)");
}

function addAcquire(group: Command, run: Run): void {
  const command = group.command("acquire").argument("<lane>", "name of the lane").description("take a lease");
  storeOptions(claimOptions(command))
    .option("--secret-file <path>", "write the secret there, readable by you alone, and do not print it")
    .option("--run <id>", "the run it is for, recorded")
    .addHelpText(
      "after",
      `${examples(
        "lease acquire build --ttl 2m --secret-file build.secret",
        'lease acquire docs --region "docs/**" --shared --json',
        "lease acquire deploy --wait 30s",
      )}

The lease outlives this command: beat it with lease heartbeat before its TTL is over, free it with lease
release. To run one command under a lease, leasehold exec does all of it.
${leaseExitText}`,
    )
    .action((lane: string, flags: AcquireFlags) =>
      run(async () => (await import("./lease-holder.js")).acquireCommand(lane, flags)),
    );
}

function addHolderCommands(group: Command, run: Run): void {
  const which = "the lease; from --secret-file or LEASEHOLD_LEASE_ID when absent";
  const beat = group.command("heartbeat").argument("[lease-id]", which).description("beat a lease");
  storeOptions(secretOption(beat))
    .option("--coalesce <duration>", "write nothing if the last beat is younger", durationMs)
    .addHelpText("after", `${examples("lease heartbeat --secret-file build.secret")}\n${leaseExitText}`)
    .action((id: string | undefined, flags: ProofFlags) =>
      run(async () => (await import("./lease-holder.js")).heartbeatCommand(id, flags)),
    );
  const release = group.command("release").argument("[lease-id]", which).description("free a lease");
  storeOptions(secretOption(release))
    .option("--keep-secret", "leave the secret file where it is")
    .addHelpText("after", `${examples("lease release --secret-file build.secret")}\n${leaseExitText}`)
    .action((id: string | undefined, flags: ReleaseFlags) =>
      run(async () => (await import("./lease-holder.js")).releaseCommand(id, flags)),
    );
}

function addAdopt(group: Command, run: Run): void {
  const command = group
    .command("adopt")
    .argument("<lease-id>", "the lease, as lease live shows it")
    .requiredOption("--token <n>", "the fencing token you saw; another one means somebody was faster", tokenNumber)
    .description("take over a lease whose holder is gone");
  storeOptions(command)
    .option("--holder <name>", "who holds it from now on, for people (default user@host)")
    .option("--force <reason>", "take it although nothing shows that its holder is gone; recorded")
    .option("--secret-file <path>", "write the new secret there, readable by you alone")
    .addHelpText(
      "after",
      `${examples('lease adopt 01jd3k8z6q0000000000000000 --token 7 --force "host was replaced"')}\n${leaseExitText}`,
    )
    .action((id: string, flags: AdoptFlags) =>
      run(async () => (await import("./lease-holder.js")).adoptCommand(id, flags)),
    );
}

function addNotes(group: Command, run: Run): void {
  storeOptions(group.command("scavenge").description("record the end of every lease that is dead"))
    .addHelpText("after", examples("lease scavenge"))
    .action((flags: StoreFlags) =>
      run(async () => (await import("./lease-others.js")).scavengeCommand(flags)),
    );
  const halt = group.command("halt").argument("<handle>", "names what is to stop, for whoever stops it");
  storeOptions(halt.description("record a decision to stop something; signals nothing"))
    .option("--lease <id>", "the lease it is about")
    .option("--lane <lane>", "the lane it is about")
    .option("--command <text>", "what to run to carry it out, as a proposal")
    .option("--reason <text>", "why")
    .option("--holder <name>", "who decided it (default user@host)")
    .option("--run <id>", "the run it is about")
    .addHelpText("after", examples('lease halt tmux:build-7 --lane build --reason "stuck for an hour"'))
    .action((handle: string, flags: HaltFlags) =>
      run(async () => (await import("./lease-others.js")).haltCommand(handle, flags)),
    );
  const spawn = group.command("spawn").argument("<lane>", "the lane that is going to be taken");
  storeOptions(spawn.description("record an intent to take a lane; grants nothing"))
    .option("--reason <text>", "why")
    .option("--holder <name>", "who is going to take it (default user@host)")
    .option("--run <id>", "the run it is for")
    .addHelpText("after", examples("lease spawn build --run run-42"))
    .action((lane: string, flags: SpawnFlags) =>
      run(async () => (await import("./lease-others.js")).spawnCommand(lane, flags)),
    );
}

function addQueries(group: Command, run: Run): void {
  storeOptions(group.command("live").description("list leases, who waits, and what was refused"))
    .option("--verbose", "refusals, halts and intents too")
    .addHelpText("after", examples("lease live", "lease live --json"))
    .action((flags: StoreFlags & { readonly verbose?: true }) =>
      run(async () => (await import("./lease-queries.js")).liveCommand(flags)),
    );
  storeOptions(group.command("show").argument("<lease-id>", "a lease").description("show one lease"))
    .addHelpText("after", `${examples("lease show 01jd3k8z6q0000000000000000")}\n\nExit code 1 when it is not known.`)
    .action((id: string, flags: StoreFlags) =>
      run(async () => (await import("./lease-queries.js")).showCommand(id, flags)),
    );
  storeOptions(group.command("history").argument("<lease-id>", "a lease").description("the life of one lease"))
    .addHelpText("after", `${examples("lease history 01jd3k8z6q0000000000000000")}\n\nExit code 1 when it is not known.`)
    .action((id: string, flags: StoreFlags) =>
      run(async () => (await import("./lease-queries.js")).historyCommand(id, flags)),
    );
}

function addFence(group: Command, run: Run): void {
  const command = group
    .command("check-fence")
    .argument("<token>", "a fencing token", tokenNumber)
    .description("is this token still the newest over a lane or a path?");
  storeOptions(command)
    .option("--lane <lane>", "the lane that is to be written")
    .option("--path <path>", "the path that is to be written, relative to the root of the regions")
    .addHelpText(
      "after",
      `${examples("lease check-fence 7 --lane build", "lease check-fence 7 --path docs/index.md")}

Exit code 0 when it is, 1 when it is stale.`,
    )
    .action((token: number, flags: FenceFlags) =>
      run(async () => (await import("./lease-others.js")).fenceCommand(token, flags)),
    );
}

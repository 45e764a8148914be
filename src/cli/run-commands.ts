/** Definitions of `leasehold run …` on the reference host. What they do is loaded when they are run. */
import { type Command, Option } from "commander";

import { type StoreFlags, durationMs, storeOptions } from "./lease-options.js";
import { type Run, collect, examples } from "./options.js";
import type { SendFlags } from "./run-act.js";
import type { ListFlags } from "./run-list.js";
import type { MonitorFlags } from "./run-monitor.js";
import type { RepairFlags } from "./run-repair.js";
import type { ShowFlags } from "./run-show.js";
import type { StartFlags } from "./run-start.js";
import type { WaitFlags } from "./run-watch.js";

const exitText = `
Exit codes:
  0  done               1  refused, or it did not come about
  2  wrong usage        3  the monitor's lease was lost
  4  still not so at the end of the wait
  5  the state directory cannot be used`;

export function addRunHost(group: Command, run: Run): void {
  addStart(group, run);
  addQueries(group, run);
  addActions(group, run);
  addRepair(group, run);
  addMonitor(group, run);
  addWait(group, run);
}

function addStart(group: Command, run: Run): void {
  const command = group
    .command("start")
    .argument("<command...>", "the agent and its arguments, behind --")
    .description("start an agent and record the run");
  storeOptions(command)
    .option("--agent <profile>", "how its panes are read: shell, generic, codex, claude, opencode", "generic")
    .option("--branch <name>", "the branch it works on; its pull requests are looked for")
    .option("--worktree <path>", "make a work tree of git for the branch there first, and work in it")
    .option("--base <revision>", "what its work is ahead of (default: what is checked out)")
    .option("--issue <id>", "the issue it works on; marked resolved when the run is done")
    .option("--id <run>", "its id (default: a new one)")
    .option("--cwd <path>", "the folder it works in (default: this one)")
    .addOption(new Option("--session <kind>", "where it runs").choices(["tmux", "process"]).default("tmux"))
    .option("--tmux-socket <name>", "socket of tmux, a name or a path (else LEASEHOLD_TMUX_SOCKET, else leasehold)")
    .option("--pull-requests <source>", "gh, none or file:PATH (default: gh where it is there and the repository lies on GitHub)")
    .option("--issues <source>", "gh, or a folder of ID.md (default: issues beside the state directory)")
    .option("--no-lease", "do not take the lane of the work tree")
    .addHelpText(
      "after",
      `${examples(
        "run start --agent codex --branch fix-parser --issue 42 -- codex",
        "run start --agent claude --branch docs --worktree ../docs -- claude --continue",
        "run start --session process -- ./nightly.sh",
      )}\n${exitText}`,
    )
    .action((words: readonly string[], flags: StartFlags) =>
      run(async () => (await import("./run-start.js")).startCommand(words, flags)),
    );
}

function addQueries(group: Command, run: Run): void {
  storeOptions(group.command("ps").description("list runs: status, reason, age, branch, pull request, observer, lease"))
    .option("--all", "those that ended too")
    .addHelpText("after", `${examples("run ps", "run ps --all --json")}\n${exitText}`)
    .action((flags: ListFlags) => run(async () => (await import("./run-list.js")).psCommand(flags)));
  storeOptions(group.command("show").argument("<run>", "a run").description("show one run"))
    .option("--pane", "the last lines of its pane too, as plain text")
    .addHelpText("after", `${examples("run show 4k2m9x", "run show 4k2m9x --pane")}\n${exitText}`)
    .action((id: string, flags: ShowFlags) =>
      run(async () => (await import("./run-show.js")).showRunCommand(id, flags)),
    );
  storeOptions(group.command("log").argument("<run>", "a run").description("all that was observed of a run, and what came of it"))
    .addHelpText("after", `${examples("run log 4k2m9x", "run log 4k2m9x --json")}\n${exitText}`)
    .action((id: string, flags: StoreFlags) => run(async () => (await import("./run-show.js")).logCommand(id, flags)));
  storeOptions(group.command("watch").argument("[run]", "only this one").description("show changes of status as they happen, until Ctrl-C"))
    .addHelpText("after", `${examples("run watch", "run watch 4k2m9x --json")}\n\nWith --json, one JSON object a line.\n${exitText}`)
    .action((id: string | undefined, flags: StoreFlags) =>
      run(async () => (await import("./run-watch.js")).watchRunsCommand(id, flags)),
    );
}

function addActions(group: Command, run: Run): void {
  const send = group.command("send").argument("<run>", "a run").argument("[text...]", "what to type").description("type to a run's agent");
  storeOptions(send)
    .option("--no-enter", "do not press Enter after the text")
    .option("--key <name>", "press a key after the text, such as Enter, Escape, Down or y; repeat it for several", collect)
    .addHelpText("after", `${examples('run send 4k2m9x "yes, go on"', "run send 4k2m9x --key Escape")}\n${exitText}`)
    .action((id: string, words: readonly string[], flags: SendFlags) =>
      run(async () => (await import("./run-act.js")).sendCommand(id, words, flags)),
    );
  storeOptions(group.command("stop").argument("<run>", "a run").description("end a run's session; it is canceled once that is gone"))
    .addHelpText("after", `${examples("run stop 4k2m9x")}\n${exitText}`)
    .action((id: string, flags: StoreFlags) => run(async () => (await import("./run-act.js")).stopCommand(id, flags)));
  storeOptions(group.command("resolve").argument("<run>", "a run").description("say that a run is done, and mark its issue resolved"))
    .addHelpText("after", `${examples("run resolve 4k2m9x")}\n${exitText}`)
    .action((id: string, flags: StoreFlags) => run(async () => (await import("./run-act.js")).resolveCommand(id, flags)));
}

function addRepair(group: Command, run: Run): void {
  const command = group.command("repair").argument("<run>", "a run").description("assert a status by hand, with a reason that is kept");
  storeOptions(command)
    .requiredOption("--status <status>", "the status it is to have")
    .option("--reason <reason>", "the reason of that status, for example session_lost")
    .requiredOption("--because <text>", "why you do this; kept in the log")
    .addHelpText("after", `${examples('run repair 4k2m9x --status failed --because "the host was replaced"')}\n${exitText}`)
    .action((id: string, flags: RepairFlags) =>
      run(async () => (await import("./run-repair.js")).repairCommand(id, flags)),
    );
}

function addMonitor(group: Command, run: Run): void {
  storeOptions(group.command("monitor").description("look at every run and record what becomes of it"))
    .addOption(
      new Option("--tick <duration>", "time from one look to the next").argParser(durationMs).env("LEASEHOLD_TICK").default(5_000, "5s"),
    )
    .option("--detach", "go on in the background; its output goes to monitor.log in the state directory")
    .option("--no-acknowledge", "never answer a gate: a person does")
    .addHelpText(
      "after",
      `${examples("run monitor", "run monitor --detach", "run monitor --tick 1s --json")}

One monitor watches a state directory; a second one is refused and says who does. With --json, one JSON object a line.
${exitText}`,
    )
    .action((flags: MonitorFlags) => run(async () => (await import("./run-monitor.js")).monitorCommand(flags)));
}

function addWait(group: Command, run: Run): void {
  storeOptions(group.command("wait").argument("<run>", "a run").description("wait until a run has a status"))
    .option("--for <status>", "the status; repeat it for several; ended stands for done, failed and canceled (default: ended)", collect)
    .option("--timeout <duration>", "give up after so long", durationMs)
    .addHelpText(
      "after",
      `${examples("run wait 4k2m9x", "run wait 4k2m9x --for waiting --for ended --timeout 10m")}

Exit code 1 when it ended in another status, 4 at the end of the timeout.`,
    )
    .action((id: string, flags: WaitFlags) => run(async () => (await import("./run-watch.js")).waitCommand(id, flags)));
}

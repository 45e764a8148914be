/**
 * `leasehold run repair`: a person asserts a status, with a reason for people. The escape hatch of the lifecycle: it
 * goes through the commit point like everything else, and it is the one place outside of it that names a status (L4).
 */
import { reason as reasonSchema, reasonMeanings, status as statusSchema } from "../../spec/vocabulary/index.js";
import { printable } from "../gather/index.js";
import { note, settleRun } from "../host/index.js";
import { UsageError } from "./exit.js";
import type { StoreFlags } from "./lease-options.js";
import { answerOf, defaultHolder } from "./lease-shell.js";
import { asHost, runExit } from "./run-shell.js";
import { pairText } from "./run-text.js";
import { nearest } from "./suggest.js";

export interface RepairFlags extends StoreFlags {
  readonly status: string;
  readonly reason?: string;
  readonly because: string;
}

/** Characters of the person's words that are kept. */
const becauseMax = 1_000;

export function repairCommand(id: string, flags: RepairFlags): Promise<number> {
  const status = statusSchema.safeParse(flags.status);
  if (!status.success) throw unknownWord("status", flags.status, statusSchema.options);
  const reason = flags.reason === undefined ? null : reasonSchema.safeParse(flags.reason);
  if (reason?.success === false) {
    const known = Object.keys(reasonMeanings).filter((name) => name !== "gate" && name !== "launch");
    throw unknownWord("reason", flags.reason ?? "", [...known, "gate_<kind>", "launch_<step>"]);
  }
  if (flags.because.trim() === "") throw new UsageError("say why with --because: it is kept in the log.");
  const asserted = { status: status.data, reason: reason?.data ?? null };
  return asHost(flags, async (host) => {
    const { store, commits } = host.runs;
    await store.get(id);
    await store.note(id, note.repair, `${defaultHolder()}: ${flags.because.slice(0, becauseMax)}`);
    const { change, view } = await commits.commit(id, { type: "status.asserted", ...asserted, source: "user" });
    const settled = await settleRun(host, id);
    const json = { outcome: change === null ? "unchanged" : "repaired", run: id, ...view, ...settled };
    const code = change === null ? runExit.refused : runExit.done;
    return answerOf(code, json, (paint) =>
      change === null
        ? `${paint.warn("unchanged")}: run ${id} is ${pairText(view)} already\n`
        : `${paint.good("repaired")} ${id}: ${pairText(change.from)} → ${pairText(change.to)}\n`,
    );
  });
}

function unknownWord(what: string, found: string, known: readonly string[]): UsageError {
  return new UsageError(`there is no ${what} "${printable(found)}"; known are ${known.join(", ")}.${nearest(found, known)}`);
}

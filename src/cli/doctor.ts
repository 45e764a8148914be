/** `leasehold doctor`: what the state directory's host offers, whether it is safe, and what to do. Changes nothing. */
import { dirname } from "node:path";

import { type HostCheck, JournalError, inspectHost, verifyJournal } from "../journal/index.js";
import type { StoreFlags } from "./lease-options.js";
import { answerOf, leaseExit, reporting } from "./lease-shell.js";
import type { Painted } from "./lease-text.js";
import { type StateDirectory, stateDirectory } from "./state-directory.js";

interface Check extends Omit<HostCheck, "check"> {
  readonly check: HostCheck["check"] | "journal" | "node";
}

export function doctorCommand(flags: StoreFlags): Promise<number> {
  return reporting(flags, async () => {
    const directory = stateDirectory(flags.dir);
    const checks: Check[] = [nodeCheck(), ...hostChecks(directory), ...(await journalChecks(directory))];
    const ok = checks.every((one) => one.ok);
    const json = { ok, directory: directory.path, because: directory.because, checks };
    return answerOf(ok ? leaseExit.done : leaseExit.refused, json, (paint) => {
      const head = `state directory: ${directory.path} (${directory.because})`;
      const verdict = ok ? paint.good("All is well.") : paint.bad("Something is not safe; see above.");
      return `${[head, ...checks.map((one) => lineOf(one, paint)), verdict].join("\n")}\n`;
    });
  });
}

/** Where there is no directory yet, the one it would be made in is looked at. */
function hostChecks({ path, exists }: StateDirectory): readonly Check[] {
  if (exists) return inspectHost({ directory: path });
  const checks = inspectHost({ directory: dirname(path) });
  const absent: Check = { check: "directory", ok: true, found: `${path} is absent`, advice: "It is made by the first write." };
  return [absent, ...checks.filter(({ check }) => check !== "directory" && check !== "permissions")];
}

async function journalChecks({ path: directory, exists }: StateDirectory): Promise<readonly Check[]> {
  if (!exists) return [];
  try {
    const { records, bytes, damage, tornBytes } = await verifyJournal({ directory, allowRemote: true });
    const found = `${records} records in ${bytes} bytes, ${damage.length} damaged places`;
    const torn = tornBytes === 0 ? "" : `; ${tornBytes} bytes of an unfinished record, which the next write cuts off`;
    const advice = damage.length === 0 ? "" : "Look with leasehold journal verify, then leasehold journal repair.";
    return [{ check: "journal", ok: damage.length === 0, found: found + torn, advice }];
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    if (error.failure.code === "journal/absent") return [{ check: "journal", ok: true, found: "none yet", advice: "" }];
    return [{ check: "journal", ok: false, found: error.message, advice: "" }];
  }
}

function nodeCheck(): Check {
  return { check: "node", ok: true, found: `${process.version} on ${process.platform}`, advice: "" };
}

function lineOf({ check, ok, found, advice }: Check, paint: Painted): string {
  const mark = ok ? paint.good("ok     ") : paint.bad("not ok ");
  return `  ${mark} ${check.padEnd(12)} ${found}${advice === "" ? "" : `. ${advice}`}`;
}

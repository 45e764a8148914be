/** `leasehold audit`: recorded journals, judged by the laws that say something about a history. */
import { join } from "node:path";

import { type Audit, auditFile } from "../conformance/audit.js";
import { type Damage, JournalError, describeDamage } from "../journal/index.js";
import { printable } from "../gather/plain-text.js";
import { laws } from "../../laws/index.js";
import { findLaw } from "./catalogue.js";
import { UsageError } from "./exit.js";
import { type Answer, answerOf, leaseExit, reporting } from "./lease-shell.js";
import type { Painted } from "./lease-text.js";

export interface AuditFlags {
  readonly law?: readonly string[];
  readonly json?: true;
  readonly color: boolean;
}

interface Audited extends Audit {
  readonly file: string;
}

export function auditCommand(files: readonly string[], flags: AuditFlags): Promise<number> {
  const chosen = flags.law?.map(findLaw) ?? laws;
  const mute = flags.law === undefined ? undefined : chosen.find(({ history }) => history === undefined);
  if (mute !== undefined) {
    const able = laws.filter(({ history }) => history !== undefined).map(({ id }) => id);
    throw new UsageError(`${mute.id} says nothing about a recorded log; these do: ${able.join(", ")}.`);
  }
  return reporting(flags, async () => {
    const audits: Audited[] = [];
    for (const file of files) {
      const audit = await auditFile(file, chosen).catch((error: unknown) => notAFile(file, error));
      if ("code" in audit) return audit;
      const header = audit.damage.find(({ kind }) => kind === "header");
      if (header !== undefined) return cannotAudit(file, "journal/corrupt", noJournal(header));
      audits.push({ file, ...audit });
    }
    const wrong = audits.some(({ breachCount, damage }) => breachCount > 0 || damage.length > 0);
    const code = wrong ? leaseExit.refused : leaseExit.done;
    return answerOf(code, { audits }, (paint) => audits.map((audit) => auditText(audit, paint)).join("\n"));
  });
}

/** The journal speaks of state directories; here a person named a file. Anything else goes on up. */
function notAFile(file: string, error: unknown): Answer {
  const code = error instanceof JournalError ? error.failure.code : null;
  const name = printable(file);
  const absent = code === "journal/absent" || code === "journal/not-a-directory";
  if (!absent && code !== "journal/not-a-file") throw error;
  const [found, example] = absent
    ? ["there is no such file", ".leasehold/journal.ndjson"]
    : ["it is not a file", join(name, "journal.ndjson")];
  return cannotAudit(file, code, `${found}. Name the log of a journal, such as ${example}`);
}

/** Everything else rests on the first line: nothing behind it can be judged. */
function noJournal({ length, detail }: Damage): string {
  const first = `its first line is no checkpoint of a journal (${length} bytes: ${detail})`;
  return `${first}. Name the log of a journal; if this is one, bring a copy of it back`;
}

function cannotAudit(file: string, code: string, found: string): Answer {
  const message = `cannot audit ${printable(file)}: ${found}. [${code}]`;
  return { ...answerOf(leaseExit.usage, { outcome: "failed", code, message }, () => `error: ${message}\n`), failed: true };
}

function auditText(audit: Audited, paint: Painted): string {
  const { file, records, from, breaches, breachCount, damage, judged } = audit;
  const start = from === 0 ? "" : `, from record ${from + 1} on: what was before is a checkpoint`;
  const asked = Object.entries(judged).filter(([, times]) => times > 0);
  const scope = asked.map(([law, times]) => `${law} ${times}`).join(", ");
  const lines = [
    `${file}: ${records} records${start}`,
    asked.length === 0 ? "  no law has anything to say about it" : `  judged: ${scope}`,
    ...damage.map((one) => `  ${paint.bad("damaged")}: ${describeDamage(one)}`),
    ...breaches.map(({ law, seq, earlier, reason }) => {
      const against = earlier === null ? "" : ` (against record ${earlier})`;
      return `  ${paint.bad(`${law} is breached`)} in record ${seq}${against}: ${reason}`;
    }),
    ...(breachCount > breaches.length ? [`  and ${breachCount - breaches.length} breaches more`] : []),
    breachCount === 0 && damage.length === 0 ? `  ${paint.good("no law is breached")}` : `  ${breachCount} breaches`,
  ];
  return `${lines.join("\n")}\n`;
}

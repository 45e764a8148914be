/** `leasehold journal tail | verify | compact | repair | export | import`. */
import { open } from "node:fs/promises";

import { printable } from "../gather/plain-text.js";
import {
  JournalError,
  type JournalRecord,
  beginsExport,
  damageOfExport,
  describeDamage,
  exportJournal,
  importJournal,
  repairJournal,
  tailJournal,
  verifyJournal,
} from "../journal/index.js";
import { bytes } from "../report/numbers.js";
import { UsageError } from "./exit.js";
import type { Takeover } from "./journal-foreign.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf, failureOf, leaseExit, reporting, say, writing } from "./lease-shell.js";
import { painted } from "./lease-text.js";
import { print } from "./output.js";
import { makeStateDirectory, stateDirectory } from "./state-directory.js";

export interface TailFlags extends StoreFlags {
  readonly count?: number;
}

export interface RepairFlags extends StoreFlags {
  readonly dropDamaged?: true;
  readonly truncateAt?: number;
}

export interface ImportFlags extends StoreFlags {
  readonly from: "leasehold" | "dos";
}

const tailCount = 10;
/** Longest line of a file that is taken over. */
const lineMax = 256 * 1024 * 1024;

function placeOf(flags: StoreFlags): { readonly directory: string; readonly allowRemote: boolean } {
  return { directory: stateDirectory(flags.dir).path, allowRemote: flags.allowRemote === true };
}

export function tailCommand(flags: TailFlags): Promise<number> {
  return reporting(flags, async () => {
    const records = await tailJournal({ ...placeOf(flags), count: flags.count ?? tailCount });
    return answerOf(leaseExit.done, { records }, () => records.map(recordLines).join(""));
  });
}

function recordLines({ seq, at, events }: JournalRecord): string {
  const time = new Date(at.wallMs).toISOString();
  return events.map(({ type, data }) => `${String(seq).padStart(6)}  ${time}  ${printable(`${type}  ${JSON.stringify(data)}`)}\n`).join("");
}

export function verifyCommand(flags: StoreFlags): Promise<number> {
  return reporting(flags, async () => {
    const found = await verifyJournal(placeOf(flags));
    const { damage, records, bytes: size, seq, tornBytes } = found;
    const code = damage.length === 0 ? leaseExit.done : leaseExit.refused;
    return answerOf(code, found, (paint) => {
      const torn = tornBytes === 0 ? [] : [`an unfinished record of ${tornBytes} bytes at the end: the next write cuts it off`];
      const places = damage.map((one) => `${paint.bad("damaged")}: ${printable(describeDamage(one))}`);
      const verdict = damage.length === 0 ? paint.good("sound") : "nothing is granted until leasehold journal repair was told what to do";
      return `${[`${records} records, the last is ${seq}, ${bytes(size)}`, ...torn, ...places, verdict].join("\n")}\n`;
    });
  });
}

export function compactCommand(flags: StoreFlags): Promise<number> {
  return writing(flags, async (store) => {
    const report = await store.compact();
    return answerOf(leaseExit.done, report, () => `${bytes(report.bytesBefore)} before, ${bytes(report.bytesAfter)} after\n`);
  });
}

export function repairCommand(flags: RepairFlags): Promise<number> {
  const { dropDamaged, truncateAt } = flags;
  if (dropDamaged === undefined && truncateAt === undefined)
    throw new UsageError("repair does what you say and nothing else: give --drop-damaged or --truncate-at <byte>.");
  const decision =
    truncateAt === undefined ? ({ kind: "drop-damaged" } as const) : ({ kind: "truncate-at", offset: truncateAt } as const);
  return reporting(flags, async () => {
    const report = await repairJournal({ ...placeOf(flags), decision });
    const gaps = report.gaps.map(({ from, to }) => `records ${from} to ${to} are missing\n`).join("");
    return answerOf(
      leaseExit.done,
      report,
      () => `repaired; the last record is ${report.seq}\n${gaps}the file as it was: ${report.previous}\n`,
    );
  });
}

/** Lines as they are: `--json` changes nothing, each is JSON already. */
export async function exportCommand(flags: StoreFlags): Promise<number> {
  try {
    for await (const line of exportJournal(placeOf(flags))) await print(`${line}\n`);
    return leaseExit.done;
  } catch (error) {
    const { text, code } = failureOf(error);
    await say(text(painted(flags.color)));
    return code;
  }
}

export async function importCommand(file: string, flags: ImportFlags): Promise<number> {
  const opened = await open(file).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "there is no such file" : `opening it gave ${String(code)}`;
    throw new UsageError(`cannot read ${printable(file)}: ${found}. Name a file that this user may read. Nothing was written.`);
  });
  try {
    const found = await opened.stat();
    if (found.isDirectory()) throw new UsageError(`cannot read ${printable(file)}: it is a folder; name a file.`);
    const read = (more = {}): AsyncGenerator<string> => linesOf(file, opened.createReadStream({ encoding: "utf8", ...more }));
    if (flags.from === "dos") return await importForeign(file, read(), flags);
    // What can be read twice is read to its end before anything is made.
    if (found.isFile()) await refuseDamaged(file, await checkedExport(file, read({ start: 0, autoClose: false })));
    const sound = await checkedExport(file, found.isFile() ? read({ start: 0 }) : read());
    makeStateDirectory(stateDirectory(flags.dir));
    return await reporting(flags, () => importOwn(file, sound, flags));
  } finally {
    await opened.close();
  }
}

/** Split at line feeds and nothing else; the last line may have no end. */
async function* linesOf(file: string, stream: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineMax) throw new UsageError(`${file} has a line of more than ${lineMax} characters: it is no journal.`);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The same lines. What is no export is refused before anything is made. */
async function checkedExport(file: string, lines: AsyncGenerator<string>): Promise<AsyncIterable<string>> {
  const first = await lines.next();
  if (first.done === true || !beginsExport(first.value)) {
    const hint = "Nothing was written. Export again, or give --from for a journal of another system.";
    throw new UsageError(`cannot take over ${printable(file)}: it does not begin with a journal's checkpoint. ${hint}`);
  }
  return (async function* () {
    yield first.value;
    yield* lines;
  })();
}

async function refuseDamaged(file: string, lines: AsyncIterable<string>): Promise<void> {
  const [first] = await damageOfExport(lines);
  if (first === undefined) return;
  const hint = "Nothing was written. Export again; a damaged journal is repaired before it is exported.";
  throw new UsageError(`cannot take over ${printable(file)}: it is no sound export of a journal. ${hint} Found: ${describeDamage(first)}.`);
}

async function importOwn(file: string, lines: AsyncIterable<string>, flags: StoreFlags): Promise<Answer> {
  const report = await importJournal({ ...placeOf(flags), lines }).catch((error: unknown) => {
    if (error instanceof JournalError && error.failure.code === "journal/corrupt") return error;
    throw error;
  });
  if (report instanceof JournalError) {
    const message = `cannot take over ${printable(file)}: it is no sound export of a journal, or what it is to go into is damaged. Nothing was taken over. Export again, or give --from for a journal of another system. Found: ${report.message}`;
    const json = { outcome: "failed", code: report.failure.code, message };
    return { ...answerOf(leaseExit.refused, json, () => `error: ${printable(message)}\n`), failed: true };
  }
  return answerOf(leaseExit.done, report, () => `taken over; the last record is ${report.seq}, ${bytes(report.bytes)}\n`);
}

async function importForeign(file: string, lines: AsyncIterable<string>, flags: StoreFlags): Promise<number> {
  const { readForeign, takeOver, takeoverText } = await import("./journal-foreign.js");
  const foreign = await readForeign(lines, Date.now());
  const { left, leases, records } = foreign;
  if (records === 0 && left.length > 0) {
    throw new UsageError(`${printable(file)}: no line of it is a record of a journal of that system. Nothing was written.`);
  }
  const answer = (report: Takeover): Answer =>
    answerOf(report.left.length === 0 ? leaseExit.done : leaseExit.refused, report, () => takeoverText(report));
  // Without a lease to take over there is nothing to write, and no state directory is made.
  if (leases.length === 0) return await reporting(flags, () => Promise.resolve(answer({ taken: [], left })));
  return await writing(flags, async (store) => answer(await takeOver(store, foreign)));
}

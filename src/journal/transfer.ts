/** A journal as lines of text, out of one directory and into another: the same bytes, verified both times. */
import { Chain, faultDetail, headerOf, type ScanSink } from "./chain.js";
import { JournalError } from "./errors.js";
import { chunksOf, replaceLog } from "./housekeeping.js";
import { checkpointBytesMax, defaultLock, recordBytesMax } from "./limits.js";
import { nodeDisk } from "./node-disk.js";
import { ProcessLock } from "./process-lock.js";
import { decodeLine } from "./record.js";
import { LogScanner, tooLong } from "./scan.js";
import { checkDirectory, makeDirectory, openLog, refuseOpenToOthers, siteOf } from "./site.js";
import type { Damage } from "./types.js";
import { type JournalPlace, scanAll, siteAt } from "./verify.js";
import { LogFile } from "./view.js";

const nothing = (): void => undefined;
const silent: ScanSink = { header: nothing, kept: nothing, record: nothing };

/** The lines of a log, checkpoint first, without their ends. A damaged log is refused: repair it first. */
export async function* exportJournal(place: JournalPlace): AsyncGenerator<string> {
  const site = siteAt(place);
  const file = new LogFile(site, openLog(site, "read"));
  try {
    const { chain, damage } = await scanAll(site, file, silent);
    if (damage.length > 0) throw new JournalError({ code: "journal/corrupt", path: site.log, damage });
    let rest = "";
    for (const chunk of chunksOf(site, file, 0, chain.position)) {
      const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    file.done();
  }
}

/** Whether an export can begin with this line, its end left out: a checkpoint, of this version or of a newer one. */
export function beginsExport(line: string): boolean {
  const bytes = Buffer.from(line, "latin1");
  const found = decodeLine(bytes, 0, bytes.length);
  return found.kind === "newer" || (found.kind === "record" && typeof headerOf(found, bytes.length + 1) !== "string");
}

/** What is wrong with exported lines, the first of which can begin an export. Reads them and writes nothing. */
export async function damageOfExport(lines: AsyncIterable<string>): Promise<readonly Damage[]> {
  const chain = new Chain(silent);
  let offset = 0;
  for await (const line of lines) {
    const bytes = Buffer.from(line, "latin1");
    const place = { offset, length: bytes.length + 1 };
    offset += place.length;
    const found = place.length > recordBytesMax && chain.header !== null ? tooLong(place.length) : decodeLine(bytes, 0, bytes.length);
    if (chain.header !== null) {
      chain.line(found, place, () => false);
      continue;
    }
    const header = found.kind === "record" ? headerOf(found, place.length) : faultDetail(found);
    if (typeof header === "string") {
      chain.refuseHeader(place.length, header, found.kind === "newer" ? found.version : null);
      return chain.damage;
    }
    chain.begin(header);
  }
  chain.atEnd({ offset, length: 0, lost: false, badEnd: false });
  return chain.damage;
}

/** Makes a journal of exported lines, whole or not at all. Resolves to its last `seq`. */
export async function importJournal(
  place: JournalPlace & { readonly lines: Iterable<string> | AsyncIterable<string>; readonly waitMs?: number },
): Promise<{ readonly seq: number; readonly bytes: number }> {
  const site = siteOf(place.disk ?? nodeDisk(), place.directory, place.name);
  await makeDirectory(site);
  checkDirectory(site, place.allowRemote ?? false);
  refuseOpenToOthers(site);
  const lock = new ProcessLock(site.disk, site.lock, place.waitMs ?? defaultLock.waitMs);
  try {
    await lock.acquire();
    try {
      lock.sign();
      if (site.disk.stat(site.log) !== null) throw new JournalError({ code: "journal/exists", path: site.log });
      const { file, checked } = await replaceLog(site, "import", bytesOf(place.lines), (made) => {
        const scanner = new LogScanner(site.disk, made.handle, silent);
        while (scanner.advance(Number.POSITIVE_INFINITY) === "more");
        const { damage, tail } = scanner;
        if (damage.length === 0 && tail.kind === "clean") return scanner.chain;
        throw new JournalError({ code: "journal/corrupt", path: site.log, damage });
      });
      file.done();
      return { seq: checked.seq, bytes: checked.position };
    } finally {
      lock.release();
    }
  } finally {
    lock.close();
  }
}

async function* bytesOf(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) {
    if (line.length > checkpointBytesMax) {
      const found = `a line of ${line.length} characters is no record`;
      throw new JournalError({ code: "journal/bad-event", found });
    }
    yield Buffer.from(`${line}\n`, "latin1");
  }
}

/** Log files as bytes: made by the journal itself on a simulated disk, read back by the scanner alone. */
import { crc32c } from "../../src/journal/crc32c.js";
import type { Damage, JsonObject } from "../../src/journal/index.js";
import { asciiJson, encodeLine, type LogRecord } from "../../src/journal/record.js";
import { LogScanner } from "../../src/journal/scan.js";
import { simClock } from "./sim-clock.js";
import { appendId, openIds } from "./sim-disk-scripts.js";
import { SimWorld } from "./sim-disk.js";

export const logPath = "/state/journal.ndjson";

/** What a reader makes of a file. */
export interface LogReading {
  /** Ids of the records behind the checkpoint, in the order they were accepted. */
  readonly ids: readonly number[];
  readonly kept: readonly number[];
  readonly hasHeader: boolean;
  readonly damage: readonly Damage[];
  readonly tail: "clean" | "torn" | "damaged";
  readonly seq: number;
  readonly newer: number | null;
}

export function readLog(bytes: Buffer): LogReading {
  const world = new SimWorld(new Map([["/state/", Buffer.alloc(0)], [logPath, bytes]]));
  const { disk } = world.process();
  const ids: number[] = [];
  const kept: number[] = [];
  const idOf = ({ data }: LogRecord): number => Number(data["id"] ?? -1);
  const scanner = new LogScanner(disk, disk.open(logPath, "read"), {
    header: () => undefined,
    kept: (record) => void kept.push(idOf(record)),
    record: (record) => void ids.push(idOf(record)),
  });
  let steps = 0;
  while (scanner.advance(1 << 20) === "more") {
    steps += 1;
    if (steps > 100 + bytes.length / 1000) throw new Error("the reader does not come to an end");
  }
  const { chain, damage, tail } = scanner;
  return {
    ids,
    kept,
    hasHeader: chain.header !== null,
    damage,
    tail: tail.kind,
    seq: chain.seq,
    newer: chain.newer,
  };
}

/** The log that a script leaves: `d` appends, `c` compacts and keeps the last two records. */
export async function logOf(script: string, firstId = 1): Promise<Buffer> {
  const world = new SimWorld();
  const clock = simClock();
  clock.advance(firstId);
  const journal = await openIds(world.process().disk, 2, clock);
  let id = firstId;
  for (const step of script) {
    if (step === "c") await journal.compact();
    else await journal.transact(appendId(id, "durable"));
    if (step !== "c") id += 1;
  }
  await journal.close();
  return world.cachedImage().get(logPath) ?? Buffer.alloc(0);
}

export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start);
    const next = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}

/** A line with a sound checksum around whatever text. */
export function sealed(body: string): Buffer {
  const bytes = Buffer.from(body, "latin1");
  const crc = crc32c(bytes, 0, bytes.length).toString(16).padStart(8, "0");
  return Buffer.concat([bytes, Buffer.from(`,"crc":"${crc}"}\n`)]);
}

/** The line that would follow `line`. */
export function follower(line: Buffer, type: string, data: JsonObject, dataText = asciiJson(data)): Buffer {
  const { seq, at, crc } = JSON.parse(line.toString("latin1")) as { seq: number; at: LogRecord["at"]; crc: string };
  return encodeLine({ seq: seq + 1, prev: Number.parseInt(crc, 16), durable: seq, at, type, dataText }).bytes;
}

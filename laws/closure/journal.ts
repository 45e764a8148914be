/** What closes the laws of the journal, and of mutual exclusion between processes. */
import { type Closure, asks, by, test, where } from "./closed-by.js";

const crashes = test("test/crash/enumeration.test.ts");
const faults = test("test/journal-faults.test.ts");
const bytes = test("test/journal-bytes.test.ts");
const audit = test("test/audit.test.ts");
const processes = "test/journal-processes.test.ts";
const farm = "test/process/lease-farm.test.ts";
const housekeeping = "src/journal/housekeeping.ts";

const noWriter = "a claim about what is on a disk; who appends at all is closed by `journal-append` and `disk-append`";

export const journalClosures: Readonly<Record<string, Closure>> = {
  JL1: {
    defended: [
      where("src/journal/committer.ts", "after a sync", "durable calls resolve after a sync that began after their write"),
      where(housekeeping, "export async function settle", "a file whose sync failed is written anew before it is trusted"),
    ],
    judgedBy: [crashes, faults],
    surface: ["WS4"],
  },
  JL2: {
    defended: [where(housekeeping, "replaceLog", "a file gets its name only when all of it is on the disk")],
    judgedBy: [crashes, faults],
    surface: noWriter,
  },
  JL3: {
    defended: [where(housekeeping, "cutTornTail", "the cut is durable before anything is appended")],
    judgedBy: [crashes, bytes],
    surface: noWriter,
  },
  JL4: {
    defended: [
      where("src/journal/crc32c.ts", "CRC-32C", "every line has a checksum, and names its predecessor's"),
      where("src/journal/chain.ts", "Judges the lines of one file", "what does not follow is damage, and is not folded"),
    ],
    judgedBy: [bytes],
    surface: noWriter,
  },
  JL5: {
    defended: [
      by("src/journal/record.ts", "any bytes give a record or a fault with a reason"),
      by("src/journal/scan.ts", "throws nothing but errors of the disk, holds one record at a time"),
    ],
    judgedBy: [bytes],
    surface: "a claim about reading, not about who writes",
  },
  JL6: {
    defended: [
      by("src/journal/types.ts", "a fold states what it keeps and how it goes on from there"),
      by("spec/lane-lease/checkpoint.ts", "all of the state, the tokens' mark first"),
    ],
    judgedBy: [crashes, test("test/journal-behaviour.test.ts"), asks("test/lane-fold.test.ts", "folding on from a checkpoint", "random logs")],
    surface: noWriter,
  },
  JL7: {
    defended: [where("src/journal/process-lock.ts", "class ProcessLock", "decisions are made and written under one lock")],
    judgedBy: [crashes, audit, asks(processes, "two journals on one directory take turns", "two handles")],
    surface: noWriter,
  },
  JL8: {
    defended: [by("spec/lane-lease/fold.ts", "nothing is granted over a record nobody can read")],
    judgedBy: [crashes, faults, audit],
    surface: ["WS4"],
  },
  JL9: {
    defended: [by("spec/lane-lease/fold.ts", "unknown types change nothing")],
    judgedBy: [
      asks("test/lane-fold.test.ts", "unknown types change nothing", "folded from a log"),
      asks("test/lane-lease.test.ts", "a halt and a spawn are recorded and change no lease", "decided and folded"),
    ],
    surface: noWriter,
  },
  ML1: {
    defended: [where("src/journal/advisory-lock.ts", "never removed, renamed or read", "nothing is stale, nothing to steal")],
    judgedBy: [
      asks(farm, "no two processes are inside at once", "real processes, killed and stopped at random"),
      asks(processes, "two handles exclude each other", "and closing a third frees nothing"),
    ],
    surface: "a claim about processes; their lock is taken in one file of the journal",
  },
  ML2: {
    defended: [where("src/journal/advisory-lock.ts", "free as soon as its process is gone", "the kernel frees it")],
    judgedBy: [
      test("test/harness/process-farm.ts"),
      asks(processes, "a byte range held by a process is free as soon as it is killed", "a killed process"),
    ],
    surface: "a claim about processes; their lock is taken in one file of the journal",
  },
};

/** What a journal needs of its host, asked one by one, as data. Leaves nothing behind. */
import type { Disk } from "./disk.js";
import { errnoOf } from "./errors.js";
import { filesystemKind } from "./filesystems.js";
import { hostClock } from "./host-clock.js";
import { nodeDisk } from "./node-disk.js";
import { besideLog, kindText, type Site, siteOf } from "./site.js";
import type { Clock } from "./types.js";

/** Less than this is worth a warning: a compaction writes a second file beside the first. */
const freeBytesMin = 64 << 20;

/** One thing a journal needs of its host, and whether it is there. */
export interface HostCheck {
  readonly check: "directory" | "filesystem" | "lock" | "clock" | "permissions" | "space";
  readonly ok: boolean;
  /** What was found, with its values. */
  readonly found: string;
  /** What to do; empty when there is nothing to do. */
  readonly advice: string;
}

/** Never throws: what cannot be asked is a check that is not ok. */
export function inspectHost(options: {
  readonly directory: string;
  readonly name?: string;
  readonly disk?: Disk;
  readonly clock?: Clock;
}): readonly HostCheck[] {
  const { disk = nodeDisk(), clock = hostClock(), directory } = options;
  const site = siteOf(disk, directory, options.name);
  return [
    asked("directory", () => checkPlace(site)),
    asked("filesystem", () => checkFilesystem(site)),
    asked("lock", () => checkLock(site)),
    asked("clock", () => checkClock(clock)),
    asked("permissions", () => checkPermissions(site)),
    asked("space", () => checkSpace(site)),
  ];
}

type Answer = Omit<HostCheck, "check">;

function asked(check: HostCheck["check"], ask: () => Answer): HostCheck {
  try {
    return { check, ...ask() };
  } catch (error) {
    return { check, ok: false, found: errnoOf(error), advice: "Make the state directory usable by this user." };
  }
}

function fine(found: string): Answer {
  return { ok: true, found, advice: "" };
}

function checkPlace({ disk, directory }: Site): Answer {
  const there = disk.stat(directory);
  if (there?.kind === "directory") return fine(directory);
  const found = there === null ? `${directory} is absent` : `${directory} is ${kindText(there.kind)}`;
  const advice = there === null ? "It is made by the first write." : "Name a directory.";
  return { ok: false, found, advice };
}

function checkFilesystem({ disk, directory }: Site): Answer {
  const { name, local } = filesystemKind(disk.filesystem(directory).type);
  if (name === "tmpfs") return { ok: true, found: name, advice: "It is gone with the power, and the journal with it." };
  if (local) return fine(name);
  return { ok: false, found: name, advice: "Use a directory on a local disk." };
}

/** Two open files of one process, like those of two processes: one lock, and ranges that do not touch. */
function checkLock(site: Site): Answer {
  const { disk } = site;
  const path = besideLog(site, "tmp", "probe");
  const first = disk.open(path, "lock");
  try {
    const second = disk.open(path, "lock");
    try {
      const taken = disk.tryLock(first, { offset: 0, length: 1 });
      const excluded = !disk.tryLock(second, { offset: 0, length: 1 });
      const apart = disk.tryLock(second, { offset: 7, length: 1 });
      disk.unlock(first, { offset: 0, length: 1 });
      const freed = disk.tryLock(second, { offset: 0, length: 1 });
      if (taken && excluded && apart && freed) return fine("byte ranges, by open file");
      const found = `taken ${taken}, excludes ${excluded}, by range ${apart}, freed ${freed}`;
      return { ok: false, found, advice: "Use a local disk of a host whose locks work." };
    } finally {
      disk.close(second);
    }
  } finally {
    disk.close(first);
    disk.remove(path);
  }
}

function checkClock(clock: Clock): Answer {
  const first = clock.now();
  const second = clock.now();
  const found = `boot ${second.bootId}, ${second.monotonicMs} ms since it`;
  const backwards = second.monotonicMs < first.monotonicMs || second.bootId !== first.bootId;
  if (backwards) return { ok: false, found, advice: "The clock goes backwards: no age can be told." };
  if (!second.bootId.startsWith("boot-")) return fine(found);
  return { ok: false, found, advice: "The host gives no boot id: ages across a restart are guesses." };
}

function checkPermissions({ disk, directory, log, lock }: Site): Answer {
  const open = [directory, log, lock].flatMap((path) => {
    const there = disk.stat(path);
    if (there === null) return [];
    const mode = there.mode.toString(8);
    if (disk.uid !== null && there.uid !== disk.uid) return [`${path} belongs to user ${there.uid}`];
    return (there.mode & 0o077) === 0 ? [] : [`${path} has mode ${mode}`];
  });
  if (open.length === 0) return fine("only this user");
  return { ok: false, found: open.join(", "), advice: "Let only the owner read and write: chmod -R go-rwx." };
}

function checkSpace({ disk, directory }: Site): Answer {
  const { freeBytes } = disk.filesystem(directory);
  const found = `${Math.floor(freeBytes / (1 << 20))} MiB free`;
  if (freeBytes >= freeBytesMin) return fine(found);
  return { ok: false, found, advice: "Free some space: without it nothing can be recorded." };
}

/**
 * Crash enumeration: every script of up to four operations, cut at every call of the disk, every image the
 * cut can leave, recovery from each, and recovery cut once more at each of its calls.
 *
 * Judged on each image: JL1 (nothing acknowledged as durable is missing; after a mere kill nothing
 * acknowledged at all), JL2 (the log is a prefix in the order of the decisions, and no crash reads as
 * damage), JL3 (what is appended after recovery is there, behind what was recovered), JL6 (the checkpoint
 * folds on like the records it stands for), JL7 (`seq` counts on without gap or repetition), JL8 (no image
 * is refused, none reads as empty).
 *
 * Modelled and not modelled: see the header of `sim-disk.ts`. Also not in here: scripts with failing calls
 * (journal-faults.test.ts), lock waiting between processes (journal-processes.test.ts), a third crash.
 */
import { describe, expect, test } from "vitest";

import type { Disk, FileHandle } from "../../src/journal/index.js";
import {
  type Break,
  emptySurvey,
  RecoveryCache,
  surveyKilledPartner,
  surveyScript,
  type Survey,
} from "../harness/sim-disk-scripts.js";

function* words(alphabet: string, length: number): Generator<string> {
  if (length === 0) yield "";
  else for (const word of words(alphabet, length - 1)) for (const letter of alphabet) yield word + letter;
}

const scripts = [
  ...[1, 2, 3].flatMap((length) => [...words("drcDRCogb", length)]),
  ...words("drcDo", 4),
];

async function survey(chosen: readonly string[], broken?: Break): Promise<Survey> {
  const result = emptySurvey();
  const cache = new RecoveryCache();
  for (const script of chosen) {
    await surveyScript(script, result, cache, broken);
    if (result.breaches.length > 0) break;
  }
  return result;
}

test("no crash loses an acknowledged record, leaves anything but a prefix, or reads as damage", async () => {
  const result = await survey(scripts);
  expect(result.breaches).toEqual([]);
  const { images, distinct, secondImages, secondDistinct } = result;
  process.stdout.write(
    `crash enumeration: ${scripts.length} scripts, ${images} images at cuts (${distinct} distinct), ` +
      `${secondImages} at cuts in recovery (${secondDistinct} distinct)\n`,
  );
  expect(scripts).toHaveLength(1444);
  expect(images).toBeGreaterThanOrEqual(350_000);
  expect(distinct).toBeGreaterThanOrEqual(30_000);
  expect(secondImages).toBeGreaterThanOrEqual(150_000);
});

const nothing = (): Promise<void> => Promise.resolve();

describe("a process that is killed in the middle", () => {
  const partnerScripts = ["d", "dc", "cd", "dcc"];

  test("leaves nothing that another one could build on in vain", async () => {
    let images = 0;
    for (const script of partnerScripts) {
      const found = await surveyKilledPartner(script);
      expect(found.breach).toBeNull();
      images += found.images;
    }
    expect(images).toBeGreaterThan(100);
  });

  test("seen to be needed: who goes on syncs the name that the dead one gave", async () => {
    const found = await surveyKilledPartner("dc", (disk) => ({ ...disk, syncDirectory: nothing }));
    expect(found.breach?.law).toBe("JL1");
  });
});

/** A disk that knows which path a file was opened by. */
function withPaths(disk: Disk, change: (pathOf: (file: FileHandle) => string) => Partial<Disk>): Disk {
  const paths = new Map<FileHandle, string>();
  const open: Disk["open"] = (path, mode) => {
    const file = disk.open(path, mode);
    paths.set(file, path);
    return file;
  };
  return { ...disk, open, ...change((file) => paths.get(file) ?? "") };
}

/** Journals that are broken on purpose, by what the disk makes of their calls. Each has to be caught. */
const mutants: readonly { name: string; law: string; scripts: readonly string[]; broken: Break }[] = [
  {
    name: "appends are not synced",
    law: "JL1",
    scripts: ["d"],
    broken: (disk) =>
      withPaths(disk, (pathOf) => ({
        syncData: (file) => (pathOf(file).endsWith(".ndjson") ? nothing() : disk.syncData(file)),
      })),
  },
  {
    name: "the directory is not synced",
    law: "JL1",
    scripts: ["d"],
    broken: (disk) => ({ ...disk, syncDirectory: nothing }),
  },
  {
    name: "the directory is not synced after a compaction",
    law: "JL1",
    scripts: ["dcd"],
    broken: (disk) => {
      let renames = 0;
      return {
        ...disk,
        rename(from, to) {
          renames += 1;
          disk.rename(from, to);
        },
        // The first file gets its name by a rename as well.
        syncDirectory: (path) => (renames > 1 ? nothing() : disk.syncDirectory(path)),
      };
    },
  },
  {
    name: "a new file gets its name before it is synced",
    law: "JL8",
    scripts: ["dc"],
    broken: (disk) =>
      withPaths(disk, (pathOf) => ({
        syncData: (file) => (pathOf(file).endsWith(".tmp") ? nothing() : disk.syncData(file)),
      })),
  },
  {
    name: "acknowledged before the sync is done",
    law: "JL1",
    scripts: ["d"],
    broken: (disk) =>
      withPaths(disk, (pathOf) => ({
        syncData(file) {
          if (!pathOf(file).endsWith(".ndjson")) return disk.syncData(file);
          setImmediate(() => void disk.syncData(file).catch(nothing));
          return nothing();
        },
      })),
  },
  {
    name: "recovery cuts off too much",
    law: "JL8",
    scripts: ["d", "dr"],
    broken: (disk) => ({
      ...disk,
      truncate: (file, length) => disk.truncate(file, Math.max(0, length - 250)),
    }),
  },
  {
    name: "recovery ends the torn line instead of cutting it off",
    law: "JL3",
    scripts: ["d"],
    broken: (disk) => ({ ...disk, truncate: (file) => void disk.append(file, Buffer.from("\n")) }),
  },
  {
    name: "recovery leaves the torn line as it is",
    law: "JL3",
    scripts: ["d"],
    broken: (disk) => ({ ...disk, truncate: () => undefined }),
  },
];

test.each(mutants)("caught: $name", async ({ law, scripts: chosen, broken }) => {
  const { breaches } = await survey(chosen, broken);
  expect(breaches.map((breach) => breach.law)).toEqual([law]);
});

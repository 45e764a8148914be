/** ML1. Checked with two processes and with three, with clocks that keep to the TTL and with any. */
import { type FileMutexVariant, fileMutex } from "../../spec/systems/file-mutex.js";
import {
  advisoryLockWithUnlink,
  createAndSteal,
  directoryWithAge,
  pidFile,
} from "../../spec/systems/file-mutex-protocols.js";
import { type Breach, type Check, type ModelLaw, check } from "../law.js";
import type { Contenders } from "./contenders.js";

export const mutualExclusion: ModelLaw = {
  id: "ML1",
  title: "mutual exclusion",
  subject: "mutex",
  statement:
    "at most one process is in the critical section, whatever crashes, pauses or clocks do",
  formal: "|{ p: critical(p) }| ≤ 1",
  why:
    "Two processes that met one stale lock file were both granted the same work: a third had created the lock " +
    "while a late stealer held it renamed aside.",
  checks: [onConfiguration("two"), onConfiguration("three"), onConfiguration("clocks")],
  mutants: [
    {
      name: "steal by rename and restore",
      change:
        "creating the file is the lock, a stale one is renamed aside and a wrong one restored; 3 processes, 2 do " +
        "not suffice",
      system: fileMutex,
      configuration: "three",
      variant: {
        protocol: createAndSteal({ stealsEmpty: false, reentrant: false }),
      } satisfies FileMutexVariant,
    },
    {
      name: "directory with age",
      change:
        "a directory is the lock, one that is old is removed and made again; 2 processes suffice",
      system: fileMutex,
      configuration: "two",
      variant: { protocol: directoryWithAge() } satisfies FileMutexVariant,
    },
    {
      name: "lock file unlinked",
      change:
        "who leaves unlinks the locked file, and the next one makes another; 2 processes suffice",
      system: fileMutex,
      configuration: "two",
      variant: { protocol: advisoryLockWithUnlink() } satisfies FileMutexVariant,
    },
    {
      name: "pid file",
      change: "a file whose process id is gone is removed and made again; 2 processes suffice",
      system: fileMutex,
      configuration: "two",
      variant: { protocol: pidFile() } satisfies FileMutexVariant,
    },
    {
      name: "one label for two processes",
      change:
        "who reads its own label enters, and two processes have one label; 2 processes suffice",
      system: fileMutex,
      configuration: "two",
      variant: {
        protocol: createAndSteal({ stealsEmpty: false, reentrant: true }),
        oneLabel: true,
      } satisfies FileMutexVariant,
    },
    {
      name: "holder pauses beyond the TTL",
      change:
        "creating the file is the lock, and its TTL passes while the holder is paused; 2 processes suffice",
      system: fileMutex,
      configuration: "clocks",
      variant: {
        protocol: createAndSteal({ stealsEmpty: false, reentrant: false }),
      } satisfies FileMutexVariant,
    },
  ],
};

function onConfiguration(configuration: string): Check {
  return check<Contenders>({
    system: fileMutex,
    configuration,
    kind: "invariant",
    breach: doubleHold,
    witness: ({ processes }) => processes.some(({ at }) => at === "critical"),
  });
}

function doubleHold({ processes }: Contenders): Breach {
  const inside: number[] = [];
  for (let index = 0; index < processes.length; index += 1) {
    if (processes[index]?.at === "critical") inside.push(index);
  }
  return inside.length < 2 ? null : `processes ${inside.join(" and ")} are in the critical section`;
}

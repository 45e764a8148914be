/** What hosts of our runs are made of: where they keep their files, what is changed in them, and their log as it lies there. */
import type { RunPolicy } from "../../spec/vocabulary/index.js";
import { type Disk, exportJournal } from "../journal/index.js";
import type { Runs, StatusChange } from "../run/index.js";
import type { HostStorage } from "./our-storage.js";
import type { RecordedEvents } from "./run-adapter.js";

/** Parts of the run host to replace, to see that a mistake is caught. */
export interface OurRunOptions {
  /** Absent: a temporary folder of this host, without waiting for the device. */
  readonly storage?: () => HostStorage;
  /** A changed host, to see that it is caught. */
  readonly change?: (runs: Runs) => Runs;
  /** Another policy than the one that is given, for a host whose monitor is the kit's. */
  readonly policy?: (given: RunPolicy) => RunPolicy;
  /** Monitors commit without their token, and the records name it all the same: a log that compares none. */
  readonly unfenced?: boolean;
  /** What a listener's call becomes. */
  readonly hears?: (change: StatusChange) => readonly StatusChange[];
}

/** What was written, as lines: a checkpoint, then records. */
export async function recordsIn(directory: string, disk: Disk): Promise<readonly RecordedEvents[]> {
  const found: RecordedEvents[] = [];
  for await (const line of exportJournal({ directory, name: "runs", disk })) {
    const { seq, at, type, data } = JSON.parse(line) as RecordedEvents["place"] & RecordedEvents["events"][number];
    if (type.startsWith("run.")) found.push({ place: { seq, at }, events: [{ type, data }] });
  }
  return found;
}

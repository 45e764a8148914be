/** A thread that beats one lease through a store handle of its own, however busy the thread of the holder is. */
import { parentPort, workerData } from "node:worker_threads";

import { type BeatInput, type FromBeatThread, type ToBeatThread, beatWords } from "./beat-protocol.js";
import { startBeating } from "./beating.js";
import type { LeaseStore, StoreAddress } from "./types.js";

interface StoreModule {
  openAddress(options: StoreAddress["options"]): Promise<LeaseStore>;
}

const { address, terms, shared } = workerData as BeatInput;
const words = beatWords(shared);
const { openAddress } = (await import(address.module)) as StoreModule;
const store = await openAddress(address.options);
const beating = startBeating(store, terms, (report) => {
  if (report.type === "confirmed") words.confirm(report.at.monotonicMs);
  if (report.type === "lost") words.lose(report.reason);
  parentPort?.postMessage(report satisfies FromBeatThread);
});

parentPort?.once("message", (_stop: ToBeatThread) => {
  void beating
    .stop()
    .then(() => store.close())
    .then(() => parentPort?.close());
});

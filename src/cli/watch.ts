/** `leasehold watch`: a line for each change, by anybody. Ends with 0 on Ctrl-C. */
import type { LaneJson } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import type { LeaseChange } from "../lease/index.js";
import { listenForInterrupt } from "./interrupt.js";
import type { StoreFlags } from "./lease-options.js";
import { failureOf, leaseExit, openStore, say } from "./lease-shell.js";
import { painted } from "./lease-text.js";
import { print, printJsonLine } from "./output.js";
import { makeStateDirectory, stateDirectory } from "./state-directory.js";

export async function watchCommand(flags: StoreFlags): Promise<number> {
  const { signal, dispose } = listenForInterrupt();
  try {
    const directory = stateDirectory(flags.dir);
    makeStateDirectory(directory);
    const store = await openStore(flags, directory, false);
    try {
      for await (const change of store.watch({ signal })) {
        await (flags.json === true ? printJsonLine(change) : print(lineOf(change)));
      }
      return leaseExit.done;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (signal.aborted) return leaseExit.done;
    const { text, code } = failureOf(error);
    await say(text(painted(flags.color)));
    return code;
  } finally {
    dispose();
  }
}

function lineOf({ at, type, data }: LeaseChange): string {
  const { lane, holder, leaseId, fencingToken } = data as Readonly<Record<string, LaneJson | undefined>>;
  const words = [lane, holder, leaseId, fencingToken === undefined ? undefined : `token ${JSON.stringify(fencingToken)}`]
    .filter((word) => typeof word === "string")
    .join("  ");
  return `${new Date(at.wallMs).toISOString()}  ${printable(type.slice("lane.".length).padEnd(9))}  ${printable(words)}\n`;
}

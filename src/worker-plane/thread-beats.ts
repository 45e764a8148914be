/**
 * Beats from a thread: whatever blocks the worker's event loop does not silence them.
 *
 * An error in the thread is not caught: a worker that cannot say that it lives ends, as in a crash.
 */
import { Worker as Thread } from "node:worker_threads";

import type { Peer } from "./messages.js";
import type { SocketClientOptions } from "./socket-client.js";
import type { Beats } from "./transport.js";

/** What the thread is started with. */
export interface BeatThreadInput {
  readonly connection: SocketClientOptions;
  readonly peer: Peer;
}

export type ToBeatThread =
  | { readonly type: "pace"; readonly beatMs: number; readonly progressMs: number }
  | { readonly type: "hold"; readonly lease: string; readonly attempt: number }
  | { readonly type: "release"; readonly lease: string };

export function threadBeats(
  connection: SocketClientOptions,
  peer: Peer,
  heard: (message: unknown) => void,
): Beats {
  const thread = new Thread(new URL("./beat-thread.js", import.meta.url), {
    workerData: { connection, peer } satisfies BeatThreadInput,
    // Loaders and flags of the program are not the thread's.
    execArgv: [],
  });
  thread.on("message", heard);
  const tell = (message: ToBeatThread): void => thread.postMessage(message);
  return {
    pace: (beatMs, progressMs) => tell({ type: "pace", beatMs, progressMs }),
    hold: (lease, attempt) => tell({ type: "hold", lease, attempt }),
    release: (lease) => tell({ type: "release", lease }),
    stop: () => {
      void thread.terminate();
    },
  };
}

/**
 * A master or a worker as a process of its own, from the built package. Says what happens as lines of JSON.
 *
 * `node --import tsx plane-process.ts worker ID SOCKET` or `… master SOCKET TARGET`.
 */
import {
  type Assignment,
  createMaster,
  createWorker,
  socketClient,
  socketServer,
} from "leasehold/worker-plane";

const token = "a token of the tests";
const [, , role = "", ...rest] = process.argv;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What the snapshot asks for: to answer, to take long, or to block the event loop. */
async function execute({ snapshot, attempt }: Assignment, signal: AbortSignal): Promise<string> {
  const { act, ms } = snapshot as { act: string; ms: number };
  say({ executes: act, attempt });
  if (act === "block") {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } else if (act === "sleep") {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        say({ aborted: act });
        reject(new Error("aborted"));
      });
    });
  }
  return act;
}

if (role === "worker") {
  const [id = "", path = ""] = rest;
  const worker = createWorker({
    id,
    transport: socketClient({ address: { path }, token }),
    backoff: { firstMs: 20, longestMs: 100 },
    execute,
  });
  worker.registered.then(
    () => say({ registered: id }),
    () => undefined,
  );
  void worker.ended.then((problem) => say({ ended: problem?.code ?? null }));
  process.on("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
} else {
  const [path = "", target = ""] = rest;
  const master = createMaster({
    onChange: (change) => {
      if (change.type !== "worker.registered") return;
      const snapshot = { act: "sleep", ms: 60_000 };
      void master.lease({ target, effect: "start", run: "run-0", snapshot }).then(say);
    },
  });
  await master.serve(socketServer({ address: { path }, token }));
  say({ serving: path });
}

/**
 * Dispatch round trips of the worker plane, as ratios to a bare echo over the same kind of socket in the same
 * run. Prints Markdown. Needs the built package; run it on a quiet machine: `npx tsx test/bench/worker-plane.bench.ts`.
 *
 * A round trip is one lease: acquired, handed out, executed by a worker that does nothing, acknowledged,
 * observed. Both ends are in one process, as are both ends of the echo. Best of three.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import {
  type Master,
  createMaster,
  createWorker,
  inProcessTransport,
  socketClient,
  socketServer,
} from "leasehold/worker-plane";

const rounds = 3;
const trips = 10_000;
const snapshot = { session: "agent-7", branch: "topic", lines: 200 };
const token = "a token of the benchmark";

async function best(trip: () => Promise<unknown>, inFlight: number): Promise<number> {
  let most = 0;
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    let left = trips;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await trip();
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    most = Math.max(most, trips / ((performance.now() - started) / 1000));
  }
  return most;
}

/** Lines there and back, as JSON text that is neither parsed nor checked. */
async function echo(path: string): Promise<{ trip: () => Promise<void>; close: () => void }> {
  const server = createServer((socket) => socket.setNoDelay(true).on("data", (chunk) => socket.write(chunk)));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const socket = await new Promise<Socket>((resolve) => {
    const opened = connect({ path }, () => resolve(opened));
  });
  socket.setNoDelay(true);
  const waiting: (() => void)[] = [];
  socket.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) waiting.shift()?.();
  });
  const line = `${JSON.stringify({ type: "assign", lease: "x".repeat(40), attempt: 1, snapshot })}\n`;
  return {
    trip: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(line);
      }),
    close: () => {
      socket.destroy();
      server.close();
    },
  };
}

function lease(master: Master): () => Promise<unknown> {
  return async () => {
    const outcome = await master.lease({ target: "", effect: "capture", run: "run-7", snapshot });
    if (outcome.kind !== "succeeded") throw new Error(`a round trip ended as ${outcome.kind}`);
  };
}

async function inProcess(inFlight: number): Promise<number> {
  const transport = inProcessTransport();
  const master = createMaster();
  await master.serve(transport.master);
  const worker = createWorker({ id: "local", transport: transport.worker, execute: () => null });
  await worker.registered;
  const rate = await best(lease(master), inFlight);
  await worker.stop();
  await master.close();
  return rate;
}

async function overSocket(path: string, inFlight: number): Promise<number> {
  const master = createMaster();
  await master.serve(socketServer({ address: { path }, token }));
  const transport = socketClient({ address: { path }, token });
  const worker = createWorker({ id: "local", transport, execute: () => null });
  await worker.registered;
  const rate = await best(lease(master), inFlight);
  await worker.stop();
  await master.close();
  return rate;
}

const folder = mkdtempSync(join(tmpdir(), "worker-plane-bench-"));
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "processor"}, Node ${process.version}\n`);
  console.log("| in flight | bare echo, trips/s | in process | ratio | Unix socket | ratio |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const inFlight of [1, 16]) {
    const bare = await echo(join(folder, "echo"));
    const floor = await best(bare.trip, inFlight);
    bare.close();
    const near = await inProcess(inFlight);
    const far = await overSocket(join(folder, "plane"), inFlight);
    const row = [floor, near, near / floor, far, far / floor].map((value) =>
      value < 100 ? value.toFixed(2) : String(Math.round(value)),
    );
    console.log(`| ${inFlight} | ${row.join(" | ")} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Beats from a thread of their own: a holder that blocks its event loop for longer than the TTL keeps its lease. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

const lease = new URL("../dist/src/lease/index.js", import.meta.url).href;
const root = fileURLToPath(new URL("..", import.meta.url));
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Work that waits for its first beat, then blocks for twice the TTL; a second handle asks for the lane meanwhile. */
function program(directory: string, beats: "thread" | "timer"): string {
  return `
    import { openLeaseStore, withLease } from ${JSON.stringify(lease)};
    const directory = ${JSON.stringify(directory)};
    const store = await openLeaseStore({ directory });
    const ttlMs = 1500;
    const outcome = await withLease(store, { lane: "a", holder: "h", ttlMs, attachment: "detached" }, async (lease) => {
      for (;;) {
        const shown = await store.show(lease.leaseId);
        if (shown.lease.grant.heartbeatAt.monotonicMs > lease.grant.heartbeatAt.monotonicMs) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const until = Date.now() + 2 * ttlMs;
      while (Date.now() < until);
      const lost = lease.lost();
      const other = await openLeaseStore({ directory });
      const rival = await other.acquire({ lane: "a", holder: "rival" });
      await other.close();
      return { lost: lost === null ? null : lost.reason, rival: rival.outcome };
    }, { beats: ${JSON.stringify(beats)} });
    await store.close();
    console.log(JSON.stringify(outcome));
  `;
}

function run(beats: "thread" | "timer"): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), "leasehold-thread-"));
  directories.push(directory);
  const args = ["--input-type=module", "-e", program(join(directory, "state"), beats)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr));
    });
  });
}

it("a blocked event loop does not lose the lease", async () => {
  expect(await run("thread")).toEqual({ outcome: "done", value: { lost: null, rival: "refused" }, trouble: null });
});

it("with a timer it does, and the holder is told at once when it asks", async () => {
  expect(await run("timer")).toMatchObject({
    outcome: "lost",
    reason: "renew-deadline",
    work: { status: "fulfilled", value: { lost: "renew-deadline", rival: "granted" } },
  });
});

/**
 * Commands on the run host beside its models: runs are created, observed, committed to by the monitor and by a person;
 * ticks; time; processes that are killed, between calls and at any call of the disk; calls of the disk that fail. On a
 * simulated disk the power is cut as well. After each command the log, the listeners and the memory of each process have to
 * be what `run-host` and the run machine allow, and every law is asked.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { type RunHostAdapter, checkRunHost, ourRunHost } from "../../src/conformance/index.js";
import type { OurRunOptions } from "../../src/conformance/our-run-host.js";
import { type HostStorage, temporaryStorage } from "../../src/conformance/our-storage.js";
import { type ScriptFailure, failureOn, holdsOnScripts, keep, keptScripts, mendedScripts } from "../harness/command-scripts.js";
import { scriptedRunHost } from "../harness/scripted-hosts.js";
import { SimulatedStorage } from "../harness/simulated-storage.js";

const simulated = (): HostStorage => new SimulatedStorage();

describe("the run host keeps to its models and laws", () => {
  test("on a simulated disk, whatever fails", async () => {
    await holdsOnScripts(scriptedRunHost({ storage: simulated }), { runs: 60 });
  }, 120_000);

  test("on a folder of this host", async () => {
    await holdsOnScripts(scriptedRunHost({ storage: temporaryStorage }), { runs: 25 });
  }, 120_000);
});

test("a kept script that is said to fail still does", async () => {
  expect(await mendedScripts(scriptedRunHost({ storage: simulated }))).toEqual([]);
});

const failureOf = (options: OurRunOptions): Promise<ScriptFailure> => failureOn(scriptedRunHost(options));

describe("a host that is broken is caught by a short script", () => {
  test("that acknowledges what it did not sync (power cut)", async () => {
    const careless = (): HostStorage => {
      const storage = new SimulatedStorage();
      const disk = storage.disk.bind(storage);
      return Object.assign(storage, {
        disk: () => ({ ...disk(), syncData: () => Promise.resolve(), syncDirectory: () => Promise.resolve() }),
      });
    };
    const { message, script } = await failureOf({ storage: careless });
    expect(script.steps.at(-1)).toMatch(/power cut/);
    expect(script.steps.length).toBeLessThanOrEqual(4);
    expect(message).toMatch(/^ {2}1\. [^]*\n {7}expected the first \d+ of \d+ records[^]*\n {7}seen /);
    expect(message).toMatch(/LEASEHOLD_SEED=\d+ LEASEHOLD_PATH=[\d:]+ LEASEHOLD_REPLAY=\S+ npx vitest run .*run-host-commands/);
  }, 60_000);

  test("whose listeners hear of a commit that failed, or twice (L8)", async () => {
    const { message, script } = await failureOf({ storage: simulated, hears: (change) => [change, change] });
    expect(script.steps.length).toBe(1);
    expect(message).toMatch(/expected L8 holds\n {7}seen {5}run \d: 2 calls/);
  }, 60_000);

  test("and its script is a file that the kit takes, and that is run before any other", async () => {
    const broken: OurRunOptions = { storage: simulated, hears: (change) => (change.to.status === "canceled" ? [] : [change]) };
    const failure = await failureOf(broken);
    const folder = mkdtempSync(join(tmpdir(), "leasehold-kept-"));
    try {
      const file = keep(failure, folder);
      const [kept] = keptScripts("run-host", folder).values();
      expect(file).toMatch(/run-host-[0-9a-f]{8}\.json$/);
      expect(kept).toMatchObject(failure.script);
      const report = await checkRunHost(ourRunHost(broken), { script: failure.script });
      expect(report.judged.find(({ law }) => law === "L8")?.verdict).toBe("violated");
      expect((await checkRunHost(ourRunHost({ storage: simulated }), { script: failure.script })).verdict).toBe("holds");
      await expect(holdsOnScripts(scriptedRunHost(broken), { runs: 0, keepIn: folder })).rejects.toThrow(/the script of run-host-/);
      await holdsOnScripts(scriptedRunHost({ storage: simulated }), { runs: 1, keepIn: folder });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

test("a failure after a fault that hit nothing is not explained by it", async () => {
  const { open } = ourRunHost({ storage: simulated });
  const adapter: RunHostAdapter = {
    name: "a host on which a person can do nothing",
    open: async () => {
      const host = await open();
      const process = host.process.bind(host);
      return Object.assign(host, {
        process: async (name: string) =>
          Object.assign(await process(name), name === "console" ? { observe: () => Promise.reject(new TypeError("nobody")) } : {}),
      });
    },
  };
  const commands = [{ does: "calls fail", what: "sync", calls: 1 }, { does: "advance", ms: 1 }, { does: "commit", by: 1, run: 0, verdict: "canceled" }];
  const script = { scene: "run-host", steps: commands.map((command) => JSON.stringify(command)) };
  const [found] = (await checkRunHost(adapter, { script })).counterexamples;
  expect(found?.divergence?.seen).toBe("it failed: nobody");
});

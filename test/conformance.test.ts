/** The conformance kit at its door: right stores pass, wrong ones are told which law they break, and how. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";

import {
  type ConformanceScript,
  type LeaseAdapter,
  type LeaseAnswer,
  type LeaseBreak,
  type LeaseClient,
  type LeaseStoreUnderTest,
  checkLeaseStore,
  checkRunHost,
  leaseBreaks,
  memoryLeaseStore,
  ourLeaseStore,
  ourRunHost,
  testLaws,
} from "../src/conformance/index.js";
import { runLaws } from "../laws/run/index.js";
import { lockDirectories, plainList, readThenWrite, tokensReused } from "./conformance-stores/file-stores.js";
import { SimulatedStorage } from "./harness/simulated-storage.js";

const seed = Number(process.env["LEASEHOLD_SEED"] ?? 1);
const runs = Number(process.env["LEASEHOLD_RUNS"] ?? 8);

const broken = (report: { readonly judged: readonly { readonly law: string; readonly verdict: string }[] }): string[] =>
  report.judged.filter(({ verdict }) => verdict === "violated").map(({ law }) => law);

describe("our lane-lease store", () => {
  testLaws(test, ["NL1", "NL2", "NL3", "NL4", "NL5", "NL6", "NL7", "NL8", "NL9", "NL10"], () =>
    checkLeaseStore(ourLeaseStore(), { seed, runs: runs + 2 }),
  );

  test("on a simulated disk, every state it shows is one of the model", async () => {
    const report = await checkLeaseStore(ourLeaseStore({ storage: () => new SimulatedStorage() }), { seed: seed + 1, runs: 4 });
    expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
    expect(report.steps).toBeGreaterThan(500);
    expect(report.unasked).toEqual([]);
  });

  test("on a disk that does not wait for the device is caught by a power cut, and by the line that is printed", async () => {
    const storage = (): SimulatedStorage => {
      const simulated = new SimulatedStorage();
      const disk = simulated.disk.bind(simulated);
      return Object.assign(simulated, { disk: () => ({ ...disk(), syncData: () => Promise.resolve() }) });
    };
    const adapter = ourLeaseStore({ storage });
    const report = await checkLeaseStore(adapter, { seed, runs: 2 });
    expect(report.counterexamples.map(({ law }) => law)).toEqual([null]);
    const [line = ""] = report.counterexamples[0]?.text.split("\n").slice(-1) ?? [];
    expect(line).toMatch(/^show it again with \{ script: \{"scene":"lease-store","steps":\[.*power cut/);
    const script = JSON.parse(line.slice("show it again with { script: ".length, -" }".length)) as ConformanceScript;
    const again = await checkLeaseStore(adapter, { script });
    expect(again.counterexamples).toEqual(report.counterexamples);
    expect(again.verdict).toBe("violated");
  });
});

describe("a store in memory", () => {
  test("that does what is asked of it has nothing found", async () => {
    const report = await checkLeaseStore(memoryLeaseStore(), { seed, runs: 20 });
    expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
    expect(report.verdict).toBe("holds");
    expect(report.unasked).toEqual([
      "calls of the disk that fail: the adapter has no `failNext`",
      "processes that are killed within a call: its clients have no `dieAt`",
      "power cuts: the adapter has no `powerCut`",
    ]);
    expect((await checkLeaseStore(ourLeaseStore(), { seed, runs: 1, actions: 1 })).unasked).toEqual(["power cuts: the adapter has no `powerCut`"]);
  });

  test.each(Object.keys(leaseBreaks) as LeaseBreak[])("with the mistake “%s” breaks its law", async (name) => {
    const { laws, script } = leaseBreaks[name];
    const replayed = await checkLeaseStore(memoryLeaseStore(name), { script });
    expect(broken(replayed)).toContain(laws[0]);
    // The script shows the mistake, and not something else: the right store passes it.
    expect(broken(await checkLeaseStore(memoryLeaseStore(), { script }))).toEqual([]);
  });

  test("is judged the same way each time, and by the script of its counterexample", async () => {
    const adapter = memoryLeaseStore("tokens start again");
    const [one, other] = [await checkLeaseStore(adapter, { seed, runs: 20 }), await checkLeaseStore(adapter, { seed, runs: 20 })];
    expect(one).toEqual(other);
    const [found] = one.counterexamples.filter(({ law }) => law === "NL2");
    expect(found?.script.steps.length).toBeLessThanOrEqual(9);
    const replayed = await checkLeaseStore(adapter, { script: found?.script ?? { scene: "", steps: [] } });
    expect(broken(replayed)).toContain("NL2");
    expect(replayed.counterexamples.find(({ law }) => law === "NL2")?.breach).toBe(found?.breach);
  });

  test("has scripts compared for its laws where a script ends, and nowhere else", async () => {
    const timesOf = async (law: string, scene: string, ...steps: readonly string[]): Promise<number | undefined> => {
      const { judged } = await checkLeaseStore(memoryLeaseStore(), { script: { scene, steps } });
      return judged.find((one) => one.law === law)?.judged;
    };
    const acquires = ["ask(principal=0, lane=0)", "append(principal=0)", "hear(principal=0)"];
    expect(await timesOf("NL7", "pace")).toBe(0);
    expect(await timesOf("NL7", "pace", ...acquires)).toBeGreaterThan(0);
    expect(await timesOf("NL10", "contention", "sweep")).toBe(1);
    expect(await timesOf("NL10", "contention", ...acquires)).toBe(0);
  });

  test("is given a script that is none with the names of the steps there are", async () => {
    const script = { scene: "contention", steps: ["take(principal=0)"] };
    await expect(checkLeaseStore(memoryLeaseStore(), { script })).rejects.toThrow(
      /"take\(principal=0\)" is no step of "contention", whose steps are race, ask/,
    );
    await expect(checkLeaseStore(memoryLeaseStore(), { script: { scene: "reboot", steps: [] } })).rejects.toThrow(
      /"reboot" is no scene of this store, whose scenes are contention, adoption, pace, queue, lease-store/,
    );
  });
});

test("a store that leaves numbers out between its tokens is as right as one that counts", async () => {
  const sparse = memoryLeaseStore();
  const adapter: LeaseAdapter = { name: "every third token", open: async () => everyThird(await sparse.open()) };
  const report = await checkLeaseStore(adapter, { seed, runs: 10 });
  expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
  expect(report.judged.find(({ law }) => law === "NL9")?.verdict).toBe("holds");
});

/** The same store, whose tokens are seen three times as high. */
function everyThird(store: LeaseStoreUnderTest): LeaseStoreUnderTest {
  const higher = (answer: LeaseAnswer): LeaseAnswer =>
    answer.outcome === "granted" ? { ...answer, fencingToken: answer.fencingToken * 3 } : answer;
  const clientOf = (client: LeaseClient): LeaseClient => ({
    ...client,
    acquire: async (request) => higher(await client.acquire(request)),
    wait: async (request) => higher((await client.wait?.(request)) ?? { outcome: "refused" }),
    adopt: async (request) => {
      const answer = await client.adopt?.({ ...request, expectedToken: request.expectedToken / 3 });
      return higher(answer ?? { outcome: "refused" });
    },
    checkFence: async (token, lane) => (await client.checkFence?.(token / 3, lane)) ?? "stale",
  });
  return new Proxy(store, {
    get: (of, key) => {
      if (key === "client") return async (name: string) => clientOf(await of.client(name));
      if (key === "live") return async () => (await of.live()).map((one) => ({ ...one, fencingToken: one.fencingToken * 3 }));
      const value = Reflect.get(of, key) as unknown;
      return typeof value === "function" ? (value.bind(of) as unknown) : value;
    },
  });
}

describe("stores that are wrong", () => {
  test("a list in a file that is right has nothing found: what it leaves out is not asked", async () => {
    const report = await checkLeaseStore(plainList, { seed, runs: 12 });
    expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
  });

  test("a lock directory with its mtime gives a held lane away when the wall clock is set (NL6)", async () => {
    const report = await checkLeaseStore(lockDirectories, { seed, runs: 25 });
    expect(broken(report)).toContain("NL6");
    const found = report.counterexamples.find(({ law }) => law === "NL6");
    expect(found?.breach).toMatch(/is granted beside lease/);
    expect(found?.text).toMatch(/^ {2}1\. .*\n[^]*expected [^]*seen /);
  });

  test("read, then write without a lock grants one lane twice (NL1)", async () => {
    const report = await checkLeaseStore(readThenWrite, { seed, runs: 25 });
    expect(broken(report)).toContain("NL1");
    expect(report.counterexamples.find(({ law }) => law === "NL1")?.script.steps.at(-1)).toMatch(/race|hear/);
  });

  test("tokens that begin again after a compaction are no fence (NL2)", async () => {
    const report = await checkLeaseStore(tokensReused, { seed, runs: 25 });
    expect(broken(report)).toContain("NL2");
    expect(report.counterexamples.find(({ law }) => law === "NL2")?.script.steps).toContain("compact");
  });
});

describe("our run host", () => {
  const laws = runLaws.map(({ id }) => id).filter((id) => id !== "L11d");
  testLaws(test, laws, () => checkRunHost(ourRunHost(), { seed, runs: runs + 4 }));

  test("whose listeners are called twice breaks L8", async () => {
    const report = await checkRunHost(ourRunHost({ hears: (change) => [change, change] }), { seed, runs: 3 });
    expect(broken(report)).toContain("L8");
    expect(report.counterexamples[0]?.text).toMatch(/commits .* to run [^]*2 calls/);
  });

  test("whose log takes what a superseded monitor still writes breaks L20", async () => {
    const unfenced = ourRunHost({ unfenced: true });
    const report = await checkRunHost(unfenced, { seed, runs });
    expect(broken(report)).toContain("L20");
    const found = report.counterexamples.find(({ law }) => law === "L20");
    expect(found?.text).toMatch(
      /^ {2}1\. the monitor is suspended, and another one takes over\n {2}2\. the monitor that was superseded commits .*\nrecord 5: a commit under token 1, and token 2 was seen before/,
    );
    const { script } = found ?? { script: { scene: "", steps: [] } };
    expect(broken(await checkRunHost(unfenced, { script }))).toContain("L20");
    expect(broken(await checkRunHost(ourRunHost(), { script }))).toEqual([]);
  });
});

test("the helper gives one test for each law, and those of node:test pass and fail the same", () => {
  const program = `
    import test from "node:test";
    import { checkLeaseStore, memoryLeaseStore, testLaws } from ${JSON.stringify(new URL("../dist/src/conformance/index.js", import.meta.url).href)};
    testLaws(test, ["NL1", "NL3"], () => checkLeaseStore(memoryLeaseStore("anybody is the holder"), { runs: 5 }));`;
  const how = ["--input-type=module", "--test-reporter=tap", "-e", program];
  let output = "";
  try {
    output = execFileSync(process.execPath, how, { encoding: "utf8" });
  } catch (error) {
    output = (error as { readonly stdout: string }).stdout;
  }
  expect(output).toMatch(/^ok 1 - NL1 holds/m);
  expect(output).toMatch(/^not ok 2 - NL3 holds/m);
});

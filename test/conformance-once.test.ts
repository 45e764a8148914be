/** What goes wrong once, and not when its script is run again, is reported all the same, and is marked. */
import { describe, expect, test } from "vitest";

import {
  type ConformanceReport,
  type LeaseAdapter,
  type LeaseStoreUnderTest,
  checkLeaseStore,
  checkRunHost,
  checkWorkerPlane,
  memoryLeaseStore,
  ourRunHost,
} from "../src/conformance/index.js";
import { shortestShown } from "../src/conformance/report.js";
import type { StatusChange } from "../src/run/index.js";

/** A store in memory that lists nothing at one of its listings, whichever script that is in. */
function listsNothingOnce(hurt: boolean): LeaseAdapter {
  const memory = memoryLeaseStore();
  let due = true;
  const open = async (): Promise<LeaseStoreUnderTest> => {
    const store = await memory.open();
    const live = store.live.bind(store);
    let armed = !hurt;
    return Object.assign(store, {
      // Nothing of it fails: only scripts that hurt a store have such steps.
      ...(hurt ? { failNext: (): void => void (armed = true) } : {}),
      live: async () => {
        const listed = await live();
        if (!due || !armed || listed.length === 0) return listed;
        due = false;
        return [];
      },
    });
  };
  return { name: "a store that lists nothing, once", open };
}

/** One change reaches its listeners twice, whichever script that is in. */
function twiceOnce(isMeant: (change: StatusChange) => boolean): (change: StatusChange) => readonly StatusChange[] {
  let meant = 0;
  return (change) => {
    if (isMeant(change)) meant += 1;
    return meant === 3 && isMeant(change) ? [change, change] : [change];
  };
}

const seenOnce = /^seen once, not when the script was run again\nshow it again with /m;

function expectOnce({ verdict, counterexamples }: ConformanceReport): void {
  expect(counterexamples.length).toBe(1);
  expect(counterexamples[0]?.repeated).toBe(false);
  expect(counterexamples[0]?.text).toMatch(seenOnce);
  expect(verdict).toBe("violated");
}

describe("what was seen once is found by the search", () => {
  test("of scripts of a lane-lease store", async () => {
    expectOnce(await checkLeaseStore(listsNothingOnce(false), { runs: 4 }));
  });

  test("of scripts of a lane-lease store that is hurt", async () => {
    const report = await checkLeaseStore(listsNothingOnce(true), { runs: 4 });
    expectOnce(report);
    expect(report.counterexamples[0]?.script.scene).toBe("lease-store");
  });

  test("of a store that cannot be opened once: no verdict is given", async () => {
    const memory = memoryLeaseStore();
    let opened = 0;
    const open = (): Promise<LeaseStoreUnderTest> => ((opened += 1) === 5 ? Promise.reject(new Error("busy")) : memory.open());
    const checked = checkLeaseStore({ name: "a store that is busy, once", open }, { runs: 4 });
    await expect(checked).rejects.toMatchObject({ message: "a script that cannot be run", cause: { message: "busy" } });
  });

  test("of scripts of a run host", async () => {
    const { open } = ourRunHost({ hears: twiceOnce(({ run }) => run === "run-0") });
    expectOnce(await checkRunHost({ name: "run host", open }, { runs: 2 }));
  });

  test("of scripts of a run host in its world", async () => {
    const { monitored } = ourRunHost({ hears: twiceOnce(() => true) });
    expectOnce(await checkRunHost({ ...ourRunHost(), ...(monitored === undefined ? {} : { monitored }) }, { runs: 2 }));
  });

  test("of scripts of the worker plane", async () => {
    let due = true;
    const report = await checkWorkerPlane({
      runs: 4,
      change: (options) => {
        if (!due) return options;
        due = false;
        return { ...options, policy: { ...options.policy, dispatchTtlMs: (options.policy?.dispatchTtlMs ?? 0) / 2 } };
      },
    });
    expect(report.counterexamples.map(({ repeated }) => repeated)).toEqual([false]);
    expect(report.counterexamples[0]?.text).toMatch(seenOnce);
  });
});

describe("of what shows now and then", () => {
  const scriptOf = (run: string): readonly string[] => Array.from(run);

  test("a shorter script is reported when it shows it twice", async () => {
    const again = (script: readonly string[]): Promise<string | null> => Promise.resolve(script.includes("c") ? script.join("") : null);
    expect(await shortestShown("abcd", scriptOf, again)).toEqual({ run: "c", repeated: true });
  });

  test("and else the longer one that did", async () => {
    const seen = new Set<string>();
    const once = (script: readonly string[]): Promise<string | null> => {
      const run = script.join("");
      const shows = run.includes("c") && !seen.has(run);
      seen.add(run);
      return Promise.resolve(shows ? run : null);
    };
    expect(await shortestShown("abcd", scriptOf, once)).toEqual({ run: "abcd", repeated: true });
  });
});

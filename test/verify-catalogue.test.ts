/** The plan covers the catalogue exactly once, and `verify` runs the part of it that it is asked for. */
import { describe, expect, test } from "vitest";

import { isPending, laws, placeOf } from "../laws/index.js";
import { type VerifyProgress, verify } from "../src/verify/index.js";
import { plan, taskName } from "../src/verify/plan.js";

describe("the plan", () => {
  const tasks = plan(laws, null);

  test("covers every check of every law exactly once, on its own configuration", () => {
    const planned = tasks.flatMap((task) => {
      if (task.kind === "mutant") return [];
      const place = task.configuration === "" ? task.system : `${task.system}/${task.configuration}`;
      return task.checks.map(({ law, check }) => `${law}#${check} on ${place}`);
    });
    const expected = laws.flatMap((law) =>
      law.checks.map((check, index) => {
        const configuration = check.configuration ?? check.system.configurations[0]?.name ?? "";
        return `${law.id}#${index} on ${placeOf({ system: check.system, configuration })}`;
      }),
    );
    expect([...planned].sort()).toEqual([...expected].sort());
    expect(new Set(planned).size).toBe(planned.length);
  });

  test("covers every mutant of every law exactly once", () => {
    const planned = tasks.flatMap((task) =>
      task.kind === "mutant" ? [`${task.law} ${task.mutant}`] : [],
    );
    const expected = laws.flatMap((law) => law.mutants.map((_, index) => `${law.id} ${index}`));
    expect(planned).toEqual(expected);
  });

  test("searches each configuration once for states and steps, and each response alone", () => {
    const spaces = tasks.flatMap((task) =>
      task.kind === "space" ? [`${task.system}/${task.configuration}`] : [],
    );
    expect(new Set(spaces).size).toBe(spaces.length);
    for (const task of tasks) if (task.kind === "response") expect(task.checks).toHaveLength(1);
  });

  test("is plain data that can be sent to a thread", () => {
    expect(structuredClone(tasks)).toEqual(tasks);
  });

  test("names its tasks for people", () => {
    expect(taskName({ kind: "mutant", law: "LL1", mutant: 0 })).toBe("LL1 mutant 1");
    expect(taskName({ kind: "space", system: "a", configuration: "", checks: [] })).toBe("space a");
    expect(taskName({ kind: "response", system: "a", configuration: "b", checks: [] })).toBe(
      "response a/b",
    );
  });

  test("is limited to the systems that are asked for", () => {
    const some = plan(laws, ["worker-plane"]);
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(tasks.length);
    for (const task of some) if (task.kind !== "mutant") expect(task.system).toBe("worker-plane");
    expect(plan(laws, ["no such system"])).toEqual([]);
  });
});

describe("verify at small bounds", { timeout: 60_000 }, () => {
  test("checks the laws it is asked for and no others, in the order of the catalogue", async () => {
    const report = await verify({ bounds: "small", laws: ["LL4", "L12"], jobs: 1 });
    expect(report).toMatchObject({ verdict: "holds", bounds: "small", interrupted: false, jobs: 1 });
    expect(report.laws.map(({ id, status }) => [id, status])).toEqual([
      ["L12", "holds"],
      ["LL4", "holds"],
    ]);
    expect(
      report.laws.every(({ mutants }) => mutants.length > 0 && mutants.every(({ caught }) => caught)),
    ).toBe(true);
    expect(report.searches.map(({ on, complete }) => [on, complete])).toEqual([
      ["run-monitor/prs", true],
      ["worker-plane", true],
    ]);
    expect(report.agreement.verdict).toBe("holds");
    expect(report.agreement.events).toBeGreaterThan(100);
    expect(report.coverage.map(({ system }) => system)).toEqual(["run-monitor", "worker-plane"]);
  });

  test("names a law that does not exist, and those that do", async () => {
    await expect(verify({ bounds: "small", laws: ["LL2", "LL99"] })).rejects.toThrow(RangeError);
    await expect(verify({ bounds: "small", laws: ["LL99"] })).rejects.toThrow(
      /^no law LL99; known are L1a, .*LL10/,
    );
  });

  test("a pending law is reported with what it takes, and decides nothing", async () => {
    const [pending] = laws.filter(isPending);
    const report = await verify({ bounds: "small", laws: [pending?.id ?? ""], jobs: 1 });
    expect(report.verdict).not.toBe("holds");
    expect(report.laws).toMatchObject([{ status: "not-yet-checked", pending: pending?.pending }]);
  });

  test("is ended by its signal with what is known", async () => {
    const controller = new AbortController();
    const onProgress = ({ done }: VerifyProgress): void => {
      if (done === 1) controller.abort();
    };
    const report = await verify({
      bounds: "small",
      laws: ["LL4"],
      jobs: 1,
      signal: controller.signal,
      onProgress,
    });
    expect(report).toMatchObject({ verdict: "unknown", interrupted: true });
    expect(report.laws[0]?.checked.map(({ verdict }) => verdict)).toEqual(["holds", "holds"]);
    expect(
      report.laws[0]?.mutants.every(({ caught, limit }) => !caught && limit?.limit === "interrupted"),
    ).toBe(true);
  });

  test("does nothing under a signal that was given already", async () => {
    const report = await verify({ bounds: "small", laws: ["LL4"], jobs: 1, signal: AbortSignal.abort() });
    expect(report).toMatchObject({ verdict: "unknown", interrupted: true, searches: [] });
    expect(report.totals).toMatchObject({ distinctStates: 0, caught: 0 });
  });

  test("tells what is running and how much is done", async () => {
    const seen: VerifyProgress[] = [];
    await verify({
      bounds: "small",
      laws: ["LL4"],
      systems: ["worker-plane"],
      jobs: 1,
      onProgress: (one) => seen.push(one),
    });
    const last = seen.at(-1);
    expect(last?.done).toBe(last?.total);
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
    expect(seen.some(({ running }) => running.includes("space worker-plane"))).toBe(true);
  });
});

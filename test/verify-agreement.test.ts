/** Agreement sees a compiled step that is not XState's; merged coverage lists what no search reached. */
import { describe, expect, test } from "vitest";

import type { Firing, Machine, Model } from "../spec/kernel/index.js";
import { mergeCoverage, search } from "../src/checker/index.js";
import { agreementOf } from "../src/verify/agreement.js";
import { type DoorEvent, type DoorState, door, doorEvents } from "./harness/door.js";
import { toyInvariant, toyLaw, verifyLaws } from "./harness/verify-laws.js";

function machineOf(model: Model<DoorState>): Machine {
  search(model);
  return model.machines[0] as Machine;
}

const never = (): boolean => false;

/** The same machine with what it remembers of one firing changed. */
function tampered(machine: Machine, at: number, step: (of: Firing["step"]) => Firing["step"]): Machine {
  const fired = machine.fired.map((firing, index) =>
    index === at ? { ...firing, step: step(firing.step) } : firing,
  );
  return { ...machine, fired };
}

describe("the agreement", () => {
  const machine = machineOf(door(doorEvents, true));

  test("holds over every distinct pair the machine was fired with", () => {
    const { pairs, states, difference, complete } = agreementOf(machine, never);
    expect([difference, complete]).toEqual([null, true]);
    expect(pairs).toBe(machine.fired.length);
    expect(pairs).toBe(machine.firings);
    expect([states, pairs]).toEqual([6, 24]);
  });

  test.each([
    ["another state", (step: Firing["step"]) => ({ ...step, next: { ...step.next, phase: "open" } })],
    ["another context", (step: Firing["step"]) => ({ ...step, next: { ...step.next, opened: 7 } })],
    [
      "a field too many",
      (step: Firing["step"]) => ({ ...step, next: { ...step.next, extra: undefined } }),
    ],
    [
      "an effect too many",
      (step: Firing["step"]) => ({ ...step, effects: [...step.effects, { type: "rang" }] }),
    ],
  ])("catches one firing among all with %s", (_name, change) => {
    const locked = machine.fired.findIndex(
      ({ event, step }) => event.type === "lock" && step.taken !== -1,
    );
    expect(locked).toBeGreaterThan(0);
    const { difference, complete, pairs } = agreementOf(tampered(machine, locked, change), never);
    expect(complete).toBe(true);
    expect(pairs).toBe(locked + 1);
    expect(difference).toMatch(
      /^door on \{"type":"lock"\} in \{"phase":"closed","opened":2\}: compiled gives .* XState gives /,
    );
  });

  test("catches an effect that is missing or has another payload", () => {
    const pushed = machine.fired.findIndex(({ step }) => step.effects.length > 0);
    for (const effects of [[], [{ type: "creaked", times: 9 }]]) {
      const { difference } = agreementOf(
        tampered(machine, pushed, (step) => ({ ...step, effects })),
        never,
      );
      expect(difference).toContain('{"type":"push"}');
    }
  });

  test("that is stopped is not complete", () => {
    expect(agreementOf(machine, () => true)).toMatchObject({
      complete: false,
      pairs: 0,
      difference: null,
    });
  });

  test("without remembered firings has nothing to compare", () => {
    const { firings, fired } = machineOf(door(doorEvents));
    expect([firings, fired.length]).toEqual([24, 0]);
  });
});

describe("verify", () => {
  const always = (): null => null;

  test("reports a machine whose compiled step differs as violated, whatever the laws say", async () => {
    const model = door(doorEvents, true);
    const wrong = (at: number): Model<DoorState> => {
      const machine = model.machines[0] as Machine;
      const lying = new Proxy(machine, {
        get: (target, key) =>
          key === "fired"
            ? tampered(target, at, (step) => ({ ...step, effects: [{ type: "rang" }] })).fired
            : (Reflect.get(target, key) as unknown),
      });
      return { ...model, machines: [lying] };
    };
    const report = await verifyLaws([toyLaw("D", [toyInvariant(wrong(3), always)], {})]);
    expect(report.laws[0]?.status).toBe("holds");
    expect(report.agreement).toMatchObject({ verdict: "violated", events: 4 });
    expect(report.agreement.machines[0]?.difference).toContain("rang");
    expect(report.verdict).toBe("violated");
  });

  test("reports machines that agree with what was compared, and what was reached", async () => {
    const report = await verifyLaws([toyLaw("D", [toyInvariant(door(doorEvents, true), always)], {})]);
    expect(report.verdict).toBe("holds");
    expect(report.agreement).toMatchObject({ verdict: "holds", states: 6, events: 24 });
    expect(report.coverage).toMatchObject([{ system: "toy", coverage: { unreachedActions: [] } }]);
    expect(report.coverage[0]?.coverage.machines[0]).toMatchObject({
      machine: "door",
      unreached: [],
      oneSided: [],
    });
  });

  test("lists the transitions that no state takes and the guards that answer one way", async () => {
    const report = await verifyLaws([toyLaw("D", [toyInvariant(door(["push", "lock"]), always)], {})]);
    const machine = report.coverage[0]?.coverage.machines[0];
    expect(machine?.unreached).toEqual([
      "closed  lock [worn] → locked",
      "open  pull → closed",
      "locked  unlock → closed",
    ]);
    expect(machine?.oneSided).toEqual(["worn never held"]);
    expect(report.coverage[0]?.coverage.unreachedActions).toEqual(["lock"]);
  });
});

describe("merged coverage", () => {
  const part = (known: readonly DoorEvent["type"][]) => search(door(known)).coverage;

  test("counts a transition as reached when one part reached it", () => {
    const merged = mergeCoverage([part(["push"]), part(["push", "pull"])]);
    const [machine] = merged.machines;
    expect(machine?.unreached).toEqual(["closed  lock [worn] → locked", "locked  unlock → closed"]);
    expect(machine?.transitions[0]).toEqual({ label: "closed  push → open", taken: 4 });
    expect(machine?.pairs).toBe(10 + 2);
  });

  test("adds up the answers of guards and the steps of actions", () => {
    const merged = mergeCoverage([part(["push", "lock"]), part(["push", "pull", "lock"])]);
    expect(merged.machines[0]?.oneSided).toEqual([]);
    expect(merged.machines[0]?.guards).toEqual([{ guard: "worn", held: 1, failed: 3 }]);
    expect(merged.actions.map(({ action: name }) => name)).toEqual(["push", "lock", "pull"]);
    expect(merged.unreachedActions).toEqual([]);
  });

  test("of nothing is empty", () => {
    expect(mergeCoverage([])).toEqual({ machines: [], actions: [], unreachedActions: [] });
  });
});

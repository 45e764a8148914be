/** Random observation lists through `step` and the fold: what holds after every step, restarts included. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type RunEvent,
  compileRun,
  emptyView,
  foldEffects,
  initialCore,
  paneHash,
  restarted,
  runEvent,
  step,
  viewOf,
} from "../spec/run/index.js";
import {
  type Observation,
  type RunPolicy,
  type RunRecord,
  type Signal,
  absenceReasons,
  activeStatuses,
  defaultRunPolicy,
  effect,
  isTerminal,
  launchStage,
  prOutcome,
  runCore,
  runView,
  source,
  status,
} from "../spec/vocabulary/index.js";

const observer = fc.constantFrom("a", "b", "c", "d", "e", null);
const maybeUrl = fc.constantFrom(null, "U1", "U2");
const outcome = fc.constantFrom(...prOutcome.options);
const flag = fc.constantFrom(undefined, null, false, true, true);

const signal = fc.record({
  gate: fc.constantFrom(null, null, null, "login", "trust"),
  exited: flag,
  completed: flag,
  limited: flag,
  failed: flag,
  prompt: flag,
  resolved: fc.constantFrom<Signal["resolved"][]>(null, null, null, null, "busy", "idle", "retry", "gone"),
});

/** Facts that end a run are rarer than the rest, so that lists stay alive for a while. */
const observation: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("session.alive" as const), observer }) },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("session.gone" as const),
      observer: fc.constantFrom("a", "a", "b", null, "c", "d", "e"),
      class: fc.constantFrom("session_absent" as const, "server_absent" as const, "unclassified" as const),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("pane.captured" as const),
      text: fc.constantFrom("", "x", "y"),
      signal: fc.oneof(fc.constant({}), fc.constant({ prompt: true }), signal),
      verifiedPrUrl: fc.constantFrom(null, null, null, null, "U1"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("evidence.gathered" as const),
      observer: fc.constantFrom("a", "b", null),
      branchPr: fc.option(fc.record({ url: fc.constantFrom("U1", "U2"), outcome }), { freq: 1 }),
      urlPr: fc.option(fc.record({ outcome }), { freq: 1 }),
      tree: fc.constantFrom(null, { ahead: 0, dirty: false }, { ahead: 1, dirty: false }),
    }),
  },
  fc.record({
    type: fc.constant("pr.state" as const),
    outcome,
    url: fc.constant("U1"),
    discoveredUrl: maybeUrl,
  }),
  { weight: 3, arbitrary: fc.constant({ type: "feedback.delivered" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("launch.progressed" as const),
      stage: fc.constantFrom(...launchStage.options),
    }),
  },
  fc.record({
    type: fc.constant("launch.failed" as const),
    step: fc.constantFrom(null, "session"),
    error: fc.constantFrom(null, "", "boom"),
  }),
  fc.constant({ type: "user.stopped" as const }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("status.asserted" as const),
      status: fc.constantFrom(...status.options, ...activeStatuses),
      reason: fc.constantFrom(null, null, ...absenceReasons, "gate_login" as const),
      source: fc.constantFrom(...source.options),
    }),
  },
);

/** `null` is a restart of the monitor. */
const script = fc.array(fc.option(observation, { freq: 12 }), { minLength: 5, maxLength: 40, size: "max" });
const view = fc.record({
  agent: fc.constantFrom("codex", "opencode"),
  branch: fc.constantFrom("b", "b", null),
  startedAt: fc.constantFrom(null, 0, -3_600_000),
}).map(emptyView);

const lifecycle = compileRun();

/** Runs a script; `seen` is told each record, event and what came of it. */
function walk(
  start: RunRecord,
  steps: readonly (Observation | null)[],
  seen: (before: RunRecord, event: RunEvent | null, after: RunRecord, effects: readonly unknown[]) => void,
): void {
  let record = start;
  steps.forEach((one, place) => {
    const event = one === null ? null : runEvent(one, place * 15_000);
    const { next, effects } =
      event === null ? { next: restarted(record), effects: [] } : lifecycle.step(record, event);
    seen(record, event, next, effects);
    record = next;
  });
}

describe("on random observation lists with restarts", () => {
  test("the fold of the effects is the view the machine has, at every point (L7f)", () => {
    let longest = 0;
    fc.assert(
      fc.property(view, script, (start, steps) => {
        let folded = start;
        let alive = 0;
        walk(restarted(start), steps, (_, __, after, effects) => {
          folded = foldEffects(folded, effects.map((one) => effect.parse(one)));
          expect(folded).toEqual(viewOf(after));
          if (!isTerminal(after.status)) alive += 1;
        });
        longest = Math.max(longest, alive);
      }),
      { numRuns: 400 },
    );
    expect(longest).toBeGreaterThan(15);
  }, 60_000);

  test("every record is one the schemas allow, within the policy's limits", () => {
    fc.assert(
      fc.property(view, script, (start, steps) => {
        walk(restarted(start), steps, (_, __, after) => {
          const { aliveObserver, deadStreaks, reading, streak, ...rest } = after;
          runView.parse(rest);
          runCore.parse({ aliveObserver, deadStreaks, reading, streak });
          expect(deadStreaks.length).toBeLessThanOrEqual(4);
          expect(new Set(deadStreaks.map((one) => one.observer)).size).toBe(deadStreaks.length);
          expect(Math.max(0, ...deadStreaks.map(({ count }) => count))).toBeLessThanOrEqual(3);
          expect(streak).toBeLessThanOrEqual(2);
          expect(reading === null).toBe(streak === 0);
        });
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  test("step is the machine, with the view and the core apart", () => {
    fc.assert(
      fc.property(view, script, (start, steps) => {
        let now = start;
        let core = initialCore;
        walk(restarted(start), steps, (_, event, after, effects) => {
          const one = steps[Math.round((event?.now ?? -15_000) / 15_000)];
          if (event === null || one === null || one === undefined) {
            core = initialCore;
            return;
          }
          const decision = step(now, core, one, event.now);
          expect(decision.effects).toEqual(effects);
          now = foldEffects(now, decision.effects);
          core = decision.core;
          expect({ ...now, ...core }).toEqual(after);
        });
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("step", () => {
  test("takes its limits from the policy it is given", () => {
    const policy: RunPolicy = { ...defaultRunPolicy, deadChecks: 1, confirmation: 1, observersMax: 1 };
    const start = emptyView({ agent: "codex", branch: "b", startedAt: 0, status: "running" });
    const goneOnce = { type: "session.gone", observer: "a", class: "session_absent" } as const;
    const prompt = { type: "pane.captured", text: "?", signal: { prompt: true } } as const;
    const first = step(start, initialCore, goneOnce, 1, policy);
    expect(first.effects).toEqual([{ type: "gatherEvidence", observer: "a" }]);
    const second = step(start, first.core, { ...goneOnce, observer: "b" }, 2, policy);
    expect(second.core.deadStreaks).toEqual([{ observer: "b", count: 1 }]);
    expect(step(start, initialCore, prompt, 1, policy).effects).toMatchObject([{ status: "waiting" }]);
  });

  test("does not change what it is given", () => {
    const start = Object.freeze(emptyView({ agent: "codex", branch: "b", startedAt: 0 }));
    const core = Object.freeze({ ...initialCore, deadStreaks: Object.freeze([{ observer: "a", count: 2 }]) });
    const gone = { type: "session.gone", observer: "a", class: "unclassified" } as const;
    const { core: next } = step(start, core, gone, 1);
    expect(next.deadStreaks).toEqual([{ observer: "a", count: 3 }]);
    expect(core.deadStreaks).toEqual([{ observer: "a", count: 2 }]);
  });
});

describe("the hash of a pane", () => {
  test("ignores the last five lines of a longer pane and nothing of a shorter one", () => {
    expect(paneHash("a\n1\n2\n3\n4\n5")).toBe(paneHash("a\nv\nw\nx\ny\nz"));
    expect(paneHash("a\n1\n2\n3\n4\n5")).not.toBe(paneHash("b\n1\n2\n3\n4\n5"));
    expect(paneHash("1\n2\n3\n4\n5")).not.toBe(paneHash("1\n2\n3\n4\n6"));
  });

  test("is the start of a SHA-256, 32 hexadecimal characters", () => {
    expect(paneHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  });

  test("counts all lines when the policy ignores none", () => {
    expect(paneHash("abc", { hashIgnoredLines: 0 })).toBe("ba7816bf8f01cfea414140de5dae2223");
    expect(paneHash("a\nb", { hashIgnoredLines: 0 })).not.toBe(paneHash("a\nc", { hashIgnoredLines: 0 }));
  });
});

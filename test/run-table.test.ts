/**
 * The run machine against the decision table and against XState, over an enumerated space.
 *
 * Enumerated: 962,136 (record, event) pairs that take every arrow of the chart. Not varied here: the policy,
 * more than four observers.
 */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { type AnyMachineSnapshot, transition } from "xstate";

import { byTable } from "./harness/run-by-table.js";
import { product } from "../spec/kernel/index.js";
import {
  type RunEvent,
  compileRun,
  coreOf,
  foldEffects,
  initialCore,
  viewOf,
} from "../spec/run/index.js";
import { type RunRecord, activeStatuses, terminalStatuses } from "../spec/vocabulary/index.js";

const lifecycle = compileRun();
const now = 1_000_000;
const all = [...activeStatuses, ...terminalStatuses];
const plain: RunRecord = {
  ...initialCore,
  status: "running",
  reason: null,
  agent: "codex",
  branch: "b",
  prUrl: null,
  prRecorded: false,
  startedAt: 0,
  paneHash: null,
  wasAlive: true,
};

type Space = Iterable<readonly [RunRecord, RunEvent]>;
type Fields = { readonly [K in keyof RunRecord]?: readonly RunRecord[K][] };

/** Every record that differs from the plain one in the given fields. */
function records(fields: Fields): RunRecord[] {
  let list = [plain];
  for (const [name, values] of Object.entries(fields)) {
    list = list.flatMap((record) => values.map((value) => ({ ...record, [name]: value })));
  }
  return list;
}

const withPr = (list: readonly RunRecord[]): RunRecord[] =>
  list.flatMap((record) => [record, { ...record, prUrl: "U1", prRecorded: true }]);

function* pairs(list: readonly RunRecord[], events: readonly RunEvent[]): Space {
  for (const record of list) for (const event of events) yield [record, event];
}

const absences = [null, "never_alive", "observer_unverified", "session_lost", "session_ended"] as const;
const a = (count: number): RunRecord["deadStreaks"] => [
  { observer: "a", count },
  { observer: null, count: 3 },
];

function factSpace(): Space {
  const outcomes = ["open", "merged", "closed", "unknown"] as const;
  const stages = ["created", "ready", "workspaceOnly", "agentStarted"] as const;
  const events: RunEvent[] = [
    ...product({ outcome: outcomes, discoveredUrl: [null, "U2"] }).map(
      (some): RunEvent => ({ type: "pr.state", url: "U1", ...some, now }),
    ),
    { type: "session.alive", observer: "a", now },
    { type: "session.alive", observer: null, now },
    { type: "feedback.delivered", now },
    { type: "user.stopped", now },
    ...stages.map((stage): RunEvent => ({ type: "launch.progressed", stage, now })),
    ...product({ step: [null, "session"], error: [null, "", "boom"] }).map(
      (some): RunEvent => ({ type: "launch.failed", ...some, now }),
    ),
    ...product({
      status: all,
      reason: [null, "session_lost", "gate_login", "asserted", "launch_session"] as const,
      source: ["user", "daemon", "agent"] as const,
    }).map((some): RunEvent => ({ type: "status.asserted", ...some, now })),
  ];
  const fields: Fields = {
    status: all,
    reason: [...absences, "gate_login", "asserted", "launch_session"],
    wasAlive: [false, true],
    branch: [null, "b"],
    reading: [null, "prompt"],
  };
  return pairs(withPr(records(fields)), events);
}

function goneSpace(): Space {
  const lists = [
    [],
    a(1),
    a(2),
    a(3),
    ["c", "a", "d", "b"].map((observer, place) => ({ observer, count: (place % 3) + 1 })),
    ["c", null, "d", "e"].map((observer) => ({ observer, count: 2 })),
  ];
  const events = [
    ...["a", "b", null].map(
      (observer): RunEvent => ({ type: "session.gone", observer, class: "session_absent", now }),
    ),
    ...["a", null].map((observer): RunEvent => ({ type: "session.alive", observer, now })),
  ];
  return pairs(records({ status: all, deadStreaks: lists, wasAlive: [false, true] }), events);
}

function evidenceSpace(): Space {
  const trees = [null, { ahead: 0, dirty: false }, { ahead: 2, dirty: false }, { ahead: 0, dirty: true }];
  const events = product({
    observer: ["a", null],
    branch: ["none", "open", "merged", "closed", "unknown"] as const,
    url: ["none", "merged", "closed", "unknown"] as const,
    tree: [0, 1, 2, 3],
  }).map(({ observer, branch, url, tree }): RunEvent => ({
    type: "evidence.gathered",
    observer,
    branchPr: branch === "none" ? null : { url: "U2", outcome: branch },
    urlPr: url === "none" ? null : { outcome: url },
    tree: trees[tree] ?? null,
    now,
  }));
  const list = records({
    status: ["queued", "waiting", "pr_open", "unknown", "done"],
    reason: absences,
    branch: [null, "b"],
    wasAlive: [false, true],
    aliveObserver: ["a", "b"],
    deadStreaks: [a(2), a(3)],
  });
  const timed = list.flatMap((record) => [
    record,
    { ...record, agent: "opencode", startedAt: null },
    { ...record, startedAt: now - 180_000 },
    { ...record, startedAt: now - 179_999 },
  ]);
  return pairs(withPr(timed), events);
}

function paneSpace(): Space {
  const signals = [
    {},
    ...(["exited", "completed", "limited", "failed", "prompt"] as const).map((kind) => ({ [kind]: true })),
    { gate: "login" },
    { gate: "trust", exited: true },
    { completed: true, limited: true, prompt: true },
    ...(["busy", "idle", "retry", "gone"] as const).map((resolved) => ({ resolved })),
    { resolved: "busy" as const, gate: "login" },
  ];
  const events = signals.flatMap((signal) =>
    product({ paneHash: ["h1", "h2"], verifiedPrUrl: [null, "U2"] }).map(
      (some): RunEvent => ({ type: "pane.captured", signal, ...some, now }),
    ),
  );
  const list = records({
    status: [...activeStatuses, "done"],
    reason: [null, "session_lost", "gate_login", "agent_exited"],
    paneHash: [null, "h1"],
    branch: [null, "b"],
    reading: [null, "gate:login", "gate:trust", "exited", "completed", "limited", "failed", "prompt"],
    streak: [1, 2],
  });
  return pairs(withPr(list), events);
}

const taken = new Set<number>();
const answers = new Set<string>();
const probe = {
  taken: (index: number): void => void taken.add(index),
  guard: (name: string, answer: boolean): void => void answers.add(`${name}: ${answer}`),
};

/** The first thing that is wrong with a pair, in words. */
function complaint(record: RunRecord, event: RunEvent): string | null {
  const { next, effects } = lifecycle.step(record, event, probe);
  const table = byTable(record, event);
  const said = effects.find((effect) => effect.type === "setStatus");
  const show = (what: string, found: unknown): string =>
    [what, ...[{ record, event }, { next, effects }, found].map((one) => JSON.stringify(one))].join("\n");
  if (!same(next, table.next)) return show("another record than the table's", table);
  if (!isDeepStrictEqual(effects, table.effects)) return show("other effects than the table's", table);
  if (!same(foldEffects(viewOf(record), effects), viewOf(next))) return show("L7f: the fold differs", null);
  if (said?.status === record.status && said.reason === record.reason) return show("same pair again", said);
  if (said && ["unknown", "failed"].includes(said.status) && said.reason === null) return show("L14", said);
  return null;
}

function same(left: object, right: object): boolean {
  const keys = Object.keys(left) as (keyof typeof left)[];
  const alike = (key: keyof typeof left): boolean =>
    left[key] === right[key] || isDeepStrictEqual(left[key], right[key]);
  return keys.length === Object.keys(right).length && keys.every(alike);
}

function firstComplaint(space: Space): { complaint: string | null; pairs: number } {
  let count = 0;
  for (const [record, event] of space) {
    count += 1;
    const found = complaint(record, event);
    if (found !== null) return { complaint: found, pairs: count };
  }
  return { complaint: null, pairs: count };
}

const spaces = { facts: factSpace, gone: goneSpace, evidence: evidenceSpace, panes: paneSpace };
const sizes = { facts: 220_160, gone: 600, evidence: 512_000, panes: 229_376 };

describe("the run machine", () => {
  test.each(["facts", "gone", "evidence", "panes"] as const)("decides %s as the table says", (name) => {
    expect(firstComplaint(spaces[name]())).toEqual({ complaint: null, pairs: sizes[name] });
  }, 60_000);

  test("has no arrow that none of these pairs takes", () => {
    const idle = lifecycle.transitions.filter(({ index }) => !taken.has(index)).map(({ label }) => label);
    expect(idle).toEqual([]);
    expect(lifecycle.transitions).toHaveLength(102);
  });

  test("has no guard that always answers the same", () => {
    const both = lifecycle.guards.flatMap((name) => [`${name}: true`, `${name}: false`]);
    expect(both.filter((answer) => !answers.has(answer))).toEqual([]);
  });

  test.each(["facts", "gone", "evidence", "panes"] as const)("compiles %s as XState runs it", (name) => {
    let place = 0;
    for (const [record, event] of spaces[name]()) {
      place += 1;
      if (place % 97 !== 0 && name !== "gone") continue;
      const { status, ...context } = record;
      const value = lifecycle.stateValueOf(status) as string;
      const snapshot = lifecycle.machine.resolveState({ value, context }) as AnyMachineSnapshot;
      const [after, executed] = transition(lifecycle.machine, snapshot, event);
      const { next, effects } = lifecycle.step(record, event);
      expect(after.value).toEqual(lifecycle.stateValueOf(next.status));
      expect({ status: next.status, ...after.context }).toEqual(next);
      const done = executed.map(({ type, params }) => ({ type, ...(params as object | undefined) }));
      expect(done).toEqual(effects);
    }
  }, 60_000);

  test("keeps the core of a terminal run, whatever is observed", () => {
    for (const space of Object.values(spaces)) {
      for (const [record, event] of space()) {
        if (!(terminalStatuses as readonly string[]).includes(record.status)) continue;
        const { next, effects } = lifecycle.step(record, event);
        if (!isDeepStrictEqual(coreOf(next), coreOf(record))) expect(coreOf(next)).toEqual(coreOf(record));
        const user = event.type === "status.asserted" && event.source === "user";
        if (!user && effects.length > 0) expect({ event, effects }).toEqual({ event, effects: [] });
      }
    }
  }, 60_000);
});

/** Counterexamples as text, JSON, ITF and Mermaid, pinned on a small one made by hand. */
import { describe, expect, it } from "vitest";

import type { Counterexample, TraceStep } from "../src/checker/result.js";
import {
  counterexampleFile,
  counterexampleJson,
  counterexampleText,
  formatReplay,
  itfTrace,
  mermaidDiagram,
  paintOf,
  parseReplay,
  plainPaint,
  replayCommand,
} from "../src/report/index.js";

const claim = {
  statement: "A write is accepted only under the newest token issued so far.",
  why: "A paused worker that wakes after its lease expired would overwrite its successor's work.",
};

const idle = { index: 0, args: {}, actors: null, effects: [], changes: [], state: {} } as const;

const steps: readonly TraceStep[] = [
  {
    ...idle,
    action: "init",
    name: "init",
    changes: [
      { field: "now", from: undefined, to: 0 },
      { field: "leases[0].phase", from: undefined, to: "free" },
      { field: "leases[0].token", from: undefined, to: null },
      { field: "work[0].note", from: undefined, to: "two words" },
    ],
    state: { now: 0, leases: [{ phase: "free", token: null }], work: [{ note: "two words" }] },
  },
  {
    ...idle,
    index: 1,
    action: "claim(lease=0)",
    name: "claim",
    args: { lease: 0 },
    actors: ["worker 1", "master"],
    changes: [
      { field: "leases[0].phase", from: "free", to: "held" },
      { field: "leases[0].token", from: null, to: 1 },
    ],
    effects: [{ type: "grant", token: 1 }],
    state: { now: 0, leases: [{ phase: "held", token: 1 }], work: [{ note: "two words" }] },
  },
  {
    ...idle,
    index: 2,
    action: "tick",
    name: "tick",
    changes: [{ field: "now", from: 0, to: 1 }],
    state: { now: 1, leases: [{ phase: "held", token: 1 }], work: [{ note: "two words" }] },
  },
];

const found: Counterexample = {
  law: "LL8",
  kind: "invariant",
  clause: null,
  on: "fenced-store",
  model: "fenced-store",
  parameters: { workers: 2, tickMax: 2 },
  mutant: "no fence (kept)",
  breach: "write accepted under token #1; #2 was the newest",
  path: [0, 12, 3],
  steps,
  branches: [],
  states: 1056,
};

const branched: Counterexample = {
  ...found,
  kind: "convergence",
  mutant: null,
  on: "fenced-store/small",
  clause: "orders",
  branches: [
    { label: "orders, script 1 of 2", path: [3], steps: steps.slice(2) },
    { label: "orders, script 2 of 2", path: [], steps: [] },
  ],
};

const page = { width: 100, paint: plainPaint };

describe("a counterexample as text", () => {
  it("shows the statement, the model, the breach, what each step changed, and the line that replays it", () => {
    expect(counterexampleText(found, claim, page)).toBe(`\
LL8 violated: A write is accepted only under the newest token issued so far.

  model   fenced-store, mutant: no fence (kept)  workers=2 tickMax=2
  found   2 steps, the shortest; 1,056 states seen
  breach  write accepted under token #1; #2 was the newest

  0  init            now=0  leases[0]: phase=free token=null  work[0].note="two words"
  1  claim(lease=0)  leases[0]: phase=held token=1  ! grant(token=1)
  2  tick            now=1

  why     A paused worker that wakes after its lease expired would overwrite its successor's work.
  replay  npx leasehold replay "LL8~no-fence-kept 0/12/3"
`);
  });

  it("indents the scripts of a branch under their label and names the configuration in the replay line", () => {
    const lines = counterexampleText(branched, claim, page, { bounds: "small" }).split("\n");
    expect(lines.slice(2, 6)).toEqual([
      "  model   fenced-store/small  workers=2 tickMax=2",
      "  clause  orders",
      "  found   2 steps, then 2 scripts, the shortest; 1,056 states seen",
      "  breach  write accepted under token #1; #2 was the newest",
    ]);
    expect(lines.slice(10, 17)).toEqual([
      "",
      "  orders, script 1 of 2",
      "     2  tick  now=1",
      "",
      "  orders, script 2 of 2",
      "    no step",
      "",
    ]);
    expect(lines.at(-2)).toBe(
      '  replay  npx leasehold replay "LL8 0/12/3" --on fenced-store/small --bounds small',
    );
  });

  it("stays within the width for fields and effects", () => {
    const text = counterexampleText(found, claim, { width: 60, paint: plainPaint });
    const trace = text.split("\n").slice(6, 12);
    expect(Math.max(...trace.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text).toContain(
      "  1  claim(lease=0)  leases[0]: phase=held token=1\n                     ! grant(token=1)",
    );
  });

  it("does not call a replayed path the shortest", () => {
    expect(counterexampleText({ ...found, states: 0 }, claim, page)).toContain(
      "  found   2 steps, replayed\n",
    );
  });

  it("has the same words in colour", () => {
    // eslint-disable-next-line no-control-regex -- colour codes start with the escape character
    const codes = /\u001b\[[0-9;]*m/g;
    const coloured = counterexampleText(found, claim, { width: 100, paint: paintOf(true) });
    expect(coloured).not.toBe(coloured.replace(codes, ""));
    expect(coloured.replace(codes, "")).toBe(counterexampleText(found, claim, page));
  });
});

describe("the replay line", () => {
  it("reads back what it wrote", () => {
    expect(parseReplay(formatReplay(found))).toEqual({
      law: "LL8",
      mutant: "no-fence-kept",
      path: [0, 12, 3],
    });
    expect(parseReplay(formatReplay(branched))).toEqual({ law: "LL8", mutant: null, path: [0, 12, 3] });
  });

  it.each(["LL8", "out/LL8.json", "LL8 0/", "LL8 0/x", "LL8~ 0/1", "LL8 0/1 2", ""])(
    "refuses %j",
    (text) => {
      expect(parseReplay(text)).toBeNull();
    },
  );

  it("names the system with the parameters that were set by hand", () => {
    expect(replayCommand(branched, { set: { workers: 3 } })).toBe(
      'npx leasehold replay "LL8 0/12/3" --on fenced-store/small --set workers=3',
    );
  });
});

describe("a counterexample as JSON", () => {
  it("fits its own schema and says only what was found", () => {
    const json: unknown = JSON.parse(JSON.stringify(counterexampleJson(found)));
    expect(counterexampleFile.parse(json)).toEqual(json);
    expect(json).toMatchObject({
      leasehold: "counterexample",
      version: 1,
      law: "LL8",
      mutant: "no fence (kept)",
      on: "fenced-store",
      parameters: { workers: 2, tickMax: 2 },
      path: [0, 12, 3],
    });
    expect(json).not.toHaveProperty("scripts");
  });

  it("carries the scripts of a branch", () => {
    expect(counterexampleJson(branched).scripts).toEqual([
      { label: "orders, script 1 of 2", path: [3] },
      { label: "orders, script 2 of 2", path: [] },
    ]);
  });
});

describe("a counterexample in the Informal Trace Format", () => {
  const trace = itfTrace(found);

  it("declares the variables of every state and numbers the states", () => {
    expect(trace["#meta"]).toMatchObject({ format: "ITF", status: "violation" });
    expect(trace.vars).toEqual(["now", "leases", "work", "mbt::actionTaken", "mbt::nondetPicks"]);
    for (const [index, state] of trace.states.entries()) {
      expect(Object.keys(state)).toEqual(["#meta", ...trace.vars]);
      expect(state["#meta"]).toEqual({ index });
    }
  });

  it("writes integers as #bigint and null as unserializable", () => {
    expect(trace.states[0]).toMatchObject({
      now: { "#bigint": "0" },
      leases: [{ phase: "free", token: { "#unserializable": "null" } }],
    });
    expect(trace.states[1]).toMatchObject({
      "mbt::actionTaken": "claim",
      "mbt::nondetPicks": { lease: { "#bigint": "0" } },
    });
  });
});

describe("a counterexample as a sequence diagram", () => {
  it("shows who acted, what changed, and the breach, with the grammar's characters escaped", () => {
    expect(mermaidDiagram(found)).toBe(`\
sequenceDiagram
  title LL8 on mutant no fence (kept): fenced-store
  participant p0 as worker 1
  participant p1 as master
  participant p2 as model
  p0->>p1: 1. claim(lease=0)
  Note over p0,p2: leases[0]: phase=held token=1<br/>! grant(token=1)
  p2->>p2: 2. tick
  Note over p0,p2: now=1
  Note over p0,p2: breach: write accepted under token #35;1#59; #35;2 was the newest
`);
  });

  it("shows scripts as alternatives and hides the word that would close them", () => {
    const lines = mermaidDiagram({ ...branched, breach: "the end differs" }).split("\n");
    expect(lines.slice(-7)).toEqual([
      "  alt orders, script 1 of 2",
      "    p2->>p2: 2. tick",
      "    Note over p0,p2: now=1",
      "  else orders, script 2 of 2",
      "  end",
      "  Note over p0,p2: breach: the #101;nd differs",
      "",
    ]);
  });
});

/** What `verify` found as text and JSON, pinned on a report made by hand. */
import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Counterexample } from "../src/checker/result.js";
import { verifyAnnotations, verifySarif } from "../src/cli/verify-formats.js";
import { paintOf, plainPaint, problemsOf, verdictLine, verifyJson, verifyText } from "../src/report/index.js";
import type { LawReport, VerifyReport } from "../src/verify/result.js";
import { sarifErrors } from "./harness/sarif-schema.js";

const holding: LawReport = {
  id: "L4",
  title: "terminality",
  subject: "run",
  statement: "A terminal run changes only on a user's assertion.",
  why: "A finished run came back.",
  status: "holds",
  pending: null,
  checked: ["absence", "panes"].map((name) => ({
    on: `run-monitor/${name}`,
    kind: "step",
    clause: null,
    verdict: "holds",
    states: name === "absence" ? 20622 : 1250,
    witnessed: true,
    limit: null,
    counterexample: null,
  })),
  mutants: [
    {
      name: "alive reopens",
      change: "a terminal run that is seen alive runs again",
      on: "run-monitor/absence",
      caught: true,
      steps: 4,
      states: 210,
      limit: null,
      counterexample: null,
    },
  ],
  judged: [],
  seconds: 1.25,
};

const pending: LawReport = {
  ...holding,
  id: "L15",
  title: "atomic commit",
  status: "not-yet-checked",
  pending: "a run store",
  checked: [],
  mutants: [],
  judged: [],
  seconds: 0,
};

const counterexample: Counterexample = {
  law: "LL8",
  kind: "invariant",
  clause: null,
  on: "worker-plane",
  model: "worker-plane",
  parameters: { workers: 1 },
  mutant: null,
  breach: "written twice",
  path: [0],
  steps: [
    { index: 0, action: "init", name: "init", args: {}, actors: null, changes: [], effects: [], state: {} },
  ],
  branches: [],
  states: 3,
};

const violated: LawReport = {
  ...holding,
  id: "LL8",
  title: "attempt fencing",
  subject: "worker-lease",
  status: "violated",
  checked: [
    {
      on: "worker-plane",
      kind: "invariant",
      clause: null,
      verdict: "violated",
      states: 3,
      witnessed: true,
      limit: null,
      counterexample,
    },
  ],
};

const survived: LawReport = {
  ...holding,
  id: "LL9",
  title: "one mutation",
  subject: "worker-lease",
  status: "survived",
  mutants: holding.mutants.map((mutant) => ({ ...mutant, caught: false, steps: null, states: 20622 })),
};

const report: VerifyReport = {
  verdict: "holds",
  bounds: "default",
  seconds: 63,
  jobs: 2,
  interrupted: false,
  laws: [holding, pending],
  searches: [
    {
      on: "run-monitor/absence",
      purpose: "",
      parameters: { observers: 2 },
      complete: true,
      limit: null,
      statistics: {
        distinctStates: 20622,
        transitions: 214000,
        depth: 12,
        levels: [1, 20621],
        seconds: 0.5,
        statesPerSecond: 41244,
        peakRssBytes: 1,
        stateBytes: 12,
      },
    },
  ],
  agreement: {
    verdict: "holds",
    states: 3111,
    events: 41139,
    machines: [{ machine: "run", on: "run-monitor/absence", states: 3111, pairs: 41139, difference: null }],
  },
  coverage: [
    {
      system: "run-monitor",
      coverage: {
        machines: [
          {
            machine: "run",
            transitions: ["a", "b", "c", "d", "e", "f", "g", "h"].map((label) => ({ label, taken: 0 })),
            unreached: ["a", "b", "c", "d", "e", "f", "g"],
            guards: [{ guard: "attested", held: 4, failed: 0 }],
            oneSided: ["attested never failed"],
            pairs: 12,
          },
        ],
        actions: [{ action: "tick", steps: 7 }],
        unreachedActions: [],
      },
    },
  ],
  totals: {
    distinctStates: 21872,
    transitions: 214000,
    laws: 2,
    holding: 1,
    pending: 1,
    mutants: 1,
    caught: 1,
    peakRssBytes: 640 * 1024 * 1024,
  },
};

const broken: VerifyReport = {
  ...report,
  verdict: "violated",
  laws: [holding, violated, survived],
  totals: { ...report.totals, laws: 3, pending: 0, mutants: 3, caught: 2 },
};

const page = { width: 100, paint: plainPaint, verbose: false };

describe("the table of verify", () => {
  it("has one row a law, the agreement, what was not exercised, totals, and the verdict last", () => {
    expect(verifyText(report, page)).toBe(`\
law  claim          checked on           states  verdict               mutants   time
run laws
L4   terminality    run-monitor/absence  20,622  holds                     1/1  1.3 s
                    run-monitor/panes     1,250
L15  atomic commit                               not yet checked here

agreement  compiled machines and XState's transition: equal on 41,139 pairs of record and event, 3,111 records

coverage
  run-monitor  1 of 8 transitions reached, 0 of 1 guard both ways, 1 of 1 action enabled
    run: transitions not reached (7): a; b; c; d; e; f; 1 more with --verbose
    run: one-sided guards (1): attested never failed

total      21,872 distinct states, 214,000 transitions, bounds default, 1 min 03 s in 2 threads, peak 640 MiB

holds: 1 law on 21,872 states, 1 of 1 mutant caught, 1 law not yet checked here
`);
  });

  it("prints every violation in full, and of a mutant that survived what was changed", () => {
    const text = verifyText(broken, page);
    expect(text).toContain("\nLL8 violated: A terminal run changes only on a user's assertion.\n");
    expect(text).toContain('  replay  npx leasehold replay "LL8 0"\n');
    expect(text).toContain(`\
LL9 misses mutant alive reopens
  changed  a terminal run that is seen alive runs again
  looked   on run-monitor/absence, 20,622 states, all of them
`);
    expect(text).toMatch(/violated: LL8; 1 of 3 laws hold on 21,872 states, 2 of 3 mutants caught\n$/);
  });

  it("names everything with --verbose", () => {
    const text = verifyText(report, { ...page, verbose: true });
    expect(text).toContain("    run: transitions not reached (7)\n      a\n      b\n");
    expect(text).toContain("L4~alive-reopens  run-monitor/absence    4 steps     210\n");
    expect(text).toMatch(
      /run-monitor\/absence {2}state space {2}20,622 +214,000 +12 {2}41,244\/s {2}complete\n/,
    );
  });

  it("says why a check was not decided", () => {
    const limit = { limit: "seconds", value: 10 } as const;
    const checked = holding.checked.map((one) => ({ ...one, verdict: "unknown" as const, limit }));
    const undecided: VerifyReport = {
      ...report,
      verdict: "unknown",
      interrupted: true,
      laws: [{ ...holding, status: "unknown", checked }],
      agreement: { ...report.agreement, verdict: "unknown" },
    };
    const text = verifyText(undecided, page);
    expect(text).toContain("L4 on run-monitor/absence: unknown, the limit of 10.0 s was reached\n");
    expect(text).toMatch(/agreement with XState's transition not compared to the end, interrupted\n$/);
  });

  it("tells the end of the time from an interruption, and shortens a long list", () => {
    const limit = { limit: "interrupted", value: 0 } as const;
    const [first] = holding.checked.map((one) => ({ ...one, verdict: "unknown" as const, limit }));
    const checked = Array.from({ length: 15 }, () => first).filter((one) => one !== undefined);
    const ended: VerifyReport = {
      ...report,
      verdict: "unknown",
      laws: [{ ...holding, status: "unknown", checked }],
    };
    const text = verifyText(ended, page);
    expect(text.match(/L4 on run-monitor\/absence: unknown, the time was up\n/g)).toHaveLength(12);
    expect(text).toContain("\n3 more unknown with --verbose\n");
    const stopped = verifyText({ ...ended, interrupted: true }, { ...page, verbose: true });
    expect(stopped.match(/L4 on run-monitor\/absence: unknown, it was interrupted\n/g)).toHaveLength(15);
  });

  it("never paints a law green that is not checked, and never claims more than was seen", () => {
    const green = paintOf(true).good("#").split("#")[0] ?? "";
    const lines = verifyText(report, { ...page, paint: paintOf(true) }).split("\n");
    const notChecked = lines.filter(
      (line) => line.includes("not yet checked here") && line.includes("L15"),
    );
    expect(notChecked).toHaveLength(1);
    expect(notChecked[0]).not.toContain(green);
    for (const text of [verifyText(report, page), verifyText(broken, page)]) {
      expect(text).not.toMatch(/proved|verified|guaranteed/i);
    }
  });

  it("ends with a verdict for every outcome", () => {
    const last = (verdict: VerifyReport["verdict"], laws: readonly LawReport[]): string =>
      verdictLine({ ...report, verdict, laws }, page);
    expect(last("survived", [survived])).toMatch(/^mutant survived: LL9; /);
    expect(last("vacuous", [{ ...holding, status: "vacuous" }])).toMatch(/^vacuous: L4; /);
  });
});

const verdict = z.enum(["holds", "violated", "vacuous", "unknown"]);
const shape = z.object({
  verdict: z.union([verdict, z.literal("survived")]),
  seconds: z.number(),
  laws: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      checked: z.array(
        z.object({ on: z.string(), kind: z.string(), verdict, states: z.int(), witnessed: z.boolean() }),
      ),
      mutants: z.array(z.object({ name: z.string(), caught: z.boolean(), steps: z.int().nullable() })),
    }),
  ),
  agreement: z.object({ states: z.int(), events: z.int(), verdict }),
});

describe("the JSON of verify", () => {
  it("has the documented shape", () => {
    for (const one of [report, broken]) expect(shape.safeParse(verifyJson(one)).error).toBeUndefined();
  });

  it("loses nothing on the way through text: no field is undefined", () => {
    for (const one of [report, broken]) {
      const json = verifyJson(one);
      expect(JSON.parse(JSON.stringify(json))).toStrictEqual(json);
    }
  });
});

describe("what does not hold, beside code", () => {
  const vacuous: LawReport = {
    ...violated,
    id: "L9",
    status: "vacuous",
    checked: violated.checked.map((check) => ({ ...check, verdict: "vacuous", clause: "second", counterexample: null })),
  };
  const undecided: LawReport = {
    ...violated,
    id: "L11b",
    status: "unknown",
    checked: violated.checked.map((check) => ({
      ...check,
      verdict: "unknown",
      limit: { limit: "seconds", value: 5 },
      counterexample: null,
    })),
  };
  const judged: LawReport = {
    ...holding,
    judged: [
      {
        law: "L4",
        on: "run host",
        verdict: "violated",
        scope: "2 scripts",
        judged: 3,
        breach: "it came back, 100%",
        replay: null,
        mutants: [{ name: "reopened", change: "a daemon reopens it", caught: false }],
      },
    ],
  };
  const differing: VerifyReport["agreement"] = {
    ...report.agreement,
    verdict: "violated",
    machines: report.agreement.machines.map((one) => ({ ...one, difference: "queued: another effect" })),
  };
  const all: VerifyReport = { ...broken, laws: [judged, vacuous, undecided, violated, survived], agreement: differing };

  it("is listed once each, and nothing is when all holds", () => {
    expect(problemsOf(report)).toEqual([]);
    expect(problemsOf(all).map(({ rule, level, title }) => `${level} ${rule}: ${title}`)).toEqual([
      "error L4: L4 terminality is violated on the run host",
      'error L4: L4 terminality does not catch the broken run host "reopened"',
      "error L9: L9 attempt fencing is vacuous on worker-plane (second)",
      "warning L11b: L11b attempt fencing is not decided on worker-plane",
      "error LL8: LL8 attempt fencing is violated on worker-plane",
      'error LL9: LL9 one mutation does not catch its mutant "alive reopens"',
      "error agreement: The machine run is not compiled to what its chart says",
    ]);
  });

  it("is annotated at the file of the law, with what replays it", () => {
    const lines = verifyAnnotations(all).split("\n");
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(
      /^::error file=laws\/run\/l4-terminality.ts,line=12,title=L4 terminality is violated on the run host::it came back, 100%25%0AL4: /,
    );
    expect(lines[3]).toMatch(/^::warning file=laws\/run\/l11b-attestation.ts,line=/);
    expect(lines[4]).toContain('written twice, after 0 steps. Replay: npx leasehold replay "LL8 0"');
    expect(lines[6]).toMatch(/^::error file=package.json,line=1,title=The machine run/);
  });

  it("is SARIF by the schema, with a rule for each law", () => {
    for (const one of [report, all]) expect(sarifErrors(verifySarif(one, "1.2.3"))).toEqual([]);
    const [run] = verifySarif(all, "1.2.3").runs;
    expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(["L4", "L9", "L11b", "LL8", "LL9", "agreement"]);
    expect(run?.results?.map(({ ruleId, ruleIndex }) => `${ruleId} ${ruleIndex}`).slice(0, 3)).toEqual(["L4 0", "L4 0", "L9 1"]);
  });
});

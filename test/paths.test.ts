/**
 * Every transition of every machine and both answers of every guard, along paths from the beginning: the shortest
 * path to each state, and from there each event once; of a small machine every simple path as well.
 *
 * All of them are executed on the compiled machines. Of a small machine each, of the others those that cover something,
 * are executed on what runs as well, through its calls: the master's registry, the lane-lease store, the commit point.
 * After each event it has to have done, and to show, what the machine does. Changes of the registry are judged as they
 * happen; paths of the others are given to the conformance kit as scripts of the systems they are parts of. A transition,
 * an answer of a guard or a law that nothing covers fails, and so does a law that should be judged and is not.
 */
import { afterAll, expect, test } from "vitest";

import { closures } from "../laws/closure.js";
import { type Law, isPending, laws } from "../laws/index.js";
import { laneLeaseLaws } from "../laws/lane-lease/index.js";
import { runLaws } from "../laws/run/index.js";
import { type ConformanceReport, checkLeaseStore, checkRunHost, createAuditor, ourLeaseStore, ourRunHost } from "../src/conformance/index.js";
import { openPlane } from "../src/conformance/plane-programs.js";
import { arrive } from "../src/conformance/simulated-plane.js";
import { type Stamp, exportJournal } from "../src/journal/index.js";
import { CommitPointPaths, type PathDriver, laneDriver } from "./harness/path-drivers.js";
import { laneScripts, lawsAlong as lawsOfLanes } from "./harness/path-lane-scripts.js";
import { callerDriver, leaseDriver, workerDriver } from "./harness/path-plane.js";
import { MonitorScripts, hostScript, lawsAlong as lawsOfRuns, storiesOf } from "./harness/path-run-scripts.js";
import { type Subject, observationOf, pathPolicy, subjects, verdictsOnRuns } from "./harness/path-subjects.js";
import { type Chosen, type Coverage, type Walk, chosenOf, counting, execute, gapsOf, nothingYet, walksOf } from "./harness/path-walks.js";
import { SimulatedStorage } from "./harness/simulated-storage.js";
import { graphPaths, shortestPaths, simplePaths } from "./harness/xstate-paths.js";

const table: string[] = [];
afterAll(() => void process.stdout.write(`${table.join("\n")}\n`));

/** By law: how often it had something to say of what runs. */
const judged = new Map<string, number>();
function tell(law: string, times: number): void {
  judged.set(law, (judged.get(law) ?? 0) + times);
}

const named = subjects.map((each) => [each.name, each] as const);
const subjectCalled = (name: string): Subject => subjects.find((each) => each.name === name) as Subject;

test.each(named)("machine %s: each transition is executed, each guard answers both ways", (_name, each) => {
  const coverage = nothingYet(each);
  let executed = 0;
  for (const walk of walksOf(each)) {
    execute(walk, coverage);
    executed += 1;
  }
  table.push(`${each.name}: ${executed} paths on the compiled machine`);
  expect(gapsOf(each, coverage)).toEqual([]);
});

const points = new CommitPointPaths(pathPolicy, observationOf);
afterAll(() => points.close());

interface Executed {
  driverOf(walk: Walk): PathDriver;
  /** The systems have a story for it. */
  isTold?(walk: Walk): boolean;
}

const executedBy: Readonly<Record<string, Executed>> = {
  worker: { driverOf: () => workerDriver },
  lease: { driverOf: () => leaseDriver },
  caller: { driverOf: () => callerDriver },
  "lane-lease": {
    driverOf: ({ path }) => laneDriver(path.some((event) => "attachment" in event && event.attachment === "detached") ? "detached" : "process"),
    isTold: (walk) => laneScripts(walk).length > 0,
  },
  run: { driverOf: ({ beginning }) => points.driverOf(beginning), isTold: (walk) => storiesOf(walk).length > 0 },
};

/** Chosen once for each machine. */
const chosen = new Map<string, Chosen>();
function chosenFor(each: Subject): Chosen {
  const { driverOf, isTold } = executedBy[each.name] as Executed;
  const found = chosen.get(each.name) ?? chosenOf(each, driverOf, isTold);
  chosen.set(each.name, found);
  return found;
}

test.each(named)("paths of %s end on what runs as they do on the machine, and cover it", async (name, each) => {
  const { walks, reasons } = chosenFor(each);
  const { driverOf } = executedBy[name] as Executed;
  const coverage = nothingYet(each);
  for (const walk of walks) await follows(walk, driverOf(walk), coverage);
  const { taken, guards } = coverage;
  table.push(`${name}: ${walks.length} paths on what runs`);
  for (const { label, index } of each.compiled.transitions) table.push(`  ${String(taken[index] ?? 0).padStart(5)} × ${label}`);
  for (const [guard, { held, failed }] of guards) table.push(`  ${guard}: holds ${held} ×, fails ${failed} ×`);
  const gaps = gapsOf(each, coverage);
  expect(gaps, [...reasons].map(([event, reason]) => `${event}: ${reason}`).join("\n")).toEqual([]);
});

/** The implementation does what the machine does, event by event. */
async function follows({ subject, beginning, path }: Walk, driver: PathDriver, coverage: Coverage): Promise<void> {
  const real = await driver.begin();
  let record = subject.initial(beginning);
  for (const [place, event] of path.entries()) {
    const { next, taken } = subject.compiled.step(record, event, counting(coverage));
    const { took, shows } = await real.perform(event);
    const said = path.slice(0, place + 1).map((one) => JSON.stringify(one)).join(" → ");
    if (subject.name === "run") {
      // An observation that changes nothing may still be one that the machine takes.
      if (took) expect(taken, said).not.toBe(-1);
    } else expect(took, said).toBe(taken !== -1);
    expect(next, said).toMatchObject(shows);
    record = next;
  }
  for (const [key, times] of await real.end()) tell(key.slice(0, key.indexOf("#")), times);
}

test("an answer that nobody has read outlives its master, and who lost a lease may ask the next one before reading so", async () => {
  const [first, next] = [await openPlane(), await openPlane()];
  for (const { worker } of [first, next]) await worker("quick", () => "done");
  await first.worker("slow", () => new Promise(() => undefined));
  const asked = { effect: "capture", run: "run", snapshot: null } as const;
  const answered = first.master.lease({ ...asked, target: "quick" });
  const lost = first.master.lease({ ...asked, target: "slow" });
  await arrive();
  await first.master.close();
  const again = next.master.lease({ ...asked, target: "quick" });
  expect((await Promise.all([answered, lost, again])).map(({ kind }) => kind)).toEqual(["succeeded", "lost", "succeeded"]);
  await next.master.close();
});

/** The kit performs a script on what runs: nothing is breached, no model is left. */
function keep(report: ConformanceReport): void {
  expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
  for (const { law, judged: times } of report.judged) tell(law, times);
}

const storage = () => new SimulatedStorage();

/** A law with a check on one of these systems, whichever its configuration. */
const asksOf = (...systems: readonly string[]) => (law: Law): boolean => !isPending(law) && law.checks.some(({ system }) => systems.includes(system.name));

/** Walks that give a law something to say of which no other one does. */
function* tellingMore(each: Subject, missing: Set<string>, said: (walk: Walk) => ReadonlySet<string>): Generator<Walk> {
  for (const walk of walksOf(each)) {
    if (missing.size === 0) return;
    const news = [...said(walk)].filter((law) => missing.has(law));
    for (const law of news) missing.delete(law);
    if (news.length > 0) yield walk;
  }
}

test("paths of a lane lease, as scripts of lane-contention", async () => {
  const each = subjectCalled("lane-lease");
  const { walks } = chosenFor(each);
  const said = (walk: Walk): ReadonlySet<string> => new Set(laneScripts(walk).flatMap((script) => [...lawsOfLanes(script)]));
  const missing = new Set(laneLeaseLaws.filter(asksOf("lane-contention")).map(({ id }) => id));
  for (const walk of walks) for (const law of said(walk)) missing.delete(law);
  const more = [...tellingMore(each, missing, said)];
  const scripts = [...walks, ...more].flatMap(laneScripts);
  for (const script of scripts) {
    const report = await checkLeaseStore(ourLeaseStore({ storage }), { script });
    keep(report);
    expect(report.steps, script.steps.join(" ")).toBe(script.steps.length);
  }
  const told = walks.filter((walk) => laneScripts(walk).length > 0).length;
  table.push(`lane-lease: ${told} of ${walks.length} paths, and ${more.length} more for the laws, in ${scripts.length} scripts of lane-contention`);
});

test("paths of a run, as scripts of run-monitor", async () => {
  const each = subjectCalled("run");
  const { walks } = chosenFor(each);
  const stories = walks.flatMap((walk) => storiesOf(walk));
  const byStep = ({ checks }: Law): boolean => checks.some(({ kind }) => kind !== "convergence" && kind !== "hyper");
  const missing = new Set(runLaws.filter(asksOf("run-monitor")).filter(byStep).map(({ id }) => id));
  for (const story of stories) for (const law of lawsOfRuns(story)) missing.delete(law);
  const said = (walk: Walk): ReadonlySet<string> => new Set(storiesOf(walk, missing).flatMap((story) => [...lawsOfRuns(story)]));
  const more = [...tellingMore(each, missing, said)];
  const scripts = new MonitorScripts();
  for (const story of [...stories, ...more.flatMap((walk) => storiesOf(walk))]) {
    const { script, steps } = scripts.of(story);
    const report = await checkRunHost(ourRunHost({ storage }), { script });
    keep(report);
    expect(report.steps, script.steps.join(" ")).toBe(steps);
  }
  const told = walks.filter((walk) => storiesOf(walk).length > 0).length;
  table.push(`run: ${told} of ${walks.length} paths, and ${more.length} more for the laws, in ${stories.length} scripts of run-monitor`);
});

test("verdicts of a monitor and a person, as scripts of run-host", async () => {
  const scripts = [...walksOf(verdictsOnRuns)].flatMap((walk) => hostScript(walk) ?? []);
  for (const script of scripts) {
    const report = await checkRunHost(ourRunHost({ storage }), { script });
    keep(report);
    expect(report.steps, script.steps.join(" ")).toBe(script.steps.length);
  }
  table.push(`run: ${scripts.length} paths of verdicts in scripts of run-host`);
});

test("the history laws judge the log of all runs that paths made, and none is breached", async () => {
  const auditor = createAuditor(runLaws);
  for await (const line of exportJournal({ directory: "/state", name: "runs", disk: points.world.process().disk })) {
    const { seq, at, type, data } = JSON.parse(line) as { seq: number; at: Stamp; type: string; data: object };
    if (type.startsWith("run.")) auditor.record([{ type, data }], { seq, at });
  }
  const { judged: ofLog, breaches } = auditor.audit;
  expect(breaches).toEqual([]);
  for (const [law, times] of Object.entries(ofLog)) tell(law, times);
});

test("every law of the systems that the machines are parts of is judged along the paths; the others are judged elsewhere", () => {
  const isOfPaths = asksOf("run-monitor", "run-host", "worker-plane", "worker-plane-fenced", "lane-contention");
  for (const { id } of laws.filter(isOfPaths)) table.push(`  law ${id}: judged ${judged.get(id) ?? 0} ×`);
  const placesOf = (id: string): readonly string[] => [...new Set((closures[id]?.judgedBy ?? []).map(({ file }) => file))];
  const elsewhere = laws.filter((law) => !isOfPaths(law)).map(({ id }) => [id, placesOf(id)] as const);
  for (const [id, places] of elsewhere) table.push(`  law ${id}: shown by no path; judged in ${places.join(", ")}`);
  expect(laws.filter(isOfPaths).filter(({ id }) => (judged.get(id) ?? 0) === 0).map(({ id }) => id)).toEqual([]);
  expect(elsewhere.filter(([, places]) => places.length === 0)).toEqual([]);
});

test("the library and its successor make the same paths", () => {
  for (const each of subjects.filter(({ small }) => small)) {
    for (const { events } of each.groups) {
      expect(shortestPaths(each.machine, events)).toEqual(graphPaths(each.machine, events));
      expect(simplePaths(each.machine, events)).toEqual(graphPaths(each.machine, events, { simple: true }));
    }
  }
});

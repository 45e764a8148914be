/**
 * Judges a host of runs: scripts of commits by two processes, with faults, ticks and crashes, compared with the
 * system `run-host`; scripts of observations, compared with the run machine; and the log of each, judged by the
 * history checks. No test runner inside; it returns data. Not injected: power cuts.
 */
import type { Law } from "../../laws/law.js";
import { runLaws } from "../../laws/run/index.js";
import type { ActionFamily, Model } from "../../spec/kernel/index.js";
import { runHost, type RunHostState } from "../../spec/systems/run-host.js";
import { type RunCommitted, isTerminal } from "../../spec/vocabulary/index.js";
import { createAuditor } from "./audit.js";
import { type Judged, overall, scopeOf } from "./judged.js";
import { type LawJudge, checksOn, createLawJudge } from "./law-judge.js";
import type { Counterexample, ConformanceReport } from "./lease-kit.js";
import { type ObservationStep, everyObservation, observationsOf } from "./observations.js";
import type { RunHostAdapter } from "./run-adapter.js";
import { type Path, type RunCommand, RunSubject, commandText, pathsOf, sameRuns } from "./run-subject.js";
import { refineObservations } from "./run-refinement.js";

/** How much of a host is judged, and by which laws. */
export interface RunCheckOptions {
  /** Which scripts; the same seed gives the same. Default 1. */
  readonly seed?: number;
  /** Scripts of each kind; default 30. */
  readonly runs?: number;
  /** Commands or observations of one script; default 15. */
  readonly steps?: number;
  /** Only these laws. */
  readonly laws?: readonly Law[];
}

/** Not enough for a bound to be reached. */
const changesMax = 1_000;

interface Found {
  readonly law: string;
  readonly breach: string;
  readonly steps: readonly string[];
}

/** Judges a host of runs: every observation, then random scripts of commands and of observations. */
export async function checkRunHost(adapter: RunHostAdapter, options: RunCheckOptions = {}): Promise<ConformanceReport> {
  const { default: fc } = await import("fast-check");
  const { seed = 1, runs = 30, steps = 15 } = options;
  const check = new RunCheck(adapter, options);
  const how = { seed, numRuns: runs, endOnFailure: true };
  const picks = fc.array(fc.nat(), { minLength: steps, maxLength: steps });
  await check.observations(everyObservation);
  await fc.check(fc.asyncProperty(picks, (all) => check.commands(all.map(commandOf))), how);
  await fc.check(fc.asyncProperty(picks, (all) => check.observations(observationsOf(all))), how);
  if (check.error !== null) throw check.error;
  return check.report(seed);
}

/** A command from a number: the same number is the same command. */
function commandOf(pick: number): RunCommand {
  const digit = (place: number, base: number): number => Math.floor(pick / place) % base;
  const by = digit(1, 2);
  const run = digit(2, 2);
  const verdict = ([["running", "done"], ["canceled", "running"]] as const)[by === 0 ? 0 : 1][digit(4, 2)] ?? "running";
  const kind = digit(8, 10);
  if (kind < 5) return { does: "commit", by, run, verdict };
  if (kind < 7) return { does: "commit fails", by, run, verdict, at: digit(80, 2) === 0 ? "write" : "read" };
  if (kind === 7) return { does: "both commit", run, verdicts: [digit(80, 2) === 0 ? "running" : "done", "canceled"] };
  return kind === 8 ? { does: "tick" } : { does: "crash", by };
}

class RunCheck {
  /** Thrown by the host's adapter, and none of the laws' business. */
  error: Error | null = null;
  readonly #model: Model<RunHostState> = runHost.build({ runs: 2, changesMax });
  readonly #asked;
  readonly #laws: readonly Law[];
  readonly #judged = new Map<string, number>();
  readonly #found = new Map<string, Found>();
  #scripts = 0;
  #steps = 0;

  constructor(
    private readonly adapter: RunHostAdapter,
    { laws = runLaws }: RunCheckOptions,
  ) {
    this.#laws = laws;
    this.#asked = checksOn(laws, runHost);
  }

  /** False: something was found. */
  async commands(commands: readonly RunCommand[]): Promise<boolean> {
    return this.#script(async (subject, steps) => {
      const judge = createLawJudge(this.#asked, this.#model, this.#judged);
      let state = await subject.begin();
      for (const command of commands) {
        if ((command.does === "commit fails" && !subject.can.fail) || (command.does === "tick" && !subject.can.tick)) continue;
        steps.push(commandText(command));
        const next = await this.#step(subject, judge, state, command, steps);
        if (next === null) return;
        state = next;
      }
    });
  }

  async observations(script: readonly ObservationStep[]): Promise<boolean> {
    return this.#script(async (subject, steps) => {
      const wrong = await refineObservations(subject, script, steps);
      if (wrong !== null) this.#put("", wrong, steps);
    });
  }

  report(seed: number): ConformanceReport {
    const able = this.#laws.filter(({ id, history }) => history !== undefined || this.#asked.some(({ law }) => law === id));
    const judged = able.map(({ id }) => this.#verdict(id));
    const counterexamples = [...this.#found.values()].map((found): Counterexample => {
      const { law, breach, steps } = found;
      const text = [...steps.map((step, index) => `${String(index + 1).padStart(3)}. ${step}`), breach].join("\n");
      return { law: law === "" ? null : law, breach, divergence: null, script: { scene: "run-host", steps }, text };
    });
    return {
      name: this.adapter.name,
      verdict: overall(judged, !this.#found.has("")),
      judged,
      counterexamples,
      seed,
      scripts: this.#scripts,
      steps: this.#steps,
    };
  }

  async #script(work: (subject: RunSubject, steps: string[]) => Promise<void>): Promise<boolean> {
    const known = this.#found.size;
    const steps: string[] = [];
    const subject = new RunSubject(await this.adapter.open());
    try {
      await work(subject, steps);
      await this.#audit(subject, steps);
    } catch (error) {
      this.error = error instanceof Error ? error : new Error(String(error));
      return false;
    } finally {
      await subject.close();
    }
    this.#scripts += 1;
    this.#steps += steps.length;
    return this.#found.size === known;
  }

  /** Null: the script ends here. */
  async #step(
    subject: RunSubject,
    judge: LawJudge,
    before: RunHostState,
    command: RunCommand,
    steps: readonly string[],
  ): Promise<RunHostState | null> {
    const known = (await subject.commits()).length;
    await subject.perform(command);
    const due = before.runs.map(({ status }) => command.does === "tick" && !isTerminal(status));
    const after = await subject.look(due);
    const committed = (await subject.commits()).slice(known);
    const judged = [...ends(command, before, after), ...appends(command, before, after, committed)];
    const findings = judged.flatMap((step) => judge.step(step));
    for (const { law, breach } of findings) this.#put(law, breach, steps);
    if (findings.length > 0) return null;
    if (this.#allowed(command, before).some((state) => sameRuns(state, after))) return after;
    const seen = JSON.stringify(after.runs);
    this.#put("", `the model has no such step: from ${JSON.stringify(before.runs)} to ${seen}`, steps);
    return null;
  }

  #allowed(command: RunCommand, before: RunHostState): readonly RunHostState[] {
    const none = before.runs.map(() => false);
    const begins = command.does === "tick" ? { ...before, tick: { open: false, due: none, asked: none } } : ticking(before);
    return pathsOf(command, before).flatMap((path) => this.#along(begins, path) ?? []);
  }

  /** A path ends where it is not enabled; nobody is called for what was not committed. */
  #along(start: RunHostState, path: Path): RunHostState | null {
    let state = start;
    for (const { name, args } of path) {
      const family = this.#model.actions.find((one) => one.name === name) as ActionFamily<RunHostState>;
      const again = name === "visit" ? ticking(state) : state;
      const next = family.next(again, args);
      if (next === null && name !== "fire") return null;
      state = next ?? state;
    }
    return state;
  }

  async #audit(subject: RunSubject, steps: readonly string[]): Promise<void> {
    const auditor = createAuditor(this.#laws);
    for (const { events, place } of await subject.records()) auditor.record(events, place);
    const { judged, breaches } = auditor.audit;
    for (const [law, times] of Object.entries(judged)) {
      this.#judged.set(`${law}#history`, (this.#judged.get(`${law}#history`) ?? 0) + times);
    }
    for (const { law, seq, reason } of breaches) this.#put(law, `record ${seq}: ${reason}`, steps);
  }

  #put(law: string, breach: string, steps: readonly string[]): void {
    const known = this.#found.get(law);
    if (known === undefined || steps.length < known.steps.length) this.#found.set(law, { law, breach, steps: [...steps] });
  }

  #verdict(law: string): Judged {
    const keys = [...this.#judged].filter(([key]) => key.startsWith(`${law}#`));
    const judged = keys.reduce((sum, [, times]) => sum + times, 0);
    const found = this.#found.get(law);
    return {
      law,
      on: this.adapter.name,
      verdict: found !== undefined ? "violated" : judged > 0 ? "holds" : "vacuous",
      scope: scopeOf(this.#scripts, this.#steps),
      scripts: this.#scripts,
      steps: this.#steps,
      judged,
      breach: found?.breach ?? null,
      replay: found === undefined ? null : JSON.stringify(found.steps),
      mutants: [],
    };
  }
}

/** The monitor is in a tick in which every run is still to be looked at. */
function ticking(state: RunHostState): RunHostState {
  return { ...state, tick: { open: true, due: state.runs.map(() => true), asked: state.runs.map(() => false) } };
}

const named = (name: string, args: Readonly<Record<string, number>> = {}) => ({ id: -1, name, args, label: name });

/** What ends with the command: a tick, a read that failed, or anything else. */
function ends(command: RunCommand, before: RunHostState, after: RunHostState) {
  if (command.does === "tick") {
    const open = { ...before, tick: { open: true, due: after.tick.due, asked: before.runs.map(() => false) } };
    return [{ action: named("endTick"), before: open, after, effects: [] }];
  }
  const name = command.does === "commit fails" && command.at === "read" ? "readFails" : "look";
  // What was appended is a step of its own: here only the state that was reached is asked about.
  return [{ action: named(name, "by" in command ? { by: command.by } : {}), before: after, after, effects: [] }];
}

/** Each new commit of the log as the model's append: decided on the status that its record says it was decided on. */
function appends(command: RunCommand, before: RunHostState, after: RunHostState, committed: readonly RunCommitted[]) {
  let state = before;
  return committed.map(({ run, from, effects }, index) => {
    const number = Number(run.slice("run-".length));
    const by = "by" in command ? command.by : 0;
    const deciding = { phase: "deciding", run: number, seen: from.status, verdict: null } as const;
    const then = { ...state, committers: state.committers.map((one, place) => (place === by ? deciding : one)) };
    const last = index === committed.length - 1;
    const next = last ? after : { ...state, runs: state.runs.map((one, place) => place === number ? grown(one, effects) : one) };
    state = next;
    return { action: named("append", { by }), before: then, after: next, effects: [] };
  });
}

function grown(run: RunHostState["runs"][number], effects: RunCommitted["effects"]): RunHostState["runs"][number] {
  const set = effects.find((effect) => effect.type === "setStatus");
  const status = set?.type === "setStatus" ? set.status : run.status;
  return { ...run, status, changes: run.changes + 1, artifacts: run.artifacts + 1, calls: run.calls + 1 };
}

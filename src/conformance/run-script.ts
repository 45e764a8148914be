/**
 * One script of commands on a host of runs: after each one the state it shows has to be one that the model allows, and
 * the laws are asked about the step. Runs that are observed are compared with the run machine. It ends at the first
 * thing that is wrong.
 */
import { isDeepStrictEqual } from "node:util";

import type { ActionFamily, Model } from "../../spec/kernel/index.js";
import { initialCore } from "../../spec/run/index.js";
import { type Committer, type RunHostState, committers, idle } from "../../spec/systems/run-host-state.js";
import { type RunCommitted, type RunCore, isTerminal } from "../../spec/vocabulary/index.js";
import { FaultAftermath } from "./fault-commands.js";
import type { LawJudge } from "./law-judge.js";
import type { Divergence } from "./report.js";
import type { RecordedEvents, RunHostUnderTest } from "./run-adapter.js";
import { type Path, type RunCommand, callersOf, committedRuns, endsIn, observedRuns, pathsOf } from "./run-commands.js";
import { refineObservation, viewOf } from "./run-refinement.js";
import { type Calls, type Debt, type Performed, RunSubject, abstractRuns, owingFor } from "./run-subject.js";
import { stepsOf, ticking } from "./run-steps.js";

/** What is wrong after a command. */
export interface RunFault {
  /** Null: no law is breached, and the model has no such step. */
  readonly law: string | null;
  readonly breach: string;
  readonly divergence: Omit<Divergence, "step"> | null;
}

const strayedTo = (expected: string, seen: string): readonly RunFault[] => [
  { law: null, breach: "", divergence: { expected, seen } },
];

export class RunScript {
  readonly #subject: RunSubject;
  #records: readonly RecordedEvents[] = [];
  #commits: readonly RunCommitted[] = [];
  /** So many of the records would survive a power cut. */
  #durable = 0;
  #calls: Calls = {};
  #lost: readonly Debt[] = [];
  #owed: readonly Debt[] = [];
  readonly #aftermath = new FaultAftermath([...committers.keys()]);
  /** What each process remembers of each observed run. */
  readonly #cores = new Map<string, RunCore>();
  #state: RunHostState;

  private constructor(
    host: RunHostUnderTest,
    private readonly model: Model<RunHostState>,
    private readonly judge: LawJudge,
  ) {
    this.#subject = new RunSubject(host);
    this.#state = model.initial[0] as RunHostState;
  }

  /** A host with both runs of the model on it. */
  static async begin(host: RunHostUnderTest, model: Model<RunHostState>, judge: LawJudge): Promise<RunScript> {
    const script = new RunScript(host, model, judge);
    await script.#subject.begin();
    await script.#look();
    script.#durable = script.#records.length;
    return script;
  }

  /** Whether it can be done now: the host can, and the run is there. */
  can(command: RunCommand): boolean {
    if (!this.#subject.can(command)) return false;
    if (command.does === "create") return viewOf(this.#records, observedRuns[command.run] ?? "") === null;
    if (command.does === "observe") return viewOf(this.#records, observedRuns[command.run] ?? "") !== null;
    return true;
  }

  /** Performs the command. Empty: nothing is wrong. */
  async step(command: RunCommand): Promise<readonly RunFault[]> {
    if (command.does === "power cut") return this.#cut(command.pick);
    const performed = this.#tolerant(command, await this.#subject.perform(command));
    if (command.does === "calls fail" || command.does === "dies at call") return [];
    const [before, records, commits] = [this.#state, this.#records, this.#commits];
    await this.#look();
    const wrong = this.#unexplained(command, performed, commits);
    if (wrong.length > 0) return wrong;
    const fresh = this.#commits.slice(commits.length);
    const calls = await this.#subject.calls();
    this.#settle(command, performed, fresh, calls);
    this.#forget(command, performed);
    this.#state = await this.#abstracted(before, performed);
    if (performed.answered && this.#records.length > records.length) this.#durable = this.#records.length;
    const findings = stepsOf(command, performed, before, this.#state, fresh).flatMap((one) => this.judge.step(one));
    if (findings.length > 0) return findings.map(({ law, breach }) => ({ law, breach, divergence: null }));
    const refined = this.#refined(command, performed, before);
    return refined.length > 0 ? refined : this.#observed(command, performed, records, fresh);
  }

  records(): Promise<readonly RecordedEvents[]> {
    return this.#subject.records();
  }

  close(): Promise<void> {
    return this.#subject.close();
  }

  /** A failure that an earlier fault explains is as good as one of a fault. */
  #tolerant(command: RunCommand, performed: Performed): Performed {
    const { fails, died, error } = performed;
    // Of a late commit and of a tick nobody hears which calls failed.
    const untold = fails && (command.does === "late commit" || command.does === "tick") ? "nobody hears" : null;
    const explained = this.#aftermath.explains({ fails, died, error: error ?? untold }, callersOf(command));
    const gone = endsIn(command, died);
    if (gone !== null) this.#aftermath.ended(gone);
    return { ...performed, fails: fails || (error !== null && died === null && explained) };
  }

  async #look(): Promise<void> {
    this.#records = await this.#subject.records();
    this.#commits = commitsIn(this.#records);
  }

  async #abstracted(before: RunHostState, { asked }: Pick<Performed, "asked">): Promise<RunHostState> {
    const shown = await Promise.all(committedRuns.map(async (name) => (await this.#subject.statusOf(name)).status));
    const state = abstractRuns(this.#commits, { shown, calls: this.#calls, lost: this.#lost, owed: this.#owed });
    if (asked === null) return state;
    const due = before.runs.map(({ status }) => !isTerminal(status));
    return { ...state, tick: { open: false, due, asked: committedRuns.map((name, run) => due[run] === true && asked.includes(name)) } };
  }

  /** A failure without a fault, a log that lost something, a run that was created and is not there. */
  #unexplained(command: RunCommand, { error, fails, died }: Performed, known: readonly RunCommitted[]): readonly RunFault[] {
    if (error !== null && !fails && died === null) return strayedTo("an answer", `it failed: ${error}`);
    if (error === null && command.does === "create" && !this.#has(command.run)) return strayedTo("the run is in the log", "it is not");
    const kept = this.#commits.slice(0, known.length);
    if (isDeepStrictEqual(kept, known)) return [];
    return strayedTo(`a log that begins with the ${known.length} commits it had`, `${this.#commits.length} commits, others among them`);
  }

  #has(run: number): boolean {
    return viewOf(this.#records, observedRuns[run] ?? "") !== null;
  }

  /** Which calls were made, which are owed since then, and which died with their process. */
  #settle(command: RunCommand, { answered, died }: Performed, fresh: readonly RunCommitted[], calls: Calls): void {
    const gone = endsIn(command, died);
    const made = fresh.flatMap(debtOf);
    // Nobody listens to what a superseded monitor tells.
    if (command.does === "late commit") this.#lost = [...this.#lost, ...made];
    const debts = [...this.#owed, ...made];
    const owed: Debt[] = [];
    for (const [run, name] of committedRuns.entries()) {
      for (const by of committers.keys()) {
        const key = `${by} ${name}`;
        const heard = (calls[key] ?? 0) - (this.#calls[key] ?? 0);
        const left = debts.filter((debt) => debt.run === run && debt.by === by).slice(heard);
        if (by === gone) this.#lost = [...this.#lost, ...left];
        else owed.push(...left.filter((debt) => !answered || this.#owed.includes(debt)));
      }
    }
    this.#calls = calls;
    this.#owed = owed;
  }

  /** Memory ends with its process; a tick forgets the runs that have ended. */
  #forget(command: RunCommand, { asked, died }: Performed): void {
    const gone = endsIn(command, died);
    for (const [run, name] of observedRuns.entries()) {
      if (gone !== null) this.#cores.delete(`${gone} ${run}`);
      const view = viewOf(this.#records, name);
      if (asked !== null && view !== null && isTerminal(view.status)) this.#cores.delete(`0 ${run}`);
    }
  }

  /** The state is one that a path of the model ends in. */
  #refined(command: RunCommand, { fails, died }: Performed, before: RunHostState): readonly RunFault[] {
    const gone = endsIn(command, died);
    const paths = pathsOf(command, before, { fails, died });
    const allowed = this.#starts(before, gone).flatMap((start) => paths.flatMap((path) => this.#along(start, command, path) ?? []));
    if (allowed.some((state) => isDeepStrictEqual(essence(state), essence(this.#state)))) return [];
    const expected = new Set(allowed.map((state) => JSON.stringify(essence(state))));
    return strayedTo([...expected].join(" or "), JSON.stringify(essence(this.#state)));
  }

  /** Calls that are owed may be made, or stay owed, or die with their process. */
  #starts(before: RunHostState, gone: number | null): readonly RunHostState[] {
    const owing = before.committers.slice(committers.length);
    return owing.reduce<readonly RunHostState[]>(
      (states, _one, place) => states.flatMap((state) => [state, ...this.#resolved(state, place, gone)]),
      [before],
    );
  }

  #resolved(state: RunHostState, place: number, gone: number | null): readonly RunHostState[] {
    const at = committers.length + place;
    const debt = state.committers[at];
    if (debt === undefined || debt.run === null) return [];
    const acting = withCommitter({ ...state, committers: state.committers.with(at, idle) }, 0, owingFor(debt.run));
    const names = gone === null ? ["fire"] : ["fire", "crash"];
    return names.flatMap((name) => this.#family(name).next(acting, { by: 0 }) ?? []);
  }

  /** A path ends where it is not enabled; nobody is called for what was not committed. */
  #along(start: RunHostState, command: RunCommand, path: Path): RunHostState | null {
    let state = command.does === "tick" ? start : ticking(start);
    for (const { name, args } of path) {
      const next = this.#family(name).next(name === "visit" ? ticking(state) : state, args);
      if (next === null && name !== "fire") return null;
      state = next ?? state;
    }
    return state;
  }

  #family(name: string): ActionFamily<RunHostState> {
    return this.model.actions.find((one) => one.name === name) as ActionFamily<RunHostState>;
  }

  async #observed(
    command: RunCommand,
    { answered }: Performed,
    records: readonly RecordedEvents[],
    fresh: readonly RunCommitted[],
  ): Promise<readonly RunFault[]> {
    const others = fresh.filter(({ run }) => observedRuns.some((name) => name === run));
    if (command.does !== "observe") return others.length === 0 ? [] : strayedTo("no commit", JSON.stringify(others));
    const { by, run, observation } = command;
    const name = observedRuns[run] ?? "";
    const [before, after] = [viewOf(records, name), viewOf(this.#records, name)];
    if (before === null || after === null) return strayedTo("the run is in the log", "it is not");
    const key = `${by} ${run}`;
    const core = this.#cores.get(key) ?? initialCore;
    const [shown, now] = [await this.#subject.statusOf(name), this.#subject.now()];
    const refined = refineObservation({ observation, answered, core, before, after, commits: fresh, shown, now });
    if (!("core" in refined)) return strayedTo(refined.expected, refined.seen);
    this.#cores.set(key, refined.core);
    return [];
  }

  /** What was durable is there; of the rest, a part that nothing is missing from. */
  async #cut(pick: number): Promise<readonly RunFault[]> {
    this.#aftermath.allEnded();
    const [known, durable] = [this.#records, this.#durable];
    await this.#subject.cutPower(pick);
    await this.#look();
    const kept = this.#records.length;
    if (kept < durable || !isDeepStrictEqual(this.#records, known.slice(0, kept))) {
      return strayedTo(`the first ${durable} of ${known.length} records at least, in their order`, `${kept} records`);
    }
    const isThere = ({ commit }: Debt): boolean => this.#commits.some((one) => one.commit === commit);
    this.#lost = [...this.#lost, ...this.#owed].filter(isThere);
    this.#owed = [];
    this.#cores.clear();
    this.#calls = await this.#subject.calls();
    this.#state = await this.#abstracted(this.#state, { asked: null });
    const looked = { action: { id: -1, name: "crash", args: { by: 0 }, label: "power cut" }, effects: [] };
    const findings = this.judge.step({ ...looked, before: this.#state, after: this.#state });
    return findings.map(({ law, breach }) => ({ law, breach, divergence: null }));
  }
}

function commitsIn(records: readonly RecordedEvents[]): readonly RunCommitted[] {
  return records.flatMap(({ events }) =>
    events.flatMap(({ type, data }) => (type === "run.committed" ? [data as RunCommitted] : [])),
  );
}

/** The call that a change of one of the model's runs is worth; who made it is who owes it. */
function debtOf({ run: name, commit, effects }: RunCommitted): readonly Debt[] {
  const run = committedRuns.findIndex((one) => one === name);
  const set = effects.find(({ type }) => type === "setStatus");
  if (run === -1 || set?.type !== "setStatus") return [];
  return [{ by: set.source === "user" ? 1 : 0, run, commit }];
}

function withCommitter(state: RunHostState, by: number, committer: Committer): RunHostState {
  return { ...state, committers: state.committers.with(by, committer) };
}

/** What a state shows: its runs, and how many calls are owed for each. */
function essence({ runs, committers: all }: RunHostState): object {
  return runs.map((one, run) => ({ ...one, owed: all.filter(({ phase, run: of }) => phase === "owing" && of === run).length }));
}

/**
 * Judges a host whose monitor and world are the kit's by the laws of `run-monitor`: walks of its configurations are
 * performed on the host, each state has to be the model's, and the law objects are asked about each step. What laws
 * compare is performed on hosts of its own, script by script, and handed to the law's own functions.
 */
import type { Law, ScriptCase, ScriptOutcome, ScriptStep } from "../../laws/law.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { runMonitor } from "../../spec/systems/run-monitor.js";
import { createLawJudge } from "./law-judge.js";
import { type MonitorScene, monitorScene } from "./monitor-scene.js";
import { type MonitorCommand, MonitorScript, commandsIn, monitorCommandText } from "./monitor-script.js";
import type { MonitorPlan } from "./monitor-walks.js";
import { type ConformanceScript, type Counterexamples, type Shown, numbered, shortestShown, strayed } from "./report.js";
import type { RunHostAdapter } from "./run-adapter.js";
import { createAuditor } from "./audit.js";
import type { RunFault } from "./run-script.js";

type Opened = NonNullable<RunHostAdapter["monitored"]>;

/** After the first thing that is wrong a walk goes on for so many steps: laws may suffer from it later. */
const onwardMax = 8;

/** Something wrong, and what was performed until then. */
interface Found {
  readonly fault: RunFault;
  readonly performed: readonly MonitorCommand[];
}

export class MonitorCheck {
  scripts = 0;
  steps = 0;

  constructor(
    private readonly open: Opened,
    private readonly laws: readonly Law[],
    private readonly judged: Map<string, number>,
    private readonly found: Counterexamples,
  ) {}

  /** Performs every script of the plan. */
  async search(plan: readonly MonitorPlan[]): Promise<void> {
    for (const { scene, scripts } of plan) {
      for (const script of scripts) await this.#judge(scene, script);
    }
  }

  /** False: no configuration has that name. */
  async replay(script: ConformanceScript): Promise<boolean> {
    const scene = monitorScene(script.scene, this.laws);
    if (scene === null) return false;
    for (const run of await this.#run(scene, commandsIn(script))) this.#keep(scene, { run, repeated: true });
    return true;
  }

  async #judge(scene: MonitorScene, script: readonly MonitorCommand[]): Promise<void> {
    for (const one of await this.#run(scene, script)) {
      const { law } = one.fault;
      if (this.found.has(law)) continue;
      const again = async (shorter: readonly MonitorCommand[]): Promise<Found | null> =>
        (await this.#run(scene, shorter)).find(({ fault }) => fault.law === law) ?? null;
      this.#keep(scene, await shortestShown(one, ({ performed }) => performed, again));
    }
  }

  /** The first fault of each law; one without a law only when there is no other. */
  async #run(scene: MonitorScene, script: readonly MonitorCommand[]): Promise<readonly Found[]> {
    const host = await this.open(scene.policy);
    const running = new MonitorScript(host, scene, createLawJudge(scene.asked, scene.model, this.judged));
    const performed: MonitorCommand[] = [];
    const found: Found[] = [];
    const put = (faults: readonly RunFault[]): void => {
      for (const fault of faults) {
        if (!found.some((one) => one.fault.law === fault.law)) found.push({ fault, performed: [...performed] });
      }
    };
    try {
      let onward = onwardMax;
      for (const command of script) {
        if (onward < 0) break;
        if ("compares" in command) put(await this.#compare(scene, performed, running, command, (one) => performed.push(one)));
        else if (running.can(command)) {
          performed.push(command);
          put(await running.step(command));
        }
        if (found.length > 0) onward -= 1;
      }
      put(await this.#audited(host.records()));
    } finally {
      await host.close();
      this.scripts += 1;
      this.steps += performed.length;
    }
    const breached = found.filter(({ fault }) => fault.law !== null);
    return breached.length > 0 ? breached : found;
  }

  async #audited(records: ReturnType<Awaited<ReturnType<Opened>>["records"]>): Promise<readonly RunFault[]> {
    // Only of laws that hold under any policy: L15's decides again by that of this package.
    const auditor = createAuditor(this.laws.filter(({ checks }) => checks.some(({ system }) => system.name === runMonitor.name)));
    for (const { events, place } of await records) auditor.record(events, place);
    const { judged, breaches } = auditor.audit;
    for (const [law, times] of Object.entries(judged)) this.#count(`${law}#history`, times);
    return breaches.map(({ law, seq, reason }) => ({ law, breach: `record ${seq}: ${reason}`, divergence: null }));
  }

  #count(key: string, times: number): void {
    if (times > 0) this.judged.set(key, (this.judged.get(key) ?? 0) + times);
  }

  /** The comparison, if the check still makes it in the state that was reached. */
  async #compare(
    scene: MonitorScene,
    before: readonly MonitorCommand[],
    { state }: MonitorScript,
    command: Extract<MonitorCommand, { readonly compares: string }>,
    perform: (command: MonitorCommand) => void,
  ): Promise<readonly RunFault[]> {
    const asked = scene.compared.find(({ key }) => key === command.compares);
    if (asked === undefined) return [];
    const { check, key, law } = asked;
    if (check.kind !== "convergence" && check.kind !== "hyper") return [];
    const which = check.cases(state, scene.actions.index, scene.model).find(({ label }) => label === command.of);
    if (which === undefined) return [];
    const path = [...before];
    perform(command);
    const outcomes: ScriptOutcome[] = [];
    const strays: RunFault[] = [];
    for (const script of which.scripts) {
      const { outcome, faults } = await this.#outcome(scene, path, script);
      outcomes.push(outcome);
      strays.push(...faults);
    }
    if (check.witness(outcomes, which)) this.#count(key, 1);
    const breach = check.breach(outcomes, which);
    return breach === null ? strays.slice(0, 1) : [{ law, breach, divergence: null }];
  }

  /** A script that begins with exchanged observers is performed on a host that was brought there with them exchanged. */
  async #outcome(
    scene: MonitorScene,
    path: readonly MonitorCommand[],
    script: ScriptCase["scripts"][number],
  ): Promise<{ readonly outcome: ScriptOutcome; readonly faults: readonly RunFault[] }> {
    const actions = script.map((id) => scene.actions.instances[id] as ActionInstance);
    const exchanged = actions[0]?.name === "mirror";
    const host = await this.open(scene.policy);
    const running = new MonitorScript(host, scene, null);
    const [steps, faults]: [ScriptStep[], RunFault[]] = [[], []];
    try {
      for (const command of path) {
        const same = exchanged ? mirrored(scene, command) : command;
        if (running.can(same)) faults.push(...(await running.step(same)));
      }
      for (const [place, action] of actions.entries()) {
        if (exchanged && place === 0) {
          steps.push({ action, before: running.state, after: running.state, effects: [] });
          continue;
        }
        if (!running.can({ action: action.label })) return { outcome: { steps, end: running.state, blocked: place }, faults };
        const performed = await running.perform(action);
        steps.push(performed.step);
        faults.push(...performed.faults);
      }
      return { outcome: { steps, end: running.state, blocked: null }, faults };
    } finally {
      await host.close();
      this.steps += steps.length;
    }
  }

  #keep(scene: MonitorScene, { run: { fault, performed }, repeated }: Shown<Found>): void {
    const script: ConformanceScript = { scene: scene.name, steps: performed.map((command) => JSON.stringify(command)) };
    const divergence = fault.divergence === null ? null : { ...fault.divergence, step: performed.length };
    const why = fault.law === null && divergence !== null ? strayed(divergence) : fault.breach;
    const text = numbered(performed.map((command) => monitorCommandText(scene, command)), why, divergence);
    this.found.put({ law: fault.law, breach: why, divergence, script, repeated, text });
  }
}

const exchange: Readonly<Record<string, string>> = { a: "b", b: "a" };

/** The same command with two observers exchanged. */
function mirrored(scene: MonitorScene, command: MonitorCommand): MonitorCommand {
  if (!("action" in command)) return command;
  const action = scene.actions.instances.find(({ label }) => label === command.action);
  const observer = exchange[String(action?.args["observer"])];
  if (action === undefined || observer === undefined) return command;
  return { action: scene.actions.index.get(action.name, { ...action.args, observer }).label };
}

/**
 * One script of actions of `run-monitor` on a host whose world is the kit's: after each the state it shows has to be the
 * model's successor, what it recorded the model's effects, what its listeners heard the changes; and the laws are asked.
 */
import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import type { ActionInstance } from "../../spec/kernel/index.js";
import type { RunMonitorState } from "../../spec/systems/run-monitor.js";
import type { LawJudge } from "./law-judge.js";
import type { MonitorScene } from "./monitor-scene.js";
import { type MonitoredStep, MonitorSubject } from "./monitor-subject.js";
import type { ConformanceScript } from "./report.js";
import type { MonitoredHost } from "./run-adapter.js";
import type { RunFault } from "./run-script.js";

/** A step of a script: how the run begins, an action by its label, or a comparison of scripts that a check makes. */
export const monitorCommand = z.union([
  z.strictObject({ begins: z.int().min(0) }),
  z.strictObject({ action: z.string() }),
  z.strictObject({ compares: z.string(), of: z.string() }),
]);
/** A parsed step. */
export type MonitorCommand = z.infer<typeof monitorCommand>;

/** The steps of a script as a report wrote it. */
export function commandsIn({ steps }: Pick<ConformanceScript, "steps">): readonly MonitorCommand[] {
  return steps.map((step) => monitorCommand.parse(JSON.parse(step)));
}

/** A step in words. */
export function monitorCommandText(scene: MonitorScene, command: MonitorCommand): string {
  if ("action" in command) return command.action;
  if ("compares" in command) return `compared for ${command.compares}: ${command.of}`;
  const { status, agent, branch, startedAt } = firstOf(scene, command.begins).log;
  const start = startedAt === null ? "since nobody knows when" : "from now on";
  return `a run of ${agent} is ${status} ${start}, with ${branch === null ? "no branch" : `branch ${branch}`}`;
}

function firstOf({ model }: MonitorScene, begins: number): RunMonitorState {
  return model.initial[begins % model.initial.length] as RunMonitorState;
}

/** The action with this label; null: this configuration has none. */
export function actionLabelled({ actions }: MonitorScene, label: string): ActionInstance | null {
  return actions.instances.find((one) => one.label === label) ?? null;
}

export class MonitorScript {
  #subject: MonitorSubject | null = null;

  constructor(
    private readonly host: MonitoredHost,
    readonly scene: MonitorScene,
    private readonly judge: LawJudge | null,
  ) {}

  /** As the run began, when nothing was done yet. */
  get state(): RunMonitorState {
    return this.#subject?.state ?? firstOf(this.scene, 0);
  }

  can(command: MonitorCommand): boolean {
    if (!("action" in command)) return "begins" in command && this.#subject === null;
    const action = actionLabelled(this.scene, command.action);
    if (action === null) return false;
    return (this.scene.actions.families[action.id]?.next(this.state, action.args) ?? null) !== null;
  }

  /** Performs a command that can be performed. Empty: nothing is wrong. */
  async step(command: MonitorCommand): Promise<readonly RunFault[]> {
    if ("begins" in command) return (await this.#begin(command.begins)).faults;
    const action = "action" in command ? actionLabelled(this.scene, command.action) : null;
    return action === null ? [] : (await this.perform(action)).faults;
  }

  /** Performs an action that is enabled. */
  async perform(action: ActionInstance): Promise<{ readonly step: MonitoredStep; readonly faults: readonly RunFault[] }> {
    const begun = this.#subject === null ? await this.#begin(0) : { subject: this.#subject, faults: [] };
    const step = await begun.subject.perform(action);
    const divergence = straysOf(step);
    const findings = this.judge?.step(step) ?? [];
    const faults: RunFault[] = findings.map(({ law, breach }) => ({ law, breach, divergence }));
    if (faults.length === 0 && divergence !== null) faults.push({ law: null, breach: "", divergence });
    return { step, faults: [...begun.faults, ...faults] };
  }

  async #begin(begins: number): Promise<{ readonly subject: MonitorSubject; readonly faults: readonly RunFault[] }> {
    const first = firstOf(this.scene, begins);
    const subject = await MonitorSubject.begin(this.host, this.scene, first);
    this.#subject = subject;
    const divergence = between({ ...first }, { ...subject.state });
    return { subject, faults: divergence === null ? [] : [{ law: null, breach: "", divergence }] };
  }
}

/** What the model makes of a step, and what was seen, where they differ. */
function straysOf({ after, effects, heard, error, expected }: MonitoredStep): RunFault["divergence"] {
  if (error !== null) return { expected: "an answer", seen: `it failed: ${error}` };
  const changes = effects.flatMap((effect) => {
    if (effect.type !== "setStatus") return [];
    const { status, reason } = effect;
    return [{ status, reason }];
  });
  return between(
    { ...expected.after, effects: expected.effects, heard: changes },
    { ...after, effects, heard },
  );
}

function between(expected: object, seen: object): RunFault["divergence"] {
  const differs = (key: string): boolean => !isDeepStrictEqual(Reflect.get(expected, key), Reflect.get(seen, key));
  const parts = Object.keys(expected).filter(differs);
  const text = (of: object): string => parts.map((key) => `${key} ${JSON.stringify(Reflect.get(of, key))}`).join("; ");
  return parts.length === 0 ? null : { expected: text(expected), seen: text(seen) };
}

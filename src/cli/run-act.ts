/** `leasehold run send | stop | resolve`: what a person does to a run. */
import type { LoggedRun } from "../../spec/run/index.js";
import { isTerminal } from "../../spec/vocabulary/index.js";
import { type KeyName, keyNames, printable } from "../gather/index.js";
import { type Acted, type ActionFailed, type ActionRefused, type Host, type Settled, resolveRun, sendToRun, sessionOf, stopRun } from "../host/index.js";
import { UsageError } from "./exit.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf, defaultHolder } from "./lease-shell.js";
import { asHost, runExit } from "./run-shell.js";
import { pairText } from "./run-text.js";

export interface SendFlags extends StoreFlags {
  readonly enter: boolean;
  readonly key?: readonly string[];
}

export function sendCommand(id: string, words: readonly string[], flags: SendFlags): Promise<number> {
  const text = words.join(" ");
  const keys = (flags.key ?? []).map(keyOf);
  if (text === "" && keys.length === 0) throw new UsageError("give a text to type, or keys to press with --key Enter.");
  const enter = flags.enter && text !== "";
  return asHost(flags, async (host) => answered(await sendToRun(host, id, { text, enter, keys }), "sent", "sent to"));
}

function keyOf(text: string): KeyName {
  const key = keyNames.find((name) => name.toLowerCase() === text.toLowerCase());
  if (key === undefined) throw new UsageError(`there is no key "${printable(text)}"; known are ${keyNames.join(", ")}.`);
  return key;
}

export function stopCommand(id: string, flags: StoreFlags): Promise<number> {
  return asHost(flags, async (host) => {
    const stopped = await stopRun(host, id, defaultHolder());
    if (stopped.outcome === "session-ended") return answered(stopped, "session-ended", "its session is ended; ended before:");
    if (stopped.outcome !== "failed") return answered(stopped, "stopped", "stopped");
    if (isTerminal((await host.runs.store.get(id)).view.status)) return answered(stopped, "failed", "failed");
    const hint = "It is not recorded as canceled. A monitor tries again at every tick, and so does another stop.";
    return answerOf(runExit.refused, { ...stopped, hint }, (paint) => `${paint.bad("not stopped")}: ${printable(stopped.message)}\n  ${hint}\n`);
  });
}

export function resolveCommand(id: string, flags: StoreFlags): Promise<number> {
  return asHost(flags, async (host) => {
    const resolved = await resolveRun(host, id);
    const answer = answered(resolved, resolved.outcome, resolved.outcome === "resolved" ? "resolved" : "ended before:");
    return (await isThere(host, resolved.run)) ? withSession(answer, id) : answer;
  });
}

/** A run that ended does not end its agent: a person may want to look at it. */
function withSession(answer: Answer, id: string): Answer {
  return { ...answer, text: (paint) => `${answer.text(paint)}  its session is still there; end it with: leasehold run stop ${id}\n` };
}

async function isThere(host: Host, run: LoggedRun): Promise<boolean> {
  const at = sessionOf(host, run);
  return at !== null && (await at.port.look(at.ref)).kind === "alive";
}

type Outcome = Acted<string> | ActionRefused | ActionFailed;

function answered(outcome: Outcome, word: string, said: string): Answer {
  if (!("run" in outcome)) return answerOf(runExit.refused, outcome, (paint) => `${paint.bad(outcome.outcome)}: ${printable(outcome.message)}\n`);
  const { run, settled } = outcome;
  const json = { outcome: word, run: run.created.run, ...run.view, issue: settled?.issue ?? null, trouble: settled?.trouble ?? null };
  const code = settled?.trouble === null || settled === null ? runExit.done : runExit.refused;
  return answerOf(code, json, (paint) => {
    const lines = [`${paint.good(said)} ${run.created.run}: ${pairText(run.view)}`, ...issueLines(run.created.issue, settled)];
    return `${lines.join("\n")}\n`;
  });
}

function issueLines(issue: string | null, settled: Settled | null): string[] {
  if (issue === null || settled === null) return [];
  if (settled.trouble !== null) return [`  its issue ${printable(issue)} is not marked: ${printable(settled.trouble)}`];
  return settled.issue === null ? [] : [`  issue ${printable(issue)}: ${printable(settled.issue)}`];
}

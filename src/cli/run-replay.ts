/** `leasehold run replay`: scripted runs through the run machine, compared with what they expect. */
import { replay, scenarioFile } from "../../spec/run/index.js";
import { scenariosJson, scenariosText } from "../report/index.js";
import { exitCode } from "./exit.js";
import { pageOf, print, printJson } from "./output.js";
import { readDocument } from "./read-document.js";

export interface RunReplayFlags {
  readonly json?: true;
  readonly color: boolean;
}

export async function runReplayCommand(file: string, flags: RunReplayFlags): Promise<number> {
  const { scenarios } = await readDocument(file, scenarioFile, "scenarios in JSON");
  const replays = scenarios.map((scenario) => replay(scenario));
  if (flags.json === true) await printJson(scenariosJson(replays));
  else await print(scenariosText(replays, pageOf(flags.color)));
  return replays.some(({ matches }) => matches === false) ? exitCode.violated : exitCode.holds;
}

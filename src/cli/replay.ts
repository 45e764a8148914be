/** `leasehold replay`: a counterexample again, step by step, on the models as they are now. */
import { type Counterexample, ModelError, type Path, type TraceStep } from "../checker/index.js";
import {
  type Page,
  counterexampleFile,
  counterexampleJson,
  counterexampleText,
  formatReplay,
  parseReplay,
  replayPath,
  traceLines,
} from "../report/index.js";
import { UsageError, exitCode } from "./exit.js";
import { pageOf, print, printJson } from "./output.js";
import { readDocument } from "./read-document.js";
import {
  type Candidate,
  type ReplayPlace,
  candidatesOfFile,
  candidatesOfLine,
} from "./replay-candidates.js";

export interface ReplayFlags extends ReplayPlace {
  readonly json?: true;
  readonly color: boolean;
}

/** What came of one candidate. */
interface Replayed {
  readonly candidate: Candidate;
  readonly path: Path;
  readonly steps: readonly TraceStep[];
  /** Null when the law holds at the end of the path. */
  readonly found: Counterexample | null;
}

export async function replayCommand(target: string, flags: ReplayFlags): Promise<number> {
  const { candidates, path } = await targetOf(target, flags);
  const replayed = firstOf(candidates, path);
  if (flags.json === true) await printJson(jsonOf(replayed));
  else await print(textOf(replayed, pageOf(flags.color)));
  return replayed.found === null ? exitCode.holds : exitCode.violated;
}

async function targetOf(
  target: string,
  place: ReplayPlace,
): Promise<{ readonly candidates: readonly Candidate[]; readonly path: Path }> {
  const line = parseReplay(target);
  if (line !== null) return { candidates: candidatesOfLine(line, place), path: line.path };
  const file = await readDocument(
    target,
    counterexampleFile,
    'a counterexample, or a line such as "LL8 0/12/3"',
  );
  return { candidates: candidatesOfFile(file), path: file.path };
}

/** The first model on which the law is breached; else the first on which the path replays at all. */
function firstOf(candidates: readonly Candidate[], path: Path): Replayed {
  let replaying: Replayed | null = null;
  let refusal: { candidate: Candidate; error: ModelError } | null = null;
  for (const candidate of candidates) {
    try {
      const replayed = replayOn(candidate, path);
      if (replayed.found !== null) return replayed;
      replaying ??= replayed;
    } catch (error) {
      if (!(error instanceof ModelError) || error.failure.code !== "model/replay") throw error;
      refusal ??= { candidate, error };
    }
  }
  if (replaying !== null) return replaying;
  throw new UsageError(refusalText(refusal, path));
}

function refusalText(refusal: { candidate: Candidate; error: ModelError } | null, path: Path): string {
  if (refusal === null) return "there is no model to replay on";
  const { candidate, error } = refusal;
  const { law, mutant, on } = candidate;
  const line = formatReplay({ law: law.id, mutant: mutant?.name ?? null, path });
  const { failure } = error;
  const place =
    failure.code === "model/replay"
      ? `at step ${failure.step}, ${failure.action}: ${failure.found}`
      : error.message;
  return (
    `"${line}" does not replay on ${on}: ${place}. ` +
    "The model has changed since, or the path belongs to other parameters: " +
    "name them with --on, --bounds and --set."
  );
}

function replayOn(candidate: Candidate, path: Path): Replayed {
  return { candidate, path, ...replayPath(candidate, path) };
}

function textOf({ candidate, path, steps, found }: Replayed, page: Page): string {
  const { law, mutant, on } = candidate;
  if (found !== null) return counterexampleText(found, law, page, contextOf(candidate));
  const line = formatReplay({ law: law.id, mutant: mutant?.name ?? null, path });
  const place = mutant === null ? on : `${on}, mutant: ${mutant.name}`;
  return [
    page.paint.bold(`${line} replays on ${place}`),
    "",
    ...traceLines(steps, page),
    "",
    page.paint.good(`${law.id} holds at its end: ${law.statement}`),
    "",
  ].join("\n");
}

/** The printed line names every parameter, so that it means the same model whatever the bounds become. */
function contextOf({ parameters }: Candidate): { readonly set: Candidate["parameters"] } {
  return { set: parameters };
}

function jsonOf({ candidate, path, steps, found }: Replayed) {
  const { law, mutant, on, parameters } = candidate;
  return {
    law: law.id,
    mutant: mutant?.name ?? null,
    on,
    parameters,
    path,
    verdict: found === null ? "holds" : "violated",
    breach: found?.breach ?? null,
    steps: steps.map(({ index, action, state }) => ({ index, action, state })),
    counterexample: found === null ? null : counterexampleJson(found),
  };
}

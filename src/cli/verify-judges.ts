/** Who judges the laws beside the models: the lint on source code, the conformance kit on our own programs. */
import type { Judged, VerifyOptions } from "../verify/index.js";

export interface Judging {
  /** Rejects with a `UsageError` when a configuration cannot be used. */
  readonly answers: Promise<readonly Judged[]>;
  stop(): void;
}

/** A quick look, and a question about some laws or systems, stay with the models. */
export function judgesFor({ bounds, laws, systems }: VerifyOptions): Judging | null {
  if (bounds === "small" || laws !== undefined || systems !== undefined) return null;
  const stopped = new AbortController();
  const answers = ask(stopped.signal);
  // It is awaited after the searches; a failure in the meantime is not an unhandled one.
  answers.catch(() => undefined);
  return { answers, stop: () => stopped.abort() };
}

async function ask(signal: AbortSignal): Promise<readonly Judged[]> {
  const { lintJudged } = await import("./verify-lint.js");
  const [ofSources, ofPrograms] = await Promise.all([lintJudged(signal), programsJudged()]);
  return [...ofPrograms, ...ofSources];
}

/** The store, the host and the plane of this package, and the broken ones that each law has to catch. */
async function programsJudged(): Promise<readonly Judged[]> {
  const { checkOurs } = await import("../conformance/index.js");
  return await checkOurs();
}

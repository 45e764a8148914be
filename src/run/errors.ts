/** What can fail in the run store and in what stands on it. A refusal is not here: it is a value. */

export type RunFailure =
  | { readonly code: "run/unknown"; readonly run: string; readonly known: readonly string[] }
  | { readonly code: "run/exists"; readonly run: string }
  | { readonly code: "run/invalid"; readonly what: string; readonly field: string; readonly detail: string }
  | { readonly code: "run/no-capability"; readonly run: string }
  | { readonly code: "run/fenced"; readonly fence: number; readonly newest: number | null }
  | { readonly code: "run/too-many"; readonly limit: number }
  | { readonly code: "run/closed" };

/** The world or the caller failed; `failure` says how, by `code`. */
export class RunError extends Error {
  override readonly name = "RunError";

  constructor(readonly failure: RunFailure) {
    super(`${messageOf(failure)}. [${failure.code}]`);
  }
}

function messageOf(failure: RunFailure): string {
  switch (failure.code) {
    case "run/unknown":
      return `there is no run "${failure.run}" in this state directory; ${listed(failure.known)}`;
    case "run/exists":
      return `there is a run "${failure.run}" already; choose another id`;
    case "run/invalid":
      return `${failure.what}: ${failure.field === "" ? "it" : failure.field} is ${failure.detail}`;
    case "run/no-capability":
      return (
        `a status of run "${failure.run}" was to be appended beside the commit point (WS1); ` +
        "report an observation to `commit` instead"
      );
    case "run/fenced":
      return (
        `another monitor has taken over: the log of runs is fenced with token ${failure.newest ?? "none"}, this one has ` +
        `${failure.fence}; nothing was recorded. End it, the other one goes on`
      );
    case "run/too-many":
      return `there are ${failure.limit} runs under way already, which is the limit; stop or resolve some first`;
    case "run/closed":
      return "the run store is closed; open it again";
  }
}

function listed(known: readonly string[]): string {
  if (known.length === 0) return "there are none yet";
  const shown = known.slice(-5).join(", ");
  return `the newest are ${shown}; \`leasehold run ps --all\` lists all`;
}

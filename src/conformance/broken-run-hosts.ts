/**
 * Run hosts of this package with one mistake each: a wrong policy, an observation that is taken for another one, an
 * answer or a change that is lost. Each with the law that it breaks, and a script that shows it.
 */
import type { LogEntry, LoggedRun } from "../../spec/run/index.js";
import { foreignPr } from "../../spec/systems/run-monitor.js";
import {
  type Observation,
  type Reason,
  type RunCore,
  type RunView,
  type Status,
  isTerminal,
} from "../../spec/vocabulary/index.js";
import type { Runs } from "../run/index.js";
import { monitored, withComparison } from "./monitor-scripts.js";
import type { OurRunOptions } from "./our-run-options.js";
import type { ConformanceScript } from "./report.js";
import type { RunCommand } from "./run-commands.js";

export interface BrokenHost {
  readonly law: string;
  readonly name: string;
  readonly change: string;
  readonly options: OurRunOptions;
  /** A script that shows it. */
  readonly script: ConformanceScript;
}

const canceled: RunCommand = { does: "commit", by: 1, run: 0, verdict: "canceled" };

function committing(...steps: readonly RunCommand[]): ConformanceScript {
  return { scene: "run-host", steps: steps.map((step) => JSON.stringify(step)) };
}

const believesAnybody = {
  name: "any observer believed",
  change: "who reports a run gone is taken for the one that saw it alive",
  options: taking(asTheWitness),
};
const launched = "launch(stage=agentStarted)";

export const brokenHosts: readonly BrokenHost[] = [
  {
    law: "L8",
    name: "a listener is called twice",
    change: "the commit point and the monitor both call",
    options: { hears: (change) => [change, change] },
    script: committing(canceled),
  },
  {
    law: "L8",
    name: "a listener is not called",
    change: "a change to canceled reaches nobody",
    options: { hears: (change) => (change.to.status === "canceled" ? [] : [change]) },
    script: committing(canceled),
  },
  {
    law: "L16",
    name: "queued is skipped",
    change: "the monitor lists the runs that were launched",
    options: { change: withoutQueued },
    script: committing({ does: "tick" }),
  },
  {
    law: "L20",
    name: "the fence is not checked",
    change: "the log takes a commit under any token",
    options: { unfenced: true },
    script: committing({ does: "supersede" }, { does: "late commit", run: 0, verdict: "running" }),
  },
  {
    law: "L3",
    name: "grace ignored",
    change: "a run that nobody saw alive is judged from its first moment on",
    options: { policy: (given) => ({ ...given, neverAliveGraceMs: 0 }) },
    script: monitored("absence", 0, "3 × report(observer=a)"),
  },
  {
    law: "L4",
    name: "reopened by the daemon",
    change: "an assertion counts as a person's, whoever makes it",
    options: taking((seen) => (seen.type === "status.asserted" ? { ...seen, source: "user" } : seen)),
    script: monitored("panes", 0, "launchFailed(step=agent)", "assert(status=running, by=daemon)"),
  },
  {
    law: "L5",
    name: "asked too early",
    change: "evidence is asked for with the first report",
    options: { policy: (given) => ({ ...given, deadChecks: 1 }) },
    script: monitored("observers", 0, "gone(observer=a)"),
  },
  {
    law: "L5",
    name: "evidence not asked for",
    change: "what the commit point asks for is lost on its way to the monitor",
    options: { change: withoutQuestions },
    script: monitored("absence", 0, "3 × gone(observer=a)"),
  },
  {
    law: "L6",
    name: "one prompt waits",
    change: "one reading confirms",
    options: { policy: (given) => ({ ...given, confirmation: 1 }) },
    script: monitored("panes", 0, "capture(signal=prompt, pane=h1)"),
  },
  {
    law: "L10a",
    name: "one reading ends it",
    change: "one reading confirms",
    options: { policy: (given) => ({ ...given, confirmation: 1 }) },
    script: monitored("panes", 0, "capture(signal=completed, pane=h1)"),
  },
  {
    law: "L10b",
    name: "a prompt hides a failure",
    change: "of a pane with a failure and a prompt the prompt is read",
    options: taking((seen) =>
      seen.type === "pane.captured" && seen.signal.prompt === true ? { ...seen, signal: { prompt: true } } : seen,
    ),
    script: monitored("panes", 0, "2 × capture(signal=failed+prompt, pane=h1)"),
  },
  {
    law: "L10c",
    name: "reason-only change not committed",
    change: "a run that waits at one gate is not moved to another one",
    options: taking((seen, { status }, { reading }) =>
      seen.type === "pane.captured" && status === "waiting" && reading === "gate:trust" ? null : seen,
    ),
    script: monitored("panes", 0, "2 × capture(signal=login, pane=h1)", "2 × capture(signal=trust, pane=h1)"),
  },
  {
    law: "L9",
    name: "error dropped",
    change: "the error of a launch is not recorded",
    options: taking((seen) => (seen.type === "launch.failed" ? { ...seen, error: null } : seen)),
    script: monitored("panes", 0, "launchFailed(step=agent)"),
  },
  {
    law: "L11a",
    name: "one streak for all observers",
    change: "reports count as those of one observer, whoever made them",
    options: taking((seen) => (seen.type === "session.gone" ? { ...seen, observer: "a" } : seen)),
    script: monitored("absence", 0, "gone(observer=b)"),
  },
  {
    law: "L11b",
    ...believesAnybody,
    script: monitored("absence", 0, "alive(observer=a)", "session(is=gone)", "3 × report(observer=b)"),
  },
  {
    law: "L11c",
    ...believesAnybody,
    script: monitored("observers", 0, "alive(observer=a)", "session(is=gone)", "3 × report(observer=b)"),
  },
  {
    law: "L12",
    name: "foreign PR gathered",
    change: "evidence names a pull request of the repository, whoever's branch it is of",
    options: taking((seen) =>
      seen.type === "evidence.gathered" ? { ...seen, branchPr: seen.branchPr ?? { url: foreignPr, outcome: "open" } } : seen,
    ),
    script: monitored("prs", 0, "prOpens(owner=foreign)", "3 × report(observer=a, lookup=branch)"),
  },
  {
    law: "L13",
    name: "one streak at a time",
    change: "only the observer that spoke last is remembered",
    options: { policy: (given) => ({ ...given, observersMax: 1 }) },
    script: monitored("turns", 0, "alive(observer=a)", "session(is=gone)", ...Array.from({ length: 4 }, () => ["report(observer=a)", "report(observer=b)"]).flat()),
  },
  {
    law: "L14",
    name: "reasonless unknown",
    change: "the reason of unknown is not kept",
    options: { change: (runs) => showing(runs, withoutReason) },
    script: monitored("panes", 0, "resolve(word=gone)"),
  },
  {
    law: "L18",
    name: "unseen tree is clean",
    change: "a work tree that cannot be seen counts as clean",
    options: taking((seen) => (seen.type === "evidence.gathered" ? { ...seen, tree: seen.tree ?? { ahead: 0, dirty: false } } : seen)),
    script: monitored("absence", 0, "alive(observer=a)", "session(is=gone)", "tree(is=invisible)", "3 × report(observer=a)"),
  },
  {
    law: "L19",
    name: "alive does not answer",
    change: "who was seen alive once is not looked for again",
    options: taking((seen, { wasAlive }) => (seen.type === "session.alive" && wasAlive ? null : seen)),
    script: monitored("absence", 0, "alive(observer=a)", "3 × report(observer=b)", "alive(observer=a)"),
  },
  {
    law: "L7f",
    name: "life is not read from the log",
    change: "the log of a run does not say that it was alive",
    options: { change: (runs) => showing(runs, (run) => ({ ...run, view: { ...run.view, wasAlive: false } })) },
    script: monitored("absence", 0, "alive(observer=a)"),
  },
  {
    law: "L1a",
    name: "feedback undoes itself",
    change: "feedback to a run that works is an assertion that it waits",
    options: taking((seen, { status }) =>
      seen.type === "feedback.delivered" && status === "running" ? { type: "status.asserted", status: "waiting", source: "user" } : seen,
    ),
    script: withComparison(monitored("panes", 0, launched), "L1a#1", "feedback"),
  },
  {
    law: "L1b",
    name: "a pane flaps",
    change: "a prompt in a run that waits is an assertion that it works",
    options: taking((seen, { status }) =>
      seen.type === "pane.captured" && status === "waiting" ? { type: "status.asserted", status: "running", source: "user" } : seen,
    ),
    script: withComparison(monitored("panes", 0, launched), "L1b#1", "capture(signal=prompt, pane=h1)"),
  },
  {
    law: "L2",
    name: "evidence without PR",
    change: "evidence does not look at the run's pull request",
    options: taking((seen) => (seen.type === "evidence.gathered" ? { ...seen, branchPr: null, urlPr: null } : seen)),
    script: withComparison(
      monitored("prs", 0, "alive(observer=a)", "prOpens(owner=owned)", "prEnds(as=merged)", "session(is=gone)"),
      "L2#0",
      "PR merged, told before, between and after the reports",
    ),
  },
  {
    law: "L7",
    name: "a restart asks again",
    change: "a run that is seen alive again after a restart is said to wait",
    options: taking((seen, { wasAlive }, { aliveObserver }) =>
      seen.type === "session.alive" && wasAlive && aliveObserver === null
        ? { type: "status.asserted", status: "waiting", source: "user" }
        : seen,
    ),
    script: withComparison(monitored("absence", 0, "alive(observer=a)", "3 × tick"), "L7#0", "alive(observer=a)"),
  },
  {
    law: "L7s",
    name: "first reporter believed",
    change: "without memory of who saw it alive, anybody is believed",
    options: taking((seen, { wasAlive }, { aliveObserver }) =>
      seen.type === "evidence.gathered" && wasAlive && aliveObserver === null
        ? { type: "status.asserted", status: "failed", reason: "session_dead", source: "daemon" }
        : seen,
    ),
    script: withComparison(
      monitored("absence", 0, "alive(observer=a)", "session(is=gone)"),
      "L7s#0",
      "the monitor restarts, report(observer=b)",
    ),
  },
  {
    law: "L17",
    name: "remote observer unheard",
    change: "what one observer says of life is taken for the word of the channel without identity",
    options: taking((seen) => (seen.type === "session.alive" && seen.observer === "b" ? { ...seen, observer: null } : seen)),
    script: withComparison(monitored("absence", 0, "3 × tick"), "L17#0", "alive(observer=a), mirrored"),
  },
];

/** Who reports is the one that is remembered as having seen it alive. */
function asTheWitness(seen: Observation, _view: RunView, { aliveObserver }: RunCore): Observation {
  if (seen.type !== "session.gone" && seen.type !== "evidence.gathered") return seen;
  return { ...seen, observer: aliveObserver ?? seen.observer };
}

type Takes = (seen: Observation, view: RunView, memory: RunCore) => Observation | null;

/** A host that takes observations for other ones; null: for none. */
function taking(takes: Takes): OurRunOptions {
  const change = ({ store, commits, close }: Runs): Runs => {
    const commit: Runs["commits"]["commit"] = async (run, seen, under) => {
      const { view } = await store.get(run);
      const taken = takes(seen, view, commits.coreOf(run));
      return taken === null ? { view, effects: [], change: null } : await commits.commit(run, taken, under);
    };
    return { store, commits: withOther(commits, { commit }), close };
  };
  return { change };
}

function withoutQuestions({ store, commits, close }: Runs): Runs {
  const commit: Runs["commits"]["commit"] = async (...what) => {
    const outcome = await commits.commit(...what);
    return { ...outcome, effects: outcome.effects.filter(({ type }) => type !== "gatherEvidence") };
  };
  return { store, commits: withOther(commits, { commit }), close };
}

/** A host whose log is read as another one. */
function showing(runs: Runs, changed: (run: LoggedRun) => LoggedRun): Runs {
  const get: Runs["store"]["get"] = async (run) => changed(await runs.store.get(run));
  return { ...runs, store: withOther(runs.store, { get }) };
}

function withoutReason(run: LoggedRun): LoggedRun {
  const reasonless = <T extends { readonly status: Status; readonly reason: Reason | null }>(one: T): T =>
    one.status === "unknown" ? { ...one, reason: null } : one;
  const entries = run.entries.map((entry): LogEntry => {
    if (entry.type !== "committed") return entry;
    const effects = entry.data.effects.map((effect) => (effect.type === "setStatus" ? reasonless(effect) : effect));
    return { ...entry, data: { ...entry.data, effects } };
  });
  return { ...run, view: reasonless(run.view), entries };
}

function withoutQueued(runs: Runs): Runs {
  const { store } = runs;
  const active: Runs["store"]["active"] = async () =>
    (await store.list()).filter(({ view: { status } }) => status !== "queued" && !isTerminal(status));
  return { ...runs, store: withOther(store, { active }) };
}

/** The same object, of which some methods are others. */
function withOther<T extends object>(of: T, others: Partial<T>): T {
  return new Proxy(of, {
    get: (right, key) => {
      if (Object.hasOwn(others, key)) return Reflect.get(others, key) as unknown;
      const value = Reflect.get(right, key) as unknown;
      return typeof value === "function" ? (value.bind(right) as unknown) : value;
    },
  });
}

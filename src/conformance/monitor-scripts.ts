/**
 * Scripts of `run-monitor` that tell broken models from the right one: for each mutant of a law with a check on that system
 * the shortest way to its breach that the checker found; and what it takes beside them for every law to have something to
 * say. A test holds that both are still so.
 */
import type { ConformanceScript } from "./report.js";

/** A run that begins as that state of the configuration, then these actions; `4 × tick` is four of them. */
export function monitored(configuration: string, begins: number, ...actions: readonly string[]): ConformanceScript {
  const labels = actions.flatMap((action) => {
    const [, times = "1", label = action] = /^(\d+) × (.*)$/.exec(action) ?? [];
    return Array.from({ length: Number(times) }, () => label);
  });
  const steps = [{ begins }, ...labels.map((action) => ({ action }))].map((step) => JSON.stringify(step));
  return { scene: `run-monitor-${configuration}`, steps };
}

/** The same, and then the comparison of scripts that a check makes there. */
export function withComparison(script: ConformanceScript, compares: string, of: string): ConformanceScript {
  return { ...script, steps: [...script.steps, JSON.stringify({ compares, of })] };
}

export const tellingScripts: readonly ConformanceScript[] = [
  withComparison(monitored("absence", 1, "3 × gone(observer=a)", "session(is=gone)"), "L1a#0", "evidence"),
  withComparison(monitored("absence", 0, "3 × tick"), "L1a#0", "alive(observer=a)"),
  withComparison(monitored("absence", 1, "session(is=gone)"), "L1b#0", "report(observer=a)"),
  monitored("absence", 0, "2 × gone(observer=a)", "report(observer=a)"),
  monitored("absence", 1, "2 × gone(observer=a)", "report(observer=a)"),
  monitored("absence", 0, "3 × gone(observer=a)", "alive(observer=a)", "evidence"),
  monitored("absence", 0, "3 × gone(observer=a)"),
  withComparison(monitored("absence", 0, "session(is=gone)"), "L7#0", "report(observer=a)"),
  withComparison(monitored("absence", 0, "alive(observer=a)", "session(is=gone)"), "L7s#0", "the monitor restarts, report(observer=b)"),
  monitored("absence", 1, "2 × gone(observer=a)", "report(observer=a)", "alive(observer=a)"),
  monitored("absence", 0, "restart"),
  monitored("absence", 0, "gone(observer=a)", "gone(observer=b)"),
  monitored("absence", 0, "gone(observer=a)", "alive(observer=b)"),
  monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=b)", "report(observer=b)"),
  monitored("absence", 0, "gone(observer=a)"),
  monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=b)", "tree(is=invisible)", "report(observer=b)"),
  monitored("absence", 0, "assert(status=unknown, by=user)"),
  withComparison(monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=a)", "session(is=gone)", "tree(is=invisible)"), "L17#0", "report(observer=a), mirrored"),
  monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=a)", "tree(is=invisible)", "report(observer=a)"),
  monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=a)", "tree(is=dirty)", "report(observer=a)"),
  monitored("absence", 0, "alive(observer=a)", "2 × gone(observer=b)", "report(observer=b)", "alive(observer=a)"),
  monitored("observers", 1, "2 × gone(observer=a)", "report(observer=a)"),
  monitored("observers", 0, "gone(observer=a)"),
  withComparison(monitored("observers", 0, "alive(observer=a)", "session(is=gone)"), "L7s#1", "the monitor restarts, report(observer=a)"),
  monitored("observers", 1, "alive(observer=a)", "2 × gone(observer=b)", "report(observer=b)"),
  monitored("observers", 0, "alive(observer=a)", "2 × gone(observer=b)", "report(observer=b)"),
  withComparison(monitored("observers", 0, "alive(observer=a)", "2 × gone(observer=a)", "session(is=gone)"), "L17#1", "report(observer=a), mirrored"),
  monitored("observers", 0, "alive(observer=b)", "2 × gone(observer=b)", "tree(is=invisible)", "report(observer=b)"),
  monitored("turns", 0, "alive(observer=a)", "session(is=gone)", "2 × report(observer=a)", "report(observer=b)", "2 × report(observer=a)", "report(observer=b)", "report(observer=a)"),
  monitored("turns", 0, "alive(observer=a)", "session(is=gone)", "7 × report(observer=a)"),
  withComparison(monitored("panes", 0), "L1a#1", "assert(status=queued, by=user)"),
  withComparison(monitored("panes", 0), "L1b#1", "capture(signal=nothing, pane=h1)"),
  monitored("panes", 0, "launchFailed(step=agent)", "assert(status=queued, by=daemon)"),
  monitored("panes", 0, "launchFailed(step=agent)", "stop"),
  monitored("panes", 0, "capture(signal=prompt, pane=h1)"),
  monitored("panes", 0, "capture(signal=prompt, pane=h1)", "capture(signal=nothing, pane=h1)"),
  withComparison(monitored("panes", 0, "resolve(word=idle)"), "L7#1", "capture(signal=nothing, pane=h1)"),
  monitored("panes", 0, "stop"),
  monitored("panes", 0, "capture(signal=nothing, pane=h1)", "restart"),
  monitored("panes", 0, "launchFailed(step=agent)"),
  monitored("panes", 0, "capture(signal=exited, pane=h1)"),
  monitored("panes", 0, "capture(signal=login, pane=h1)"),
  monitored("panes", 0, "capture(signal=exited, pane=h1)", "capture(signal=exited+completed, pane=h1)"),
  monitored("panes", 0, "2 × capture(signal=login, pane=h1)", "2 × capture(signal=trust, pane=h1)"),
  monitored("panes", 0, "3 × capture(signal=login, pane=h1)"),
  monitored("panes", 0, "resolve(word=gone)"),
  withComparison(monitored("prs", 0, "alive(observer=a)", "session(is=gone)", "prOpens(owner=owned)", "prEnds(as=merged)"), "L2#0", "PR merged, told before, between and after the reports"),
  withComparison(monitored("prs", 0, "session(is=gone)", "prOpens(owner=owned)", "prEnds(as=closed)"), "L2#0", "PR closed, told before, between and after the reports"),
  monitored("prs", 0, "resolve(word=gone)", "alive(observer=a)"),
  monitored("prs", 1, "prOpens(owner=foreign)", "prDiscovered"),
  monitored("absence", 0, "alive(observer=a)", "session(is=gone)", "3 × report(observer=a)"),
  monitored("panes", 0, "2 × capture(signal=prompt, pane=h1)"),
  withComparison(monitored("panes", 0), "L7#1", "capture(signal=prompt, pane=h1)"),
  monitored("panes", 0, "2 × capture(signal=exited+completed, pane=h1)"),
  monitored("panes", 0, "launchFailed(step=agent)", "alive(observer=a)"),
  monitored("prs", 0, "prOpens(owner=owned)", "prDiscovered"),
];

/** One line of progress on standard error, when a terminal reads it. Otherwise nothing at all. */
import { bytes, thousands } from "../report/index.js";

/** Milliseconds between two pictures. */
const everyMs = 100;

export interface ProgressLine {
  /** Shows the text that `make` returns, if it is time for it. */
  show(make: () => string): void;
  /** Removes the line. */
  clear(): void;
}

const silent: ProgressLine = { show: () => undefined, clear: () => undefined };

export async function progressLine(wanted: boolean): Promise<ProgressLine> {
  if (!wanted || !process.stderr.isTTY) return silent;
  const { createLogUpdate } = await import("log-update");
  const line = createLogUpdate(process.stderr);
  let shown = -Infinity;
  let visible = false;
  return {
    show: (make) => {
      if (performance.now() - shown < everyMs) return;
      shown = performance.now();
      visible = true;
      line(make());
    },
    clear: () => {
      if (!visible) return;
      visible = false;
      line.clear();
      // Gives the cursor back.
      line.done();
    },
  };
}

export interface Glance {
  readonly distinctStates: number;
  readonly statesPerSecond: number;
  readonly frontier: number;
  readonly rssBytes: number;
}

export function glanceText({ distinctStates, statesPerSecond, frontier, rssBytes }: Glance): string {
  return (
    `${thousands(distinctStates)} states  ${thousands(statesPerSecond)}/s  ` +
    `frontier ${thousands(frontier)}  memory ${bytes(rssBytes)}`
  );
}

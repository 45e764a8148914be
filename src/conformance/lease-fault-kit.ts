/**
 * The part of the check of a lane-lease store that hurts it: scripts with failing disks, processes that die and power
 * cuts, compared with what the decisions and the fold allow. Of what the adapter leaves out it says so.
 */
import type fc from "fast-check";

import type { LeaseAdapter, LeaseClient, LeaseStoreUnderTest } from "./lease-adapter.js";
import { type LeaseCommand, leaseCommand, leaseCommandText, leaseCommandsByChance, leaseFaultScene } from "./lease-commands.js";
import { type LeaseFault, LeaseFaultScript, possibilitiesMax } from "./lease-fault-script.js";
import { type ConformanceScript, type Counterexamples, type Shown, firstWrong, numbered, performAll, shortestShown, strayed } from "./report.js";

/** How many scripts by chance, and how long. */
interface FaultSearch {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
}

/** What of the faults is not in the scripts, a line each. */
export function unaskedFaults(store: LeaseStoreUnderTest, client: LeaseClient): readonly string[] {
  const lines = [
    [store.failNext, "calls of the disk that fail: the adapter has no `failNext`"],
    [client.dieAt, "processes that are killed within a call: its clients have no `dieAt`"],
    [store.powerCut, "power cuts: the adapter has no `powerCut`"],
  ] as const;
  return lines.flatMap(([call, line]) => (call === undefined ? [line] : []));
}

interface FaultRun {
  readonly performed: readonly LeaseCommand[];
  readonly wrong: LeaseFault | null;
}

export class LeaseFaultCheck {
  scripts = 0;
  steps = 0;
  #gaveUp = 0;

  constructor(
    private readonly adapter: LeaseAdapter,
    private readonly found: Counterexamples,
  ) {}

  /** Looks for one script that goes wrong; the shortest is kept. */
  async search(fastCheck: typeof fc, { seed, runs, steps }: FaultSearch): Promise<void> {
    const commands = fastCheck.oneof(...leaseCommandsByChance(fastCheck));
    const scripts = fastCheck.array(commands, { minLength: steps, maxLength: steps });
    const wrongIn = async (script: readonly LeaseCommand[]): Promise<FaultRun | null> => {
      const run = await this.#run(script);
      return run.wrong === null ? null : run;
    };
    const run = await firstWrong(fastCheck, scripts, { seed, numRuns: runs }, wrongIn);
    if (run !== null) this.#keep(await shortestShown(run, ({ performed }) => performed, wrongIn));
  }

  async replay({ steps }: ConformanceScript): Promise<void> {
    const run = await this.#run(steps.map((step) => leaseCommand.parse(JSON.parse(step))));
    this.#keep({ run, repeated: true });
  }

  /** Scripts that nothing can be said of from some step on, as a line; none: there were none. */
  get unknown(): readonly string[] {
    const scripts = `${this.#gaveUp} ${this.#gaveUp === 1 ? "script" : "scripts"}`;
    return this.#gaveUp === 0 ? [] : [`the rest of ${scripts}: more than ${possibilitiesMax} things might have been true of the store`];
  }

  async #run(script: readonly LeaseCommand[]): Promise<FaultRun> {
    const running = await LeaseFaultScript.begin(await this.adapter.open());
    try {
      const run = await performAll(running, script);
      this.scripts += 1;
      this.steps += run.performed.length;
      if (running.gaveUp) this.#gaveUp += 1;
      return run;
    } finally {
      await running.close();
    }
  }

  #keep({ run: { performed, wrong }, repeated }: Shown<FaultRun>): void {
    if (wrong === null) return;
    const divergence = { ...wrong, step: performed.length };
    const breach = strayed(divergence);
    const script = { scene: leaseFaultScene, steps: performed.map((command) => JSON.stringify(command)) };
    const text = numbered(performed.map(leaseCommandText), breach, divergence);
    this.found.put({ law: null, breach, divergence, script, repeated, text });
  }
}

/**
 * The part of the check of a lane-lease store that hurts it: scripts with failing disks, processes that die and power
 * cuts, compared with what the decisions and the fold allow. Of what the adapter leaves out it says so.
 */
import type fc from "fast-check";

import type { LeaseAdapter, LeaseClient, LeaseStoreUnderTest } from "./lease-adapter.js";
import { type LeaseCommand, leaseCommand, leaseCommandText, leaseCommandsByChance, leaseFaultScene } from "./lease-commands.js";
import { type LeaseFault, LeaseFaultScript } from "./lease-fault-script.js";
import { type ConformanceScript, type Counterexamples, numbered, performAll, shortened, strayed } from "./report.js";

/** How many scripts by chance, and how long. */
export interface FaultSearch {
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

  constructor(
    private readonly adapter: LeaseAdapter,
    private readonly found: Counterexamples,
  ) {}

  /** Looks for one script that goes wrong; the shortest is kept. */
  async search(fastCheck: typeof fc, { seed, runs, steps }: FaultSearch): Promise<void> {
    const commands = fastCheck.oneof(...leaseCommandsByChance(fastCheck));
    const scripts = fastCheck.array(commands, { minLength: steps, maxLength: steps });
    const property = fastCheck.asyncProperty(scripts, async (script) => (await this.#run(script)).wrong === null);
    const { failed, counterexample, errorInstance } = await fastCheck.check(property, { seed, numRuns: runs, endOnFailure: true });
    if (!failed) return;
    if (counterexample === null) throw new Error("a script that cannot be run", { cause: errorInstance });
    this.#keep(await this.#shortest(await this.#run(counterexample[0])));
  }

  async replay({ steps }: ConformanceScript): Promise<void> {
    this.#keep(await this.#run(steps.map((step) => leaseCommand.parse(JSON.parse(step)))));
  }

  async #run(script: readonly LeaseCommand[]): Promise<FaultRun> {
    const running = await LeaseFaultScript.begin(await this.adapter.open());
    try {
      const run = await performAll(running, script);
      this.scripts += 1;
      this.steps += run.performed.length;
      return run;
    } finally {
      await running.close();
    }
  }

  async #shortest(first: FaultRun): Promise<FaultRun> {
    let found = first;
    await shortened(first.performed, async (shorter) => {
      const run = await this.#run(shorter);
      if (run.wrong === null || run.performed.length >= found.performed.length) return null;
      found = run;
      return run.performed;
    });
    return found;
  }

  #keep({ performed, wrong }: FaultRun): void {
    if (wrong === null) return;
    const divergence = { ...wrong, step: performed.length };
    const breach = strayed(divergence);
    const script = { scene: leaseFaultScene, steps: performed.map((command) => JSON.stringify(command)) };
    this.found.put({ law: null, breach, divergence, script, text: numbered(performed.map(leaseCommandText), breach, divergence) });
  }
}

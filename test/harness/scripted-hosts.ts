/** The lane-lease store, the run host and the worker plane, as scripts of commands are run on them: model, laws and abstraction are the kit's. */
import fc from "fast-check";

import { runLaws } from "../../laws/run/index.js";
import { runHost } from "../../spec/systems/run-host.js";
import { checksOn, createLawJudge } from "../../src/conformance/law-judge.js";
import { faultsByChance } from "../../src/conformance/fault-commands.js";
import type { LeaseAdapter } from "../../src/conformance/lease-adapter.js";
import { type LeaseCommand, leaseCommand, leaseCommandText, leaseCommandsByChance, leaseFaultScene } from "../../src/conformance/lease-commands.js";
import { LeaseFaultScript } from "../../src/conformance/lease-fault-script.js";
import { observationKinds } from "../../src/conformance/observations.js";
import { type OurRunOptions, ourRunHost } from "../../src/conformance/our-run-host.js";
import { PlaneBreach, createJudge } from "../../src/conformance/plane-judge.js";
import { planeParameters } from "../../src/conformance/plane-kit.js";
import { type PlaneOperation, operationText, performOn, planeOperation } from "../../src/conformance/plane-operations.js";
import { type RunCommand, commandText, runCommand } from "../../src/conformance/run-commands.js";
import { auditOf, runHostModel } from "../../src/conformance/run-kit.js";
import { RunScript } from "../../src/conformance/run-script.js";
import { simulatedPlane } from "../../src/conformance/simulated-plane.js";
import type { MasterOptions } from "../../src/worker-plane/index.js";
import type { Running, Scripted, Wrong } from "./command-scripts.js";
import { planeOperations } from "./plane-operations.js";

const one = <const T>(...from: readonly [T, ...T[]]): fc.Arbitrary<T> => fc.constantFrom(...from);
const by = one(0, 1);
const run = one(0, 1);
const verdict = one("running", "done", "canceled");
const ofUser = observationKinds.filter(({ type }) => type === "user.stopped" || type === "status.asserted");

const observed: fc.Arbitrary<RunCommand> = fc.oneof(
  fc.record({ does: one("observe"), by: one(0), run, observation: fc.constantFrom(...observationKinds) }),
  fc.record({ does: one("observe"), by: one(1), run, observation: fc.constantFrom(...ofUser) }),
);
const usual: readonly fc.Arbitrary<RunCommand>[] = [
  fc.record({ does: one("create"), run }),
  observed,
  observed,
  fc.record({ does: one("commit"), by, run, verdict }),
  fc.record({ does: one("both commit"), run, verdicts: fc.tuple(verdict, verdict) }),
  fc.constant({ does: "tick" } as const),
  fc.record({ does: one("advance"), ms: one(5_000, 120_000) }),
  fc.record({ does: one("crash"), by }),
  fc.constant({ does: "supersede" } as const),
  fc.record({ does: one("late commit"), run, verdict }),
];
/** The run host on some storage; `faulty`: commands that fail it are among the scripts. */
export function scriptedRunHost(options: OurRunOptions, { faulty = true } = {}): Scripted<RunCommand> {
  const model = runHostModel();
  const asked = checksOn(runLaws, runHost);
  return {
    scene: "run-host",
    commands: faulty ? [...usual, ...faultsByChance(fc)] : usual,
    parse: (command) => runCommand.parse(command),
    text: commandText,
    begin: async (): Promise<Running<RunCommand>> => {
      const script = await RunScript.begin(await ourRunHost(options).open(), model, createLawJudge(asked, model, new Map()));
      return {
        can: (command) => script.can(command),
        step: async (command): Promise<Wrong | null> => {
          const stepped = await script.step(command);
          const [found] = stepped.length > 0 ? stepped : (await auditOf(script, runLaws)).breaches;
          if (found === undefined) return null;
          return found.divergence ?? { expected: `${found.law ?? ""} holds`, seen: found.breach };
        },
        end: () => script.close(),
      };
    },
  };
}

/** A lane-lease store whose disk fails, whose processes are killed and whose power is cut, as far as its adapter can. */
export function scriptedLeaseStore(adapter: LeaseAdapter): Scripted<LeaseCommand> {
  return {
    scene: leaseFaultScene,
    commands: leaseCommandsByChance(fc),
    parse: (command) => leaseCommand.parse(command),
    text: leaseCommandText,
    begin: async (): Promise<Running<LeaseCommand>> => {
      const script = await LeaseFaultScript.begin(await adapter.open());
      return {
        can: (command) => script.can(command),
        step: (command) => script.step(command),
        end: async () => {
          await script.close();
          if (script.gaveUp) throw new Error("more may be true of the store than is followed: the script tells nothing");
        },
      };
    },
  };
}

/** Master and workers on a simulated network; every change is judged as it happens. */
export function scriptedPlane(change?: (options: MasterOptions) => MasterOptions): Scripted<PlaneOperation> {
  return {
    scene: "worker-plane",
    commands: [planeOperations],
    parse: (operation) => planeOperation.parse(operation),
    text: operationText,
    begin: async (): Promise<Running<PlaneOperation>> => {
      const plane = await simulatedPlane(planeParameters, createJudge(planeParameters), change);
      for (const id of ["local", "remote"]) await plane.spawn(id);
      return {
        can: () => true,
        step: async (operation): Promise<Wrong | null> => {
          try {
            await performOn(plane, operation);
            return null;
          } catch (error) {
            if (!(error instanceof PlaneBreach)) throw error;
            const { expected, seen, law, message } = error;
            return expected === null ? { expected: `${law ?? ""} holds`, seen: message } : { expected, seen };
          }
        },
        end: () => plane.end(),
      };
    },
  };
}

/** What closes the laws of worker leases. */
import { type Amendment, type Closure, asks, by, test, where } from "./closed-by.js";

const registry = "src/worker-plane/registry.ts";
const master = "src/worker-plane/master.ts";
const chart = "spec/worker-lease/lease.machine.ts";
const laws = "test/worker-plane-laws.test.ts";
const hosts = "test/worker-plane-hosts.test.ts";
const processes = "test/worker-plane-processes.test.ts";
const kit = "test/conformance-plane.test.ts";

const commands = asks(
  "test/model/worker-plane-commands.test.ts",
  "Commands on the worker plane",
  "random commands, with workers that end and a master that starts again",
);

const paths = asks("test/paths.test.ts", "workerDriver", "paths of the machines, on the master's registry, by the law itself");

const noWriter = "a claim about times and answers, not about who writes";

const fresh = (because: string): Amendment => ({ from: "LL1 to LL7, the laws there were", to: "a law of its own", because });

export const planeClosures: Readonly<Record<string, Closure>> = {
  LL1: {
    defended: [
      by(registry, "an invariant: who saw an answer has one; time passes only after everybody looked"),
      by("src/worker-plane/policy.ts", "no wait outlives its answer by more than one tick"),
    ],
    judgedBy: [test(kit), test(laws), paths, commands, asks(processes, "a worker that is killed in the middle is lost", "real processes")],
    surface: noWriter,
  },
  LL2: {
    defended: [where(chart, "dispatchExpired", "a lease is handed out again only after its dispatch ran out")],
    judgedBy: [test(kit), test(laws), paths, commands],
    surface: ["WS5"],
  },
  LL3: {
    defended: [by(registry, "the machine takes the first verdict only")],
    judgedBy: [test(kit), test(laws), paths, commands],
    surface: ["WS5"],
  },
  LL4: {
    defended: [
      by(master, "memory only: losing it loses nothing"),
      by(registry, "callers of forgotten leases are told so"),
    ],
    judgedBy: [
      test(kit),
      test(laws),
      paths,
      commands,
      asks(processes, "a master that is killed is followed by one that knows nothing", "real processes"),
    ],
    surface: noWriter,
  },
  LL5: {
    defended: [
      by("src/worker-plane/executions.ts", "an effect is given its assignment and no store"),
      by("src/worker-plane/worker.ts", "executes from the assignment alone"),
    ],
    judgedBy: [test(hosts)],
    surface: "a claim about what a worker reads, not about who writes",
  },
  LL6: {
    defended: [
      by("spec/worker-lease/target.ts", "a target is resolved before the lease is acquired"),
      by(registry, "and never again"),
    ],
    judgedBy: [test(kit), test(laws), paths, commands],
    surface: "a claim about where an effect goes, not about who writes",
  },
  LL7: {
    defended: [by("src/worker-plane/work-tree.ts", "looked at and removed on the run's own worker")],
    judgedBy: [test(hosts)],
    surface: "a claim about where a work tree is looked at, not about who writes",
  },
  LL8: {
    defended: [by(registry, "the machine takes the verdict of the current attempt only")],
    judgedBy: [test(kit), test(laws), paths, commands],
    surface: "a claim about whose word counts, not about who writes",
    amended: [fresh("without it a late acknowledgement of the first dispatch completes the second")],
  },
  LL9: {
    defended: [by(master, "at most one lease that mutates a run is open")],
    judgedBy: [test(kit), test(laws), paths, commands],
    surface: ["WS5"],
    amended: [fresh("without it, that two effects do not change one run at once is luck")],
  },
  LL10: {
    defended: [by(registry, "an observed lease leaves, the oldest unobserved one makes room")],
    judgedBy: [test(kit), test(laws), paths, commands, test("test/worker-plane-worker.test.ts")],
    surface: ["WS5"],
    amended: [fresh("without it the registry grows with every lease that was ever completed")],
  },
};

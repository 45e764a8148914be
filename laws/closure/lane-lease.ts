/** What closes the laws of lane leases. */
import { type Closure, asks, by, test, where } from "./closed-by.js";

const chart = "spec/lane-lease/lane-lease.machine.ts";
const kit = "test/conformance.test.ts";
const audit = "test/audit.test.ts";
const store = "test/lease-store.test.ts";
const decisions = "test/lane-lease.test.ts";
const twin = asks("test/lease-model.test.ts", "NaiveLeases", "random calls, answered as a naive store answers them");
const commands = asks("test/model/lease-commands.test.ts", "Commands on the lane-lease store", "with killed processes, failing disks and power cuts");
const linear = asks("test/linearizability.test.ts", "linearize", "histories of several processes have an order");
const farm = asks("test/process/lease-farm.test.ts", "no two processes are inside at once", "real processes, killed");

const paths = asks("test/paths.test.ts", "laneScripts", "covering paths of the machine, on the store, by the law itself");
/** These laws compare scripts: they are compared from the state that a path ends in. */
const fromPaths = (ends: string) => asks("test/paths.test.ts", "laneScripts", `compared on the store where a covering path ends ${ends}`);

/** The one writer of a lane journal is the lease store: `journal-append` in `laws/write-surface.yaml`. */
const noWriter = "a claim about decisions, not about who writes";

export const laneClosures: Readonly<Record<string, Closure>> = {
  NL1: {
    defended: [by("spec/lane-lease/admission.ts", "two claims that conflict are never both granted")],
    judgedBy: [test(kit), paths, test(audit), twin, commands, linear, farm],
    surface: noWriter,
  },
  NL2: {
    defended: [by("spec/lane-lease/checkpoint.ts", "the high-water mark of the tokens outlives compaction")],
    judgedBy: [test(kit), paths, test(audit), twin, commands, linear],
    surface: noWriter,
  },
  NL3: {
    defended: [by(chart, "a word counts with the secret of the current grant only")],
    judgedBy: [test(kit), paths, test(audit), asks(store, "hears its holder only", "a stranger's word"), twin, commands],
    surface: noWriter,
  },
  NL4: {
    defended: [where(chart, "No event leads back from an end", "the chart has no such arrow")],
    judgedBy: [test(kit), paths, test(audit), asks(decisions, "what is over cannot be adopted", "by no force"), twin, commands],
    surface: noWriter,
  },
  NL5: {
    defended: [by(chart, "adoption changes holder, secret, token and freshness")],
    judgedBy: [test(kit), paths, test(audit), asks(store, "is adopted by one of two who saw the same token", "two handles"), twin, commands],
    surface: noWriter,
  },
  NL6: {
    defended: [
      by("spec/lane-lease/standing.ts", "one function answers for acquire, live, show and the fences"),
      by("spec/lane-lease/queries.ts", "queries answer by the fold that acquire decides on"),
    ],
    judgedBy: [test(kit), paths, test(audit), asks(store, "does not care how far the wall clock jumps", "both clocks"), twin, commands],
    surface: noWriter,
  },
  NL7: {
    defended: [by("spec/vocabulary/lane.ts", "a beat is elided for at most one heartbeat interval")],
    judgedBy: [test(kit), fromPaths("with a lease held"), asks(decisions, "a young one may be elided", "beats and what the log says of them")],
    surface: noWriter,
  },
  NL8: {
    defended: [
      by("spec/lane-lease/holder.ts", "the holder stops at its renew deadline"),
      by("src/lease/keeper.ts", "work under a lease is told so before anybody else may be granted the lane"),
    ],
    judgedBy: [test(kit), paths, test(store), asks("test/lease-thread.test.ts", "a blocked event loop", "beats from a thread")],
    surface: noWriter,
  },
  NL9: {
    defended: [
      where("src/lease/holders.ts", "The kernel frees the byte", "no lock outlives its process"),
      where("spec/lane-lease/decide-acquire.ts", "queueBefore", "who waits is served in the order of coming"),
    ],
    judgedBy: [test(kit), paths, test(audit), asks(store, "is first come, first served", "waiters of two handles"), farm],
    surface: noWriter,
  },
  NL10: {
    defended: [by("spec/lane-lease/admission.ts", "one symmetric function")],
    judgedBy: [test(kit), fromPaths("before anything is granted"), asks("test/lane-region.test.ts", "is symmetric, reflexive", "every short glob against every other")],
    surface: noWriter,
  },
};

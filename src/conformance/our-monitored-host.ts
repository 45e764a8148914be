/**
 * The runs of this package as a host whose monitor and world are the kit's: the commit point on the store of runs on the
 * journal, with the policy that is given and a clock that is moved by hand. A restart closes and opens the log.
 */
import type { RunPolicy } from "../../spec/vocabulary/index.js";
import { type Runs, hostTimer, openRuns } from "../run/index.js";
import { movedClock } from "./our-lease-store.js";
import { type OurRunOptions, recordsIn } from "./our-run-options.js";
import { type HostStorage, temporaryStorage } from "./our-storage.js";
import type { MonitoredHost } from "./run-adapter.js";

type Heard = Awaited<ReturnType<MonitoredHost["heard"]>>[number] & { readonly run: string };

/** Opens a host with no runs. */
export async function ourMonitoredHost(options: OurRunOptions, given: RunPolicy): Promise<MonitoredHost> {
  const { storage: make = temporaryStorage, change = (runs: Runs) => runs, policy = (right: RunPolicy) => right } = options;
  const storage: HostStorage = make();
  const clock = movedClock();
  const heard: Heard[] = [];
  const begin = async (): Promise<Runs> => {
    const { directory } = storage;
    const runs = change(await openRuns({ directory, clock, disk: storage.disk(), timer: hostTimer, policy: policy(given) }));
    runs.commits.listen("judge", (told) => {
      for (const { run, to } of options.hears?.(told) ?? [told]) heard.push({ run, ...to });
    });
    return runs;
  };
  let runs = await begin();
  const nothing = { issue: null, directory: null, command: [], session: null };
  return {
    create: async (run) => {
      await runs.store.create({ ...run, ...nothing });
    },
    observe: async (run, observation) => {
      const { effects } = await runs.commits.commit(run, observation);
      return effects.flatMap((effect) => (effect.type === "gatherEvidence" ? [effect.observer] : []));
    },
    view: async (run) => (await runs.store.get(run)).view,
    memory: (run) => Promise.resolve(runs.commits.coreOf(run)),
    commits: async (run) => (await runs.store.get(run)).entries.flatMap(({ type, data }) => (type === "committed" ? [data] : [])),
    heard: async (run) => {
      await runs.commits.settled();
      return heard.filter((one) => one.run === run);
    },
    records: () => recordsIn(storage.directory, storage.disk()),
    restart: async () => {
      await runs.close();
      runs = await begin();
    },
    now: () => clock.now().wallMs,
    advance: (ms) => {
      clock.monotonicMs += ms;
      return Promise.resolve();
    },
    close: async () => {
      await runs.close();
      storage.remove();
    },
  };
}

/** An open state directory with the ports of this host: what every command on runs works with. */
import { type RunPolicy, defaultRunPolicy } from "../../spec/vocabulary/index.js";
import { agentsThatExitWhenDone } from "../gather/index.js";
import { type FileLeaseStore, openLeaseStore } from "../lease/index.js";
import { type ListenerFailure, type Runs, openRuns } from "../run/index.js";
import { type Secrets, fileSecrets } from "./secrets.js";
import { type HostSystem, hostSystem } from "./system.js";

/** An open state directory with its logs of runs and leases, and the ports of the host. */
export interface Host {
  readonly directory: string;
  readonly runs: Runs;
  readonly leases: FileLeaseStore;
  readonly system: HostSystem;
  readonly secrets: Secrets;
  readonly policy: RunPolicy;
  /** Closes both logs. Leases attached to this process end with it. */
  close(): Promise<void>;
}

/** How a host is opened. */
export interface HostOptions {
  readonly directory: string;
  /** See `JournalOptions`. */
  readonly allowRemote?: boolean;
  /** The ports of this host by default. */
  readonly system?: HostSystem;
  /** Hears of listeners that threw, took too long or fell behind. */
  readonly onListenerFailure?: (failure: ListenerFailure) => void;
}

/** Rejects with a `JournalError` or `LeaseError` when the directory cannot be used, a `HostError` for a bad profile. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { directory, allowRemote = false, onListenerFailure } = options;
  const shared = { directory, allowRemote };
  // First: it judges the directory, before anything else in it is read.
  const leases = await openLeaseStore(shared);
  try {
    const system = options.system ?? hostSystem({ directory });
    const policy = { ...defaultRunPolicy, agentsThatExitWhenDone: agentsThatExitWhenDone(system.profiles) };
    const runs = await openRuns({
      ...shared,
      policy,
      ...(onListenerFailure === undefined ? {} : { onListenerFailure }),
    });
    return {
      directory,
      runs,
      leases,
      system,
      secrets: fileSecrets(directory),
      policy,
      close: async () => {
        await runs.close();
        await leases.close();
      },
    };
  } catch (error) {
    await leases.close();
    throw error;
  }
}

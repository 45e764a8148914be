/**
 * `leasehold exec LANE -- COMMAND`: takes a lease, runs the command, beats meanwhile, ends the command when the lease
 * is lost, frees the lease. The command inherits the file that tells that its holder lives: should this process be
 * killed, the lease still stands until the command ends or the TTL is over.
 */
import { type Acquired, type FileLeaseStore, type Keeper, keepLease, lostMeanings } from "../lease/index.js";
import { type Ending, startCommand } from "./exec-child.js";
import { UsageError, execOffset } from "./exit.js";
import { listenForInterrupt } from "./interrupt.js";
import { type ClaimFlags, requestOf } from "./lease-holder.js";
import { failureOf, leaseExit, openStore, say } from "./lease-shell.js";
import { painted, refusalText } from "./lease-text.js";
import { makeStateDirectory, stateDirectory } from "./state-directory.js";

export interface ExecFlags extends ClaimFlags {
  readonly grace?: number;
  readonly run?: string;
  readonly passSecret?: true;
  readonly quiet?: true;
}

const graceMsDefault = 10_000;

type Granted = Extract<Acquired, { readonly outcome: "granted" }>;

export async function execCommand(lane: string, words: readonly string[], flags: ExecFlags): Promise<number> {
  if (words[0] === "") throw new UsageError("the command has no name: write what to run behind --, such as -- make.");
  try {
    const directory = stateDirectory(flags.dir);
    makeStateDirectory(directory);
    const store = await openStore(flags, directory, false);
    try {
      return await execIn(store, lane, words, flags);
    } finally {
      await store.close();
    }
  } catch (error) {
    const { code, text } = failureOf(error);
    await say(text(painted(flags.color)));
    return execOffset + code;
  }
}

async function execIn(
  store: FileLeaseStore,
  lane: string,
  words: readonly string[],
  flags: ExecFlags,
): Promise<number> {
  const acquired = await taken(store, lane, flags);
  if (acquired === null) return 130;
  if (acquired.outcome === "refused") {
    const { refusal } = acquired;
    await say(`leasehold: ${refusalText(refusal, painted(flags.color))}`);
    return execOffset + (refusal.kind === "wait-over" ? leaseExit.busy : leaseExit.refused);
  }
  const { leaseId, fencingToken } = acquired.grant;
  if (flags.json === true) await say(`${JSON.stringify({ outcome: "granted", lane, leaseId, fencingToken })}\n`);
  const keeper = keepLease(store, acquired, { beats: "timer", onTrouble: (message) => void say(`leasehold: ${message}\n`) });
  const ending = await runUnder(store, keeper, acquired, words, flags);
  const end = await keeper.end();
  if (ending.type === "not-started") {
    await say(`leasehold: ${ending.why}\n`);
    return ending.code;
  }
  if (end.type === "lost") {
    await say(`leasehold: the lease on lane "${lane}" was lost while the command ran [${end.reason}].\n`);
    return execOffset + leaseExit.lost;
  }
  if (end.type === "left")
    await say(`leasehold: the lease could not be freed and runs out by itself: ${end.error.message}\n`);
  return ending.code;
}

/** Null: interrupted while it waited. */
async function taken(store: FileLeaseStore, lane: string, flags: ExecFlags): Promise<Acquired | null> {
  const { signal, dispose } = listenForInterrupt();
  const request = { ...requestOf(lane, flags, "process"), runId: flags.run ?? null };
  const waitMs = flags.wait ?? 0;
  const patience = waitMs > 0 && flags.quiet !== true ? setTimeout(() => void tellWaiting(lane), 1000) : undefined;
  try {
    return await store.acquire(request, { waitMs, signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    clearTimeout(patience);
    dispose();
  }
}

function tellWaiting(lane: string): Promise<void> {
  return say(`leasehold: waiting for lane "${lane}" …\n`);
}

async function runUnder(
  store: FileLeaseStore,
  keeper: Keeper,
  { grant, secret }: Granted,
  [program = "", ...args]: readonly string[],
  flags: ExecFlags,
): Promise<Ending> {
  const { env } = process;
  const { LEASEHOLD_SECRET: _inherited, ...inherited } = env;
  const command = startCommand({
    program,
    args,
    env: {
      ...inherited,
      LEASEHOLD_LANE: grant.lane,
      LEASEHOLD_LEASE_ID: grant.leaseId,
      LEASEHOLD_FENCE: String(grant.fencingToken),
      LEASEHOLD_DIR: store.directory,
      ...(flags.passSecret === true ? { LEASEHOLD_SECRET: secret } : {}),
    },
    keepOpen: store.lifeline ?? undefined,
  });
  const onLost = (): void => {
    const lost = keeper.lost();
    if (lost !== null) void say(`leasehold: lease lost: ${lostMeanings[lost.reason]}. Ending the command.\n`);
    command.stop(flags.grace ?? graceMsDefault);
  };
  keeper.signal.addEventListener("abort", onLost);
  if (keeper.signal.aborted) onLost();
  const ending = await command.ending;
  keeper.signal.removeEventListener("abort", onLost);
  return ending;
}

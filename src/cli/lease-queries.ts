/** `leasehold lease live | show | history`: what is stored, as a table or as JSON. */
import type { LaneHistoryEntry, LaneInForce } from "../../spec/lane-lease/index.js";
import { ageOf } from "../../spec/lane-lease/index.js";
import type { LaneJson, Stamp } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import type { LeaseListing, LeaseNote, LeaseShown } from "../lease/index.js";
import { tableLines } from "../report/table.js";
import { type Answer, answerOf, leaseExit, reading } from "./lease-shell.js";
import { type Painted, ago, attachmentText, claimText, lasting, standingText } from "./lease-text.js";
import type { StoreFlags } from "./lease-options.js";
import type { StateDirectory } from "./state-directory.js";

export function liveCommand(flags: StoreFlags & { readonly verbose?: true }): Promise<number> {
  const absent = ({ path, exists }: StateDirectory): Answer =>
    answerOf(leaseExit.done, { leases: [], waiting: [], notes: [], damage: [] }, () => noneYet(printable(path), exists));
  return reading(flags, absent, async (store) => {
    const listing = await store.live();
    return damaged(listing.damage, listing, (paint) => listingText(listing, flags.verbose === true, paint));
  });
}

function noneYet(path: string, exists: boolean): string {
  const head = exists ? `no leases in ${path} yet` : `no leases: there is no ${path} yet, and the first one makes it`;
  return `${head}\nTake one: leasehold lease acquire NAME, or leasehold exec NAME -- COMMAND\n`;
}

export function showCommand(leaseId: string, flags: StoreFlags): Promise<number> {
  return reading(flags, () => unknownLease(leaseId), async (store) => {
    const shown = await store.show(leaseId);
    if (shown.lease === null) return unknownLease(leaseId, shown.damage);
    return damaged(shown.damage, shown, (paint) => shownText(shown, paint));
  });
}

export function historyCommand(leaseId: string, flags: StoreFlags): Promise<number> {
  return reading(flags, () => unknownLease(leaseId), async (store) => {
    const history = await store.history(leaseId);
    if (history.entries.length === 0) return unknownLease(leaseId, history.damage);
    const { now } = store.clock;
    return damaged(history.damage, history, () => {
      const rows = history.entries.map((entry) => historyRow(entry, now()));
      const head = history.complete ? [] : ["(its beginning is not kept any more)"];
      const columns = [{ title: "when" }, { title: "what" }, { title: "token" }, { title: "details" }];
      return `${[...head, ...tableLines(columns, rows)].join("\n")}\n`;
    });
  });
}

function unknownLease(leaseId: string, damage: readonly string[] = []): Answer {
  const text = (): string => `no lease ${printable(leaseId)} is known here, or not any more\n`;
  return damage.length === 0
    ? answerOf(leaseExit.refused, { lease: null }, text)
    : damaged(damage, { lease: null, damage }, text);
}

/** What is damaged is said first, and the exit code says it too. */
function damaged(damage: readonly string[], json: unknown, text: Answer["text"]): Answer {
  const code = damage.length === 0 ? leaseExit.done : leaseExit.storage;
  return answerOf(code, json, (paint) => `${damage.map((one) => `${paint.bad("damaged")}: ${printable(one)}\n`).join("")}${text(paint)}`);
}

function listingText({ leases, waiting, notes, now }: LeaseListing, verbose: boolean, paint: Painted): string {
  const columns = ["lane", "state", "holder", "token", "last beat", "left", "covers", "lease"].map((title) => ({ title }));
  const rows = leases.map((one) => leaseRow(one, now, paint));
  const table = rows.length === 0 ? ["no leases"] : tableLines(columns, rows);
  const queue = waiting.map(
    ({ lane, holder, since, waitMs }, place) =>
      `waiting ${place + 1}: ${printable(holder)} for lane "${printable(lane)}", asked ${agoOf(since, now)}, gives up after ${lasting(waitMs)}`,
  );
  const lines = verbose ? notes.map((note) => noteLine(note, now)) : [];
  return `${[...table, ...queue, ...lines].join("\n")}\n`;
}

function leaseRow(one: LaneInForce, now: Stamp, paint: Painted): string[] {
  const { grant, stands } = one;
  const left = stands.standing === "dead" ? "0" : stands.remainingMs === null ? "unknown" : lasting(stands.remainingMs);
  return [
    printable(grant.lane),
    standingText(one, paint),
    printable(grant.holder),
    String(grant.fencingToken),
    agoOf(grant.heartbeatAt, now),
    left,
    claimText(grant),
    grant.leaseId,
  ];
}

function noteLine({ type, at, data }: LeaseNote, now: Stamp): string {
  return `${agoOf(at, now)}  ${printable(`${type.slice("lane.".length)}  ${JSON.stringify(data)}`)}`;
}

function agoOf(at: Stamp, now: Stamp): string {
  const age = ageOf(at, now);
  return ago(age === "unknown" ? null : age);
}

function shownText({ lease, now }: LeaseShown, paint: Painted): string {
  if (lease === null) return "";
  const { grant } = lease;
  const state =
    lease.shown === "in-force" ? standingText(lease, paint) : `${lease.cause === null ? "released" : "scavenged"} ${agoOf(lease.endedAt, now)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["lane", printable(grant.lane)],
    ["state", state],
    ["holder", printable(grant.holder)],
    ["token", String(grant.fencingToken)],
    ["covers", claimText(grant)],
    ["taken", agoOf(grant.acquiredAt, now)],
    ["last beat", agoOf(grant.heartbeatAt, now)],
    ["ttl", lasting(grant.ttlMs)],
    ["hangs on", attachmentText(grant)],
    ["run", printable(grant.runId ?? "none")],
  ];
  return `${rows.map(([name, value]) => `${name.padEnd(10)}${value}`).join("\n")}\n`;
}

function historyRow({ at, type, data }: LaneHistoryEntry, now: Stamp): string[] {
  const { leaseId: _id, fencingToken, ...rest } = data as Readonly<Record<string, LaneJson>>;
  const details = Object.entries(rest)
    .filter(([, value]) => value !== null && JSON.stringify(value) !== "[]" && JSON.stringify(value) !== "{}")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [agoOf(at, now), type.slice("lane.".length), JSON.stringify(fencingToken), printable(details.join(" "))];
}

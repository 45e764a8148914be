/**
 * Who observes: one start of a monitor looking at one channel of one host.
 *
 * The id is opaque and never looked into (decision 7). Another start or another channel is another observer,
 * also when everything else is the same: it has not seen what the earlier one saw.
 */
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";

import { type ObserverId, observerId } from "../../spec/vocabulary/observation.js";

/** Bytes of the nonce: two starts never share one. */
const nonceBytes = 16;
/** Characters kept of the host's name, which is there for people only. */
const hostMax = 40;

/** What the identity of an observer is made of. */
export interface ObserverOptions {
  /** `Sessions.channel`: which socket or folder is looked at. */
  readonly channel: string;
  /** The worker that observes; the host itself by default. */
  readonly worker?: string;
  readonly host?: string;
}

/** Call it once for each start and channel, and carry the result in every observation of that start. */
export function observerIdentity({ channel, worker, host = hostname() }: ObserverOptions): ObserverId {
  const who = worker === undefined ? "local" : `worker:${short(worker)}`;
  const where = createHash("sha256").update(channel, "utf8").digest("hex").slice(0, 8);
  return observerId.parse(`${who}:${short(host)}-${where}-${randomBytes(nonceBytes).toString("hex")}`);
}

function short(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, "_").slice(0, hostMax);
}

/** The hash of a pane: whether its text changed, not counting the last lines, where status bars live. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

import { type RunPolicy, defaultRunPolicy } from "../vocabulary/run.js";

/** Hex characters kept of the digest: 128 bits tell the panes of one run apart. */
const hashLength = 32;

/** SHA-256 of the text, truncated. A pane of no more than the ignored lines is hashed as a whole. */
export function paneHash(
  text: string,
  policy: Pick<RunPolicy, "hashIgnoredLines"> = defaultRunPolicy,
): string {
  const lines = text.split("\n");
  const ignored = lines.length > policy.hashIgnoredLines ? policy.hashIgnoredLines : 0;
  const kept = ignored === 0 ? text : lines.slice(0, -ignored).join("\n");
  return bytesToHex(sha256(utf8ToBytes(kept))).slice(0, hashLength);
}

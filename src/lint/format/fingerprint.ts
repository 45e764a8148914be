/** A name for a finding that stays the same while the lines around it move. */
import { createHash } from "node:crypto";

import type { Finding } from "../finding.js";

/** One for each finding, in their order; equal findings at one site are counted. */
export function fingerprints(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, surface, at, site, message }) => {
    const key = JSON.stringify([rule, surface, at.file, site, message]);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return createHash("sha256").update(`${key}#${count}`).digest("hex").slice(0, 32);
  });
}

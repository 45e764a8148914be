/** What tests of the gatherers share: temporary folders, programs that only pretend to run, waiting for facts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Command, Exec, Execution } from "../../src/gather/index.js";

/** A folder of its own and its removal. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `leasehold-${name}-`)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Null: the program is there. Otherwise why tests that need it are skipped. */
export function whyWithout(program: string, ...args: readonly string[]): string | null {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return null;
  } catch {
    return `${program} is not installed`;
  }
}

export function ended(output: string | Uint8Array, errors = "", status = 0): Execution {
  const bytes = typeof output === "string" ? new TextEncoder().encode(output) : output;
  return { kind: "ended", status, signal: null, output: bytes, errors };
}

/** Programs that give the same answer whatever they are asked, and remember what that was. */
export function pretending(...answers: readonly Execution[]): { readonly exec: Exec; readonly asked: Command[] } {
  const asked: Command[] = [];
  const exec: Exec = (command) => {
    asked.push(command);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer === undefined ? Promise.reject(new Error("no answer")) : Promise.resolve(answer);
  };
  return { exec, asked };
}

export const programMissing: Execution = {
  kind: "not-started",
  cause: "program-missing",
  detail: "spawn ENOENT",
};

/** Longest wait for a fact of another process. */
const waitMaxMs = 8_000;

/** Looks until `holds`, and gives what it saw then; fails with the last sight. */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + waitMaxMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > end) throw new Error(`not within ${waitMaxMs} ms: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

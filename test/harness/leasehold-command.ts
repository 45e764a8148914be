/** The built command in a working directory of its own, where no variable of this process leads elsewhere. */
import { type ChildProcess, execFile, spawn } from "node:child_process";

import { type Outcome, main } from "./command.js";

export type { Outcome } from "./command.js";

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

function environment(place: Place): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("LEASEHOLD_"));
  return { ...Object.fromEntries(others), NO_COLOR: "1", ...place.env };
}

export function leasehold(where: string | Place, ...args: readonly string[]): Promise<Outcome> {
  const place = typeof where === "string" ? { cwd: where } : where;
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: place.cwd, env: environment(place) }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves when standard output has the text; rejects when it ended without. */
  printed(text: string): Promise<void>;
  /** What stands on standard output so far. */
  output(): string;
}

export function start(place: Place, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], { cwd: place.cwd, env: environment(place), stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve) => {
    child.once("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without "${text}": ${stdout}${stderr}`)));
    });
  return { child, ended, printed, output: () => stdout };
}

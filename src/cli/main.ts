#!/usr/bin/env node
/**
 * The `leasehold` command: runs one command and ends with its exit code.
 *
 * Three kinds of failure are kept apart: wrong usage (2), an error in a model (2), and a bug of ours (70).
 */
import { CommanderError } from "commander";

import { UsageError, exitCode } from "./exit.js";
import { programFor } from "./program.js";

process.exit(await main(process.argv));

async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCode.holds;
  tolerateClosedPipes();
  const program = programFor(async (work) => {
    code = await work();
  });
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return await reported(error);
  }
}

/** The message on standard error, and the exit code. */
async function reported(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.holds : exitCode.usage;
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof UsageError) {
    await say(`error: ${inert(message)}`);
    return exitCode.usage;
  }
  if (name === "ModelError" || name === "CompileError") {
    await say(`error in the model: ${message}`);
    return exitCode.usage;
  }
  await say(`bug in leasehold: ${stack ?? message}`);
  return exitCode.bug;
}

/** A message repeats what was given; no control character of it reaches the terminal. */
function inert(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function say(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stderr.write(`${text}\n`, () => resolve());
  });
}

/** A reader that goes away (`| head`) ends the output, not the process with a stack. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

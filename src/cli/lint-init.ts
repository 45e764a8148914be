/** `leasehold lint init`: a first configuration, written once. */
import { existsSync } from "node:fs";

import { initialConfiguration } from "../lint/index.js";
import { UsageError, exitCode } from "./exit.js";
import { asUsage, save } from "./lint-files.js";
import { print } from "./output.js";

export interface InitFlags {
  readonly out: string;
  readonly id: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly call?: readonly string[];
  readonly construct?: readonly string[];
  readonly assign?: readonly string[];
  readonly discard?: readonly string[];
  readonly pattern?: readonly string[];
  readonly language?: string;
}

const everyScript = "**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}";

export function lintInitCommand(flags: InitFlags): Promise<number> {
  return asUsage(async () => {
    const { out, id, exclude } = flags;
    if (existsSync(out))
      throw new UsageError(`${out} is there already. Name another file with --out, or delete it.`);
    if ((flags.pattern === undefined) !== (flags.language === undefined)) {
      throw new UsageError("--pattern and --language go together.");
    }
    const include = flags.include ?? [everyScript];
    const surface = { id, include, exclude: exclude ?? [] };
    const { text, writers } = await initialConfiguration({
      cwd: process.cwd(),
      file: out,
      surface,
      sinks: sinksOf(flags),
    });
    save(out, text);
    const next =
      writers === 0
        ? "Nobody writes yet."
        : `Decide ${writers === 1 ? "the one writer" : `each of the ${writers} writers`} in it, then run \`leasehold lint --update\`.`;
    await print(`Wrote ${out}. ${next}\n`);
    return exitCode.holds;
  });
}

function sinksOf({ call, construct, assign, discard, pattern, language }: InitFlags) {
  return [
    ...(call ?? []).map((target) => ({ call: target })),
    ...(construct ?? []).map((target) => ({ construct: target })),
    ...(assign ?? []).map((target) => ({ assign: target })),
    ...(discard ?? []).map((target) => ({ discard: target })),
    ...(pattern ?? []).map((code) => ({
      pattern: code,
      ...(language === undefined ? {} : { language }),
    })),
  ];
}

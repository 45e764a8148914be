/** `leasehold lint why`: how the write at one line was recognised. */
import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";

import { lint, whyNotText, whyText } from "../lint/index.js";
import { UsageError, exitCode } from "./exit.js";
import { asUsage, loadConfiguration } from "./lint-files.js";
import { print } from "./output.js";

export function lintWhyCommand(
  place: string,
  flags: { readonly config?: string },
): Promise<number> {
  return asUsage(async () => {
    const match = /^(.+):(\d{1,9})(?::\d+)?$/.exec(place);
    const [, file, line] = match ?? [];
    if (file === undefined || line === undefined) {
      throw new UsageError(`found "${place}", expected a line such as src/run/commit.ts:42.`);
    }
    if (!existsSync(file)) throw new UsageError(`found "${place}", and there is no file ${file} here.`);
    const configuration = loadConfiguration(flags.config);
    const path = relative(configuration.root, resolve(file)).split(sep).join("/");
    const { report } = await lint({ configuration, lock: null });
    const text = whyText(configuration, report, path, Number(line));
    await print(text ?? whyNotText(configuration, report, path, Number(line)));
    return text === null ? exitCode.violated : exitCode.holds;
  });
}

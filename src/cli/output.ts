/** Standard output. A reader that goes away ends the output quietly. */
import { isatty } from "node:tty";

import type { Page } from "../report/index.js";
import { paintOf } from "../report/paint.js";

const widthMin = 60;
const widthMax = 140;
/** Width when nobody says how wide the reader is. */
const widthPlain = 100;

/** Resolves when the text was taken, or when nobody reads any more. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined || isClosedPipe(error)) resolve();
      else reject(error);
    });
  });
}

/** One JSON document and nothing else. */
export function printJson(value: unknown): Promise<void> {
  return print(`${inert(JSON.stringify(value, null, 2))}\n`);
}

/** One JSON document on a line of its own. */
export function printJsonLine(value: unknown): Promise<void> {
  return print(`${inert(JSON.stringify(value))}\n`);
}

/** JSON leaves some characters as they are that a terminal would act on. */
function inert(json: string): string {
  const active = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
  return json.replaceAll(active, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Layout of what is printed: `--no-color`, NO_COLOR, FORCE_COLOR, and whether a terminal reads. */
export function pageOf(color: boolean): Page {
  const { env, stdout } = process;
  const asked = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const refused = !color || (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "");
  // `isTTY` is missing where no terminal reads, and a missing answer would let the environment decide.
  const terminal = isatty(1) && env["TERM"] !== "dumb";
  const columns = stdout.isTTY && stdout.columns > 0 ? stdout.columns : widthPlain;
  const width = Math.min(widthMax, Math.max(widthMin, columns));
  return { width, paint: paintOf(!refused && (asked || terminal)) };
}

function isClosedPipe(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

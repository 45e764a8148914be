/** Whether a command can be started at all, asked before a terminal hides that it cannot. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

import { printable } from "../gather/index.js";

/** Null: it can be found and executed. Otherwise why not. */
export async function whyNotStartable(
  program: string,
  directory: string,
  path: string = process.env["PATH"] ?? "",
): Promise<string | null> {
  if (program.includes("/")) return obstacleAt(resolve(directory, program));
  const folders = path.split(delimiter).map((folder) => (folder === "" ? directory : folder));
  let found: string | null = null;
  for (const folder of folders) {
    const candidate = resolve(directory, join(folder, program));
    const obstacle = await obstacleAt(candidate);
    if (obstacle === null) return null;
    if (!obstacle.endsWith("is not there")) found = obstacle;
  }
  return found ?? `there is no program "${printable(program)}" in PATH`;
}

async function obstacleAt(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return `${printable(path)} is not a file`;
    await access(path, constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return `${printable(path)} is not there`;
    return `${printable(path)} cannot be executed (${code ?? "unknown"})`;
  }
}

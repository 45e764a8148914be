/** What is asked of a new session before it is started, wherever it is to run. */
import { stat } from "node:fs/promises";

import { failed, quoted, refused } from "./failure.js";
import { printable } from "./plain-text.js";
import { type Created, type NewSession, sessionName } from "./sessions.js";

type Objection = Exclude<Created, { readonly kind: "created" }>;

/** Null: nothing speaks against it. */
export async function objectionTo(session: NewSession, doing: string): Promise<Objection | null> {
  return wordsObjection(session, doing) ?? (await folderObjection(session.cwd, doing));
}

function wordsObjection({ name, argv, cwd, env = {} }: NewSession, doing: string): Objection | null {
  if (name !== sessionName(name))
    return refused("name-invalid", `${doing}: the name is not safe. Take ${sessionName(name)}.`);
  const invalid = (what: string): Objection => refused("command-invalid", `${doing}: ${what}.`);
  const texts = [...argv, cwd, ...Object.values(env)];
  if (texts.some((text) => text.includes("\0"))) return invalid("an argument holds a NUL character");
  // The program is started by env, which would read these as something else.
  if (argv[0] === "" || argv[0].startsWith("-") || argv[0].includes("="))
    return invalid(`${quoted(argv[0])} cannot be a program`);
  const key = Object.keys(env).find((each) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(each));
  return key === undefined ? null : invalid(`${quoted(key)} is not the name of a variable`);
}

/** Asked beforehand: tmux would take the home folder instead, and say nothing. */
async function folderObjection(path: string, doing: string): Promise<Objection | null> {
  try {
    if ((await stat(path)).isDirectory()) return null;
    return refused("folder-missing", `${doing}: ${printable(path)} is not a folder.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      return refused("folder-missing", `${doing}: the folder ${printable(path)} is not there.`);
    return failed("not-permitted", `${doing}: the folder ${printable(path)} cannot be looked at: ${code ?? "unknown"}.`);
  }
}

/** Shell completion: the script of a shell, and the words that it asks for while somebody types. */
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/** `program` is a fresh one that has no completion commands yet; `argv` is that of the process. */
export async function completionCommand(program: Command, argv: readonly string[]): Promise<number> {
  const root = tab(program, { completionCommandName: "completion" });
  if (argv[2] === "complete") await addNames(root.commands);
  await program.parseAsync([...argv]);
  return 0;
}

type Words = (complete: (word: string, description: string) => void) => void;
type Commands = ReadonlyMap<string, { argument(name: string, words: Words): unknown }>;

/** Names that are not in the definitions of the commands: systems and laws. */
async function addNames(commands: Commands): Promise<void> {
  const [{ systems }, { laws }] = await Promise.all([
    import("../../spec/systems/index.js"),
    import("../../laws/index.js"),
  ]);
  commands.get("explore")?.argument("system", (complete) => {
    for (const { name, title } of systems) complete(name, title);
  });
  commands.get("laws")?.argument("id", (complete) => {
    for (const { id, title } of laws) complete(id, title);
  });
}

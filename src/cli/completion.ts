/** Shell completion: the script of a shell, and the words that it asks for while somebody types. */
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

import { print } from "./output.js";

/** `program` is a fresh one that has no completion commands yet; `argv` is that of the process. */
export async function completionCommand(program: Command, argv: readonly string[]): Promise<number> {
  const root = tab(program, { completionCommandName: "completion" });
  if (argv[2] === "complete") await addNames(root.commands);
  if (argv[2] === "completion" && argv[3] === "bash") await print(bashAlone);
  await program.parseAsync([...argv]);
  return 0;
}

/** The script asks bash-completion for the words on the line. Many hosts do not have it. */
const bashAlone = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
`;

type Words = (complete: (word: string, description: string) => void) => void;
type Commands = ReadonlyMap<
  string,
  { argument(name: string, words: Words): unknown; option(name: string, description: string, words: Words): unknown }
>;

/** Names that are not in the definitions of the commands: systems and laws. */
async function addNames(commands: Commands): Promise<void> {
  const [{ systems }, { laws }] = await Promise.all([
    import("../../spec/systems/index.js"),
    import("../../laws/index.js"),
  ]);
  const systemNames: Words = (complete) => {
    for (const { name, title } of systems) complete(name, title);
  };
  const lawIds: Words = (complete) => {
    for (const { id, title } of laws) complete(id, title);
  };
  commands.get("explore")?.argument("system", systemNames);
  commands.get("laws")?.argument("id", lawIds);
  for (const name of ["verify", "explore"]) commands.get(name)?.option("law", "only these laws", lawIds);
  commands.get("verify")?.option("system", "only these systems", systemNames);
}

/** `leasehold laws`: the catalogue, or one law in full. */
import { lawJson, lawText, lawsText } from "../report/index.js";
import { findLaw, laws } from "./catalogue.js";
import { pageOf, print, printJson } from "./output.js";

export interface LawsFlags {
  readonly json?: true;
  readonly color: boolean;
}

export async function lawsCommand(id: string | undefined, flags: LawsFlags): Promise<number> {
  const page = pageOf(flags.color);
  if (id === undefined) {
    if (flags.json === true) await printJson(laws.map(lawJson));
    else await print(lawsText(laws, page));
    return 0;
  }
  const law = findLaw(id);
  if (flags.json === true) await printJson(lawJson(law));
  else await print(lawText(law, page));
  return 0;
}

/**
 * For bundles of what was compiled here. Zod's messages come in fifty languages, of which we speak one, and that one
 * is imported by name; of its schemas those stay that are used, which is known of a namespace and not of an object.
 */
import { readFile } from "node:fs/promises";

import type { Plugin } from "esbuild";

export const onlyWhatIsUsed: Plugin = {
  name: "only-what-is-used",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: "export {};" }));
    onLoad({ filter: /[\\/]dist[\\/](?:laws|spec|src)[\\/].*\.js$/ }, async ({ path }) => {
      const compiled = await readFile(path, "utf8");
      return { contents: compiled.replace('import { z } from "zod";', 'import * as z from "zod";'), loader: "js" };
    });
  },
};

/** For bundles: zod's messages come in fifty languages, of which we speak one, and that one is imported by name. */
import type { Plugin } from "esbuild";

export const oneLanguage: Plugin = {
  name: "one-language",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: "export {};" }));
  },
};

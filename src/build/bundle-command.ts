/**
 * Bundles the compiled command into `dist/cli`: one file to read for a command that is called from shell scripts,
 * and one more for each command that needs more. Run after the compiler; not part of the package's API.
 */
import { chmod, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { licensesOf } from "./licenses.js";
import { onlyWhatIsUsed } from "./only-what-is-used.js";

const dist = fileURLToPath(new URL("../..", import.meta.url));

/** Native code, and what is as large as everything else together and needed by one command only. */
const external = [
  "@ast-grep/*",
  "@hpcc-js/wasm-graphviz",
  "fast-check",
  "fs-native-extensions",
  "typescript",
];

await rm(`${dist}cli`, { recursive: true, force: true });
const { metafile } = await build({
  // Threads are started by the name of a file beside the one that starts them.
  entryPoints: [
    `${dist}src/cli/main.js`,
    `${dist}src/lease/beat-worker.js`,
    `${dist}src/lease/file-address.js`,
    `${dist}src/worker-plane/beat-thread.js`,
    `${dist}src/verify/worker.js`,
  ],
  outdir: `${dist}cli`,
  entryNames: "[name]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  external,
  plugins: [onlyWhatIsUsed],
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: {
    js: 'import { createRequire as bundledRequire } from "node:module"; const require = bundledRequire(import.meta.url);',
  },
  // All licences of the bundle are written beside it, whether or not a comment speaks of them.
  legalComments: "none",
  metafile: true,
  minify: true,
  logLevel: "warning",
});
await chmod(`${dist}cli/main.js`, 0o755);
await writeFile(`${dist}cli/LICENSES.txt`, await licensesOf(metafile, process.cwd()));

/** Bundles the page of a report to where the command finds it. Run after the compiler. */
import { fileURLToPath } from "node:url";

import { bundlePage } from "./page.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

await bundlePage(root, `${root}dist/src/report/site`);

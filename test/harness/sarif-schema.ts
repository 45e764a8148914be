/** The schema of SARIF 2.1.0. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import ajvDraft04 from "ajv-draft-04";
import ajvFormats from "ajv-formats";

const require = createRequire(import.meta.url);
const folder = require.resolve("@microsoft/jest-sarif").replace(/lib\/index\.js$/, "lib/schemas/");
const schema = JSON.parse(readFileSync(`${folder}sarif-2.1.0-rtm.5.json`, "utf8")) as object;
// Both packages are CommonJS modules with a property `default`, which is how their types see them.
const ajv = new ajvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
ajvFormats.default(ajv);
const validate = ajv.compile(schema);

/** What the schema has against a log, as it would be written; empty when nothing. */
export function sarifErrors(log: unknown): readonly unknown[] {
  const written = JSON.parse(JSON.stringify(log)) as unknown;
  return validate(written) ? [] : (validate.errors ?? []);
}

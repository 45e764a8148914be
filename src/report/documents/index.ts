/** Documents of laws and machines: what verify found and the sources in, files as text out. */
export { differing, documentsOf, isGenerated } from "./documents.js";
export { type Findings, findings, findingsOf, unfinished } from "./findings.js";
export { StaleError, reportOf } from "./revive.js";
export type { DocumentSource, Documents } from "./source.js";

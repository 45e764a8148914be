/** Printers: what was found in, text or JSON out. Nothing here reads the process or writes to it. */
export { type CounterexampleFile, counterexampleFile, counterexampleJson } from "./counterexample-json.js";
export { counterexampleText, type Page, traceLines } from "./counterexample.js";
export * from "./explore.js";
export { itfTrace } from "./itf.js";
export { lawJson, lawsText, lawText } from "./laws.js";
export { mermaidDiagram } from "./mermaid.js";
export * from "./numbers.js";
export { paintOf, plainPaint } from "./paint.js";
export { problemsOf, type VerifyProblem } from "./problems.js";
export * from "./replay-line.js";
export { replayPath } from "./replay.js";
export { scenariosJson, scenariosText } from "./scenarios.js";
export { shortened } from "./text.js";
export { verifyJson } from "./verify-json.js";
export { verdictLine, verifyText } from "./verify-table.js";

/** One test for each law, for any runner whose `test` takes a name and an asynchronous function. */
import type { ConformanceReport } from "./report.js";

/** `test` of vitest, of node:test, of Jest or Mocha. */
export type TestFunction = (name: string, work: () => Promise<void>) => unknown;

/**
 * Runs `check` once, when the first of its tests runs, and fails the tests of the laws that it found breached:
 * `testLaws(test, ["NL1", "NL2"], () => checkLeaseStore(adapter))`. A law that had nothing to say fails as well.
 */
export function testLaws(test: TestFunction, laws: readonly string[], check: () => Promise<ConformanceReport>): void {
  let running: Promise<ConformanceReport> | null = null;
  const report = (): Promise<ConformanceReport> => (running ??= check());
  for (const law of laws) {
    test(`${law} holds`, async () => {
      const { judged, counterexamples } = await report();
      const found = judged.find((one) => one.law === law);
      if (found?.verdict === "holds") return;
      const shown = counterexamples.find((one) => one.law === law)?.text ?? "it had nothing to say in any script";
      throw new Error(`${law} ${found?.verdict ?? "is not asked of this"}:\n${shown}`);
    });
  }
  test("every step is one of the model", async () => {
    const strayed = (await report()).counterexamples.find((one) => one.law === null);
    if (strayed !== undefined) throw new Error(strayed.text);
  });
}

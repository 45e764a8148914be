/** What came of one change of the source code. */
export interface MutantResult {
  readonly name: string;
  readonly file: string;
  readonly law: string | null;
  /** The test that failed first; null: none did. */
  readonly caughtBy: string | null;
}

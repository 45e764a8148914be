/** What can fail in the host itself. Refusals are values; failures of gathering travel as data. */
import { printable } from "../gather/index.js";

/** What is wrong with the files of a host. */
export type HostFailure = { readonly code: "host/bad-profile"; readonly path: string; readonly found: string };

/** A host could not be opened; `failure` has the code, the file and what was found in it. */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly failure: HostFailure;

  constructor(failure: HostFailure) {
    super(
      `reading the agent profile ${printable(failure.path)}: ${failure.found}. Mend it or take it away. [${failure.code}]`,
    );
    this.failure = failure;
  }
}

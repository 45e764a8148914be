/** Ctrl-C as a signal that work looks at: the first asks it to end with what is known, a second kills. */

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C back to the process. */
  dispose(): void;
}

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once("SIGINT", abort);
  return { signal: controller.signal, dispose: () => void process.off("SIGINT", abort) };
}

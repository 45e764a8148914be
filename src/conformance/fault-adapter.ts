/**
 * How a store or a host is hurt while it is judged. Each call may be left out: the scripts are then without it, and the
 * report says so.
 */

/** Calls of the disk that can fail: those that write, read, or wait until what was written is durable. */
export type FaultyCall = "write" | "read" | "sync";

/** What can be done to all processes of a store or a host at once. */
export interface FaultyUnderTest {
  /** So many calls of any process on the disk fail from now on. 0: none does. Absent: the disk does not fail. */
  failNext?(what: FaultyCall, calls: number): void;
  /**
   * Every process ends, and of what was never made durable any part is lost; `pick` chooses which of the possible
   * outcomes it is. Absent: the power is not cut.
   */
  powerCut?(pick: number): Promise<void>;
}

/** What can be done to one process. */
export interface MortalProcess {
  /**
   * The process is killed at that call of the disk from now, in the middle of what it does. The result tells whether it
   * was, and calls it off otherwise. Absent: processes are only killed between two calls.
   */
  dieAt?(call: number): () => boolean;
}

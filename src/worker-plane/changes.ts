/** What the master says of itself: each change of its registries, and why a lease was not granted. */
import type { LeaseEffect, WorkerId } from "../../spec/vocabulary/worker.js";

/** Why no lease was granted. A refusal is an answer, not an error. */
export type Refusal =
  | { readonly reason: "worker-unknown"; readonly worker: WorkerId }
  | { readonly reason: "worker-inactive"; readonly worker: WorkerId; readonly beatAgeMs: number }
  /** Another lease that mutates the run is open (LL9). */
  | { readonly reason: "run-busy"; readonly run: string; readonly lease: string }
  | { readonly reason: "registry-full"; readonly openLeases: number };

/** One step of the plane. The first field names it; ids are those of `status()`. */
export type PlaneChange =
  /** `returned`: the same process again; `replaced`: a later process with the same id. */
  | {
      readonly type: "worker.registered";
      readonly worker: WorkerId;
      readonly how: "started" | "returned" | "replaced";
    }
  | { readonly type: "worker.beat"; readonly worker: WorkerId }
  /** Its beat is older than the TTL now. It may come back. */
  | { readonly type: "worker.silent"; readonly worker: WorkerId }
  | { readonly type: "worker.unregistered"; readonly worker: WorkerId }
  /** It was silent without a lease, and made room for another one. */
  | { readonly type: "worker.evicted"; readonly worker: WorkerId }
  | {
      readonly type: "lease.acquired";
      readonly lease: string;
      readonly worker: WorkerId;
      readonly run: string;
      readonly effect: LeaseEffect;
    }
  | { readonly type: "lease.dispatched"; readonly lease: string; readonly attempt: number }
  | { readonly type: "lease.progressed"; readonly lease: string; readonly attempt: number }
  | {
      readonly type: "lease.completed";
      readonly lease: string;
      readonly attempt: number;
      readonly ok: boolean;
      /** The completed lease that left the registry for it. */
      readonly evicted: string | null;
    }
  | {
      readonly type: "caller.answered";
      readonly lease: string;
      readonly answer: "gotResult" | "gotLost" | "gotTimeout";
    }
  | { readonly type: "caller.left"; readonly lease: string }
  /** Open, nobody waits for it, and its worker is silent: it left the registry. */
  | { readonly type: "lease.withdrawn"; readonly lease: string }
  | { readonly type: "clock.ticked" }
  | { readonly type: "master.closed" };

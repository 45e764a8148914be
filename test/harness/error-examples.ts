/**
 * One example of every failure that this package throws or hands out, by code. A code without an example does not
 * compile. The messages on the errors page are made from these by the errors themselves.
 */
import type { LaneInvalid } from "../../spec/lane-lease/index.js";
import { ModelError, type ModelFailure } from "../../src/checker/index.js";
import type { FailureCode, Refused, Sent, TreeMade, TreeRemoved, Created } from "../../src/gather/index.js";
import { HostError, type HostFailure } from "../../src/host/index.js";
import { JournalError, type JournalFailure } from "../../src/journal/index.js";
import { LeaseError, type LeaseFailure, type LeaseOperation } from "../../src/lease/index.js";
import { LintError, type LintFailure } from "../../src/lint/index.js";
import { RunError, type RunFailure } from "../../src/run/index.js";
import { type ProblemCode, WorkerPlaneError, type WorkerPlaneFailure } from "../../src/worker-plane/index.js";

type ByCode<F extends { readonly code: string }> = { readonly [C in F["code"]]: Extract<F, { code: C }> };

const path = "/srv/state/log.ndjson";
const doing = "append to";

const models: ByCode<ModelFailure> = {
  "model/schema": { code: "model/schema", path: "name", found: "z.string", hint: "Use z.enum or z.literal." },
  "model/bounds": { code: "model/bounds", field: "leases[0].count", value: "3", expected: "an integer 0..2" },
  "model/too-wide": { code: "model/too-wide", path: "log", values: "1.2e+18" },
  "model/nondeterministic": {
    code: "model/nondeterministic",
    action: "tick",
    first: '{"age":1}',
    second: '{"age":2}',
  },
  "model/mutated": { code: "model/mutated", field: "cells[0]" },
  "model/replay": { code: "model/replay", step: 3, action: "tick", found: "not enabled" },
  "model/no-initial-state": { code: "model/no-initial-state" },
  "model/asymmetric": { code: "model/asymmetric", sort: "worker", found: "it has 2 members in one place and 3 in another" },
};

const journals: ByCode<JournalFailure> = {
  "journal/corrupt": {
    code: "journal/corrupt",
    path,
    damage: [
      { kind: "line", offset: 4096, length: 212, after: 17, before: 19, detail: "the checksum does not match" },
    ],
  },
  "journal/locked": { code: "journal/locked", path, waitedMs: 10_000, holder: "process 4711" },
  "journal/lock-unsupported": { code: "journal/lock-unsupported", path, found: "the kernel answered ENOSYS" },
  "journal/newer-version": { code: "journal/newer-version", path, needed: 2, known: 1 },
  "journal/foreign-fold": { code: "journal/foreign-fold", path, found: "runs 1", expected: "lanes 1" },
  "journal/not-local": { code: "journal/not-local", path: "/mnt/share/state", filesystem: "nfs" },
  "journal/read-failed": { code: "journal/read-failed", path, doing: "read", errno: "EIO" },
  "journal/write-failed": { code: "journal/write-failed", path, doing, errno: "EIO" },
  "journal/no-space": { code: "journal/no-space", path, doing, errno: "ENOSPC" },
  "journal/unknown-outcome": { code: "journal/unknown-outcome", path, doing: "sync", errno: "EIO" },
  "journal/not-a-directory": { code: "journal/not-a-directory", path: "/srv/state", found: "a file" },
  "journal/not-a-file": { code: "journal/not-a-file", path, found: "a directory" },
  "journal/foreign-owner": { code: "journal/foreign-owner", path: "/srv/state", owner: 0, self: 1000 },
  "journal/open-to-others": { code: "journal/open-to-others", path: "/srv/state", mode: "777" },
  "journal/symlink": { code: "journal/symlink", path },
  "journal/read-only": { code: "journal/read-only", path },
  "journal/absent": { code: "journal/absent", path },
  "journal/exists": { code: "journal/exists", path },
  "journal/closed": { code: "journal/closed", path },
  "journal/bad-event": { code: "journal/bad-event", found: "the data of event 0 is undefined" },
  "journal/bad-option": { code: "journal/bad-option", option: "lock.waitMs", found: "it is -1" },
  "journal/repair-refused": { code: "journal/repair-refused", path, found: "nothing in it is damaged" },
};

const invalidLane: LaneInvalid = {
  kind: "path-absolute",
  field: "region.0",
  found: '"/srv"',
  hint: "name paths from the root of the shared work",
};
const inWords = { found: `${path} cannot be used.` };

const leases: { readonly [C in LeaseFailure["code"]]: readonly [LeaseOperation, Extract<LeaseFailure, { code: C }>] } = {
  "lease/invalid-request": ["acquire", { code: "lease/invalid-request", invalid: invalidLane }],
  "lease/busy": ["acquire", { code: "lease/busy", found: "another process writes for longer than 10000 ms." }],
  "lease/damaged": ["acquire", { code: "lease/damaged", found: `${path} has one damaged place.` }],
  "lease/newer-version": ["open", { code: "lease/newer-version", found: `${path} holds records of version 2.` }],
  "lease/unavailable": ["open", { code: "lease/unavailable", ...inWords }],
  "lease/unknown-outcome": ["release", { code: "lease/unknown-outcome", found: `${path} could not be synced.` }],
  "lease/read-only": ["acquire", { code: "lease/read-only" }],
  "lease/closed": ["heartbeat", { code: "lease/closed" }],
};

const runs: ByCode<RunFailure> = {
  "run/unknown": { code: "run/unknown", run: "fix-9", known: ["fix-7", "fix-8"] },
  "run/exists": { code: "run/exists", run: "fix-8" },
  "run/fenced": { code: "run/fenced", fence: 3, newest: 4 },
  "run/invalid": { code: "run/invalid", what: 'an observation of run "fix-8"', field: "type", detail: '"session.here": it is of no known form' },
  "run/no-capability": { code: "run/no-capability", run: "fix-8" },
  "run/too-many": { code: "run/too-many", limit: 1000 },
  "run/closed": { code: "run/closed" },
};

const hosts: ByCode<HostFailure> = {
  "host/bad-profile": { code: "host/bad-profile", path: "/srv/state/profiles/mine.json", found: "it is no JSON" },
};

const planes: ByCode<WorkerPlaneFailure> = {
  "worker-plane/bad-request": { code: "worker-plane/bad-request", field: "target", found: "an empty id" },
  "worker-plane/snapshot-too-large": { code: "worker-plane/snapshot-too-large", bytes: 70_000, bytesMax: 65_536 },
  "worker-plane/closed": { code: "worker-plane/closed" },
  "worker-plane/cannot-listen": { code: "worker-plane/cannot-listen", address: "127.0.0.1:7000", found: "EADDRINUSE" },
  "worker-plane/not-local": { code: "worker-plane/not-local", host: "0.0.0.0" },
  "worker-plane/stopped": {
    code: "worker-plane/stopped",
    because: {
      code: "worker-plane/unauthenticated",
      message: "the token is not the master's [worker-plane/unauthenticated]",
    },
  },
};

const lints: ByCode<LintFailure> = {
  "lint/configuration": {
    code: "lint/configuration",
    file: "write-surface.yaml",
    problems: [{ line: 7, column: 9, message: "src/store.ts has no export Store" }],
  },
  "lint/lock": { code: "lint/lock", file: "write-surface.lock.json", found: "a file that is not JSON" },
  "lint/missing-package": { code: "lint/missing-package", name: "@ast-grep/lang-go" },
  "lint/usage": { code: "lint/usage", what: 'there is no writer "W12" in write-surface.yaml' },
  "lint/limit": { code: "lint/limit", limit: "treeFilesMax", value: 100_000 },
};

/** Sections of the page: a class, and an example of the message of each of its codes. */
export const thrown: readonly { readonly name: string; readonly messages: Readonly<Record<string, string>> }[] = [
  { name: "ModelError", messages: messagesOf(models, (one) => new ModelError(one, { model: "example" })) },
  { name: "JournalError", messages: messagesOf(journals, (one) => new JournalError(one)) },
  { name: "LeaseError", messages: messagesOf(leases, ([operation, one]) => new LeaseError(operation, one)) },
  { name: "RunError", messages: messagesOf(runs, (one) => new RunError(one)) },
  { name: "HostError", messages: messagesOf(hosts, (one) => new HostError(one)) },
  { name: "WorkerPlaneError", messages: messagesOf(planes, (one) => new WorkerPlaneError(one)) },
  { name: "LintError", messages: messagesOf(lints, (one) => new LintError(one)) },
];

function messagesOf<E>(examples: Readonly<Record<string, E>>, errorOf: (example: E) => Error): Record<string, string> {
  return Object.fromEntries(Object.entries(examples).map(([code, example]) => [code, errorOf(example).message]));
}

/** What a peer of the worker plane is told when its frame, connection or message is refused. */
export const problemMeanings: Readonly<Record<ProblemCode, string>> = {
  "worker-plane/unauthenticated": "the token is not the master's; final",
  "worker-plane/authentication-overdue": "no greeting came in time",
  "worker-plane/protocol-version": "the peer speaks another version of the protocol; final",
  "worker-plane/frame-too-large": "a frame is longer than the limit",
  "worker-plane/invalid-utf8": "a frame is not UTF-8",
  "worker-plane/invalid-json": "a frame is not JSON",
  "worker-plane/invalid-message": "a message does not have the shape it says to have",
  "worker-plane/wrong-role": "a connection sent what its role does not send",
  "worker-plane/reserved-id": "a worker calls itself by the master's own id; final",
  "worker-plane/superseded": "a later start of the same worker has registered; final",
  "worker-plane/registry-full": "the master keeps as many workers as it may",
  "worker-plane/unknown-worker": "the master does not know the worker, or not any more; register again",
  "worker-plane/unknown-lease": "the master does not know the lease, or not any more",
  "worker-plane/foreign-worker": "the lease was dispatched to another worker",
  "worker-plane/old-attempt": "the attempt is not the newest one of its lease; its result is dropped",
  "worker-plane/already-completed": "the lease has its result already",
  "worker-plane/slow-peer": "the peer takes less than it is sent",
  "worker-plane/connection-lost": "the connection ended without a word",
  "worker-plane/master-closed": "the master ended",
};

/** Why something could not be seen or done; the code in a message is `gather/<code>`. */
export const gatherMeanings: Readonly<Record<FailureCode, string>> = {
  "program-missing": "a program is not in `PATH`; the message names the package to install and what is missing without it",
  "program-failed": "a program did not start, or ended with an error; its own words are quoted",
  "not-permitted": "the system does not let the host start, read or write it",
  "timed-out": "a program gave no answer before its deadline and was stopped",
  oversized: "there is more to read than the bound allows",
  garbled: "an answer is not in the form that was asked for",
  "folder-missing": "the folder or file is not there",
  "folder-invalid": "the path is no folder, or not the top of a work tree",
  "base-unknown": "the base of a work tree is no commit there",
  "foreign-server": "another tmux server answers at the socket, while the session's own one still runs",
  "socket-removed": "nobody answers at the socket of a tmux server that still runs",
  "identity-missing": "the identity does not say which session or process is meant",
  "process-unknown": "the process table gave no answer about the process",
  "not-stopped": "a group of processes is still there after SIGKILL",
  "sign-in-needed": "`gh` is not signed in",
  "rate-limited": "GitHub's rate limit is used up",
};

type RefusalOf<T> = T extends Refused<infer C> ? C : never;
export type GatherRefusal = RefusalOf<Created | Sent | TreeMade | TreeRemoved>;

/** Why an action was not carried out: an answer, not a failure. */
export const gatherRefusalMeanings: Readonly<Record<GatherRefusal, string>> = {
  "name-invalid": "the name of a session or branch is not safe or not allowed",
  "name-taken": "there is a session of this name",
  "folder-missing": "the folder to start in is not there",
  "command-invalid": "the command or its environment cannot be passed on as it is",
  "command-too-long": "command and environment are longer than tmux takes",
  "no-terminal": "the agent has no terminal to type to",
  "text-invalid": "the text holds control characters",
  "text-too-long": "the text is longer than what is typed at once",
  "path-taken": "there is something at the path of the new work tree",
  "branch-taken": "another work tree has the branch",
  "not-clean": "the work tree holds changes that nobody committed",
};

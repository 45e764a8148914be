/**
 * What a kernel does for lock protocols: one path, names of each process's own, inodes, descriptors, advisory
 * locks, stamps and process ids. Every function is one system call or one event of the host, and atomic.
 *
 * An inode exists as long as a name or a descriptor refers to it. An advisory lock belongs to the descriptor that
 * took it and ends with it. Not modelled: a descriptor shared by two processes, directories within directories,
 * calls that are interrupted, power loss.
 */
import { invariant, replaceAt, unreachable } from "../kernel/index.js";
import { at } from "./worker-plane-members.js";

/** Who a file says it belongs to: a process, or the one that died before all began. */
export type Owner = number;

export interface Inode {
  /** What was written into it; null as long as it is empty. Directories stay empty. */
  readonly body: Owner | null;
  /** Its stamp is older than the protocol's limit, as the host's clock shows it. */
  readonly stale: boolean;
  /** The process whose descriptor holds the advisory lock. */
  readonly lockedBy: number | null;
}

/** What one process has of the file system. */
export interface Handles {
  readonly descriptor: number | null;
  /** The inode under the name that is this process's alone. */
  readonly aside: number | null;
}

export interface FileSystem {
  /** The inode under the one name all processes know; null when there is none. */
  readonly path: number | null;
  readonly handles: readonly Handles[];
  readonly inodes: readonly Inode[];
}

export const noHandles: Handles = { descriptor: null, aside: null };
export const blankInode: Inode = { body: null, stale: false, lockedBy: null };

/** System calls of lock protocols. `begin` and `leave` are decisions of the process and touch nothing. */
export type Call =
  | "begin"
  | "open"
  | "create"
  | "makeDirectory"
  | "write"
  | "lock"
  | "close"
  | "read"
  | "readAside"
  | "probe"
  | "moveAside"
  | "moveBack"
  | "unlink"
  | "unlinkAside"
  | "leave"
  | "none";

/** What a call says to the process that made it. */
export type Answer =
  | { readonly type: "call.succeeded" }
  | { readonly type: "call.failed" }
  | { readonly type: "body.read"; readonly owner: Owner | null; readonly stale: boolean }
  | { readonly type: "process.probed"; readonly alive: boolean };

export interface Outcome {
  readonly files: FileSystem;
  readonly answer: Answer;
}

/** Facts about processes that a call may ask for. */
export interface Caller {
  readonly process: number;
  /** The label it writes into files. */
  readonly label: Owner;
  /** Whether the process it asks about is there, or another under its number. */
  readonly probedIsAlive: boolean;
}

/** The outcome of a call, or null while it blocks. */
export function perform(call: Call, files: FileSystem, caller: Caller): Outcome | null {
  switch (call) {
    case "begin":
    case "leave":
      return succeeded(files);
    case "open":
      return succeeded(openPath(files, caller.process));
    case "create":
      return files.path === null ? succeeded(openPath(files, caller.process)) : failed(files);
    case "makeDirectory":
      return files.path === null ? succeeded(makeDirectory(files)) : failed(files);
    case "write":
      return succeeded(closed(written(files, caller), caller.process));
    case "lock":
      return lock(files, caller.process);
    case "close":
      return succeeded(closed(files, caller.process));
    case "read":
      return read(files, files.path);
    case "readAside":
      return read(files, handlesOf(files, caller.process).aside);
    case "probe":
      return { files, answer: { type: "process.probed", alive: caller.probedIsAlive } };
    case "moveAside":
      return moveAside(files, caller.process);
    case "moveBack":
      return moveBack(files, caller.process);
    case "unlink":
      return files.path === null ? failed(files) : succeeded(tidied({ ...files, path: null }));
    case "unlinkAside":
      return succeeded(withHandles(files, caller.process, { aside: null }));
    case "none":
      return null;
    default:
      return unreachable(call);
  }
}

/** What the kernel does when a process ends: its descriptor is closed. Its names stay. */
export function closed(files: FileSystem, process: number): FileSystem {
  const { descriptor } = handlesOf(files, process);
  if (descriptor === null) return files;
  const inode = at(files.inodes, descriptor);
  const unlocked = inode.lockedBy === process ? { ...inode, lockedBy: null } : inode;
  const inodes = replaceAt(files.inodes, descriptor, unlocked);
  return withHandles({ ...files, inodes }, process, { descriptor: null });
}

/** Every stamp becomes older than the limit, or, when the clock is set back, younger. */
export function stamped(files: FileSystem, stale: boolean): FileSystem {
  const inodes = files.inodes.map((inode, number) =>
    isReferred(files, number) && inode.stale !== stale ? { ...inode, stale } : inode,
  );
  return { ...files, inodes };
}

function succeeded(files: FileSystem): Outcome {
  return { files, answer: { type: "call.succeeded" } };
}

function failed(files: FileSystem): Outcome {
  return { files, answer: { type: "call.failed" } };
}

function handlesOf(files: FileSystem, process: number): Handles {
  return at(files.handles, process);
}

function withHandles(files: FileSystem, process: number, change: Partial<Handles>): FileSystem {
  const handles = replaceAt(files.handles, process, { ...handlesOf(files, process), ...change });
  return tidied({ ...files, handles });
}

/** Opens what the path names; a file is made when there is none. */
function openPath(files: FileSystem, process: number): FileSystem {
  const descriptor = files.path ?? freeInode(files);
  return withHandles({ ...files, path: descriptor }, process, { descriptor });
}

function makeDirectory(files: FileSystem): FileSystem {
  return { ...files, path: freeInode(files) };
}

function written(files: FileSystem, { process, label }: Caller): FileSystem {
  const { descriptor } = handlesOf(files, process);
  invariant(descriptor !== null, `process ${process} writes without a descriptor`);
  const inode = { ...at(files.inodes, descriptor), body: label, stale: false };
  return { ...files, inodes: replaceAt(files.inodes, descriptor, inode) };
}

function lock(files: FileSystem, process: number): Outcome | null {
  const { descriptor } = handlesOf(files, process);
  invariant(descriptor !== null, `process ${process} locks without a descriptor`);
  const inode = at(files.inodes, descriptor);
  if (inode.lockedBy !== null) return null;
  const inodes = replaceAt(files.inodes, descriptor, { ...inode, lockedBy: process });
  return succeeded({ ...files, inodes });
}

function read(files: FileSystem, number: number | null): Outcome {
  if (number === null) return failed(files);
  const { body, stale } = at(files.inodes, number);
  return { files, answer: { type: "body.read", owner: body, stale } };
}

function moveAside(files: FileSystem, process: number): Outcome {
  if (files.path === null) return failed(files);
  return succeeded(withHandles({ ...files, path: null }, process, { aside: files.path }));
}

/** A rename replaces whatever has the name by now. */
function moveBack(files: FileSystem, process: number): Outcome {
  const { aside } = handlesOf(files, process);
  invariant(aside !== null, `process ${process} moves nothing back`);
  return succeeded(withHandles({ ...files, path: aside }, process, { aside: null }));
}

function isReferred(files: FileSystem, number: number): boolean {
  if (files.path === number) return true;
  return files.handles.some(({ descriptor, aside }) => descriptor === number || aside === number);
}

function freeInode(files: FileSystem): number {
  const number = files.inodes.findIndex((_, candidate) => !isReferred(files, candidate));
  invariant(number !== -1, `all ${files.inodes.length} inodes of the model are in use`);
  return number;
}

/** Inodes that nothing refers to are gone: one value for all that were there. */
function tidied(files: FileSystem): FileSystem {
  let inodes = files.inodes;
  for (let number = 0; number < inodes.length; number += 1) {
    const { body, stale, lockedBy } = at(inodes, number);
    const isBlank = body === null && !stale && lockedBy === null;
    if (!isBlank && !isReferred(files, number)) inodes = replaceAt(inodes, number, blankInode);
  }
  return inodes === files.inodes ? files : { ...files, inodes };
}

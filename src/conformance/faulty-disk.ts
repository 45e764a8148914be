/**
 * A disk as one process of a test sees it: its next calls can fail, and the process can die at any of them. What it
 * had open is closed when it ends, as the kernel would. A sync that fails has synced nothing.
 */
import type { Disk, FileHandle } from "../journal/index.js";
import type { FaultyCall } from "./fault-adapter.js";

/** Faults of all processes of one store or host. */
export class DiskFaults {
  readonly #due = { write: 0, read: 0, sync: 0 };

  /** The next so many calls fail; 0: none does. */
  fail(what: FaultyCall, calls: number): void {
    this.#due[what] = calls;
  }

  calm(): void {
    Object.assign(this.#due, { write: 0, read: 0, sync: 0 });
  }

  /** What goes wrong with this call; null: nothing. */
  next(what: FaultyCall): Error | null {
    if (this.#due[what] === 0) return null;
    this.#due[what] -= 1;
    return Object.assign(new Error(`EIO: input/output error, ${what}`), { code: "EIO", syscall: what });
  }
}

const kinds: Partial<Record<keyof Disk, FaultyCall>> = {
  append: "write",
  overwrite: "write",
  truncate: "write",
  rename: "write",
  read: "read",
  syncData: "sync",
  syncDirectory: "sync",
};

/** The disk of one process. */
export class ProcessDisk {
  readonly disk: Disk;
  readonly #open = new Set<FileHandle>();
  #dead = false;
  #left = Infinity;

  constructor(
    private readonly base: Disk,
    private readonly faults: DiskFaults,
  ) {
    this.disk = new Proxy(base, { get: (of, key) => this.#called(of, key as keyof Disk) });
  }

  /** The process dies at that call from now. */
  dieAt(call: number): void {
    this.#left = call;
  }

  /** Did it? If not, it is called off. */
  get dead(): boolean {
    if (!this.#dead) this.#left = Infinity;
    return this.#dead;
  }

  /** The process is gone: nothing it still does reaches the disk, and what it had open is closed. */
  end(): void {
    this.#dead = true;
    for (const handle of this.#open) this.base.close(handle);
    this.#open.clear();
  }

  #called(of: Disk, key: keyof Disk): unknown {
    const value: unknown = Reflect.get(of, key);
    if (typeof value !== "function") return value;
    const call = value.bind(of) as (...args: readonly unknown[]) => unknown;
    if (key === "watch") return call;
    // What was closed by the end of the process is not closed, or unlocked, again: its number may be another's by now.
    if (key === "close" || key === "unlock") {
      return (handle: FileHandle, ...rest: readonly unknown[]): void => {
        if (!this.#open.has(handle)) return;
        if (key === "close") this.#open.delete(handle);
        call(handle, ...rest);
      };
    }
    const kind = kinds[key];
    return (...args: readonly unknown[]): unknown => {
      this.#step();
      const fault = kind === undefined ? null : this.faults.next(kind);
      if (fault !== null && kind === "sync") return Promise.reject(fault);
      if (fault !== null) throw fault;
      const result = call(...args);
      if (key === "open") this.#open.add(result as FileHandle);
      return result;
    };
  }

  #step(): void {
    this.#left -= 1;
    if (this.#left <= 0) this.#dead = true;
    if (this.#dead) throw new Error("the process is gone");
  }
}

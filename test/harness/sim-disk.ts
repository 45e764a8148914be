/**
 * A disk in memory with a volatile cache, shared by simulated processes, that can fail or stop at any call.
 *
 * Modelled: appends and truncations reach the medium only by a sync of the file, or by themselves in any
 * state a power cut can leave: the length as of any point of the sequence, each 512-byte sector as of any
 * point of the sequence, independently of the others and of the length. New names, renames and removals
 * reach it by a sync of their directory, or by themselves in the order they were made. A failed sync may
 * drop what was not yet on the medium, while reads go on to see it, until the cache is evicted; a later
 * sync then succeeds and proves nothing. Locks by open file, freed when its process ends. Short writes.
 *
 * Not modelled: names that reach the medium out of order, sectors that are torn inside, blocks that come
 * back with foreign content, rot, a medium that lies about a successful sync.
 */
import type { Disk, FileHandle, FileStat, LockRange, OpenMode } from "../../src/journal/index.js";

export const sector = 512;
/** Ways in which one file can come out of a power cut; beyond this they are thinned out evenly. */
const fileImagesMax = 512;

export class SimCrash extends Error {
  override readonly name = "SimCrash";
}

export interface SimCall {
  readonly process: number;
  readonly name: keyof Disk;
  readonly path: string;
  /** Of an append. */
  readonly bytes: Uint8Array | null;
}

/** What a hook makes of a call. `dropped`: the failed sync loses what was not on the medium. */
export type SimFault =
  | { readonly errno: string; readonly dropped?: boolean; readonly evicted?: boolean }
  | { readonly short: number }
  | "stop";

/** Counts the call and asks the hook; throws what the hook wants thrown, syncs aside. */
type Enter = (name: keyof Disk, path: string, bytes?: Uint8Array | null) => SimFault | undefined;

export type Image = ReadonlyMap<string, Buffer>;

type Change =
  | { readonly kind: "append"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly length: number };

interface SimFile {
  readonly id: number;
  cached: Buffer;
  durable: Buffer;
  pending: Change[];
}

type Names = Map<string, SimFile | "directory">;
/** Names set or, with null, removed; one change is atomic. */
type NameChange = readonly (readonly [string, SimFile | "directory" | null])[];

interface OpenFile {
  readonly file: SimFile;
  readonly path: string;
  readonly mode: OpenMode;
}

export class SimWorld {
  /** Asked before every call. */
  hook: (call: SimCall) => SimFault | undefined = () => undefined;
  calls = 0;
  readonly #names: Names = new Map();
  readonly #durableNames: Names = new Map();
  #pendingNames: { readonly directory: string; readonly change: NameChange }[] = [];
  /** `file:byte` to the open files that hold it. */
  readonly #locks = new Map<string, Map<number, "shared" | "exclusive">>();
  readonly #open = new Map<number, OpenFile>();
  #stopped = false;
  #lastId = 0;
  #processes = 0;

  constructor(image: Image = new Map()) {
    this.#setBoth("/", "directory");
    for (const [path, bytes] of image) {
      if (path.endsWith("/")) this.#setBoth(path.slice(0, -1), "directory");
      else this.#setBoth(path, { id: ++this.#lastId, cached: bytes, durable: bytes, pending: [] });
    }
  }

  /** A process of its own: what it has open is closed, and its locks are freed, by `end`. */
  process(): { readonly disk: Disk; readonly end: () => void } {
    const process = ++this.#processes;
    const own = new Set<FileHandle>();
    let ended = false;
    const enter: Enter = (name, path, bytes = null) => {
      if (this.#stopped || ended) throw new SimCrash();
      this.calls += 1;
      const fault = this.hook({ process, name, path, bytes });
      if (fault === "stop") {
        this.#stopped = true;
        throw new SimCrash();
      }
      if (fault !== undefined && "errno" in fault && !name.startsWith("sync")) throw errno(fault.errno, name);
      return fault;
    };
    const end = (): void => {
      ended = true;
      for (const file of own) this.#close(file);
    };
    return { disk: this.#diskOf(enter, own, () => ended), end };
  }

  /** Everything a power cut now can leave on the medium. */
  *images(): Generator<Image> {
    for (let applied = 0; applied <= this.#pendingNames.length; applied += 1) {
      const names: Names = new Map(this.#durableNames);
      for (const { change } of this.#pendingNames.slice(0, applied)) apply(names, change);
      yield* combinations([...names].filter(([path]) => parentsThere(names, path)));
    }
  }

  /** What processes see now. */
  cachedImage(): Image {
    const image = new Map<string, Buffer>();
    for (const [path, file] of this.#names) {
      if (file === "directory") image.set(`${path}/`, Buffer.alloc(0));
      else image.set(path, Buffer.from(file.cached));
    }
    return image;
  }

  /** Drops the cache: reads see the medium, in the length that processes know. */
  evict(path: string): void {
    evict(this.#file(path));
  }

  #diskOf(enter: Enter, own: Set<FileHandle>, ended: () => boolean): Disk {
    const at = (handle: FileHandle): OpenFile => {
      const open = this.#open.get(handle);
      if (open === undefined) throw errno("EBADF", "use");
      return open;
    };
    return {
      uid: 0,
      open: (path, mode) => {
        enter("open", path);
        const handle = this.#openFile(path, mode);
        own.add(handle);
        return handle;
      },
      close: (handle) => {
        own.delete(handle);
        this.#close(handle);
      },
      read: (handle, into, position) => {
        enter("read", at(handle).path);
        const { cached } = at(handle).file;
        return position >= cached.length ? 0 : cached.copy(into, 0, position);
      },
      append: (handle, bytes) => {
        const fault = enter("append", at(handle).path, bytes);
        const taken = fault !== undefined && fault !== "stop" && "short" in fault ? fault.short : bytes.length;
        append(at(handle).file, Buffer.from(bytes.subarray(0, taken)));
        return taken;
      },
      overwrite: (handle, bytes, position) => {
        enter("overwrite", at(handle).path);
        const { file } = at(handle);
        const grown = resized(file.cached, Math.max(file.cached.length, position + bytes.length));
        grown.set(bytes, position);
        file.cached = grown;
      },
      truncate: (handle, length) => {
        enter("truncate", at(handle).path);
        const { file } = at(handle);
        file.cached = resized(file.cached, length);
        file.pending.push({ kind: "truncate", length });
      },
      syncData: async (handle) => {
        const fault = enter("syncData", at(handle).path);
        syncFile(at(handle).file, fault);
        return Promise.resolve();
      },
      syncDirectory: async (path) => {
        const fault = enter("syncDirectory", path);
        this.#syncNames(path, fault);
        return Promise.resolve();
      },
      rename: (from, to) => {
        enter("rename", from);
        this.#change([[to, this.#file(from)], [from, null]]);
      },
      link: (from, to) => {
        enter("link", from);
        if (this.#names.has(to)) throw errno("EEXIST", "link");
        this.#change([[to, this.#file(from)]]);
      },
      remove: (path) => {
        enter("remove", path);
        this.#file(path);
        this.#change([[path, null]]);
      },
      stat: (path) => {
        enter("stat", path);
        const found = this.#names.get(path);
        return found === undefined ? null : statOf(found);
      },
      statFile: (handle) => {
        enter("statFile", at(handle).path);
        return statOf(at(handle).file);
      },
      list: (directory) => {
        enter("list", directory);
        const prefix = `${directory}/`;
        return [...this.#names.keys()].flatMap((path) =>
          path.startsWith(prefix) ? [path.slice(prefix.length)] : [],
        );
      },
      makeDirectory: (path) => {
        enter("makeDirectory", path);
        if (!this.#names.has(path)) this.#change([[path, "directory"]]);
      },
      removeDirectory: (path) => {
        enter("removeDirectory", path);
        if (![...this.#names.keys()].some((name) => name.startsWith(`${path}/`))) this.#change([[path, null]]);
      },
      filesystem: (path) => {
        enter("filesystem", path);
        return { type: 0xef53, freeBytes: 1e9 };
      },
      tryLock: (handle, range) => this.#tryLock(handle, at(handle).file, range),
      unlock: (handle, range) => {
        if (!ended()) this.#unlock(handle, at(handle).file, range);
      },
      watch: () => () => undefined,
    };
  }

  #openFile(path: string, mode: OpenMode): FileHandle {
    const found = this.#names.get(path);
    if (found === "directory") throw errno("EISDIR", "open");
    if (found !== undefined && mode === "create") throw errno("EEXIST", "open");
    if (found === undefined && (mode === "read" || mode === "append")) throw errno("ENOENT", "open");
    const empty = Buffer.alloc(0);
    const file = found ?? { id: ++this.#lastId, cached: empty, durable: empty, pending: [] };
    if (found === undefined) this.#change([[path, file]]);
    const handle = ++this.#lastId;
    this.#open.set(handle, { file, path, mode });
    return handle;
  }

  #close(handle: FileHandle): void {
    this.#open.delete(handle);
    for (const owners of this.#locks.values()) owners.delete(handle);
  }

  #tryLock(handle: FileHandle, file: SimFile, { offset, length, shared = false }: LockRange): boolean {
    const bytes = Array.from({ length }, (_, index) => this.#ownersOf(file, offset + index));
    const free = bytes.every((owners) =>
      [...owners].every(([owner, mode]) => owner === handle || (shared && mode === "shared")),
    );
    if (free) for (const owners of bytes) owners.set(handle, shared ? "shared" : "exclusive");
    return free;
  }

  #unlock(handle: FileHandle, file: SimFile, { offset, length }: LockRange): void {
    for (let byte = offset; byte < offset + length; byte += 1) this.#ownersOf(file, byte).delete(handle);
  }

  #ownersOf(file: SimFile, byte: number): Map<number, "shared" | "exclusive"> {
    const key = `${file.id}:${byte}`;
    const owners = this.#locks.get(key) ?? new Map<number, "shared" | "exclusive">();
    this.#locks.set(key, owners);
    return owners;
  }

  #file(path: string): SimFile {
    const found = this.#names.get(path);
    if (found === undefined || found === "directory") throw errno("ENOENT", "use");
    return found;
  }

  #change(change: NameChange): void {
    apply(this.#names, change);
    this.#pendingNames.push({ directory: parentOf(change[0]?.[0] ?? "/"), change });
  }

  #syncNames(directory: string, fault: SimFault | undefined): void {
    const mine = this.#pendingNames.filter((pending) => pending.directory === directory);
    if (fault === undefined) for (const { change } of mine) apply(this.#durableNames, change);
    const dropped = fault !== undefined && fault !== "stop" && "errno" in fault && fault.dropped === true;
    if (fault === undefined || dropped) {
      this.#pendingNames = this.#pendingNames.filter((pending) => !mine.includes(pending));
    }
    if (fault !== undefined && fault !== "stop" && "errno" in fault) throw errno(fault.errno, "fsync");
  }

  #setBoth(path: string, found: SimFile | "directory"): void {
    this.#names.set(path, found);
    this.#durableNames.set(path, found);
  }
}

function syncFile(file: SimFile, fault: SimFault | undefined): void {
  if (fault === undefined) {
    for (const change of file.pending) file.durable = changed(file.durable, change);
    file.pending = [];
  } else if (fault !== "stop" && "errno" in fault) {
    if (fault.dropped === true) file.pending = [];
    if (fault.evicted === true) evict(file);
    throw errno(fault.errno, "fdatasync");
  }
}

function evict(file: SimFile): void {
  file.cached = resized(file.durable, file.cached.length);
}

function append(file: SimFile, bytes: Buffer): void {
  const offset = file.cached.length;
  file.cached = Buffer.concat([file.cached, bytes]);
  file.pending.push({ kind: "append", offset, bytes });
}

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === "truncate") return resized(content, change.length);
  const grown = resized(content, Math.max(content.length, change.offset + change.bytes.length));
  change.bytes.copy(grown, change.offset);
  return grown;
}

function resized(content: Buffer, length: number): Buffer {
  const copy = Buffer.alloc(length);
  content.copy(copy);
  return copy;
}

/** All the ways a file can come out of a power cut. */
function fileImages({ durable, pending }: SimFile): readonly Buffer[] {
  if (pending.length === 0) return [durable];
  const states = [durable];
  for (const change of pending) states.push(changed(states.at(-1) ?? durable, change));
  const longest = Math.max(...states.map(({ length }) => length));
  const padded = states.map((state) => resized(state, longest));
  const sectors = Array.from({ length: Math.ceil(longest / sector) }, (_, index) =>
    unique(padded.map((state) => state.subarray(index * sector, (index + 1) * sector))),
  );
  const found: Buffer[] = [];
  for (const length of new Set(states.map((state) => state.length))) {
    const inside = sectors.slice(0, Math.ceil(length / sector));
    found.push(...thinned(inside).map((parts) => resized(Buffer.concat(parts), length)));
  }
  return unique(found);
}

/** One version of each sector, in all combinations, or evenly many of them. */
function thinned(sectors: readonly (readonly Buffer[])[]): readonly (readonly Buffer[])[] {
  const total = sectors.reduce((product, versions) => product * versions.length, 1);
  const step = Math.max(1, Math.ceil(total / fileImagesMax));
  const found: Buffer[][] = [];
  for (let index = 0; index < total; index += step) {
    let rest = index;
    found.push(
      sectors.map((versions) => {
        const version = versions[rest % versions.length] as Buffer;
        rest = Math.floor(rest / versions.length);
        return version;
      }),
    );
  }
  return found;
}

function unique(buffers: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(buffers.map((bytes) => [bytes.toString("latin1"), bytes])).values()];
}

function* combinations(names: readonly (readonly [string, SimFile | "directory"])[]): Generator<Image> {
  const [first, ...rest] = names;
  if (first === undefined) {
    yield new Map();
    return;
  }
  const [path, file] = first;
  const contents = file === "directory" ? [null] : fileImages(file);
  for (const image of combinations(rest)) {
    for (const content of contents) {
      if (content === null) yield new Map([[`${path}/`, Buffer.alloc(0)], ...image]);
      else yield new Map([[path, content], ...image]);
    }
  }
}

function apply(names: Names, change: NameChange): void {
  for (const [path, file] of change) {
    if (file === null) names.delete(path);
    else names.set(path, file);
  }
}

function parentsThere(names: Names, path: string): boolean {
  return path === "/" || (names.get(parentOf(path)) === "directory" && parentsThere(names, parentOf(path)));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function statOf(found: SimFile | "directory"): FileStat {
  if (found === "directory") return { kind: "directory", identity: "directory", size: 0, uid: 0, mode: 0o700 };
  return { kind: "file", identity: String(found.id), size: found.cached.length, uid: 0, mode: 0o600 };
}

function errno(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${syscall}`), { code, syscall });
}

/**
 * The native locks of `fs-native-extensions`, loaded with the first lock: readers need none.
 *
 * The package looks for its binary among all it could be called, which takes ten times as long as loading it, and
 * a command in a shell script takes a lock each time. The name that it ships is tried first; on a platform that has
 * none by that name the package looks for itself.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface NativeLocks {
  /** False: somebody else has a lock in the range. */
  tryLock(fd: number, offset: number, length: number, options: { shared: boolean }): boolean;
  unlock(fd: number, offset: number, length: number): void;
}

const packageName = "fs-native-extensions";

let loaded: NativeLocks | null = null;

/** Throws what `require` throws when the package has no binary for this platform. */
export function nativeLocks(): NativeLocks {
  if (loaded !== null) return loaded;
  const require = createRequire(import.meta.url);
  offerBinary(require);
  loaded = withoutStacks(require(packageName) as NativeLocks);
  return loaded;
}

/**
 * The binary says by throwing that somebody else has the lock. To note where it was asked takes several times as long
 * as asking, and where many processes write most questions are answered so.
 */
function withoutStacks(locks: NativeLocks): NativeLocks {
  return {
    tryLock(fd, offset, length, options) {
      const limit = Error.stackTraceLimit;
      // Not an assignment: it would throw where a program has frozen `Error`.
      Reflect.set(Error, "stackTraceLimit", 0);
      try {
        return locks.tryLock(fd, offset, length, options);
      } finally {
        Reflect.set(Error, "stackTraceLimit", limit);
      }
    },
    unlock: (fd, offset, length) => locks.unlock(fd, offset, length),
  };
}

/** Gives the package's own question for its binary the answer. */
function offerBinary(require: NodeJS.Require): void {
  const { platform, arch } = process;
  try {
    const folder = dirname(require.resolve(packageName));
    const binding = join(folder, "binding.js");
    if (require.cache[binding] !== undefined) return;
    const binary = join(folder, "prebuilds", `${platform}-${arch}`, `${packageName}.node`);
    require(binary);
    require.cache[binding] = require.cache[binary];
  } catch {
    // It is called something else here: the package finds it.
  }
}

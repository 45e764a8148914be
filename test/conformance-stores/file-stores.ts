/**
 * Three lane-lease stores as they are often written, each wrong in its own way. They live in a real directory and
 * share what every one of them needs: ids, ages, a list in a file.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { LeaseAdapter, LeaseAnswer, LeaseClient, LeaseProof, LeaseRequest, ListedLease } from "../../src/conformance/index.js";

const refused: LeaseAnswer = { outcome: "refused" };

/** The lock is a directory, its age the time it was last touched, on the wall clock. */
export const lockDirectories: LeaseAdapter = {
  name: "mkdir and mtime",
  open: () => {
    const root = mkdtempSync(join(tmpdir(), "leasehold-wrong-"));
    let [now, ahead, tokens] = [1_700_000_000_000, 0, 0];
    const wall = (): number => now + ahead;
    const place = (lane: string): string => join(root, lane);
    const touch = (lane: string): void => utimesSync(place(lane), wall() / 1000, wall() / 1000);
    const owners = new Map<string, { secret: string; token: number; ttlMs: number; holder: string; beatAt: number }>();
    const make = (lane: string): boolean => {
      try {
        mkdirSync(place(lane));
        return true;
      } catch {
        return false;
      }
    };
    const isStale = (lane: string): boolean => wall() - statSync(place(lane)).mtimeMs > (owners.get(lane)?.ttlMs ?? 0);
    const acquire = ({ lane, holder, ttlMs }: LeaseRequest): Promise<LeaseAnswer> => {
      if (!make(lane)) {
        if (!isStale(lane)) return Promise.resolve(refused);
        rmdirSync(place(lane));
        make(lane);
      }
      tokens += 1;
      touch(lane);
      owners.set(lane, { secret: holder, token: tokens, ttlMs, holder, beatAt: now });
      return Promise.resolve({ outcome: "granted", leaseId: `${lane}/${tokens}`, fencingToken: tokens, secret: holder });
    };
    const held = ({ leaseId, secret }: LeaseProof): string | null => {
      const [lane = ""] = leaseId.split("/");
      const owner = owners.get(lane);
      return owner !== undefined && owner.secret === secret && `${lane}/${owner.token}` === leaseId ? lane : null;
    };
    const client: LeaseClient = {
      acquire,
      heartbeat: (proof) => {
        const lane = held(proof);
        if (lane === null || isStale(lane)) return Promise.resolve({ outcome: "lost" });
        touch(lane);
        owners.set(lane, { ...(owners.get(lane) as NonNullable<ReturnType<typeof owners.get>>), beatAt: now });
        return Promise.resolve({ outcome: "beaten", confirmedMs: 0 });
      },
      release: (proof) => {
        const lane = held(proof);
        if (lane === null) return Promise.resolve("lost");
        owners.delete(lane);
        rmdirSync(place(lane));
        return Promise.resolve("released");
      },
      end: () => Promise.resolve(),
    };
    return Promise.resolve({
      client: () => Promise.resolve(client),
      live: () =>
        Promise.resolve(
          readdirSync(root).flatMap((lane): ListedLease[] => {
            const owner = owners.get(lane);
            if (owner === undefined) return [];
            const { token, holder, beatAt } = owner;
            return [{ leaseId: `${lane}/${token}`, lane, holder, fencingToken: token, beatAgeMs: now - beatAt, doubtedMs: null }];
          }),
        ),
      advance: (ms) => {
        now += ms;
        return Promise.resolve();
      },
      stepWall: (aheadMs) => {
        ahead = aheadMs;
        return Promise.resolve();
      },
      close: () => {
        rmSync(root, { recursive: true, force: true });
        return Promise.resolve();
      },
    });
  },
};

interface Row extends ListedLease {
  readonly secret: string;
  readonly ttlMs: number;
  readonly beatAt: number;
}

/** `locked` false: read, think, write, and nobody else is kept from doing the same. */
function listInFile(name: string, locked: boolean, compacts: (rows: readonly Row[], counter: number) => number): LeaseAdapter {
  return {
    name,
    open: () => {
      const root = mkdtempSync(join(tmpdir(), "leasehold-wrong-"));
      const file = join(root, "leases.json");
      const save = (rows: readonly Row[], counter: number): void => writeFileSync(file, JSON.stringify({ rows, counter }));
      const load = () => JSON.parse(readFileSync(file, "utf8")) as { readonly rows: readonly Row[]; readonly counter: number };
      save([], 0);
      let now = 0;
      const isOver = ({ beatAt, ttlMs }: Row): boolean => now - beatAt > ttlMs;
      const own = ({ leaseId, secret }: LeaseProof): Row | undefined =>
        load().rows.find((row) => row.leaseId === leaseId && row.secret === secret && !isOver(row));
      const replace = (row: Row, by: readonly Row[]): void => {
        const { rows, counter } = load();
        save(rows.flatMap((one) => (one.leaseId === row.leaseId ? by : [one])), counter);
      };
      const client: LeaseClient = {
        acquire: async ({ lane, holder, ttlMs }) => {
          const { rows, counter } = load();
          if (!locked) await new Promise((resolve) => setImmediate(resolve));
          if (rows.some((row) => row.lane === lane && !isOver(row))) return refused;
          const fencingToken = counter + 1;
          const leaseId = `${lane}-${fencingToken}-${now}-${Math.trunc(performance.now() * 1e6)}`;
          const secret = `secret of ${leaseId}`;
          const row = { leaseId, lane, holder, fencingToken, secret, ttlMs, beatAt: now, beatAgeMs: 0, doubtedMs: null };
          save([...load().rows.filter((one) => one.lane !== lane || !isOver(one)), row], fencingToken);
          return { outcome: "granted", leaseId, fencingToken, secret };
        },
        heartbeat: (proof) => {
          const row = own(proof);
          if (row === undefined) return Promise.resolve({ outcome: "lost" });
          replace(row, [{ ...row, beatAt: now }]);
          return Promise.resolve({ outcome: "beaten", confirmedMs: 0 });
        },
        release: (proof) => {
          const row = own(proof);
          if (row === undefined) return Promise.resolve("lost");
          replace(row, []);
          return Promise.resolve("released");
        },
        end: () => Promise.resolve(),
      };
      return Promise.resolve({
        client: () => Promise.resolve(client),
        live: () => Promise.resolve(load().rows.map((row) => ({ ...row, beatAgeMs: now - row.beatAt }))),
        advance: (ms) => {
          now += ms;
          return Promise.resolve();
        },
        compact: () => {
          const { rows, counter } = load();
          save(rows, compacts(rows, counter));
          return Promise.resolve();
        },
        close: () => {
          rmSync(root, { recursive: true, force: true });
          return Promise.resolve();
        },
      });
    },
  };
}

const keepsCounter = (_rows: readonly Row[], counter: number): number => counter;

export const readThenWrite = listInFile("read, then write", false, keepsCounter);
export const tokensReused = listInFile("tokens reused after compaction", true, (rows) =>
  Math.max(0, ...rows.map(({ fencingToken }) => fencingToken)),
);
/** The same list with neither mistake: the kit does not object to what a store leaves out. */
export const plainList = listInFile("a list in a file", true, keepsCounter);

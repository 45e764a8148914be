/**
 * A second implementation of a lease store, as stupid as possible: one list, every question a scan of it, time a
 * number. For comparisons with the one that matters.
 */
export interface NaiveTerms {
  readonly lane: string;
  readonly region: readonly string[];
  readonly mode: "exclusive" | "shared";
  readonly attachment: "process" | "detached";
  readonly ttlMs: number;
}

export interface NaiveLease extends NaiveTerms {
  token: number;
  beatAt: number;
  /** Which process it hangs on, if it hangs on one. */
  owner: number;
  secret: string;
  readonly formerSecrets: string[];
  ended: "released" | "scavenged" | null;
}

/** Every path that the globs of a test may match. */
const paths = ["a", "b", "c"].flatMap((first) => ["x", "y", "z"].flatMap((second) => [first, `${first}/${second}`, `${first}/${second}/w`]));

function matches(glob: string, path: string): boolean {
  const pattern = glob.replaceAll("**", "\0").replaceAll("*", "[^/]*").replaceAll("/\0", "(/.*)?").replaceAll("\0", ".*");
  return new RegExp(`^${pattern}$`).test(path);
}

export function covers(region: readonly string[], path: string): boolean {
  return region.some((glob) => matches(glob, path));
}

function conflict(one: NaiveTerms, other: NaiveTerms): boolean {
  if (one.mode === "shared" && other.mode === "shared") return false;
  return one.lane === other.lane || paths.some((path) => covers(one.region, path) && covers(other.region, path));
}

export class NaiveLeases {
  now = 0;
  mark = 0;
  readonly leases: NaiveLease[] = [];
  readonly dead = new Set<number>();

  isDead(lease: NaiveLease): boolean {
    const gone = lease.attachment === "process" && this.dead.has(lease.owner);
    return gone || this.now - lease.beatAt > lease.ttlMs;
  }

  live(): NaiveLease[] {
    return this.leases.filter((one) => one.ended === null && !this.isDead(one));
  }

  acquire(terms: NaiveTerms, owner: number): NaiveLease | { readonly blockedBy: readonly number[] } {
    const rivals = this.leases.filter((one) => one.ended === null && conflict(one, terms));
    for (const one of rivals) if (this.isDead(one)) one.ended = "scavenged";
    const blockedBy = rivals.filter((one) => one.ended === null).map(({ token }) => token);
    if (blockedBy.length > 0) return { blockedBy };
    const lease = { ...terms, token: ++this.mark, beatAt: this.now, owner, secret: "", formerSecrets: [], ended: null };
    this.leases.push(lease);
    return lease;
  }

  lossOf(lease: NaiveLease, secret: string): string | null {
    if (lease.secret !== secret) return lease.formerSecrets.includes(secret) ? "adopted" : "unknown";
    if (lease.ended !== null) return lease.ended;
    return this.isDead(lease) ? "expired" : null;
  }

  adopt(lease: NaiveLease, token: number, forced: boolean, owner: number): "adopted" | "refused" | "expired" | "over" {
    if (lease.ended !== null) return "over";
    if (this.now - lease.beatAt > lease.ttlMs) return "expired";
    const gone = lease.attachment === "process" && this.dead.has(lease.owner);
    if (lease.token !== token || !(gone || forced)) return "refused";
    lease.formerSecrets.push(lease.secret);
    lease.token = ++this.mark;
    lease.beatAt = this.now;
    lease.owner = owner;
    return "adopted";
  }
}

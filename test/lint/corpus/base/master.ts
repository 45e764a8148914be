export interface Lease {
  readonly id: string;
  state: string;
  note?: string;
}
export class Master {
  private hidden = 1;
  leases = new Map<string, Lease>();
  count = 0;
  get registry(): Map<string, Lease> {
    return this.leases;
  }
  view(): ReadonlyMap<string, Lease> {
    return this.leases;
  }
  find(id: string): Lease | undefined {
    return this.leases.get(id);
  }
}
export const master = new Master();

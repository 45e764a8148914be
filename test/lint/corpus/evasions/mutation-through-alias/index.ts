import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

const own = master.leases;
own.set("a", lease); // finds: leases
const { leases } = master;
leases.clear(); // finds: leases
function change(map: Map<string, Lease>): void {
  map.clear(); // finds: leases
}
change(master.leases);
const held = { map: master.leases };
held.map.clear(); // finds: leases
class Holder {
  constructor(readonly map: Map<string, Lease>) {}
  drop(): void {
    this.map.clear(); // finds: leases
  }
}
new Holder(master.leases).drop();
(master as unknown as { leases: Map<string, Lease> }).leases.clear(); // finds: leases

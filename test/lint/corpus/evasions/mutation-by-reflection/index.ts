import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

Reflect.set(master, "leases", new Map()); // finds: leases
Reflect.deleteProperty(master, "leases"); // finds: leases
Object.assign(master, { leases: new Map() }); // finds: leases
Object.defineProperty(master, "leases", { value: new Map() }); // finds: leases
Map.prototype.set.call(master.leases, "a", lease); // finds: leases
Reflect.apply(master.leases.clear, master.leases, []); // finds: leases
master.leases.set.bind(master.leases)("a", lease); // finds: leases

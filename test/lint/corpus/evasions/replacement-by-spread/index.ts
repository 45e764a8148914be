import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

master.leases = new Map([...master.leases, ["a", lease]]); // finds: leases
delete (master as Partial<Master>).leases; // finds: leases
[master.leases] = [new Map()]; // finds: leases
({ leases: master.leases } = { leases: new Map<string, Lease>() }); // finds: leases

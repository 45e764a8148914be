import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

master.registry.set("a", lease); // finds: leases
(master.view() as Map<string, Lease>).clear(); // finds: leases

import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

master.leases.set("a", lease); // finds: leases
master.leases.delete("a"); // finds: leases
master.leases.clear(); // finds: leases
master.leases["set"]("a", lease); // finds: leases
master.leases?.clear(); // finds: leases

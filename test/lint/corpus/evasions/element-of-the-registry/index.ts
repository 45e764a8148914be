import { master, Master, type Lease } from "../../base/master.js";
declare const lease: Lease;

const one = master.leases.get("a")!;
one.state = "done"; // finds: leases
one.note = "x"; // finds: leases
for (const each of master.leases.values()) each.note = "x"; // finds: leases
for (const [, each] of master.leases) each.note = "x"; // finds: leases
master.leases.forEach((each) => {
  each.note = "x"; // finds: leases
});
master.find("a")!.note = "x"; // finds: leases
for (const each of [...master.leases.values()]) each.note = "x"; // finds: leases

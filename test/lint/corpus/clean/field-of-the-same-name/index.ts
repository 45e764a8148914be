class Other {
  leases = new Map<string, string>();
}
const other = new Other();
other.leases.set("a", "b");
const leases: string[] = [];
leases.push("x");

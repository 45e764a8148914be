/** The same from CommonJS, which `nodenext` lets require a module. */
import leasehold = require("leasehold");
import lease = require("leasehold/lease");

export const step: typeof leasehold.step = leasehold.step;
export const open: typeof lease.openLeaseStore = lease.openLeaseStore;

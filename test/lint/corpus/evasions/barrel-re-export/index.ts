import { record, all } from "../../base/barrel.js";
record({}); // finds: append
all.appendRecord({}); // finds: append

import base = require("../../base/store.js");
base.store.append("r", { type: "status" }); // finds: append

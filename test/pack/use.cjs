/** Each way into the package by `require`, which Node has for modules since 20.19; with the same objects as `import`. */
"use strict";
const assert = require("node:assert/strict");
const { exports: ways } = require("leasehold/package.json");

async function main() {
  for (const way of Object.keys(ways).filter((each) => !each.endsWith(".json"))) {
    const name = `leasehold${way.slice(1)}`;
    const required = require(name);
    assert.ok(Object.keys(required).length > 0, name);
    const imported = await import(name);
    for (const [key, value] of Object.entries(imported)) assert.equal(required[key], value, name);
  }
  console.log("used by require");
}

void main();

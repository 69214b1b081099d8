// Files for `milepost import`: the ground that rows stand on, and many rows of the types that a car maker has many of.
//   node imports.js PROGRAM FOLDER ROWS    ROWS of each type; writes a file for each type into FOLDER
"use strict";
const { execFileSync } = require("node:child_process");
const { createWriteStream } = require("node:fs");
const { join } = require("node:path");

const [program, folder, many] = [process.argv[2], process.argv[3], Number(process.argv[4])];

/** What the program itself gives as an example of a type's data. */
function example(kind) {
  return JSON.parse(execFileSync(program, ["events", `cn.milepost.${kind}.v1`], { maxBuffer: 1 << 26 })).example;
}

/** A vehicle identification number with its check digit (GB 16735). */
function vin(serial) {
  const text = `L00C5D1E_TX${String(serial).padStart(6, "0")}`;
  const letters = { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 };
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const sum = [...text].reduce((sum, c, at) => sum + weights[at] * (letters[c] ?? Number(c === "_" ? 0 : c)), 0);
  const check = sum % 11;
  return text.replace("_", check === 10 ? "X" : String(check));
}

const number = (at) => String(at).padStart(6, "0");

/** Rows of a type, made of its example. */
const rows = {
  "place.city": [(city) => city, 1],
  "place.organization": [({ parentCode, ...rest }) => ({ ...rest, code: "YC", kind: "OEM" }), 1],
  "place.store": [(store) => ({ ...store, code: "YC001" }), 1],
  "catalog.model": [(model) => model, 1],
  "loyalty.tier": [(tier) => ({ ...tier, level: 1, threshold: 0 }), 1],
  "inventory.visibility_policy": [(policy) => policy, 1],
  "customer.profile": [
    (profile, at) => ({ ...profile, number: `CB${number(at)}`, phone: `198${String(at).padStart(8, "0")}`, email: `b${at}@example.com` }),
    many,
  ],
  "inventory.vehicle": [(car, at) => ({ ...car, trimCode: "C6-600", optionCodes: [], vin: vin(at) }), many],
  "order.order": [
    (order, at) => ({ ...order, number: `YB${number(at)}`, customerNumber: `CB${number(at)}`, trimCode: "C6-600", optionCodes: [] }),
    many,
  ],
  "lead.lead": [
    (lead, at) => ({ ...lead, number: `LB-${number(at)}`, phone: `197${String(at).padStart(8, "0")}`, modelCode: "C6", trimCode: "C6-600" }),
    many,
  ],
  "loyalty.points": [
    (points, at) => ({ ...points, customerNumber: `CB${number(at)}`, reference: `LB-${number(at)}` }),
    many,
  ],
};

for (const [kind, [row, count]] of Object.entries(rows)) {
  const data = example(kind);
  const file = createWriteStream(join(folder, `cn.milepost.${kind}.v1.ndjson`));
  for (let at = 1; at <= count; at++) file.write(`${JSON.stringify(row(data, at))}\n`);
  file.end();
}

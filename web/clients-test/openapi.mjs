// The OpenAPI documents of the apps: valid, good enough for a standard generator whose client runs every operation, and true:
// what is answered is what they say.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import createClient from "openapi-fetch";
import { consultant, customer, folder, url } from "./gateway.mjs";

const CLIENTS = ["mobile", "mini-program", "partner"];
const ORDER = "ord_01JGFJJZ000000000000000002";

/** Parameters by which there is something to find in the demo. */
const FOUND = {
  orderTracking: { id: ORDER }, orderDetail: { id: ORDER }, orderEta: { id: ORDER }, orderHistory: { id: ORDER },
  nearbyStores: { cityCode: "310100" },
};

const documents = await Promise.all(CLIENTS.map(async (client) => {
  const answer = await fetch(`${url}/bff/${client}/openapi.json`);
  assert.equal(answer.status, 200);
  return [client, await answer.json()];
}));

/** Some value that fits a schema, or nearly. */
function some(schema, root, depth = 0) {
  if (schema.$ref) return some(root.components.schemas[schema.$ref.split("/").pop()], root, depth);
  if (schema.default !== undefined) return schema.default;
  if (schema.anyOf) return some(schema.anyOf.find((one) => one.type !== "null"), root, depth);
  if (schema.enum) return schema.enum[0];
  const type = [].concat(schema.type).find((one) => one !== "null");
  if (type === "array") return depth > 3 ? [] : [some(schema.items, root, depth + 1)];
  if (type === "object") {
    const members = (schema.required ?? []).map((name) => [name, some(schema.properties[name], root, depth + 1)]);
    return Object.fromEntries(members);
  }
  if (type === "integer" || type === "number") return 1;
  if (type === "boolean") return true;
  return { date: "2026-11-29", "date-time": "2026-11-29T00:00:00Z" }[schema.format] ?? "x";
}

function* operations(document) {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) yield { path, method, operation };
  }
}

export const tests = [
  ["the OpenAPI documents are valid", async () => {
    for (const [client, document] of documents) {
      const found = await new Validator().validate(structuredClone(document));
      assert.ok(found.valid, `${client}: ${JSON.stringify(found.errors)}`);
    }
  }],

  ["openapi-typescript makes types that TypeScript takes", () => {
    const types = join(folder, "types");
    mkdirSync(types);
    const require = createRequire(import.meta.url);
    for (const [client, document] of documents) {
      writeFileSync(join(types, `${client}.json`), JSON.stringify(document));
      const program = join(require.resolve("openapi-typescript/package.json"), "../bin/cli.js");
      execFileSync(process.execPath, [program, join(types, `${client}.json`), "-o", join(types, `${client}.ts`)],
        { stdio: "pipe" });
    }
    writeFileSync(join(types, "use.ts"), `
      import type { paths as Mobile } from "./mobile";
      type Answer = Mobile["/bff/mobile/order-tracking"]["get"]["responses"][200]["content"]["application/json"];
      export function milestones(answer: Answer): string[] {
        return answer.data?.order?.milestones.map((one) => one.code) ?? [];
      }
      export const wanted: Mobile["/bff/mobile/order-tracking"]["get"]["parameters"]["query"] = { id: "ord_1" };
      // @ts-expect-error an id is needed
      export const missing: Mobile["/bff/mobile/order-tracking"]["get"]["parameters"]["query"] = {};
      // @ts-expect-error there is no such field
      export const colour = (answer: Answer) => answer.data?.order?.colour;
    `);
    const tsc = join(require.resolve("typescript/package.json"), "../bin/tsc");
    execFileSync(process.execPath, [tsc, "--noEmit", "--strict", "--target", "es2022", "--moduleResolution", "bundler",
      "--module", "esnext", join(types, "use.ts"), join(types, "mini-program.ts"), join(types, "partner.ts")],
      { stdio: "pipe", encoding: "utf8" });
  }],

  ["a client made of them runs every operation, and the answers are what they say", async () => {
    let count = 0, found = 0;
    for (const [client, document] of documents) {
      const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
      ajv.addSchema(document, "doc");
      const pointer = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");
      const token = client === "partner" ? consultant : customer;
      const api = createClient({ baseUrl: url, headers: { authorization: token, "accept-language": "en" } });
      for (const { path, method, operation } of operations(document)) {
        const answers = operation.responses["200"].content;
        if (answers["text/event-stream"]) continue;
        const parameters = FOUND[operation.operationId] ?? Object.fromEntries((operation.parameters ?? [])
          .filter((one) => one.required).map((one) => [one.name, one.content
            ? JSON.stringify(some(one.content["application/json"].schema, document)) : some(one.schema, document)]));
        const body = operation.requestBody && some(operation.requestBody.content["application/json"].schema, document);
        const { data, error, response } = await api[method.toUpperCase()](path, { params: { query: parameters }, body });
        const what = `${path}: ${response.status} ${JSON.stringify(data ?? error)}`;
        assert.ok(response.status < 500, what);
        const status = response.status === 304 ? 200 : response.status;
        assert.ok(operation.responses[status], `${what}: a status that is not named`);
        const refused = operation.responses[status].$ref;
        const schema = refused ? `doc#/components/responses/Refused/content/application~1json/schema`
          : `doc#/paths/${pointer(path)}/${method}/responses/${status}/content/application~1json/schema`;
        const fits = ajv.getSchema(schema);
        assert.ok(fits(data ?? error), `${what}: ${JSON.stringify(fits.errors)}`);
        count++;
        found += response.status === 200;
        if (FOUND[operation.operationId]) assert.equal(response.status, 200, what);
      }
    }
    assert.ok(count >= 94 && found >= 40, `${count} run, ${found} with something found`);
    return `${count} operations, ${found} of them with something found`;
  }],
];

// The official client of the Model Context Protocol against /mcp.

import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import Ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { customer, url } from "./gateway.mjs";

async function connect(app, authorization) {
  const client = new Client({ name: "milepost-clients-test", version: "1.0.0" });
  const requestInit = authorization ? { headers: { authorization } } : {};
  await client.connect(new StreamableHTTPClientTransport(new URL(`/mcp/${app}`, url), { requestInit }));
  return client;
}

export const tests = [
  [
    "mcp: an app's queries are tools, each with a schema that can be checked",
    async () => {
      const client = await connect("mobile", customer);
      const { tools } = await client.listTools();
      assert.ok(tools.length > 15);
      assert.ok(tools.every((tool) => tool.annotations.readOnlyHint && tool.description));
      for (const tool of tools) {
        const ajv = new Ajv2020({ strict: false });
        formats(ajv);
        ajv.compile(tool.inputSchema);
      }
      const listed = await client.callTool({ name: "order-list", arguments: { first: 3 } });
      const id = listed.structuredContent.data.orders.nodes[0].id;
      const tracked = await client.callTool({ name: "order-tracking", arguments: { id } });
      assert.ok(tracked.structuredContent.data.order.milestones.length > 0);
      await client.close();
      return `${tools.length} tools`;
    },
  ],
  [
    "mcp: without a token a tool says what is open to all, and refuses the rest",
    async () => {
      const client = await connect("mobile");
      const models = await client.callTool({ name: "model-list", arguments: {} });
      assert.ok(models.structuredContent.data.vehicleModels.length > 0);
      const refused = await client.callTool({ name: "order-list", arguments: {} });
      assert.equal(refused.isError, true);
      assert.equal(refused.structuredContent.errors[0].extensions.code, "UNAUTHENTICATED");
      await client.close();
    },
  ],
];

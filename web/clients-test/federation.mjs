// The schema as a subgraph of Federation 2: composed with another one by Apollo's composition, asked through Apollo's gateway
// and Hive's.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { composeServices } from "@apollo/composition";
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { parse } from "graphql";
import { consultant, customer, folder, url } from "./gateway.mjs";

const ORDER = "ord_01JGFJJZ000000000000000002";

/** Another team's subgraph, which adds to our types by three kinds of key. */
const INSURANCE = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])

  type Order @key(fields: "number") { number: String! policy: Policy! }
  type VehicleModel @key(fields: "slug") { slug: String! insuredFrom: Int! }
  type City @key(fields: "code") { code: CityCode! surcharge: Int! }
  type Customer @key(fields: "id", resolvable: false) { id: ID! }
  scalar CityCode

  type Policy { number: String! holder: Customer order: Order }
  type Query { policy(order: String!): Policy insuredModels: [VehicleModel]! }
`);

const models = () => ["c5", "no-such-model"].map((slug) => ({ slug }));
const policy = (number) => ({ number: `P-${number}`, order: { number } });
const resolvers = {
  Order: { policy: ({ number }) => policy(number) },
  VehicleModel: { insuredFrom: ({ slug }) => slug.length * 100 },
  City: { surcharge: ({ code }) => Number(code) % 100 },
  Query: { policy: (_, { order }) => policy(order), insuredModels: models },
};

/** Our definition, as `milepost schema subgraph` prints it. */
function own() {
  return execFileSync(process.env.MILEPOST_BIN, ["schema", "subgraph"],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
}

async function compose(other) {
  const composed = composeServices([
    { name: "milepost", url: `${url}/graphql`, typeDefs: parse(own()) },
    { name: "insurance", url: other, typeDefs: INSURANCE },
  ]);
  assert.deepEqual((composed.errors ?? []).map((error) => error.message), []);
  return composed.supergraphSdl;
}

/** Runs something beside the other subgraph. */
async function beside(test) {
  const other = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs: INSURANCE, resolvers }),
    plugins: [ApolloServerPluginInlineTraceDisabled()] });
  const { url: at } = await startStandaloneServer(other, { listen: { port: 0, host: "127.0.0.1" } });
  try {
    return await test(await compose(at));
  } finally {
    await other.stop();
  }
}

/** Apollo's gateway, which hands on the token. */
async function apollo(supergraphSdl, test) {
  class Source extends RemoteGraphQLDataSource {
    willSendRequest({ request, context }) {
      if (context.authorization && this.url.startsWith(url)) request.http.headers.set("authorization", context.authorization);
    }
  }
  const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url: at }) => new Source({ url: at }),
    logger: { debug() {}, info() {}, warn() {}, error() {} } });
  const server = new ApolloServer({ gateway });
  await server.start();
  try {
    return await test(async (query, authorization, variables) => {
      const { body } = await server.executeOperation({ query, variables }, { contextValue: { authorization } });
      return body.singleResult;
    });
  } finally {
    await server.stop();
  }
}

export const tests = [
  ["federation: the definition is what a router that asks for it is told", async () => {
    const answer = await fetch(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ _service { sdl } }" }) });
    assert.equal((await answer.json()).data._service.sdl, own());
  }],

  ["federation: composes, and answers through Apollo's gateway in both directions", () => beside((sdl) =>
    apollo(sdl, async (ask) => {
      const out = await ask("{ orders(first: 3) { nodes { number status policy { number } } } }", customer);
      assert.equal(out.errors, undefined, JSON.stringify(out.errors));
      assert.ok(out.data.orders.nodes.length > 0);
      for (const order of out.data.orders.nodes) assert.equal(order.policy.number, `P-${order.number}`);
      const [{ number, status }] = out.data.orders.nodes;

      const POLICY = "query($order: String!) { policy(order: $order) { order { id status city { name surcharge } } } }";
      const back = await ask(POLICY, customer, { order: number });
      assert.equal(back.errors, undefined, JSON.stringify(back.errors));
      assert.equal(back.data.policy.order.status, status);
      assert.ok(back.data.policy.order.id.startsWith("ord_"));
      // What the caller may not see is not there, through a router too.
      const stranger = await ask(POLICY, undefined, { order: number });
      assert.equal(stranger.data.policy.order, null);

      const named = await ask("{ insuredModels { slug insuredFrom name trims { name } } }");
      const [known, unknown] = named.data?.insuredModels ?? [];
      assert.equal(known?.insuredFrom, 200);
      assert.equal(unknown, null, JSON.stringify(named));
    }))],

  ["federation: answers and streams through Hive's gateway", () => beside(async (supergraph) => {
    const gateway = createGatewayRuntime({
      supergraph,
      propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get("authorization") }) },
      transportEntries: { "*.http": { options: { subscriptions: { kind: "http" } } } },
      logging: false,
    });
    try {
      const post = (query, authorization, accept) => gateway.fetch("http://router/graphql", { method: "POST",
        headers: { "content-type": "application/json", authorization, accept }, body: JSON.stringify({ query }) });
      const answer = await post(`{ order(id: "${ORDER}") { number policy { number } } }`, customer, "application/json");
      const { data, errors } = await answer.json();
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.equal(data.order.policy.number, `P-${data.order.number}`);

      const document = `subscription { deliveryMilestoneUpdated(orderId: "${ORDER}") { kind order { number policy { number } } } }`;
      const stream = await post(document, customer, "text/event-stream");
      assert.equal(stream.status, 200);
      let text = "";
      for await (const chunk of stream.body) {
        text += new TextDecoder().decode(chunk);
        if (text.includes("\"data\":{")) break;
      }
      const event = JSON.parse(text.split("data: ").find((part) => part.startsWith("{")).split("\n")[0]);
      assert.equal(event.data.deliveryMilestoneUpdated.order.policy.number, `P-${data.order.number}`, text);
    } finally {
      await gateway[Symbol.asyncDispose]?.();
    }
  })],
];

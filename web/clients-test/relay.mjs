// Relay: its compiler takes the schema, its list of persisted queries is taken in, and its runtime asks by those ids.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import relay from "relay-runtime";
import { consultant, folder, url } from "./gateway.mjs";

const { Environment, Network, RecordSource, Store, fetchQuery } = relay;
const require = createRequire(import.meta.url);
const project = `${folder}/relay`;
const schema = fileURLToPath(new URL("../../schema.graphql", import.meta.url));

const PAGE = `
const { graphql } = require("relay-runtime");
graphql\`
  query PageQuery($first: Int!, $after: String) {
    orders(first: $first, after: $after) @connection(key: "Page_orders") {
      edges { cursor node { id number status } }
      pageInfo { hasNextPage endCursor }
    }
  }
\`;
`;
const AGAIN = `
const { graphql } = require("relay-runtime");
graphql\`
  query AgainQuery($id: ID!) {
    node(id: $id) { __typename id ... on Order { number trim { name } } }
  }
\`;
`;

/** Compiles the documents; answers the artifacts and the list of what they send. */
function compile() {
  mkdirSync(`${project}/src`, { recursive: true });
  writeFileSync(`${project}/src/Page.js`, PAGE);
  writeFileSync(`${project}/src/Again.js`, AGAIN);
  writeFileSync(`${project}/package.json`, "{}");
  writeFileSync(`${project}/persisted.json`, "{}");
  const text = readFileSync(schema, "utf8");
  writeFileSync(`${project}/schema.graphql`, text);
  const config = { src: "./src", schema: "./schema.graphql", language: "javascript",
    persistConfig: { file: "./persisted.json", algorithm: "SHA256" } };
  writeFileSync(`${project}/relay.config.json`, JSON.stringify(config));
  execFileSync(process.execPath, [require.resolve("relay-compiler/cli.js")], { cwd: project, encoding: "utf8", stdio: "pipe" });
  const artifact = (name) => require(`${project}/src/__generated__/${name}.graphql.js`);
  return { page: artifact("PageQuery"), again: artifact("AgainQuery") };
}

/** An environment whose network sends ids alone, as the app `relay`. */
function environment(sent) {
  const network = Network.create(async ({ id, text }, variables) => {
    assert.equal(text, null);
    sent.push(id);
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "graphql-client-name": "relay", authorization: consultant },
      body: JSON.stringify({ documentId: id, variables }),
    });
    return response.json();
  });
  // No screen holds what is fetched here, and the store would drop it.
  const store = new Store(new RecordSource(), { gcScheduler: () => {} });
  return new Environment({ network, store });
}

export const tests = [
  ["Relay's compiler, persisted queries and runtime", async () => {
    const { page, again } = compile();
    const list = `${project}/persisted.json`;
    assert.equal(Object.keys(JSON.parse(readFileSync(list, "utf8"))).length, 2);
    const operations = process.env.MILEPOST_OPERATIONS__FOLDER;
    mkdirSync(`${operations}/relay`, { recursive: true });
    const taken = execFileSync(process.env.MILEPOST_BIN, ["operations", "take", "relay", list, "--folder", operations],
      { cwd: folder, encoding: "utf8" });
    assert.equal(taken, "relay: 2 added\n");
    // Development takes up a change within a second.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const sent = [];
    const own = environment(sent);
    const first = await fetchQuery(own, page, { first: 2 }).toPromise();
    const [one, two] = first.orders.edges.map((edge) => edge.node);
    assert.ok(one.id && two.id && one.id !== two.id);
    assert.ok(first.orders.pageInfo.hasNextPage);
    const next = await fetchQuery(own, page, { first: 2, after: first.orders.pageInfo.endCursor }).toPromise();
    assert.ok(next.orders.edges.length > 0);
    // The store has put the second page behind the first.
    const source = own.getStore().getSource();
    const edges = source.get("client:root:__Page_orders_connection").edges.__refs;
    const ids = edges.map((edge) => source.get(edge).node.__ref);
    assert.equal(new Set(ids).size, 4, String(ids));
    const root = own.getStore().getSource().get("client:root");
    assert.ok(Object.keys(root).some((key) => key.startsWith("__Page_orders")), "a connection of the store");
    const refetched = await fetchQuery(own, again, { id: one.id }).toPromise();
    assert.deepEqual([refetched.node.__typename, refetched.node.id], ["Order", one.id]);
    const [page1, page2, third] = sent;
    assert.ok(page1 === page2 && page1 !== third && sent.length === 3, String(sent));
    const persisted = Object.keys(JSON.parse(readFileSync(list, "utf8")));
    assert.ok(persisted.includes(page1) && persisted.includes(third));
  }],
];

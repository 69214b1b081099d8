// Trusted documents and automatic persisted queries as published clients use them. The gateway runs with the mobile app's
// client on trusted documents only, and the partners' on automatic persisted queries beside them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { stripIgnoredCharacters } from "graphql";
import { consultant, customer, operator, url } from "./gateway.mjs";

const OPERATIONS = new URL("../../operations/", import.meta.url);
const CLIENTS = ["mobile", "mini-program", "partner"];
const ORDER = "ord_01JGFJJZ000000000000000002";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const manifest = (client) => JSON.parse(readFileSync(new URL(`${client}/manifest.json`, OPERATIONS), "utf8"));
const read = (client, name) => readFileSync(new URL(`${client}/${name}.graphql`, OPERATIONS), "utf8");

/** `fetch` that notes what is sent. */
function noting(sent) {
  return (input, init) => {
    sent.push(init?.body ? JSON.parse(init.body) : Object.fromEntries(new URL(input).searchParams));
    return fetch(input, init);
  };
}

export const tests = [
  ["ids are those of graphql-js' stripIgnoredCharacters", () => {
    let count = 0;
    for (const client of CLIENTS) {
      const ids = new Map(manifest(client).operations.map(({ id, body }) => [id, body]));
      for (const name of readdirSync(new URL(client, OPERATIONS)).filter((name) => name.endsWith(".graphql"))) {
        const text = stripIgnoredCharacters(read(client, name.replace(".graphql", "")));
        assert.equal(ids.get(sha256(text)), text, `${client}/${name}`);
        count++;
      }
    }
    return `${count} operations`;
  }],

  ["Apollo Client asks by the manifest's ids", async () => {
    const sent = [];
    const link = ApolloLink.from([
      new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest: async () => manifest("mobile") })),
      new HttpLink({ uri: `${url}/graphql`, fetch: noting(sent), headers: { authorization: customer } }),
    ]);
    const client = new ApolloClient({ cache: new InMemoryCache({ addTypename: false }), link,
      clientAwareness: { name: "mobile", version: "3.2.1" } });
    const { data } = await client.query({ query: gql(read("mobile", "order-tracking")), variables: { id: ORDER } });
    assert.equal(data.order.id, ORDER);
    assert.equal(sent.length, 1);
    assert.equal(sent[0].query, undefined);
    // What is in no manifest is not asked at all by this link, and refused when it is sent as text.
    const bare = new ApolloClient({ cache: new InMemoryCache(), clientAwareness: { name: "mobile" },
      link: new HttpLink({ uri: `${url}/graphql` }) });
    const refused = await bare.query({ query: gql`{ apiVersion }` }).then(() => null, (error) => error);
    assert.equal(refused?.errors?.[0].extensions.code, "DOCUMENT_NOT_TRUSTED", String(refused));
  }],

  ["Apollo Client's automatic persisted queries", async () => {
    const sent = [];
    const link = ApolloLink.from([
      new PersistedQueryLink({ sha256: async (text) => sha256(text) }),
      new HttpLink({ uri: `${url}/graphql`, fetch: noting(sent), headers: { authorization: consultant } }),
    ]);
    const client = new ApolloClient({ cache: new InMemoryCache(), link, clientAwareness: { name: "partner" } });
    for (let n = 0; n < 2; n++) {
      const { data } = await client.query({ query: gql`query Version { apiVersion }`, fetchPolicy: "no-cache" });
      assert.ok(data.apiVersion);
    }
    // The hash alone, then with its text, and from then on alone again.
    assert.deepEqual(sent.map(({ query }) => query !== undefined), [false, true, false]);
  }],

  ["urql's persisted exchange", async () => {
    const sent = [];
    const client = new Client({
      url: `${url}/graphql`,
      fetch: noting(sent),
      preferGetMethod: false,
      fetchOptions: { headers: { authorization: consultant, "graphql-client-name": "partner" } },
      exchanges: [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
    });
    for (let n = 0; n < 2; n++) {
      const { data, error } = await client.query("query Cities { cities { code } }", {}, { requestPolicy: "network-only" });
      assert.equal(error, undefined, String(error));
      assert.ok(data.cities.length > 0);
    }
    assert.deepEqual(sent.map(({ query }) => Boolean(query)), [false, true, false]);
  }],

  ["every query that asks for nothing by id is answered at its plain address", async () => {
    let count = 0;
    for (const client of CLIENTS) {
      for (const { name, type, body } of manifest(client).operations) {
        if (type !== "query" || /^query \w+\([^)]*!/.test(body)) continue;
        const route = name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
        const ask = (authorization) => fetch(`${url}/bff/${client}/${route}`, { headers: { authorization } });
        let answer = await ask(client === "partner" ? consultant : customer);
        // Some of the partners' screens are for operators alone.
        if (client === "partner" && answer.status === 403) answer = await ask(operator);
        assert.equal(answer.status, 200, `${client}/${route}: ${await answer.text()}`);
        count++;
      }
    }
    return `${count} of them`;
  }],
];

// Each client subscribes to the demo order, loses its connection in the middle and goes on by itself or by the cursor. What
// it was told in all has to be what the log holds: nothing lost, nothing twice, in order.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";
import { consultant, customer, url } from "./gateway.mjs";

const ORDER = "ord_01JGFJJZ000000000000000002";
const FOLLOW = `subscription Follow($id: ID!, $after: String) {
  deliveryMilestoneUpdated(orderId: $id, after: $after) {
    kind sequence previousSequence cursor eventId replayed replayGap milestone { code state }
  }
}`;

async function ask(query, variables) {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: consultant },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

let turn = 0;
/** Records that the car has arrived, or takes that back. */
async function change() {
  const state = turn++ % 2 ? "ROLLED_BACK" : "DONE";
  const { order } = await ask("query($id: ID!) { order(id: $id) { version } }", { id: ORDER });
  const input = {
    idempotencyKey: `turn-${turn}`, orderId: ORDER, expectedVersion: order.version, code: "ARRIVED", state,
  };
  const { milestoneRecord } = await ask(
    "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) { userErrors { code message } } }",
    { input },
  );
  assert.deepEqual(milestoneRecord.userErrors, []);
}

async function until(what, isSo) {
  for (let n = 0; n < 200; n++) {
    if (isSo()) return;
    await sleep(50);
  }
  assert.fail(`waited 10 s: ${what}`);
}

/** What the log holds after a cursor, as a fresh subscriber is told. */
async function logAfter(cursor) {
  const client = createWsClient({ url: `${url.replace("http", "ws")}/graphql/ws`, webSocketImpl: WebSocket,
    connectionParams: { authorization: customer } });
  const told = [];
  client.subscribe({ query: FOLLOW, variables: { id: ORDER, after: cursor } },
    { next: ({ data }) => told.push(data.deliveryMilestoneUpdated), error: assert.fail, complete() {} });
  for (let last = -1; last !== told.length; last = told.length, await sleep(500));
  await client.dispose();
  return told;
}

/** `fetch` whose connection can be cut; the one of the stream alone, where a client has others beside it. */
function cuttable({ streams = false } = {}) {
  let cut = () => {};
  return {
    cut: () => cut(),
    async fetch(input, init) {
      if (streams && init?.headers?.accept !== "text/event-stream") return fetch(input, init);
      const line = new AbortController();
      cut = () => line.abort(new TypeError("the line was cut"));
      init?.signal?.addEventListener("abort", () => line.abort());
      return fetch(input, { ...init, signal: line.signal });
    },
  };
}

/**
 * Each takes what to do with a message, and answers how to cut the line and how to end. A client that comes back by itself
 * sends `variables` again as they are then.
 */
const clients = {
  "graphql-ws": (variables, next) => {
    const client = createWsClient({ url: `${url.replace("http", "ws")}/graphql/ws`, webSocketImpl: WebSocket,
      connectionParams: { authorization: customer }, shouldRetry: () => true, retryWait: () => sleep(200) });
    client.subscribe({ query: FOLLOW, variables }, { next, error: assert.fail, complete() {} });
    return { cut: () => client.terminate(), end: () => client.dispose() };
  },
  "graphql-sse": (variables, next) => {
    const line = cuttable();
    const client = createSseClient({ url: `${url}/graphql`, headers: { authorization: customer },
      fetchFn: line.fetch, retry: () => sleep(200) });
    client.subscribe({ query: FOLLOW, variables }, { next, error: assert.fail, complete() {} });
    return { cut: line.cut, end: () => client.dispose() };
  },
  // One stream for all operations; each cursor comes back in the variables.
  "graphql-sse, single connection": (variables, next) => {
    const line = cuttable({ streams: true });
    const client = createSseClient({ url: `${url}/graphql/stream`, singleConnection: true,
      headers: { authorization: customer }, fetchFn: line.fetch, retry: () => sleep(200) });
    const unsubscribe = client.subscribe({ query: FOLLOW, variables }, { next, error: assert.fail, complete() {} });
    // Ends the operation by a DELETE, which `dispose` would cut off.
    return { cut: line.cut, end: async () => { unsubscribe(); await sleep(200); client.dispose(); } };
  },
  "Apollo Client": (variables, next) => {
    const line = cuttable();
    const http = new HttpLink({ uri: `${url}/graphql`, headers: { authorization: customer }, fetch: line.fetch });
    const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([http]) });
    let ended = false;
    const follow = () => client.subscribe({ query: gql(FOLLOW), variables: { ...variables }, fetchPolicy: "no-cache" })
      .subscribe({
        // A lost line is an error of the message here; the client comes back by hand.
        next: (answer) => answer.data ? next(answer) : again(),
        error: () => again(),
        complete: () => again(),
      });
    let waiting = false;
    const again = async () => {
      if (ended || waiting) return;
      waiting = true;
      await sleep(200);
      waiting = false;
      follow();
    };
    follow();
    return { cut: line.cut, end: () => { ended = true; line.cut(); client.stop(); } };
  },
  "the browser's EventSource, which says where it stands by itself": (variables, next) => {
    // As a browser does it: the address never changes, the id of the last event goes along.
    const query = new URLSearchParams({ query: FOLLOW, variables: JSON.stringify(variables) });
    let line, id, ended = false;
    const follow = async () => {
      line = new AbortController();
      const headers = { accept: "text/event-stream", authorization: customer };
      if (id) headers["last-event-id"] = id;
      const answer = await fetch(`${url}/graphql?${query}`, { headers, signal: line.signal });
      let text = "";
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
          const event = Object.fromEntries(text.slice(0, end).split("\n").map((row) => row.split(/: ?(.*)/s)));
          if (event.event !== "next") continue;
          id = event.id ?? id;
          next(JSON.parse(event.data));
        }
      }
    };
    const run = async () => {
      while (!ended) {
        await follow().catch(() => {});
        await sleep(200);
      }
    };
    run();
    return { cut: () => line.abort(), end: () => { ended = true; line.abort(); } };
  },
};

export const tests = Object.entries(clients).map(([name, start]) => [name, async () => {
  const told = [];
  const variables = { id: ORDER };
  const client = start(variables, ({ data }) => {
    const message = data.deliveryMilestoneUpdated;
    told.push(message);
    if (message.cursor && !name.includes("EventSource")) variables.after = message.cursor;
  });
  await until("the snapshot", () => told.length > 0);
  const first = told[0];
  assert.equal(first.kind, "SNAPSHOT");
  for (let round = 0; round < 3; round++) {
    const before = told.length;
    await change();
    await until("a live message", () => told.length > before);
    client.cut();
    await change();
    await change();
  }
  const log = await logAfter(first.cursor);
  await until(`${log.length} messages`, () => told.length > log.length);
  await sleep(300);
  await client.end();
  const ids = (messages) => messages.map((message) => message.eventId);
  assert.deepEqual(ids(told.slice(1)), ids(log));
  assert.ok(told.some((message) => message.replayed), "something was replayed");
  assert.ok(told.every((message) => message.replayGap === null));
  for (let n = 1; n < told.length; n++) assert.equal(told[n].previousSequence, told[n - 1].sequence);
  return `${log.length} messages over three lost connections`;
}]);

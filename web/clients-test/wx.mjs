// A mini-program's own module (clients/mini-program/gateway.js) over a stand-in for WeChat's `wx.request` and
// `wx.connectSocket`, which behaves as their documentation says: any status is a success, headers keep their case, a socket is a
// task with listeners.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { gateway, GatewayError, socketOf } from "../../clients/mini-program/gateway.js";
import { customer, url } from "./gateway.mjs";

const seen = [];

const wx = {
  request({ url: to, data, method = "GET", header = {}, dataType = "json", success, fail }) {
    const body = method === "GET" || data === undefined ? undefined : JSON.stringify(data);
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = httpRequest(to, { method, headers: { ...header, ...length } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const names = answer.rawHeaders.filter((_, at) => at % 2 === 0);
        const values = answer.rawHeaders.filter((_, at) => at % 2 === 1);
        let read = text;
        if (dataType === "json") try { read = JSON.parse(text); } catch { /* as it came */ }
        seen.push({ method, status: answer.statusCode, length: text.length });
        success({ statusCode: answer.statusCode, data: read,
          header: Object.fromEntries(names.map((name, at) => [name, values[at]])) });
      });
    });
    sent.on("error", (error) => fail({ errMsg: `request:fail ${error.message}` }));
    sent.end(body);
  },

  connectSocket({ url: to, protocols }) {
    const socket = new WebSocket(to, protocols);
    return {
      onOpen: (tell) => socket.on("open", () => tell({})),
      onMessage: (tell) => socket.on("message", (data) => tell({ data: data.toString("utf8") })),
      onError: (tell) => socket.on("error", ({ message }) => tell({ errMsg: message })),
      onClose: (tell) => socket.on("close", (code, reason) => tell({ code, reason: reason.toString("utf8") })),
      send: ({ data }) => socket.send(data),
      close: ({ code, reason }) => socket.close(code, reason),
    };
  },
};

const token = () => customer.replace("Bearer ", "");

export const tests = [
  ["wx: a mini-program asks by plain addresses, and is not sent what has not changed", async () => {
    const own = gateway(wx, { url, token });
    const mine = await own.ask("my-summary");
    assert.ok(mine.me.id.startsWith("cus_"));
    const listed = await own.ask("order-list", { first: 3 });
    const again = await own.ask("order-list", { first: 3 });
    assert.deepEqual(again, listed);
    assert.deepEqual(seen.slice(-2).map(({ status, length }) => [status, length > 0]), [[200, true], [304, false]]);
    // A list and an input object among the parameters.
    const models = await own.ask("model-list");
    assert.ok(models.vehicleModels.length > 0);
    const page = await own.ask("model-page", { slug: models.vehicleModels[0].slug });
    const trims = page.vehicleModel.trims.map((trim) => trim.id).slice(0, 2);
    const quote = await own.ask("price-quote", { configuration: { trimId: trims[0], optionCodes: [] }, cityCode: "310100" });
    assert.ok(Number(quote.price.payable.minorUnits) > 0, JSON.stringify(quote));
    const compared = await own.ask("compare-trims", { ids: trims });
    assert.ok(compared.compareTrims.rows.length > 0);
    // Nobody who is signed in: open to all, or told to sign in.
    const nobody = gateway(wx, { url, language: "en" });
    assert.ok((await nobody.ask("model-list")).vehicleModels.length > 0);
    await assert.rejects(nobody.ask("my-summary"), (error) =>
      error instanceof GatewayError && error.code === "UNAUTHENTICATED" && error.status === 401);
    const gone = gateway(wx, { url: "http://127.0.0.1:1" });
    await assert.rejects(gone.ask("model-list"), { code: "NETWORK" });
  }],

  ["wx: what a person can put right is in the payload, whatever the status", async () => {
    const own = gateway(wx, { url, token, language: "en" });
    const input = { displayName: "x".repeat(500), expectedVersion: 1, idempotencyKey: "wx-1" };
    const { customerProfileUpdate: refused } = await own.change("profile-update", { input });
    assert.ok(refused.userErrors.length > 0 && seen.at(-1).status >= 400, JSON.stringify(refused));
    await assert.rejects(own.change("profile-update", {}), { code: "BAD_USER_INPUT", status: 400 });
  }],

  ["wx: graphql-ws over a socket task", async () => {
    const client = createClient({ url: `${url.replace("http", "ws")}/graphql/ws`, webSocketImpl: socketOf(wx),
      connectionParams: { authorization: customer, client: { name: "mini-program" } }, retryAttempts: 0 });
    const query = "subscription { myEvents { kind cursor } }";
    const [first] = await new Promise((resolve, reject) => {
      const stop = client.subscribe({ query }, {
        next: (message) => { resolve([message]); stop(); }, error: reject, complete() {},
      });
    });
    assert.equal(first.data.myEvents.kind, null, JSON.stringify(first));
    assert.ok(first.data.myEvents.cursor);
    await client.dispose();
  }],

  ["wx: a socket that cannot be opened says so once", async () => {
    const told = [];
    const Socket = socketOf(wx);
    const socket = new Socket("ws://127.0.0.1:1/graphql/ws", "graphql-transport-ws");
    await new Promise((resolve) => {
      socket.onerror = () => told.push("error");
      socket.onclose = ({ code }) => { told.push(code); setTimeout(resolve, 100); };
    });
    assert.deepEqual([told, socket.readyState], [["error", 1006], Socket.CLOSED]);
  }],

  ["wx: one who signs in is not answered by what another was", async () => {
    let who = token();
    const own = gateway(wx, { url, token: () => who, language: "zh_CN", version: "2.0.0" });
    const { me } = await own.ask("my-summary");
    me.id = "changed by a page";
    assert.ok((await own.ask("my-summary")).me.id.startsWith("cus_"));
    who = undefined;
    await assert.rejects(own.ask("my-summary"), { code: "UNAUTHENTICATED" });
    assert.equal(seen.at(-1).status, 401);
  }],
];

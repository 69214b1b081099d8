// node graphiql.mjs URL DIRECTORY: drives the GraphiQL page at URL in the
// Chromium that CHROMIUM names. DIRECTORY takes the browser's profile, the
// count of tests and, on a failure, a screenshot. Started by
// scripts/browser-test.
import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { LAUNCH, WAIT, eventually, foreign, suite, watch } from "./browser.mjs";

const [url, directory] = process.argv.slice(2);
const { origin, host } = new URL(url);

const { test, end } = suite(directory, () => ({ page }));

const profile = join(directory, "profile");
const context = await chromium.launchPersistentContext(profile, { ...LAUNCH, viewport: { width: 1400, height: 900 } });

// Everything that the page asks for or complains about, from the first byte.
const requests = [];
const complaints = [];
const sockets = [];
const page = context.pages()[0] ?? (await context.newPage());
watch(context, requests, (text) => complaints.push(text));
page.on("websocket", (socket) => {
  const record = { url: socket.url(), sent: [], received: [], closed: false };
  sockets.push(record);
  socket.on("framesent", ({ payload }) => record.sent.push(String(payload)));
  socket.on("framereceived", ({ payload }) => record.received.push(String(payload)));
  socket.on("close", () => (record.closed = true));
});

// GraphiQL's editors hold more text than is on the screen, so the whole text
// comes from their Monaco models.
const editorText = (file) =>
  page.evaluate(
    (name) =>
      globalThis.__MONACO?.editor
        .getModels()
        .find((model) => model.uri.path.endsWith(name))
        ?.getValue() ?? "",
    file,
  );
const execute = page.getByRole("button", { name: /^Execute query/ });
const stop = page.getByRole("button", { name: /^Stop query/ });

let examples = [];

async function openTab(name) {
  const index = examples.findIndex((example) => example.name === name);
  assert.ok(index >= 0, `no example is named ${name}`);
  await page.locator(`#graphiql-session-tab-${index}`).click();
  await eventually(`${name} in the editor`, async () =>
    (await editorText("operation.graphql")) === examples[index].query,
  );
  // GraphiQL reads the operation's name a moment after the text.
  await page.waitForTimeout(500);
  return examples[index];
}

// The answer, once the response pane shows one, which must be free of errors.
async function answer() {
  const pane = page.locator(".result-window");
  const shown = await eventually("an answer", async () => {
    const text = (await pane.innerText()).replace(/\u00a0/g, " ");
    return /"(data|errors)"/.test(text) && text;
  });
  const whole = await editorText("response.json");
  assert.match(shown, /"data"/, whole);
  const { data, errors } = JSON.parse(whole);
  assert.equal(errors, undefined, whole);
  assert.ok(data && Object.values(data).some((value) => value !== null), whole);
  return whole;
}

// The fields of the schema's query root, asked for without the page.
async function queryFields() {
  const response = await context.request.post(`${origin}/graphql`, {
    headers: JSON.parse(examples[0].headers || "{}"),
    data: { query: "{ __schema { queryType { fields { name } } } }" },
  });
  const { fields } = (await response.json()).data.__schema.queryType;
  return fields.map((field) => field.name);
}

await test("the page opens", async () => {
  const response = await page.goto(`${origin}/`, { timeout: WAIT });
  assert.equal(response.status(), 200);
  await execute.waitFor({ timeout: WAIT });
  assert.match(await page.title(), /milepost/);
});

await test("each example has a tab and a button", async () => {
  const response = await context.request.get(`${origin}/graphiql/examples.json`);
  assert.equal(response.status(), 200);
  examples = await response.json();
  for (const name of ["First query", "First mutation", "First subscription"]) {
    assert.ok(examples.some((example) => example.name === name), `no ${name}`);
  }
  const tabs = page.locator("[id^=graphiql-session-tab-]");
  assert.equal(await tabs.count(), examples.length);
  const bar = page.getByRole("navigation", { name: "Examples" });
  assert.deepEqual(
    await bar.getByRole("button").allInnerTexts(),
    examples.map((example) => example.name),
  );
});

await test("the first query runs", async () => {
  await openTab("First query");
  await execute.click();
  await answer();
});

await test("the first mutation runs", async () => {
  await openTab("First mutation");
  await execute.click();
  await answer();
});

await test("the first subscription shows a snapshot and stops", async () => {
  const example = await openTab("First subscription");
  await execute.click();
  assert.match(await answer(), /snapshot/i);

  const socket = sockets.at(-1);
  assert.equal(socket?.url, `ws://${host}/graphql/ws`);
  const frames = socket.sent.map((frame) => JSON.parse(frame));
  assert.equal(frames[0].type, "connection_init");
  const wanted = JSON.parse(example.headers || "{}");
  assert.equal(frames[0].payload?.authorization, wanted.authorization);
  assert.equal(frames[1].type, "subscribe");

  await stop.click({ timeout: WAIT });
  await execute.waitFor({ timeout: WAIT });
  await eventually("the socket's end", () => socket.closed);
});

await test("an example's button opens its tab, again when it was closed", async () => {
  const tabs = page.locator("[id^=graphiql-session-tab-]");
  const bar = page.getByRole("navigation", { name: "Examples" });
  const [first] = examples;
  await bar.getByRole("button", { name: first.name, exact: true }).click();
  const reopened = async () =>
    (await editorText("operation.graphql")) === first.query &&
    (await editorText("request-headers.json")) === (first.headers ?? "");
  await eventually("the first example", reopened);
  assert.equal(await tabs.count(), examples.length);

  await page.getByRole("button", { name: "Close Tab" }).first().click();
  await eventually("one tab less", async () => (await tabs.count()) === examples.length - 1);
  await page.waitForTimeout(500);
  await bar.getByRole("button", { name: first.name, exact: true }).click();
  await eventually("the tab again", async () => (await tabs.count()) === examples.length);
  await eventually("the first example", reopened);
  await page.waitForTimeout(500);
  await execute.click();
  await answer();
});

await test("the documentation shows the schema", async () => {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  const explorer = page.locator(".graphiql-doc-explorer");
  const root = explorer.getByText("Query", { exact: true });
  await root.first().waitFor({ timeout: WAIT });
  await root.first().click();
  const fields = explorer.locator(".graphiql-doc-explorer-field-name");
  await fields.first().waitFor({ timeout: WAIT });
  assert.deepEqual(await fields.allInnerTexts(), await queryFields());
});

await test("the editor completes field names from the schema", async () => {
  const names = await queryFields();
  await page.getByRole("button", { name: "New tab" }).click();
  await page.locator(".graphiql-query-editor .view-lines").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type("{ ");
  await page.keyboard.press("Control+Space");
  const rows = page.locator(".suggest-widget.visible .monaco-list-row .label-name");
  await eventually("a field's name among the suggestions", async () =>
    (await rows.allInnerTexts()).some((name) => names.includes(name.trim())),
  );
  await page.keyboard.press("Escape");
});

await test("the prettify button formats the operation and its variables", async () => {
  const type = async (editor, text) => {
    await page.locator(`${editor} .view-lines`).first().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(text);
  };
  await type(".graphiql-query-editor", "query Q{a:__typename}");
  const tools = page.getByRole("button", { name: "Variables", exact: true });
  await tools.click();
  await type("[aria-label=Variables]", '{"a":[1],/* b */"b":{}}');
  await page.getByRole("button", { name: /^Prettify query/ }).click();
  await eventually(
    "the formatted operation",
    async () =>
      (await editorText("operation.graphql")) === "query Q {\n  a: __typename\n}\n",
  );
  await eventually(
    "the formatted variables",
    async () =>
      (await editorText("variables.json")) ===
      '{\n  "a": [\n    1\n  ], /* b */\n  "b": {}\n}',
  );
});

await test("the examples are there again after a reload", async () => {
  await page.reload({ timeout: WAIT });
  await execute.waitFor({ timeout: WAIT });
  await openTab("First query");
  await execute.click();
  await answer();
});

await test("nothing came from another origin", () => {
  assert.deepEqual(foreign(requests.concat(sockets.map((socket) => socket.url)), host), []);
  assert.ok(requests.length > 10, `only ${requests.length} requests were seen`);
  assert.ok(
    requests.some((address) => address.includes("worker")),
    "no worker was loaded",
  );
});

await test("the console shows no error", () => {
  assert.deepEqual(complaints, []);
});

await context.close();
await end();

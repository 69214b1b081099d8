// node demo.mjs URL DIRECTORY [SCREENSHOTS]: drives the demo's two front ends
// at URL in the Chromium that CHROMIUM names: a customer's screen and a store's
// desk, in a browser context each. DIRECTORY takes the count of tests and, on a
// failure, screenshots; SCREENSHOTS the two pictures of the README.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { LAUNCH, WAIT, eventually, foreign, suite, watch } from "./browser.mjs";

const [url, directory, screenshots] = process.argv.slice(2);
const { origin, host } = new URL(url);

const { test, end } = suite(directory, () => ({ mobile, partner }));

// The gateway, asked past the pages.
const session = await (await fetch(`${origin}/demo/session.json`)).json();
const { orderId } = session;
const TOKENS = { mobile: session.customerToken, partner: session.consultantToken };

async function ask(client, operation, variables, language = "zh-CN") {
  const answer = await fetch(`${origin}/bff/${client}/${operation}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKENS[client]}`,
      "content-type": "application/json",
      "accept-language": language,
    },
    body: JSON.stringify(variables),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const order = async () => (await ask("partner", "order-detail", { id: orderId })).order;

// Puts off the first milestone of which the gateway says that it may be, other
// than those; what the desk reaches by its buttons stays to be reached.
async function putOffAny(...others) {
  const { version, recordableMilestones } = await order();
  const fits = ({ code, reports }) => reports.includes("DELAYED") && !others.includes(code);
  const found = recordableMilestones.find(fits);
  assert.ok(found, "no milestone is left to put off");
  const { code } = found;
  const { milestoneRecord } = await ask("partner", "milestone-record", {
    input: { idempotencyKey: crypto.randomUUID(), orderId, expectedVersion: version, code, state: "DELAYED" },
  });
  assert.deepEqual(milestoneRecord.userErrors, []);
  return code;
}

// The button of the first milestone that may be recorded so at the desk.
const button = (report) => partner.locator(`[data-record][data-reports~="${report}"]`).first();

// What the customer's stream says after a cursor, until it has been silent for
// a second; without one, the state to begin with.
async function told(after) {
  const parameters = new URLSearchParams({ orderId, ...(after && { after }) });
  const line = new AbortController();
  const answer = await fetch(`${origin}/bff/mobile/milestone-updates?${parameters}`, {
    headers: { authorization: `Bearer ${TOKENS.mobile}`, accept: "text/event-stream" },
    signal: line.signal,
  });
  let text = "";
  let timer = setTimeout(() => line.abort(), 1_000);
  try {
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      clearTimeout(timer);
      timer = setTimeout(() => line.abort(), 1_000);
    }
  } catch (error) {
    assert.equal(error.name, "AbortError");
  }
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).data.deliveryMilestoneUpdated);
}

const browser = await chromium.launch(LAUNCH);

// Everything that the pages ask for or complain about, from the first byte.
const requests = [];
const complaints = [];
// What a test brings about itself.
const forgiven = [];

function complain(text) {
  if (!forgiven.some((pattern) => pattern.test(text))) {
    complaints.push(text);
  }
}

async function open(options) {
  const context = await browser.newContext({ timezoneId: "Asia/Shanghai", ...options });
  watch(context, requests, complain);
  return context.newPage();
}

const mobile = await open({
  locale: "zh-CN",
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
});
const partner = await open({ locale: "en-US", viewport: { width: 1440, height: 900 } });

const codesOn = (page) =>
  page.locator("[data-code]").evaluateAll((all) => all.map((one) => one.dataset.code));
const live = (page) => page.locator('body[data-live="live"]').waitFor({ timeout: WAIT });
const step = (page, code, state) =>
  page.locator(`[data-code="${code}"]${state ? `[data-state="${state}"]` : ""}`);

async function picture(page, name) {
  if (screenshots) {
    await mkdir(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, name) });
  }
}

// Where the customer's stream stands before anything is recorded.
const [{ cursor: beginning }] = await told();

await test("the customer sees the order, live", async () => {
  const response = await mobile.goto(`${origin}/demo/mobile/`, { timeout: WAIT });
  assert.equal(response.status(), 200);
  assert.match(response.headers()["content-security-policy"], /default-src 'self'/);
  await live(mobile);
  const { order } = await ask("mobile", "order-tracking", { id: orderId });
  await eventually("all milestones", async () =>
    (await codesOn(mobile)).length === order.milestones.length,
  );
  const codes = order.milestones.map(({ code }) => code);
  assert.deepEqual((await codesOn(mobile)).sort(), codes.sort());
  for (const { code, title, state } of order.milestones) {
    assert.equal(await step(mobile, code).getAttribute("data-state"), state, code);
    assert.equal(await step(mobile, code).locator(".step-title").textContent(), title);
  }
  const { trim, number } = (await ask("mobile", "order-detail", { id: orderId })).order;
  const hero = mobile.locator("#hero");
  await hero.getByText(trim.name, { exact: true }).waitFor({ timeout: WAIT });
  await hero.getByText(number).waitFor({ timeout: WAIT });
  await mobile.locator(".eta-line").waitFor({ timeout: WAIT });
  const { loyaltyAccount } = await ask("mobile", "my-loyalty", {});
  await mobile.locator(`[data-balance="${loyaltyAccount.balance}"]`).waitFor({ timeout: WAIT });
  await mobile.waitForTimeout(2_500);
  await picture(mobile, "demo-mobile.png");
});

await test("the customer's page speaks two languages", async () => {
  for (const [language, other] of [["en", "zh-CN"], ["zh-CN", "en"]]) {
    await mobile.locator(`[data-language="${language}"]`).click();
    const { order } = await ask("mobile", "order-tracking", { id: orderId }, language);
    const { code, title } = order.milestones.at(-1);
    await eventually(`the title in ${language}`, async () =>
      (await step(mobile, code).locator(".step-title").textContent()) === title,
    );
    assert.equal(await mobile.locator("html").getAttribute("lang"), language);
    await mobile.locator(`[data-language="${other}"][aria-pressed="false"]`).waitFor();
    await live(mobile);
  }
});

await test("what the consultant records, the customer sees without a reload", async () => {
  await mobile.evaluate(() => (globalThis.sameDocument = true));
  await partner.goto(`${origin}/demo/partner/#/orders`, { timeout: WAIT });
  await live(partner);
  await partner.locator(`[data-order="${orderId}"]`).click({ timeout: WAIT });
  const record = button("DONE");
  await record.waitFor({ timeout: WAIT });
  const code = await record.getAttribute("data-record");
  await record.click();
  await partner.locator(".record textarea").fill("一切正常，按计划进行。");
  await partner.locator(`[data-submit="${code}"]`).click();
  await step(partner, code, "DONE").waitFor({ timeout: WAIT });
  await step(mobile, code, "DONE").waitFor({ timeout: WAIT, state: "attached" });
  await step(mobile, code).getByText("按计划进行").waitFor({ timeout: WAIT });
  await mobile.locator(".toast").first().waitFor({ timeout: WAIT });
  assert.equal(await mobile.evaluate(() => globalThis.sameDocument), true);
  await eventually("news in the bell", () =>
    partner.evaluate(() => Number(document.querySelector(".bell").dataset.unread) > 0),
  );
  // A picture of the desk as it is used: news, and the next milestone in hand.
  await record.click();
  await partner.locator(".record textarea").fill("一切就绪，稍后与您联系。");
  await partner.mouse.move(700, 30);
  await partner.locator(".panel-body").evaluate((body) => body.scrollTo(0, 0));
  await partner.waitForTimeout(2_600);
  await picture(partner, "demo-partner.png");
  await partner.keyboard.press("Escape");
  await partner.locator("#bell").click();
  const { number } = await order();
  await partner.locator(".bell-sheet").getByText(number).first().waitFor({ timeout: WAIT });
  await partner.keyboard.press("Escape");
});

await test("after a lost network nothing is missing and nothing is doubled", async () => {
  forgiven.push(/ERR_INTERNET_DISCONNECTED/);
  await mobile.context().setOffline(true);
  await mobile.locator('body[data-live="offline"]').waitFor({ timeout: WAIT });
  const codes = [await putOffAny(), await putOffAny()];
  for (const code of codes) {
    assert.notEqual(await step(mobile, code).getAttribute("data-state"), "DELAYED");
  }
  await mobile.context().setOffline(false);
  await live(mobile);
  for (const code of codes) {
    await step(mobile, code, "DELAYED").waitFor({ timeout: WAIT, state: "attached" });
  }
  const { milestones } = await order();
  assert.equal((await codesOn(mobile)).length, milestones.length);
  assert.equal(new Set(await codesOn(mobile)).size, milestones.length);
  for (const { code, state } of milestones) {
    await step(mobile, code, state).waitFor({ timeout: WAIT, state: "attached" });
  }
  const log = await told(beginning);
  const ids = new Set(log.map(({ eventId }) => eventId));
  assert.ok(ids.size >= 3, `${ids.size} events`);
  await eventually("each event once", async () =>
    (await mobile.locator("body").getAttribute("data-events")) === String(ids.size),
  );
  assert.equal(await mobile.locator("body").getAttribute("data-repeats"), "0");
  assert.equal(await mobile.evaluate(() => globalThis.sameDocument), true);
});

await test("a consultant who comes second is told so, and can go on", async () => {
  // A refusal is an answer of 409, which the browser writes to its console.
  forgiven.push(/bff\/partner\/milestone-record(: 409)?$/);
  await eventually("the order as it is now", async () => {
    const version = String((await order()).version);
    return (await partner.locator(`[data-order="${orderId}"]`).getAttribute("data-version")) === version;
  });
  const record = button("DONE");
  const code = await record.getAttribute("data-record");
  await record.click();
  const faster = await putOffAny(code);
  await partner.locator("[data-stale]").waitFor({ timeout: WAIT });
  await partner.locator(`[data-submit="${code}"]`).click();
  await partner.locator("[data-conflict]").waitFor({ timeout: WAIT });
  await step(partner, faster, "DELAYED").waitFor({ timeout: WAIT });
  assert.notEqual(await step(partner, code).getAttribute("data-state"), "DONE");
  await partner.locator(`[data-submit="${code}"]`).click();
  await step(partner, code, "DONE").waitFor({ timeout: WAIT });
  await step(mobile, code, "DONE").waitFor({ timeout: WAIT, state: "attached" });
});

await test("a refusal stands beside the form", async () => {
  const record = button("DELAYED");
  const code = await record.getAttribute("data-record");
  await record.click();
  await partner.locator('.record input[value="DELAYED"]').check({ force: true });
  await partner.locator('.record input[name="p50"]').fill("2030-05-20");
  await partner.locator('.record input[name="p90"]').fill("2030-05-10");
  forgiven.push(/bff\/partner\/milestone-record(: 422)?$/);
  await partner.locator(`[data-submit="${code}"]`).click();
  await eventually("a word at the field", async () =>
    (await partner.locator('[data-field="p50"]').textContent()) !== "",
  );
  await partner.keyboard.press("Escape");
  await partner.locator(".record").waitFor({ state: "detached" });
  await partner.locator(".panel").waitFor();
  await partner.keyboard.press("Escape");
  await partner.locator(".panel").waitFor({ state: "hidden" });
});

await test("an answer that was lost is asked for again, and records once", async () => {
  await partner.locator(`[data-order="${orderId}"]`).click();
  const record = button("DONE");
  await record.waitFor({ timeout: WAIT });
  const code = await record.getAttribute("data-record");
  await record.click();
  forgiven.push(/bff\/partner\/milestone-record: net::ERR_CONNECTION_FAILED/, /ERR_CONNECTION_FAILED .*milestone-record$/);
  await partner.route(
    "**/bff/partner/milestone-record",
    async (route) => {
      await route.fetch();
      await route.abort("connectionfailed");
    },
    { times: 1 },
  );
  const submit = partner.locator(`[data-submit="${code}"]`);
  await submit.click();
  await partner.locator("[data-user-error]").waitFor({ timeout: WAIT });
  await submit.click();
  await step(partner, code, "DONE").waitFor({ timeout: WAIT });
  const reached = (await told(beginning)).filter(
    ({ kind, milestone }) => kind === "REACHED" && milestone?.code === code,
  );
  assert.equal(reached.length, 1);
  await step(mobile, code, "DONE").waitFor({ timeout: WAIT, state: "attached" });
  await partner.locator(".panel .icon-button").click();
  await partner.locator(".panel").waitFor({ state: "hidden" });
});

await test("leads have tabs, rows and a panel", async () => {
  await partner.locator('a[href="#/leads"]').click();
  const rows = partner.locator("[data-lead]");
  await rows.first().waitFor({ timeout: WAIT });
  await eventually("counts at all tabs", () =>
    partner.locator(".tab-count").evaluateAll((all) => all.every((one) => one.textContent !== "")),
  );
  await partner.locator('[data-tab="tabContact"]').click();
  await rows.first().waitFor({ timeout: WAIT });
  const link = rows.first().locator("a");
  const name = await link.textContent();
  await link.focus();
  await partner.keyboard.press("Enter");
  const panel = partner.locator(".panel");
  await panel.getByRole("heading", { name }).waitFor({ timeout: WAIT });
  await panel.locator(".history li").first().waitFor({ timeout: WAIT });
  await partner.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  await eventually("the focus where it was", () => link.evaluate((one) => one === document.activeElement));
});

await test("the stock can be filtered", async () => {
  await partner.locator('a[href="#/inventory"]').click();
  const rows = partner.locator("[data-vehicle]");
  await rows.first().waitFor({ timeout: WAIT });
  const total = async () => Number((await partner.locator(".tile strong").first().textContent()).replace(/\D/g, ""));
  const all = await eventually("the number of cars", total);
  await partner.locator('select[name="status"]').selectOption("IN_STOCK");
  await eventually("fewer cars", async () => (await total()) < all && (await total()) > 0);
  await partner.locator('select[name="maxPrice"]').selectOption("200000");
  await eventually("only these", async () => {
    const chips = await partner.locator("[data-vehicle] .chip").evaluateAll((all) => all.map((one) => one.dataset.vehicleStatus));
    const prices = await partner.locator("[data-vehicle] .price").allTextContents();
    return (
      chips.length > 0 &&
      chips.every((status) => status === "IN_STOCK") &&
      prices.every((price) => Number(price.replace(/[^\d.]/g, "")) <= 200_000)
    );
  });
});

await test("the desk speaks two languages", async () => {
  await partner.locator('[data-language="zh-CN"]').click();
  await partner.getByRole("heading", { name: "库存" }).waitFor({ timeout: WAIT });
  await partner.locator("[data-vehicle]").first().waitFor({ timeout: WAIT });
  await live(partner);
});

await test("nothing came from another host", () => {
  assert.deepEqual(foreign(requests, host), []);
  assert.ok(requests.length > 20, `only ${requests.length} requests were seen`);
});

await test("the console shows no error", () => {
  assert.deepEqual(complaints, []);
});

await browser.close();
await end();

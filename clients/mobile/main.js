// The customer's order, live. The stream begins first and the order is asked for after that, so nothing falls between.

import { client, session } from "../shared/bff.js";
import { fill, find, h } from "../shared/dom.js";
import { etaRange } from "../shared/eta.js";
import { number } from "../shared/format.js";
import { brand, icon } from "../shared/icons.js";
import { follow } from "../shared/live.js";
import { liveMark, nothing, skeleton, trouble } from "../shared/states.js";
import { onLanguage } from "../shared/texts.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { toast } from "../shared/toast.js";
import { languageToggle } from "../shared/toggle.js";
import { etaCard, heroWords, progressLine } from "./hero.js";
import { Account, loyaltyCard } from "./loyalty.js";
import { placeCard } from "./place.js";
import { t } from "./texts.js";
import { timeline } from "./timeline.js";
import { Tracking } from "./tracking.js";

/** How long the screen waits for its stream before it asks without. */
const WAITS = 1_500;
/** Forecasts of what comes after a milestone move without a message of their own; they are asked for a moment later. */
const SETTLES = 400;

const app = client("mobile", ({ customerToken }) => customerToken);
const tracking = new Tracking();
const account = new Account();
const [hero, main] = [find("#hero"), find("#main")];
const mark = liveMark();
const offline = h("p", { class: "notice notice-warn offline", hidden: true });
const cards = { hero: heroWords(hero, find("#code"), find("#car")), eta: etaCard(), progress: progressLine(), steps: timeline(), place: placeCard(), points: loyaltyCard() };
const progressTitle = h("h2", {});
const streams = [];
const missed = new Set();
let orderId = new URLSearchParams(location.search).get("order");
let bought = null;
let built = false;

function build() {
  if (built) return;
  built = true;
  const steps = h("section", { class: "card card-steps" }, h("div", { class: "card-head" }, progressTitle), cards.progress.element, cards.steps.element);
  fill(main, offline, cards.eta.element, steps, cards.place.element, cards.points.element);
}

function paint() {
  const { order } = tracking;
  document.body.dataset.events = tracking.seen.size;
  document.body.dataset.repeats = tracking.repeats;
  document.title = `${t("title")} · 曜岑 YAOCEN`;
  if (!order) return;
  build();
  document.body.dataset.status = order.status;
  cards.hero.paint(order, bought);
  fill(progressTitle, t("progress"));
  for (const card of [cards.eta, cards.progress, cards.steps, cards.place]) card.paint(order);
}

const loadOrder = oneAtATime(async () => {
  try {
    const { order } = await app.ask("order-tracking", { id: orderId });
    if (!order) return empty();
    tracking.answer(order);
    paint();
  } catch (error) {
    if (!tracking.order) fail(error);
    else if (error.code !== "NETWORK") toast(error.message, "bad");
  }
});
const settle = soon(loadOrder, SETTLES);

/** The details know which car was ordered, which tracking does not. */
async function loadCar() {
  const { order } = await app.ask("order-detail", { id: orderId }).catch(() => ({}));
  bought = order ?? bought;
  paint();
}

const loadPoints = oneAtATime(async () => {
  try {
    const { loyaltyAccount } = await app.ask("my-loyalty", { first: 1 });
    if (!loyaltyAccount) return cards.points.none();
    account.take(loyaltyAccount);
    cards.points.paint(account.now);
  } catch (error) {
    if (!account.now) cards.points.fail(error, loadPoints);
  }
});

function onMilestone({ deliveryMilestoneUpdated: message }) {
  if (!tracking.message(message)) return paint();
  paint();
  if (message.kind === "SNAPSHOT") return loadOrder();
  tell(message);
  settle();
}

/** A note of what has happened, and light on the line. */
function tell({ kind, milestone, eta, replayed }) {
  if (milestone) cards.steps.shine(milestone.code);
  const text = kind === "ETA_CHANGED" ? t("toastETA", { range: etaRange(eta) }) : milestone && t(`toast${kind}`, milestone);
  if (!text) return;
  if (replayed) {
    missed.add(text);
    return tellMissed();
  }
  const bad = kind === "DELAYED" || kind === "ROLLED_BACK";
  toast(text, bad ? "warn" : "good", kind === "REACHED" ? t("reached") : "");
}

/** What happened while the page was away is one note, however much it was. */
const tellMissed = soon(() => {
  toast(t("missed", { n: missed.size }), "good", [...missed].join(t("comma")));
  missed.clear();
}, SETTLES);

function onPoints({ pointsBalanceChanged: message }) {
  const before = account.now;
  if (message.kind === "SNAPSHOT" && message.replayGap) account.now = null;
  // Names of the next level, and what runs out, are not in a message.
  if (!account.now || message.kind !== "BALANCE_CHANGED") return void loadPoints();
  if (!account.take(message.account)) return;
  cards.points.paint(account.now);
  const more = account.now.balance - before.balance;
  toast(more > 0 ? t("earned", { n: number(more) }) : t("pointsChanged", { n: number(account.now.balance) }));
}

function onState(state) {
  document.body.dataset.live = state;
  mark.say(state);
  offline.hidden = state !== "offline";
}

const empty = () => fill(main, nothing(t("noOrder")));

function fail(error) {
  built = false;
  const again = () => (removeEventListener("online", again), fill(main, skeleton(6)), start());
  addEventListener("online", again);
  fill(main, trouble(error, again));
}

function frame() {
  fill(find("#bar"), h("span", { class: "brand" }, brand(), h("b", { lang: "en" }, "YAOCEN"), h("span", { lang: "zh-CN" }, "曜岑")), mark.element, languageToggle());
  fill(hero, h("div", { class: "hero-waits" }, skeleton(3)));
  fill(main, h("section", { class: "card" }, skeleton(4)), h("section", { class: "card" }, skeleton(8)));
}

async function start() {
  try {
    orderId ??= (await session()).orderId;
  } catch (error) {
    return fail(error);
  }
  if (streams.length === 0) {
    streams.push(follow(app, "milestone-updates", { orderId }, { message: onMilestone, state: onState }));
    streams.push(follow(app, "points-updates", {}, { message: onPoints }));
  }
  setTimeout(() => tracking.order || loadOrder(), tracking.order ? 0 : WAITS);
  loadCar();
  loadPoints();
}

onLanguage(() => {
  // Names come in the language that they were asked in.
  mark.say();
  fill(offline, icon("notice"), t("offline"));
  paint();
  for (const stream of streams) stream.reopen();
  loadOrder();
  loadCar();
  loadPoints();
});

fill(offline, icon("notice"), t("offline"));
frame();
start();

// The store's desk: who has signed in, what is shown, and the streams that keep it true.

import { client, session } from "../shared/bff.js";
import { fill, find, h } from "../shared/dom.js";
import { brand, icon } from "../shared/icons.js";
import { follow } from "../shared/live.js";
import { liveMark, skeleton, trouble } from "../shared/states.js";
import { onLanguage } from "../shared/texts.js";
import { languageToggle } from "../shared/toggle.js";
import { bell } from "./bell.js";
import { board } from "./board.js";
import { inventory } from "./inventory.js";
import { leadPanel } from "./lead-panel.js";
import { leads } from "./leads.js";
import { orderPanel } from "./order-panel.js";
import { sidePanel } from "./panel.js";
import { search } from "./search.js";
import { t } from "./texts.js";

const VIEWS = { leads, orders: board, inventory };
const PANELS = { leads: leadPanel, orders: orderPanel };
/** From good to bad: the mark shows the worst of the streams. */
const STATES = ["live", "connecting", "offline", "ended"];

const app = client("partner", ({ consultantToken }) => consultantToken);
const news = new EventTarget();
const panel = sidePanel(() => (location.hash = `#/${shown.name}`));
const mark = liveMark();
const ring = bell();
const finder = search(app);
const streams = [];
const states = {};
/** Whether the snapshot that comes in stands for messages that were missed: what was known is void. */
let gap = false;
const store = h("strong", {});
const person = h("span", { class: "top-person" });
let storeId;
/** The view and the panel on the page. */
let shown = { name: "", view: null, panel: null };

/** What views are given: operations, the store, what happens, and the panel. */
const portal = () => ({ app, storeId, news, panel });
const tell = (type, detail) => news.dispatchEvent(new CustomEvent(type, { detail }));

function route() {
  const [, name = "", id] = /^#\/(\w+)(?:\/(\w+))?/.exec(location.hash) ?? [];
  if (!Object.hasOwn(VIEWS, name)) return location.replace("#/leads");
  if (shown.name !== name) {
    shown.view?.stop();
    shown = { name, view: VIEWS[name](portal()), panel: shown.panel };
    fill(find("#view"), shown.view.element);
    shown.view.start();
    side();
  }
  shown.panel?.stop();
  shown.panel = null;
  if (!id || !PANELS[name]) return panel.hide();
  panel.wait(id);
  shown.panel = PANELS[name](portal(), id);
}

function side() {
  document.title = `${t(shown.name || "product")} · 曜岑 YAOCEN`;
  const link = (name) => h("a", { href: `#/${name}`, class: "side-link", "aria-current": name === shown.name ? "page" : null }, icon(name), h("span", {}, t(name)));
  fill(
    find("#side"),
    h("div", { class: "side-brand" }, brand(), h("div", {}, h("b", { lang: "en" }, "YAOCEN"), h("span", {}, t("product")))),
    h("nav", { "aria-label": t("menu") }, Object.keys(VIEWS).map(link)),
  );
}

function top() {
  fill(find("#top"), h("div", { class: "top-store" }, icon("store"), store), finder.element, mark.element, ring.element, languageToggle(), person);
}

/** The store's name stands at its cars, and the consultant's at their tasks; neither has an operation of its own. */
async function names() {
  const [cars, tasks] = await Promise.all([
    app.ask("inventory-search", { where: { storeId }, first: 1 }).catch(() => ({})),
    app.ask("my-follow-ups", { first: 1 }).catch(() => ({})),
  ]);
  fill(store, cars.inventory?.nodes[0]?.store?.name ?? storeId);
  const name = tasks.myFollowUps?.nodes[0]?.assignee?.name;
  fill(person, name && [h("i", { "aria-hidden": "true" }, name[0]), h("span", { title: t("you") }, name)]);
}

function onState(name) {
  return (state) => {
    states[name] = state;
    const worst = STATES[Math.max(...Object.values(states).map((state) => STATES.indexOf(state)))];
    document.body.dataset.live = worst;
    mark.say(worst);
  };
}

function onMilestone({ deliveryMilestoneUpdated: message }) {
  if (message.kind !== "SNAPSHOT") return tell("milestone", message);
  gap ||= Boolean(message.replayGap);
  // A snapshot has a message for each order; the last one has the cursor.
  if (!message.cursor) return;
  tell("snapshot", { gap });
  gap = false;
}

function onEvent({ storeEvents: event }) {
  // What lies in the gap is not told: everything is asked for anew.
  if (event.replayGap) tell("snapshot", { gap: true });
  if (ring.take(event)) tell("event", event);
  document.body.dataset.events = ring.count;
}

async function start() {
  try {
    ({ storeId } = await session());
  } catch (error) {
    return fill(find("#view"), trouble(error, () => (fill(find("#view"), skeleton(8)), start())));
  }
  for (const name of ["milestones", "events"]) states[name] = "connecting";
  streams.push(follow(app, "store-milestones", { storeId }, { message: onMilestone, state: onState("milestones") }));
  streams.push(follow(app, "store-events", { storeId }, { message: onEvent, state: onState("events") }));
  addEventListener("hashchange", route);
  route();
  names();
}

onLanguage(() => {
  mark.say();
  ring.paint();
  finder.paint();
  side();
  for (const stream of streams) stream.reopen();
  if (!storeId) return;
  names();
  // Views are drawn anew: their words and the gateway's are in another language.
  const open = panel.shown;
  panel.hide();
  shown.view?.stop();
  shown = { name: "", view: null, panel: (shown.panel?.stop(), null) };
  route(open);
});

side();
top();
ring.paint();
finder.paint();
find("#panel").replaceWith(panel.element);
fill(find("#view"), skeleton(8));
start();

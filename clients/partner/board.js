// Orders under way, a column for each step. The store's stream keeps the cards true.

import { fill, h, say } from "../shared/dom.js";
import { daysLate } from "../shared/eta.js";
import { count, day } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { skeleton, trouble } from "../shared/states.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { toast } from "../shared/toast.js";
import { word } from "../shared/words.js";
import { t } from "./texts.js";

/** Columns by their names in OrderBoard, with the states that each holds. */
const COLUMNS = {
  placed: ["PLACED"],
  locked: ["LOCKED", "CONTRACTED"],
  inFulfillment: ["IN_FULFILLMENT"],
  ready: ["READY_FOR_DELIVERY"],
  cancelling: ["CANCELLATION_REQUESTED"],
};
const PAGE = 20;
const FLASHES = 2_400;
const NEWS_STAYS = 30_000;

/** The view. */
export function board({ app, news, panel }) {
  const columns = new Map(Object.keys(COLUMNS).map((name) => [name, column(name, () => more(name))]));
  const body = h("div", { class: "board" }, skeleton(8));
  const element = h("div", { class: "view view-board" }, h("header", { class: "view-head" }, h("h1", {}, t("orders")), h("p", {}, t("ordersHint"))), body);
  const cards = new Map();
  let shown = false;

  const load = oneAtATime(async () => {
    try {
      const answer = await app.ask("order-board");
      if (!shown) fill(body, [...columns.values()].map(({ element }) => element));
      shown = true;
      for (const [name, column] of columns) if (answer[name]) column.paint(answer[name], answer[name].nodes.map(card));
      panel.mark();
    } catch (error) {
      if (shown) toast(error.message, "bad");
      else fill(body, trouble(error, load));
    }
  });

  /** The order's card, which stays the same element wherever it goes. */
  function card(order) {
    if (!cards.has(order.id)) cards.set(order.id, orderCard(order));
    const card = cards.get(order.id);
    if (order.version >= card.order.version) card.paint(order);
    return card;
  }

  async function more(name) {
    const column = columns.get(name);
    try {
      const { orders } = await app.ask("order-list", { where: { status: COLUMNS[name] }, first: PAGE, after: column.cursor });
      column.add(orders, orders.nodes.map(card));
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  const loadSoon = soon(load, 300);
  function onMilestone({ detail: { order, eta, milestone } }) {
    const card = cards.get(order.id);
    if (card && order.version >= card.order.version) {
      card.paint({ ...card.order, ...order, eta: { ...card.order.eta, ...eta } }, milestone);
    }
    // It goes to another column, or is not on the board.
    if (!card || !sameColumn(card.order.status, columnOf(card))) loadSoon();
  }
  function onSnapshot({ detail: { gap } }) {
    // Versions of another history say nothing.
    if (gap) cards.clear();
    loadSoon();
  }
  const columnOf = (card) => COLUMNS[card.element.closest("[data-column]")?.dataset.column]?.[0];
  const onEvent = ({ detail }) => ["ORDER_PLACED", "ORDER_STATUS_CHANGED"].includes(detail.kind) && loadSoon();

  return {
    element,
    start() {
      news.addEventListener("milestone", onMilestone);
      news.addEventListener("snapshot", onSnapshot);
      news.addEventListener("event", onEvent);
      load();
    },
    stop() {
      news.removeEventListener("milestone", onMilestone);
      news.removeEventListener("snapshot", onSnapshot);
      news.removeEventListener("event", onEvent);
    },
  };
}

const sameColumn = (one, other) => Object.values(COLUMNS).some((states) => states.includes(one) && states.includes(other));

function column(name, onMore) {
  const number = h("span", { class: "column-count" });
  const list = h("ul", { class: "column-cards" });
  const button = h("button", { type: "button", class: "button column-more", hidden: true, onclick: onMore }, t("more"));
  const element = h("section", { class: "column", "data-column": name, "aria-label": t(name) }, h("h2", {}, h("i", {}), t(name), number), list, button);
  const goesOn = ({ pageInfo }) => {
    button.hidden = !pageInfo.hasNextPage;
    element.dataset.cursor = pageInfo.endCursor ?? "";
  };
  return {
    element,
    get cursor() {
      return element.dataset.cursor;
    },
    paint(connection, cards) {
      fill(number, count(connection.totalCount));
      const focused = document.activeElement;
      fill(list, cards.length > 0 ? cards.map(({ element }) => element) : h("li", { class: "column-empty" }, t("noOrders")));
      // An element that is put elsewhere loses the focus.
      if (list.contains(focused)) focused.focus({ preventScroll: true });
      goesOn(connection);
    },
    add(connection, cards) {
      list.append(...cards.map(({ element }) => element));
      goesOn(connection);
    },
  };
}

function orderCard(first) {
  const [trim, buyer, date, owner, party, overdue, fresh] = ["card-trim", "card-buyer", "card-date", "card-owner", "card-party", "card-late", "card-news"].map((name) => h("span", { class: name }));
  const link = h(
    "a",
    { class: "order-card", href: `#/orders/${first.id}`, "data-order": first.id, "data-id": first.id },
    h("span", { class: "card-top" }, h("span", { class: "card-number" }, first.number), date),
    trim,
    h("span", { class: "card-line" }, buyer, owner),
    h("span", { class: "card-line" }, party, overdue),
    fresh,
  );
  const self = {
    element: h("li", {}, link),
    order: first,
    paint(order, milestone = null) {
      const late = daysLate(order.eta);
      self.order = order;
      link.dataset.version = order.version;
      say(trim, order.trim?.name ?? "");
      say(buyer, order.buyerName);
      say(owner, order.consultant?.name ?? "");
      say(date, order.eta?.likely ? day(order.eta.likely) : t("noDate"));
      say(overdue, late > 0 ? t("lateBy", { n: late }) : "");
      date.dataset.confidence = order.eta?.confidence ?? "";
      party.dataset.party = order.currentOwnerParty ?? "";
      party.hidden = !order.currentOwnerParty;
      fill(party, icon("person"), t("at", { party: word("Party", order.currentOwnerParty) }));
      if (!milestone) return;
      fill(fresh, `${milestone.title} · ${t("justNow")}`);
      link.classList.add("flashes");
      if (link.classList.contains("open")) link.scrollIntoView({ block: "nearest", inline: "nearest" });
      setTimeout(() => link.classList.remove("flashes"), FLASHES);
      clearTimeout(self.timer);
      self.timer = setTimeout(() => fill(fresh), NEWS_STAYS);
    },
  };
  self.paint(first);
  return self;
}

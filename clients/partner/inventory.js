// Cars that the store may see: numbers above, filters, and the list.

import { fill, h } from "../shared/dom.js";
import { count, date, day, money, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { nothing, skeleton, trouble } from "../shared/states.js";
import { language } from "../shared/texts.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { toast } from "../shared/toast.js";
import { values, word } from "../shared/words.js";
import { t } from "./texts.js";

const PAGE = 30;
const FEN = 100;
const PRICES = [150_000, 200_000, 250_000, 300_000, 350_000];
const kept = { stockType: "", status: "", ageBand: "", maxPrice: "", sort: "AGE", direction: "DESC" };

/** The view. */
export function inventory({ app, news }) {
  const summary = h("div", { class: "tiles" }, skeleton(2));
  const filters = h("form", { class: "filters", onchange: read, onsubmit: (event) => event.preventDefault() });
  const body = h("div", { class: "sheet", "aria-live": "polite" });
  const element = h("div", { class: "view" }, h("header", { class: "view-head" }, h("h1", {}, t("inventory")), h("p", {}, t("inventoryHint"))), summary, filters, body);
  let nodes = [];
  let [total, end] = [null, null];
  /** Answers to filters of before are thrown away. */
  let turn = 0;

  const where = () => ({
    ...(kept.stockType && { stockType: [kept.stockType] }),
    ...(kept.status && { status: [kept.status] }),
    ...(kept.ageBand && { ageBand: [kept.ageBand] }),
    ...(kept.maxPrice && { maxPriceMinor: Number(kept.maxPrice) * FEN }),
  });
  const orderBy = () => ({ field: kept.sort, direction: kept.direction });

  const load = oneAtATime(async () => {
    const mine = turn;
    try {
      const first = Math.min(100, Math.max(PAGE, nodes.length));
      const [list, numbers] = await Promise.all([
        app.ask("inventory-search", { where: where(), orderBy: orderBy(), first }),
        app.ask("inventory-summary", { where: where() }).catch(() => ({})),
      ]);
      if (mine !== turn) return;
      ({ nodes, totalCount: total, pageInfo: end } = list.inventory);
      paintSummary(numbers.inventorySummary);
      paint();
    } catch (error) {
      if (nodes.length > 0) toast(error.message, "bad");
      else fill(body, trouble(error, load));
    }
  });

  async function more() {
    const mine = turn;
    try {
      const { inventory } = await app.ask("inventory-search", { where: where(), orderBy: orderBy(), first: PAGE, after: end.endCursor });
      if (mine !== turn) return;
      [nodes, end] = [[...nodes, ...inventory.nodes], inventory.pageInfo];
      paint();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  function again() {
    turn += 1;
    nodes = [];
    element.setAttribute("aria-busy", "true");
    load();
  }

  function read() {
    Object.assign(kept, Object.fromEntries(new FormData(filters)));
    paintFilters();
    again();
  }

  function sort(field) {
    kept.direction = kept.sort === field && kept.direction === "DESC" ? "ASC" : "DESC";
    kept.sort = field;
    again();
  }

  function paintFilters() {
    const focused = document.activeElement?.getAttribute("name");
    const choice = (name, label, options) =>
      h("label", { class: "field" }, h("span", {}, label), h("select", { name, class: kept[name] ? "set" : null }, h("option", { value: "" }, t("all")), options.map(([value, text]) => h("option", { value, selected: kept[name] === String(value) }, text))));
    const words = (kind) => values(kind).map((value) => [value, word(kind, value)]);
    const price = (yuan) => [yuan, money({ amount: String(yuan), currencyCode: "CNY" })];
    const set = ["stockType", "status", "ageBand", "maxPrice"].some((name) => kept[name]);
    const clear = () => (Object.assign(kept, { stockType: "", status: "", ageBand: "", maxPrice: "" }), paintFilters(), again());
    fill(
      filters,
      choice("stockType", t("stockType"), words("StockType")),
      choice("status", t("status"), words("VehicleStatus")),
      choice("ageBand", t("age"), words("AgeBand")),
      choice("maxPrice", t("maxPrice"), PRICES.map(price)),
      set && h("button", { type: "button", class: "button", onclick: clear }, icon("close"), t("clear")),
    );
    if (focused) filters.querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
  }

  function paintSummary(numbers) {
    summary.hidden = !numbers;
    if (!numbers) return;
    const tile = (label, value, more) => h("div", { class: "tile" }, h("span", {}, label), h("strong", {}, value), more);
    const all = numbers.total.count ?? 0;
    const share = ({ stockType, tally }) =>
      h("li", {}, h("span", {}, word("StockType", stockType)), h("i", { style: { "--share": `${all ? (100 * (tally.count ?? 0)) / all : 0}%` } }), h("b", {}, number(tally.count ?? 0)));
    const stocks = numbers.byStockType.filter(({ tally }) => tally.count > 0).sort((one, other) => other.tally.count - one.tally.count);
    fill(
      summary,
      tile(t("total"), number(all)),
      tile(t("free"), number(numbers.total.freeCount ?? 0), h("div", { class: "meter" }, h("i", { style: { width: `${all ? (100 * (numbers.total.freeCount ?? 0)) / all : 0}%` } }))),
      tile(t("earliest"), day(numbers.total.earliestArrival) || t("none")),
      h("div", { class: "tile tile-wide" }, h("span", {}, t("stockType")), h("ul", { class: "shares" }, stocks.slice(0, 4).map(share))),
    );
  }

  function paint() {
    element.removeAttribute("aria-busy");
    if (nodes.length === 0) return fill(body, nothing(t("noCars")));
    const sorted = (key, field) => {
      const mine = kept.sort === field;
      const direction = kept.direction === "DESC" ? "descending" : "ascending";
      return h("th", { scope: "col", "aria-sort": mine ? direction : null }, h("button", { type: "button", class: "sort", onclick: () => sort(field) }, t(key), icon("chevron")));
    };
    const plain = (key) => h("th", { scope: "col" }, t(key));
    fill(
      body,
      h(
        "table",
        { class: "table stock" },
        h("thead", {}, h("tr", {}, plain("vin"), plain("trim"), plain("status"), plain("where"), sorted("age", "AGE"), plain("arrives"), sorted("price", "PRICE"))),
        h("tbody", {}, nodes.map(row)),
      ),
      h("p", { class: "table-end" }, t("shown", { n: number(nodes.length), all: count(total) }), end?.hasNextPage && h("button", { type: "button", class: "button", onclick: more }, t("more"))),
    );
  }

  const loadSoon = soon(load, 600);
  const onEvent = ({ detail }) => detail.subject?.__typename === "VehicleUnit" && loadSoon();
  return {
    element,
    start() {
      news.addEventListener("event", onEvent);
      paintFilters();
      fill(body, skeleton(8));
      load();
    },
    stop: () => news.removeEventListener("event", onEvent),
  };
}

/** Where a policy hides something, that is said; it is no fault. */
const hidden = () => h("span", { class: "quiet" }, t("hidden"));

function row(car) {
  const place = car.store ? [car.store.name, car.city?.name] : [car.city?.name, car.city && t("storeHidden")];
  return h(
    "tr",
    { "data-vehicle": car.id },
    h("td", { class: "vin" }, car.vin ?? hidden()),
    h("td", {}, car.trim?.name ?? "", h("small", {}, [car.trim?.model?.name, t("optionsOf", { n: car.optionCodes.length })].filter(Boolean).join(" · "))),
    h("td", {}, h("span", { class: "chip", "data-vehicle-status": car.status }, word("VehicleStatus", car.status)), h("small", {}, word("StockType", car.stockType))),
    h("td", {}, place[0] ?? hidden(), h("small", {}, place[1])),
    h("td", {}, car.ageBand ? h("span", { class: "band", "data-band": car.ageBand, title: word("AgeBand", car.ageBand) }, h("i", {}), car.ageDays === null ? word("AgeBand", car.ageBand) : t("ageDays", { n: car.ageDays })) : hidden()),
    h("td", { class: car.expectedAt ? null : "quiet" }, car.expectedAt ? date(car.expectedAt) : "—"),
    h("td", { class: "price", lang: language() }, money(car.price)),
  );
}

// The bell: everything that happens to the store while the page is open.

import { fill, h } from "../shared/dom.js";
import { ago } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { nothing } from "../shared/states.js";
import { word } from "../shared/words.js";
import { t } from "./texts.js";

const MOST = 50;

export function bell() {
  const badge = h("span", { class: "badge", hidden: true });
  const button = h("button", { type: "button", class: "icon-button", "aria-haspopup": "true", "aria-expanded": "false", id: "bell" }, icon("bell"), badge);
  const list = h("ul", { class: "bell-list" });
  const title = h("h2", {});
  const sheet = h("div", { class: "bell-sheet", hidden: true }, title, list);
  const element = h("div", { class: "bell" }, button, sheet);
  const seen = new Set();
  let events = [];
  let unread = 0;

  const paint = () => {
    badge.hidden = unread === 0;
    fill(badge, unread > 99 ? "99+" : String(unread));
    element.dataset.unread = unread;
    button.setAttribute("aria-label", t("bell", { n: unread }));
    fill(title, t("bellTitle"));
    fill(list, events.length > 0 ? events.map(line) : nothing(t("bellEmpty")));
  };

  const open = (wanted) => {
    sheet.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    if (wanted) unread = 0;
    paint();
    if (!wanted) for (const event of events) event.fresh = false;
  };
  button.addEventListener("click", () => open(sheet.hidden));
  list.addEventListener("click", (event) => event.target.closest("a") && open(false));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || sheet.hidden) return;
    event.preventDefault();
    open(false);
    button.focus();
  });
  addEventListener("pointerdown", (event) => !sheet.hidden && !element.contains(event.target) && open(false));

  return {
    element,
    paint,
    /** How many events came, each counted once. */
    get count() {
      return seen.size;
    },
    take(event) {
      // The state to begin with is no news.
      if (event.kind === null || seen.has(event.eventId)) return false;
      seen.add(event.eventId);
      events = [{ ...event, fresh: true }, ...events].slice(0, MOST);
      if (sheet.hidden) unread += 1;
      paint();
      return true;
    },
  };
}

function line({ kind, occurredAt, subject, fresh }) {
  const { sign, name, state, address } = about(subject);
  const words = [h("strong", {}, word("EventKind", kind)), h("span", { class: "bell-subject" }, [name, state].filter(Boolean).join(" · ")), h("time", { datetime: occurredAt }, ago(occurredAt))];
  return h("li", { class: fresh ? "fresh" : null }, h(address ? "a" : "div", { class: "bell-line", href: address }, h("span", { class: "fact-sign" }, icon(sign)), h("div", {}, words)));
}

/** What a subject is called, and where it is seen. */
function about(subject) {
  switch (subject?.__typename) {
    case "Order":
      return { sign: "orders", name: `${t("order")} ${subject.number}`, state: word("OrderStatus", subject.orderStatus), address: `#/orders/${subject.id}` };
    case "Lead":
      return { sign: "leads", name: `${t("lead")} ${subject.number}`, state: word("LeadStage", subject.stage), address: `#/leads/${subject.id}` };
    case "VehicleUnit":
      return { sign: "car", name: subject.vin ?? t("car"), state: word("VehicleStatus", subject.vehicleStatus), address: "#/inventory" };
    case "Configuration":
      return { sign: "star", name: `${t("configuration")} ${subject.code}` };
    default:
      return { sign: "bell", name: subject?.__typename ?? "" };
  }
}

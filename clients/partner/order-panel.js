// One order: who, which car, when, the milestones with what may be recorded of them, and the money.

import { fill, h } from "../shared/dom.js";
import { confidence, etaBand, etaRange } from "../shared/eta.js";
import { date, money, time } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { byTrack, current, isFinished, progress, sign, when } from "../shared/milestones.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { toast } from "../shared/toast.js";
import { word } from "../shared/words.js";
import { facts, section } from "./parts.js";
import { recordForm } from "./record.js";
import { t } from "./texts.js";

/** Fills the panel with the order of this id until it is stopped. */
export function orderPanel({ app, news, panel }, id) {
  const folds = new Map();
  let order = null;
  /** The form that is open, which is never drawn anew under a person's hands. */
  let form = null;
  let warning = "";

  const load = oneAtATime(async () => {
    try {
      const answer = await app.ask("order-detail", { id });
      if (!answer.order) return;
      if (!order || answer.order.version >= order.version) order = answer.order;
      if (!form) paint();
    } catch (error) {
      if (!order) panel.fail(id, error, load);
      else toast(error.message, "bad");
    }
  });

  function paint() {
    panel.show(id, heading(order), warning && h("p", { class: "notice notice-warn", role: "alert", "data-conflict": true }, icon("notice"), warning), ...content());
  }

  const content = () => [
    order.hasOpenChangeRequest && h("p", { class: "notice" }, icon("notice"), t("changeOpen")),
    order.cancelReason && h("p", { class: "notice notice-bad" }, icon("notice"), t("cancelReason", { why: order.cancelReason })),
    section(t("expected"), h("div", { class: "panel-eta" }, h("strong", {}, etaRange(order.eta)), confidence(order.eta.confidence)), etaBand(order.eta)),
    section(t("milestones"), steps()),
    section("", facts(about(order))),
    section(t("money"), payments(order)),
  ];

  function steps() {
    const may = recordable(order);
    const at = current(order.milestones);
    return h("div", { class: "tracks" }, byTrack(order.milestones).map(([track, own]) => group(track, own, may, at)));
  }

  function group(track, own, may, at) {
    const { done, all } = progress(own);
    const open = folds.get(track) ?? !own.every(isFinished);
    const element = h(
      "details",
      { class: `track${own.every(isFinished) ? " over" : ""}`, open, ontoggle: () => folds.set(track, element.open) },
      h("summary", {}, h("h3", {}, word("MilestoneTrack", track)), h("span", { class: "track-much" }, `${done} / ${all}`), icon("chevron")),
      h("ol", {}, own.map((milestone) => step(milestone, may.get(milestone.code), milestone === at))),
    );
    return element;
  }

  function step(milestone, may, isCurrent) {
    const { code, state, title, note, responsibleParty } = milestone;
    const back = may?.reports[0] === "ROLLED_BACK";
    const busy = !isFinished(milestone) && (isCurrent || state !== "PENDING" || may);
    const who = busy ? [word("MilestoneState", state), word("Party", responsibleParty)].join(" · ") : "";
    return h(
      "li",
      { class: "step", "data-code": code, "data-state": state },
      h("span", { class: "sign" }, sign(state)),
      h(
        "div",
        { class: "step-head" },
        h("span", { class: "step-title" }, title),
        h("span", { class: "step-when" }, when(milestone)),
        may && form?.code !== code && h("button", { type: "button", class: back ? "step-back" : "button step-record", "data-record": back ? null : code, "data-reports": may.reports.join(" "), "data-take-back": back ? code : null, onclick: () => open(milestone, may) }, t(back ? "takeBack" : "record")),
      ),
      who && h("p", { class: "step-who" }, who),
      note && h("p", { class: "step-note" }, note),
      form?.code === code && form.element,
    );
  }

  /** Opens the form of a milestone, perhaps with what was typed before. */
  function open(milestone, may, typed = {}, notice = "") {
    warning = "";
    const { code } = milestone;
    const handlers = { done: (title) => shut(code, title), cancel: () => shut(code), conflict: (typed) => conflict(code, typed) };
    form = { code, ...recordForm({ app, order, milestone, may, typed, notice, ...handlers }) };
    paint();
    form.focus();
    form.element.scrollIntoView({ block: "nearest" });
  }

  function shut(code, title) {
    form = null;
    paint();
    const again = document.querySelector(`.panel [data-code="${CSS.escape(code)}"] button`) ?? document.querySelector("#panel-title");
    again.focus({ preventScroll: true });
    if (title) load();
  }

  /** Somebody was faster: the order as it is now, and the form once more if it still makes sense. */
  async function conflict(code, typed) {
    form = null;
    await load();
    const milestone = order.milestones.find((one) => one.code === code);
    const may = recordable(order).get(code);
    if (milestone && may?.reports.includes(typed.state)) return open(milestone, may, typed, t("conflict"));
    warning = t("conflictGone");
    paint();
  }

  const loadSoon = soon(load, 250);
  function onMilestone({ detail }) {
    if (detail.order.id !== id || (order && detail.order.version <= order.version)) return;
    form?.stale();
    loadSoon();
  }
  function onSnapshot({ detail: { gap } }) {
    if (gap && order) order = { ...order, version: 0 };
    if (gap) form?.stale();
    loadSoon();
  }
  news.addEventListener("milestone", onMilestone);
  news.addEventListener("snapshot", onSnapshot);
  load();
  return {
    stop() {
      news.removeEventListener("milestone", onMilestone);
      news.removeEventListener("snapshot", onSnapshot);
    },
  };
}

/** What the gateway lets be recorded now, by code. */
const recordable = ({ recordableMilestones }) => new Map(recordableMilestones.map((one) => [one.code, one]));

const heading = ({ number, status, trim }) => [
  h("p", { class: "panel-kicker" }, `${t("order")} ${number}`, h("span", { class: "chip", "data-status": status }, word("OrderStatus", status))),
  h("h2", {}, trim?.name ?? number),
];

const about = (order) => [
  [t("buyer"), order.buyerName],
  [t("phone"), order.customer?.phone],
  [t("owner"), order.consultant?.name],
  [t("deliveryStore"), order.deliveryStore?.name],
  [t("vehicle"), order.vehicle ? [order.vehicle.vin, word("VehicleStatus", order.vehicle.status)].filter(Boolean).join(" · ") : t("noCar")],
  [t("plateCity"), order.city?.name],
  [t("way"), `${word("FulfillmentMode", order.fulfillmentMode)} · ${word("SalesModel", order.salesModel)}`],
  [t("options"), order.optionCodes.join(", ")],
  ["DRAFT", "INTENTION"].includes(order.status) && [t("firmBefore"), time(order.intentionDeadline)],
  order.status === "PLACED" && [t("lockBefore"), time(order.lockDeadline)],
];

function payments({ total, paid, payments, paymentStatus }) {
  const share = Number(total.amount) > 0 ? Math.min(100, (100 * Number(paid.amount)) / Number(total.amount)) : 0;
  return [
    h("p", { class: "money" }, h("strong", {}, t("paidOf", { paid: money(paid), total: money(total) })), h("span", {}, word("OrderPaymentStatus", paymentStatus))),
    h("div", { class: "meter" }, h("i", { style: { width: `${share}%` } })),
    h(
      "ul",
      { class: "lines" },
      payments.map((payment) =>
        h(
          "li",
          {},
          h("span", {}, word("PaymentPurpose", payment.purpose), h("small", {}, [word("PaymentMethod", payment.method), date(payment.capturedAt)].filter(Boolean).join(" · "))),
          h("span", {}, money(payment.amount), h("small", {}, word("PaymentState", payment.state))),
        ),
      ),
    ),
  ];
}

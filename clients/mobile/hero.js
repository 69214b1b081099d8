// The head of the screen: which car, how far it is, and when it comes.

import { fill, h, say } from "../shared/dom.js";
import { confidence, etaBand, etaRange } from "../shared/eta.js";
import { day, dayOf } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { progress } from "../shared/milestones.js";
import { nothing, skeleton } from "../shared/states.js";
import { language } from "../shared/texts.js";
import { within, word } from "../shared/words.js";
import { t } from "./texts.js";

const OVER = new Set(["CANCELLED", "RETURNED", "EXPIRED", "RETURN_REQUESTED"]);
const HAS_IT = new Set(["DELIVERED", "COMPLETED"]);

/** Names of the car and the order, and the car in its colour. `bought` is the order's details, which know the car. */
export function heroWords(element, code, car) {
  const draw = once(element);
  return {
    paint({ status, number }, bought) {
      const paint = bought?.optionCodes.find((code) => code.startsWith("EXT-"));
      const colour = bought?.priceBreakdown?.lines.find(({ code }) => code === paint)?.label;
      if (paint) car.dataset.paint = paint;
      say(code, /[A-Z]+\d+/.exec(bought?.trim?.name)?.[0] ?? "");
      draw([status, number, bought?.trim, colour], () => [
        h("p", { class: "hero-status", "data-status": status }, h("i", {}), word("OrderStatus", status)),
        h("h1", {}, bought?.trim?.model?.name ?? t("car")),
        h("p", { class: "hero-trim" }, h("span", {}, bought?.trim?.name ?? ""), colour && h("span", {}, colour)),
        h("p", { class: "hero-number" }, t("number", { number })),
      ]);
    },
  };
}

/** The card about the date. */
export function etaCard() {
  const element = h("section", { class: "card card-eta" }, skeleton(4));
  const draw = once(element);
  return { element, paint: (order) => draw([order.status, order.eta, handedOver(order)], () => etaWords(order)) };
}

/** Draws anew only what has changed, so that nothing is read out or moved for nothing. */
function once(element) {
  let shown = "";
  return (parts, draw) => {
    const key = JSON.stringify([language(), ...parts]);
    if (key !== shown) fill(element, draw());
    shown = key;
  };
}

const handedOver = ({ milestones }) => milestones.find(({ code }) => code === "HANDED_OVER")?.actualAt;

function etaWords(order) {
  const { status, eta } = order;
  if (HAS_IT.has(status)) {
    const at = handedOver(order);
    return done(t("delivered"), t("deliveredOn", { day: at ? day(dayOf(at)) : "" }));
  }
  if (OVER.has(status)) return nothing(word("OrderStatus", status), t("stopped"));
  if (status === "READY_FOR_DELIVERY") return done(t("ready"), t("readyHint"));
  return [
    h("div", { class: "card-head" }, h("h2", {}, t("eta")), confidence(eta.confidence)),
    h("p", { class: "eta-big" }, etaRange(eta)),
    etaBand(eta),
  ];
}

const done = (title, hint) =>
  h("div", { class: "eta-done" }, h("span", { class: "eta-done-sign" }, icon("check")), h("div", {}, h("strong", {}, title), hint && h("p", {}, hint)));

/** How far it is, as a bar, and who is at it. */
export function progressLine() {
  const bar = h("i", {});
  const much = h("span", {});
  const who = h("p", { class: "who" });
  const element = h("div", { class: "progress" }, h("div", { class: "progress-bar" }, bar), h("div", { class: "progress-words" }, who, much));
  return {
    element,
    paint({ milestones, currentOwnerParty }) {
      const { done, all } = progress(milestones);
      bar.style.width = `${all ? (100 * done) / all : 0}%`;
      fill(much, t("progressOf", { done, all }));
      const words = currentOwnerParty === "CUSTOMER" ? t("atYou") : t("at", { party: within("Party", currentOwnerParty) });
      fill(who, currentOwnerParty && [icon("person"), words]);
    },
  };
}

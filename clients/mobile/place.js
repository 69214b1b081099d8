// Where the car is, where it is handed over, and who helps.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { word } from "../shared/words.js";
import { t } from "./texts.js";

export function placeCard() {
  const list = h("ul", { class: "facts" });
  const title = h("h2", {});
  const element = h("section", { class: "card" }, h("div", { class: "card-head" }, title), list);
  return {
    element,
    paint({ vehicle, deliveryStore, consultant }) {
      fill(title, t("place"));
      const where = vehicle && [vehicle.city?.name, word("VehicleStatus", vehicle.status)].filter(Boolean).join(" · ");
      fill(
        list,
        fact("pin", t("whereabouts"), where ?? t("noCar"), vehicle?.vin && t("vin", { vin: vehicle.vin })),
        deliveryStore && fact("store", t("store"), deliveryStore.name, deliveryStore.address),
        consultant && fact("person", t("consultant"), consultant.name),
      );
    },
  };
}

const fact = (sign, label, text, more) =>
  h(
    "li",
    { class: "fact" },
    h("span", { class: "fact-sign" }, icon(sign)),
    h("div", {}, h("p", { class: "fact-label" }, label), h("p", { class: "fact-text" }, text), more && h("p", { class: "fact-more" }, more)),
  );

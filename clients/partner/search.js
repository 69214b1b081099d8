// From the number on the papers to the order.

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { words } from "../shared/states.js";
import { toast } from "../shared/toast.js";
import { t } from "./texts.js";

export function search(app) {
  const field = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const element = h("form", { class: "search", role: "search", onsubmit: submit }, icon("search"), field);

  async function submit(event) {
    event.preventDefault();
    const number = field.value.trim().toUpperCase();
    if (!number) return;
    try {
      const { orderByNumber } = await app.ask("order-by-number", { number });
      if (!orderByNumber) return toast(t("noSuchOrder", { number }), "warn");
      field.value = "";
      location.hash = `#/orders/${orderByNumber.id}`;
    } catch (error) {
      toast(words(error), "bad");
    }
  }

  return {
    element,
    paint() {
      field.placeholder = t("search");
      field.setAttribute("aria-label", t("search"));
    },
  };
}

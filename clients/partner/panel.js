// The sheet at the side. It does not lock the page: the list beside it stays usable.

import { fill, find, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { skeleton, trouble } from "../shared/states.js";
import { t } from "./texts.js";

/** `close` is called when the person closes it. */
export function sidePanel(close) {
  const title = h("div", { class: "panel-title", id: "panel-title", tabindex: "-1" });
  const body = h("div", { class: "panel-body" });
  const button = h("button", { type: "button", class: "icon-button", onclick: close }, icon("close"));
  const element = h("aside", { class: "panel", role: "dialog", "aria-labelledby": "panel-title", hidden: true }, h("header", { class: "panel-head" }, title, button), body);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || element.hidden) return;
    // First the form that is open, then the sheet.
    const form = find("form", body);
    if (form) form.dispatchEvent(new Event("cancel"));
    else close();
  });
  let shown = null;

  /** Marks what the panel is about in the list beside it. */
  function mark() {
    for (const one of document.querySelectorAll("main [data-id]")) {
      const is = one.dataset.id === shown;
      if (is && !one.classList.contains("open")) one.scrollIntoView({ block: "nearest", inline: "nearest" });
      one.classList.toggle("open", is);
    }
  }

  return {
    mark,
    element,
    get shown() {
      return shown;
    },
    /** Opens for the thing with this id, empty; it is filled by `show` or `fail`. */
    wait(id) {
      if (shown === id) return;
      shown = id;
      button.setAttribute("aria-label", t("close"));
      element.hidden = false;
      fill(title, skeleton(1));
      fill(body, skeleton(8));
      body.scrollTop = 0;
      title.focus({ preventScroll: true });
      mark();
    },
    show(id, heading, ...content) {
      if (shown !== id) return;
      fill(title, heading);
      fill(body, content);
    },
    fail(id, error, retry) {
      if (shown === id) fill(body, trouble(error, retry));
    },
    /** Closes, and goes back to where it was opened from. */
    hide() {
      if (!shown) return;
      const from = find(`main [data-id="${CSS.escape(shown)}"]`);
      const inside = element.contains(document.activeElement) || document.activeElement === document.body;
      shown = null;
      element.hidden = true;
      fill(body);
      mark();
      if (inside) from?.focus({ preventScroll: true });
    },
  };
}

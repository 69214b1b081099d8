// Pieces of panels.

import { h } from "../shared/dom.js";

/** A part with a heading. */
export const section = (title, ...content) => h("section", { class: "panel-section" }, title && h("h3", { class: "panel-heading" }, title), content);

/** Names and values; those without a value are left out. */
export const facts = (pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs.filter((pair) => pair && pair[1]).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );

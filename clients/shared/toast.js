// Short notes of what has just happened.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

const STAYS = 5_000;
const MOST = 3;

const region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
document.body.append(region);

/** Shows a note; `kind` is `good`, `warn` or `bad`. */
export function toast(text, kind = "good", detail = "") {
  // Said twice at once, it is still one thing.
  for (const other of region.children) if (other.dataset.text === text) other.remove();
  const sign = icon(kind === "good" ? "check" : "alert");
  const note = h("div", { class: `toast toast-${kind}`, "data-text": text }, h("span", { class: "toast-sign" }, sign), h("p", {}, text, detail && h("small", {}, detail)));
  region.append(note);
  if (region.children.length > MOST) region.firstElementChild.remove();
  setTimeout(() => note.classList.add("leaving"), STAYS - 300);
  setTimeout(() => note.remove(), STAYS);
}

/** Takes all notes away. */
export const hush = () => fill(region);

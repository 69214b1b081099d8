// What stands where there is nothing to show yet, nothing at all, or an error.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";

const t = texts({
  retry: ["重试", "Try again"],
  network: ["网络不可用，请检查连接。", "No network. Please check the connection."],
  failed: ["加载失败", "This could not be loaded"],
  loading: ["正在加载", "Loading"],
  live: ["实时", "Live"],
  connecting: ["重连中", "Reconnecting"],
  offline: ["离线", "Offline"],
  ended: ["已结束", "Ended"],
});

/** Grey bars in place of `lines` lines of text. */
export const skeleton = (lines = 3) =>
  h(
    "div",
    { class: "skeleton", role: "status", "aria-label": t("loading") },
    Array.from({ length: lines }, (_, n) => h("span", { style: { width: `${[92, 74, 84, 60][n % 4]}%` } })),
  );

/** Says that there is nothing. */
export const nothing = (text, hint) =>
  h("div", { class: "state" }, icon("empty"), h("p", { class: "state-title" }, text), hint && h("p", {}, hint));

/** What to tell a person of an error. */
export const words = (error) => (error.code === "NETWORK" || error.name === "TimeoutError" ? t("network") : error.message);

/** Says what went wrong, with a way to try again. */
export const trouble = (error, retry) =>
  h(
    "div",
    { class: "state state-bad", role: "alert" },
    icon("notice"),
    h("p", { class: "state-title" }, t("failed")),
    h("p", {}, words(error)),
    retry && h("button", { type: "button", class: "button", onclick: retry }, icon("refresh"), t("retry")),
  );

/** The mark of a stream; `say` tells it the state. */
export function liveMark() {
  const text = h("span", {});
  const element = h("span", { class: "live-mark", role: "status" }, h("i", {}), text);
  let state = "connecting";
  const say = (next = state) => {
    state = next;
    element.dataset.state = state;
    fill(text, t(state));
  };
  say();
  return { element, say };
}

// Points: how many, which level, and the way to the next.

import { fill, h } from "../shared/dom.js";
import { date, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { skeleton, trouble } from "../shared/states.js";
import { calm } from "../shared/timing.js";
import { t } from "./texts.js";

const COUNTS = 700;

/** What is known of the account; messages of an older `version` are left aside. */
export class Account {
  now = null;

  /** Takes MyLoyalty's answer, or the part of it that a message has. False when it is older than what is known. */
  take(account) {
    if (!account || (this.now && account.version < this.now.version)) return false;
    const tier = { ...this.now?.tier, ...account.tier };
    tier.current = { ...this.now?.tier?.current, ...account.tier?.current };
    this.now = { ...this.now, ...account, tier };
    return true;
  }
}

export function loyaltyCard() {
  const balance = h("strong", { class: "points-number" });
  const element = h("section", { class: "card card-points" }, skeleton(3));
  let shown = null;

  function count(to) {
    const from = shown;
    shown = to;
    element.dataset.balance = to;
    if (from === null || from === to || calm()) return fill(balance, number(to));
    const begun = performance.now();
    const step = (now) => {
      if (shown !== to) return;
      const part = Math.min(1, (now - begun) / COUNTS);
      fill(balance, number(Math.round(from + (to - from) * (1 - (1 - part) ** 3))));
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  return {
    element,
    paint(account) {
      const { tier, pending, nextExpiry } = account;
      count(account.balance);
      const percent = tier.next || tier.percentToNext !== null ? (tier.percentToNext ?? 0) : 100;
      fill(
        element,
        h(
          "div",
          { class: "card-head" },
          h("h2", {}, t("loyalty")),
          h("span", { class: "tier" }, icon("star"), [tier.current.code, tier.current.name].filter(Boolean).join(" ")),
        ),
        h("p", { class: "points" }, balance, h("span", {}, t("points")), pending > 0 && h("em", {}, t("pending", { n: number(pending) }))),
        h(
          "div",
          { class: "progress-bar", role: "progressbar", "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": t("loyalty") },
          h("i", { style: { width: `${percent}%` } }),
        ),
        h("p", { class: "hint" }, tier.pointsToNext ? t("toNext", { n: number(tier.pointsToNext), tier: tier.next?.name ?? "" }) : t("top")),
        nextExpiry && h("p", { class: "hint" }, t("expiry", { n: number(nextExpiry.points), day: date(nextExpiry.at) })),
      );
    },
    none: () => fill(element, h("div", { class: "card-head" }, h("h2", {}, t("loyalty"))), h("p", { class: "hint" }, t("noAccount"))),
    fail: (error, retry) => fill(element, trouble(error, retry)),
  };
}

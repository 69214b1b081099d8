// When the car comes: a range of days, drawn on a line from today on.

import { h } from "./dom.js";
import { day, days, daysBetween, today, weekday } from "./format.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";
import { word } from "./words.js";

const t = texts({
  likely: ["最可能 {day}", "Most likely {day}"],
  today: ["今天", "Today"],
  promised: ["承诺 {day}前", "Promised by {day}"],
  promisedOnce: ["原承诺 {day}", "Promised by {day}"],
  confidence: ["把握{how}", "{how} confidence"],
  paused: ["{why}，预计时间暂停计算", "{why}: the clock stands still until then"],
  late: ["晚 {n} 天", "{n} days late"],
  open: ["暂无法预计", "Not known yet"],
  range: ["预计 {days}，最可能 {day}", "Expected {days}, most likely {day}"],
});

/** The range in words; empty when nobody can tell. */
export function etaRange(eta) {
  if (!eta?.earliest || !eta.latest) return eta?.likely ? day(eta.likely) : t("open");
  return eta.earliest === eta.latest ? day(eta.earliest) : days(eta.earliest, eta.latest);
}

/** How sure the date is, as three dots. */
export const confidence = (value) =>
  h(
    "span",
    { class: "confidence", "data-confidence": value },
    h("i", {}),
    h("i", {}),
    h("i", {}),
    h("span", {}, t("confidence", { how: word("EtaConfidence", value) })),
  );

/** Days by which the likely day misses the promise; 0 when it keeps it. */
export const daysLate = (eta) =>
  eta?.likely && eta.promisedBy ? Math.max(0, daysBetween(eta.promisedBy, eta.likely)) : 0;

/** The drawing, and a line for what holds it up. */
export function etaBand(eta) {
  if (!eta?.earliest || !eta.latest || !eta.likely) return h("div", { class: "eta" }, paused(eta));
  const now = today();
  // A promise that has passed is told in words: the line goes on from today.
  const ahead = eta.promisedBy >= now;
  const ends = [now, eta.earliest, eta.latest, ahead ? eta.promisedBy : now].sort();
  const [first, length] = [ends[0], Math.max(1, daysBetween(ends[0], ends.at(-1)))];
  // Between margins, so that nothing is drawn half outside.
  const place = (day) => `${(4 + (92 * daysBetween(first, day)) / length).toFixed(2)}%`;
  const side = (day) => {
    const share = daysBetween(first, day) / length;
    return share < 0.28 ? "start" : share > 0.72 ? "end" : "middle";
  };
  const late = daysLate(eta);
  return h(
    "div",
    { class: "eta", "data-paused": eta.pausedBy },
    h(
      "div",
      {
        class: "eta-line",
        role: "img",
        "aria-label": t("range", { days: etaRange(eta), day: day(eta.likely) }),
        style: { "--from": place(eta.earliest), "--to": place(eta.latest), "--likely": place(eta.likely), "--now": place(now) },
      },
      h("span", { class: "eta-likely-label", "data-side": side(eta.likely) }, t("likely", { day: weekday(eta.likely) })),
      h("span", { class: "eta-track" }),
      h("span", { class: "eta-range" }),
      h("span", { class: "eta-now" }),
      ahead && h("span", { class: "eta-promise", style: { left: place(eta.promisedBy) } }),
      h("span", { class: "eta-likely" }),
    ),
    h(
      "div",
      { class: "eta-ends" },
      h("span", {}, t("today")),
      eta.promisedBy && h("span", { class: late ? "eta-late" : null }, promise(eta, late)),
    ),
    paused(eta),
  );
}

const promise = ({ promisedBy }, late) =>
  late ? `${t("promisedOnce", { day: day(promisedBy) })} · ${t("late", { n: late })}` : t("promised", { day: day(promisedBy) });

const paused = (eta) =>
  eta?.pausedBy && h("p", { class: "notice notice-warn" }, icon("pause"), t("paused", { why: word("EtaReason", eta.pausedBy) }));

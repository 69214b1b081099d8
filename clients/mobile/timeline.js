// The milestones on a vertical line, by track. Rows stay the same elements, so that a change moves and is not redrawn.

import { fill, h, say } from "../shared/dom.js";
import { date } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { byTrack, current, isFinished, progress, sign, when } from "../shared/milestones.js";
import { within, word } from "../shared/words.js";
import { t } from "./texts.js";

const SHINES = 2_600;

/** The list; `paint` shows an order, `shine` marks a milestone that has just changed. */
export function timeline() {
  const element = h("div", { class: "tracks" });
  const rows = new Map();
  const groups = new Map();

  function build(milestones) {
    rows.clear();
    groups.clear();
    for (const [track, own] of byTrack(milestones)) {
      for (const { code } of own) rows.set(code, row(code));
      // What is over is folded away, but stays open when it comes to an end before one's eyes.
      groups.set(track, group(track, own.map(({ code }) => rows.get(code)), !own.every(isFinished)));
    }
    fill(element, [...groups.values()].map(({ element }) => element));
  }

  return {
    element,
    paint(order) {
      const { milestones } = order;
      if (milestones.length !== rows.size || !milestones.every(({ code }) => rows.has(code))) build(milestones);
      const at = current(milestones);
      for (const milestone of milestones) rows.get(milestone.code).paint(milestone, milestone === at);
      for (const [track, group] of groups) group.paint(milestones.filter((milestone) => milestone.track === track));
    },
    shine(code) {
      const row = rows.get(code)?.element;
      if (!row) return;
      row.closest("details").open = true;
      row.classList.remove("shines");
      // A reading between makes the animation start anew.
      void row.offsetWidth;
      row.classList.add("shines");
      setTimeout(() => row.classList.remove("shines"), SHINES);
    },
  };
}

function group(track, rows, open) {
  const title = h("h3", {});
  const much = h("span", { class: "track-much" });
  const element = h(
    "details",
    { class: "track", "data-track": track, open },
    h("summary", {}, title, much, icon("chevron")),
    h("ol", {}, rows.map(({ element }) => element)),
  );
  return {
    element,
    paint(milestones) {
      const { done, all } = progress(milestones);
      const over = milestones.every(isFinished);
      const last = milestones.map(({ actualAt }) => actualAt).filter(Boolean).sort().at(-1);
      element.classList.toggle("over", over);
      say(title, word("MilestoneTrack", track));
      say(much, over ? `${t("trackDone")}${last ? ` · ${date(last)}` : ""}` : `${done} / ${all}`);
    },
  };
}

function row(code) {
  const mark = h("span", { class: "sign" });
  const title = h("span", { class: "step-title" });
  const date = h("span", { class: "step-when" });
  const who = h("p", { class: "step-who" });
  const note = h("p", { class: "step-note" });
  const state = h("span", { class: "visually-hidden" });
  const element = h("li", { class: "step", "data-code": code }, mark, h("div", { class: "step-head" }, title, state, date), who, note);
  return {
    element,
    paint(milestone, isCurrent) {
      if (element.dataset.state !== milestone.state) {
        element.dataset.state = milestone.state;
        fill(mark, sign(milestone.state));
      }
      element.toggleAttribute("data-current", isCurrent);
      say(title, milestone.title);
      say(state, word("MilestoneState", milestone.state));
      say(date, when(milestone));
      say(who, whoOf(milestone, isCurrent));
      say(note, milestone.note ?? "");
      who.hidden = !who.textContent;
      note.hidden = !milestone.note;
    },
  };
}

/** Who is at it, for what is under way or next. */
function whoOf({ state, responsibleParty }, isCurrent) {
  const open = state === "ACTIVE" || state === "DELAYED" || state === "ROLLED_BACK";
  if (!open && !isCurrent) return "";
  const party = responsibleParty === "CUSTOMER" ? t("atYou") : t("at", { party: within("Party", responsibleParty) });
  const how = state === "PENDING" ? t("next") : word("MilestoneState", state);
  return responsibleParty ? `${how} · ${party}` : how;
}

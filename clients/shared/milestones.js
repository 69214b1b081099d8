// What both front ends make of milestones.

import { date, dayOf, days } from "./format.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";
import { word } from "./words.js";

const t = texts({ by: ["预计 {day}", "by {day}"], between: ["预计 {days}", "{days}"] });

/** The car's way first; papers go along beside it. */
const TRACKS = ["PRODUCTION", "LOGISTICS", "HANDOVER", "COMMERCIAL"];
const SIGNS = { DONE: "check", SKIPPED: "dash", DELAYED: "alert", ROLLED_BACK: "undo" };

/** What stands on the line for a state. */
export const sign = (state) => (SIGNS[state] ? icon(SIGNS[state]) : null);

/** `[track, milestones]` in order of display; a track that is not known here comes last. */
export function byTrack(milestones) {
  const others = milestones.map(({ track }) => track).filter((track) => !TRACKS.includes(track));
  const own = (track) => milestones.filter((milestone) => milestone.track === track);
  return [...TRACKS, ...new Set(others)].map((track) => [track, own(track)]).filter(([, own]) => own.length > 0);
}

/** Whether nothing more is to come of it. */
export const isFinished = ({ state }) => state === "DONE" || state === "SKIPPED";

/** The one that the order is at: under way or late, or else the first that is not finished. */
export const current = (milestones) =>
  milestones.find(({ state }) => state === "ACTIVE" || state === "DELAYED") ?? milestones.find((one) => !isFinished(one));

/** How many are reached of those that are needed. */
export function progress(milestones) {
  const needed = milestones.filter(({ state }) => state !== "SKIPPED");
  return { done: needed.filter(({ state }) => state === "DONE").length, all: needed.length };
}

/** When it was reached, or is expected. */
export function when({ state, actualAt, forecast }) {
  if (state === "SKIPPED") return word("MilestoneState", state);
  if (actualAt) return date(actualAt);
  if (!forecast) return "";
  const [from, to] = [dayOf(forecast.p50), dayOf(forecast.p90 ?? forecast.p50)];
  return from >= to ? t("by", { day: date(forecast.p50) }) : t("between", { days: days(from, to) });
}

// Days, times, numbers and money in the language of the page. Times are shown as they are in Shanghai.

import { language } from "./texts.js";

const ZONE = "Asia/Shanghai";
const DAY = 86_400_000;

const made = new Map();
function intl(kind, options) {
  const key = `${language()} ${kind} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl[kind](language(), options));
  return made.get(key);
}

/** A calendar day, as in `2026-12-05`, at its noon: no time zone moves it to another day. */
const noon = (day) => new Date(`${day}T12:00:00Z`);

/** The calendar day of a moment. */
export const dayOf = (moment) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    new Date(moment),
  );

export const today = () => dayOf(Date.now());

/** Days from one calendar day to another. */
export const daysBetween = (from, to) => Math.round((noon(to) - noon(from)) / DAY);

/** The year is told where it is not this one. */
function dayFormat(days, more = {}) {
  const year = days.every((day) => day.startsWith(today().slice(0, 4))) ? undefined : "numeric";
  const month = language() === "en" ? "short" : "long";
  return intl("DateTimeFormat", { timeZone: "UTC", month, day: "numeric", year, ...more });
}

/** A calendar day. */
export const day = (day) => (day ? dayFormat([day]).format(noon(day)) : "");

/** The same with the day of the week. In Chinese the two run into each other where `Intl` puts them together. */
export function weekday(of) {
  if (language() === "en") return dayFormat([of], { weekday: "short" }).format(noon(of));
  return `${day(of)} ${intl("DateTimeFormat", { timeZone: "UTC", weekday: "short" }).format(noon(of))}`;
}

/** From one calendar day to another, as people write ranges: `Intl` writes `12/3 – 12/9` in Chinese. */
export function days(from, to) {
  if (language() === "en") return dayFormat([from, to]).formatRange(noon(from), noon(to));
  const sameMonth = from.slice(0, 7) === to.slice(0, 7);
  return `${day(from)} – ${sameMonth ? `${Number(to.slice(8))}日` : day(to)}`;
}

/** The day of a moment. */
export const date = (moment) => (moment ? day(dayOf(moment)) : "");

/** Day and time of a moment. */
export const time = (moment) =>
  moment
    ? intl("DateTimeFormat", { timeZone: ZONE, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
        new Date(moment),
      )
    : "";

const STEPS = [
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long ago, or in how long. */
export function ago(moment, now = Date.now()) {
  const apart = new Date(moment) - now;
  const [unit, length] = STEPS.find(([, length]) => Math.abs(apart) >= length) ?? ["second", 0];
  const whole = length ? Math.trunc(apart / length) : 0;
  return intl("RelativeTimeFormat", { numeric: "auto", style: "short" }).format(whole, unit);
}

export const number = (value) => intl("NumberFormat", {}).format(value);

/** An amount; fen only where there are some. */
export function money(amount) {
  if (!amount) return "";
  const whole = /^-?\d+(\.0*)?$/.test(amount.amount);
  const options = { style: "currency", currency: amount.currencyCode, currencyDisplay: "narrowSymbol" };
  return intl("NumberFormat", { ...options, minimumFractionDigits: whole ? 0 : 2 }).format(amount.amount);
}

/** A count that may have been cut off. */
export const count = (counted) =>
  counted ? `${number(counted.value)}${counted.precision === "AT_LEAST" ? "+" : ""}` : "";

// Recording a milestone. What was sent is kept: the same sent again, after a lost line, has one effect.

import { fill, find, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { words } from "../shared/states.js";
import { toast } from "../shared/toast.js";
import { within } from "../shared/words.js";
import { t } from "./texts.js";

const LONGEST_NOTE = 500;
const ZONE = "+08:00";

/**
 * The form of one milestone. `may` has the reports to choose from and what DONE waits for, `typed` what stood in the form before.
 * It calls `done` with the title, `cancel`, or `conflict` with what was typed.
 */
export function recordForm({ app, order, milestone, may, typed, notice, done, cancel, conflict }) {
  const { code, title } = milestone;
  const { reports, waitsFor } = may;
  const back = reports[0] === "ROLLED_BACK";
  const said = h("div", { class: "form-said", "aria-live": "assertive" });
  const field = (name, label, control) => {
    control.setAttribute("name", name);
    if (typed[name]) control.value = typed[name];
    return h("label", { class: `field field-${name}` }, h("span", {}, label), control, h("em", { class: "field-error", "data-field": name }));
  };
  const option = (state) => h("label", { class: "segment" }, h("input", { type: "radio", name: "state", value: state, checked: state === (typed.state ?? reports[0]) }), h("span", {}, t(`state${state}`)));
  const send = h("button", { type: "submit", class: "button button-primary", "data-submit": code }, t("submit"));
  const element = h(
    "form",
    { class: "record", novalidate: true, onsubmit: submit, oncancel: cancel, onchange: fit, "aria-label": t(back ? "takeBackTitle" : "recordTitle", { title }) },
    h("p", { class: "record-title" }, t(back ? "takeBackTitle" : "recordTitle", { title })),
    said,
    waitsFor.length > 0 && h("p", { class: "notice", "data-waits-for": waitsFor.join(" ") }, icon("notice"), h("span", {}, t("waitsFor", { what: waitsFor.map((one) => within("ReadyCondition", one)).join(t("and")) }))),
    !back && h("fieldset", { class: "segments" }, h("legend", { class: "visually-hidden" }, t("what")), reports.map(option)),
    !back && h("details", { class: "when-done", open: Boolean(typed.occurredAt) }, h("summary", {}, t("whenNow"), icon("chevron")), field("occurredAt", t("occurredAt"), h("input", { type: "datetime-local" }))),
    !back && h("div", { class: "when-late" }, field("p50", t("forecast"), h("input", { type: "date" })), field("p90", t("forecastLatest"), h("input", { type: "date" }))),
    field("note", t("note"), h("textarea", { rows: 2, maxlength: LONGEST_NOTE })),
    h("div", { class: "record-buttons" }, h("button", { type: "button", class: "button", onclick: cancel }, t("cancel")), send),
  );
  /** What was sent last, and its key. */
  let sent = { text: "", key: "" };
  let sending = false;

  const values = () => ({ ...(back ? { state: "ROLLED_BACK" } : {}), ...Object.fromEntries(new FormData(element)) });

  function fit() {
    element.dataset.state = values().state;
  }

  function input() {
    const { state, occurredAt, p50, p90, note } = values();
    const input = { orderId: order.id, expectedVersion: order.version, code, state };
    if (state === "DONE" && occurredAt) input.occurredAt = `${occurredAt}:00${ZONE}`;
    if (state === "DELAYED" && p50) input.forecast = { p50: endOf(p50), ...(p90 && { p90: endOf(p90) }) };
    if (note.trim()) input.note = note.trim();
    const text = JSON.stringify(input);
    if (text !== sent.text) sent = { text, key: newKey() };
    return { idempotencyKey: sent.key, ...input };
  }

  async function submit(event) {
    event.preventDefault();
    if (sending) return;
    busy(true);
    fill(said);
    for (const error of element.querySelectorAll(".field-error")) fill(error);
    try {
      const { milestoneRecord } = await app.tell("milestone-record", { input: input() });
      const { userErrors, milestones } = milestoneRecord;
      if (userErrors.length > 0) return refused(userErrors);
      toast(milestones.length > 0 ? t(back ? "tookBack" : "recorded", { title }) : t("nothingChanged"));
      done(title);
    } catch (error) {
      say(words(error), error.code === "NETWORK" ? t("again") : "");
    } finally {
      busy(false);
    }
  }

  function refused(errors) {
    if (errors.some((error) => error.code === "VERSION_CONFLICT")) return conflict(values());
    for (const { message, field } of errors) {
      const name = field?.at(-1) === "forecast" ? "p50" : field?.at(-1);
      const place = name && find(`[data-field="${CSS.escape(name)}"]`, element);
      if (place) fill(place, message);
      else say(message);
    }
  }

  function say(...lines) {
    said.append(h("p", { class: "notice notice-bad", "data-user-error": true }, icon("notice"), h("span", {}, lines.filter(Boolean).join(" "))));
  }

  // A button that is disabled would lose the focus.
  function busy(is) {
    sending = is;
    send.setAttribute("aria-disabled", String(is));
    fill(send, t(is ? "sending" : "submit"));
  }

  fit();
  if (notice) said.append(h("p", { class: "notice notice-warn", "data-conflict": true }, icon("notice"), notice));
  return {
    element,
    focus: () => (find("input:checked", element) ?? find("textarea", element)).focus(),
    /** The order has changed while the form was open. */
    stale() {
      if (!find("[data-stale]", element)) said.append(h("p", { class: "notice", "data-stale": true }, icon("refresh"), t("changedMeanwhile")));
    },
  };
}

/** Days of a forecast end in Shanghai. */
const endOf = (day) => `${day}T23:59:59${ZONE}`;

/** `randomUUID` is there on pages of this machine and of https alone. */
const newKey = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

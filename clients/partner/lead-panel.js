// One lead: the person, what is to be done, and what has happened.

import { h } from "../shared/dom.js";
import { ago, number, time } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { word } from "../shared/words.js";
import { facts, section } from "./parts.js";
import { t } from "./texts.js";

/** The way of a lead that comes to something. */
const WAY = ["NEW", "ASSIGNED", "CONTACTED", "QUALIFIED", "TEST_DRIVE_BOOKED", "TEST_DRIVEN", "NEGOTIATING", "CONVERTED"];

/** Fills the panel with the lead of this id until it is stopped. */
export function leadPanel({ app, news, panel }, id) {
  const load = oneAtATime(async () => {
    try {
      const { lead } = await app.ask("lead-detail", { id });
      if (lead) panel.show(id, heading(lead), ...content(lead));
    } catch (error) {
      panel.fail(id, error, load);
    }
  });
  const loadSoon = soon(load, 250);
  const onEvent = ({ detail }) => detail.subject?.id === id && loadSoon();
  news.addEventListener("event", onEvent);
  load();
  return { stop: () => news.removeEventListener("event", onEvent) };
}

const heading = (lead) => [
  h("p", { class: "panel-kicker" }, `${t("lead")} ${lead.number}`, h("span", { class: "chip", "data-stage": lead.stage }, word("LeadStage", lead.stage))),
  h("h2", {}, lead.name ?? lead.number),
];

function content(lead) {
  const at = WAY.indexOf(lead.stage);
  const open = lead.followUps.filter(({ status }) => status === "OPEN");
  const rest = lead.followUps.filter(({ status }) => status !== "OPEN");
  return [
    at >= 0 && h("ol", { class: "stages", "aria-label": t("stage") }, WAY.map((stage, n) => h("li", { class: n <= at ? "passed" : null, "aria-current": n === at ? "step" : null, title: word("LeadStage", stage) }))),
    h(
      "div",
      { class: "lead-card" },
      h("span", { class: "intent", "data-intent": lead.intentLevel }, lead.intentLevel),
      h("div", {}, h("strong", {}, lead.phone), h("small", {}, `${word("IntentLevel", lead.intentLevel)} · ${t("masked")}`)),
      lead.score !== null && h("span", { class: "lead-score" }, h("b", {}, number(lead.score)), t("score")),
    ),
    section(
      "",
      facts([
        [t("interest"), lead.trim?.name ?? lead.model?.name],
        [t("channel"), word("Channel", lead.channel)],
        [t("owner"), lead.owner?.name ?? t("noOne")],
        [t("store"), lead.store?.name],
        [t("city"), lead.city?.name],
        [t("customer"), lead.customer && [lead.customer.displayName, word("LifecycleStage", lead.customer.lifecycleStage)].filter(Boolean).join(" · ")],
        [t("lastContact"), lead.lastContactAt && time(lead.lastContactAt)],
        [t("closedBecause"), lead.lostReason && word("LostReason", lead.lostReason)],
        [t("becameOrder"), lead.order && h("a", { class: "link", href: `#/orders/${lead.order.id}` }, lead.order.number)],
      ]),
    ),
    (open.length > 0 || rest.length > 0) && section(t("followUps"), h("ul", { class: "lines" }, [...open, ...rest].map(followUp))),
    lead.testDrives.length > 0 && section(t("drives"), h("ul", { class: "lines" }, lead.testDrives.map(drive))),
    lead.touchpoints.length > 0 && section(t("forms"), h("ul", { class: "lines" }, lead.touchpoints.map(form))),
    section(t("history"), h("ol", { class: "history" }, lead.timeline.map(event))),
  ];
}

const line = (first, second, third, fourth, late) =>
  h("li", { class: late ? "late" : null }, h("span", {}, first, second && h("small", {}, second)), h("span", {}, third, fourth && h("small", {}, fourth)));

const followUp = (task) =>
  line(
    [task.overdue && icon("clock"), word("FollowUpKind", task.kind)],
    [task.assignee?.name ?? t("noOne"), task.outcome].filter(Boolean).join(" · "),
    task.overdue ? t("late") : word("FollowUpStatus", task.status),
    task.completedAt ? time(task.completedAt) : ago(task.dueAt),
    task.overdue,
  );

const drive = (drive) =>
  line(drive.trim?.name, [word("TestDriveMode", drive.mode), drive.address].filter(Boolean).join(" · "), word("TestDriveStatus", drive.status), `${time(drive.slotStart)} · ${t("minutes", { n: drive.slotMinutes })}`);

const form = (touch) => line(word("Channel", touch.channel), touch.touchpoint, touch.campaign ?? "", time(touch.occurredAt));

const event = ({ kind, fromStage, toStage, note, occurredAt }) =>
  h(
    "li",
    {},
    h("strong", {}, word("LeadEventKind", kind)),
    fromStage !== toStage && toStage && h("span", {}, [word("LeadStage", fromStage), word("LeadStage", toStage)].filter(Boolean).join(" → ")),
    note && h("p", {}, note),
    h("time", { datetime: occurredAt }, time(occurredAt)),
  );

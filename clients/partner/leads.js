// The store's leads, by how far they have come.

import { fill, h } from "../shared/dom.js";
import { ago, count, number, time } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { nothing, skeleton, trouble } from "../shared/states.js";
import { oneAtATime, soon } from "../shared/timing.js";
import { toast } from "../shared/toast.js";
import { word } from "../shared/words.js";
import { t } from "./texts.js";

const TABS = {
  tabOpen: ["NEW", "ASSIGNED"],
  tabContact: ["CONTACTED", "QUALIFIED"],
  tabDrive: ["TEST_DRIVE_BOOKED", "TEST_DRIVEN"],
  tabDeal: ["NEGOTIATING"],
  tabWon: ["CONVERTED"],
  tabClosed: ["LOST", "INVALID", "DORMANT"],
};
const PAGE = 30;
/** What is kept over a change of view. */
const kept = { tab: "tabOpen", overdue: false };

/** The view. */
export function leads({ app, news, panel }) {
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": t("stage"), onkeydown: turn });
  const overdue = h("input", { type: "checkbox", checked: kept.overdue, onchange: () => ((kept.overdue = overdue.checked), load()) });
  const body = h("div", { class: "sheet", role: "tabpanel", id: "leads-panel" });
  const element = h(
    "div",
    { class: "view" },
    h("header", { class: "view-head" }, h("h1", {}, t("leads")), h("p", {}, t("leadsHint"))),
    h("div", { class: "view-tools" }, tabs, h("label", { class: "check" }, overdue, t("overdueOnly"))),
    body,
  );
  const counts = {};
  let nodes = [];
  let end = null;

  const where = (tab) => ({ stage: TABS[tab], ...(kept.overdue && { followUpOverdue: true }) });

  const load = oneAtATime(async () => {
    const tab = kept.tab;
    try {
      // As many as are shown, so that news does not fold the list.
      const first = Math.min(100, Math.max(PAGE, nodes.length));
      const { leads } = await app.ask("lead-queue", { where: where(tab), first });
      if (tab !== kept.tab) return;
      counts[tab] = leads.totalCount;
      [nodes, end] = [leads.nodes, leads.pageInfo];
      paint();
    } catch (error) {
      if (nodes.length > 0) toast(error.message, "bad");
      else fill(body, trouble(error, load));
    }
    await countOthers();
  });

  /** There is no count by stage, so each tab asks for a page of one. */
  async function countOthers() {
    const others = Object.keys(TABS).filter((tab) => tab !== kept.tab);
    await Promise.all(
      others.map(async (tab) => {
        const { leads } = await app.ask("lead-queue", { where: where(tab), first: 1 }).catch(() => ({}));
        if (leads) counts[tab] = leads.totalCount;
      }),
    );
    paintTabs();
  }

  async function more() {
    try {
      const { leads } = await app.ask("lead-queue", { where: where(kept.tab), first: PAGE, after: end.endCursor });
      [nodes, end] = [[...nodes, ...leads.nodes], leads.pageInfo];
      paint();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  function choose(tab) {
    if (tab === kept.tab) return;
    kept.tab = tab;
    [nodes, end] = [[], null];
    paintTabs();
    fill(body, skeleton(8));
    load();
  }

  /** Arrows go from tab to tab. */
  function turn({ key }) {
    const names = Object.keys(TABS);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    choose(names[(names.indexOf(kept.tab) + step + names.length) % names.length]);
    tabs.querySelector('[aria-selected="true"]').focus();
  }

  function paintTabs() {
    const focused = tabs.contains(document.activeElement);
    const tab = (name) => {
      const selected = name === kept.tab;
      return h(
        "button",
        { type: "button", role: "tab", "data-tab": name, "aria-selected": String(selected), "aria-controls": "leads-panel", tabindex: selected ? null : "-1", onclick: () => choose(name) },
        t(name),
        h("span", { class: "tab-count" }, count(counts[name])),
      );
    };
    fill(tabs, Object.keys(TABS).map(tab));
    if (focused) tabs.querySelector('[aria-selected="true"]').focus();
  }

  function paint() {
    paintTabs();
    if (nodes.length === 0) return fill(body, nothing(t("noLeads")));
    const focused = document.activeElement?.closest("[data-lead]")?.dataset.lead;
    const head = ["customer", "intent", "score", "interest", "stage", "channel", "owner", "nextFollowUp", "came"];
    fill(
      body,
      h("table", { class: "table leads" }, h("thead", {}, h("tr", {}, head.map((key) => h("th", { scope: "col" }, t(key))))), h("tbody", {}, nodes.map(row))),
      h("p", { class: "table-end" }, t("shown", { n: number(nodes.length), all: count(counts[kept.tab]) }), end?.hasNextPage && h("button", { type: "button", class: "button", onclick: more }, t("more"))),
    );
    if (focused) body.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    panel.mark();
  }

  const loadSoon = soon(load, 400);
  const onEvent = ({ detail }) => detail.subject?.__typename === "Lead" && loadSoon();
  return {
    element,
    start() {
      news.addEventListener("event", onEvent);
      news.addEventListener("snapshot", loadSoon);
      paintTabs();
      fill(body, skeleton(8));
      load();
    },
    stop() {
      news.removeEventListener("event", onEvent);
      news.removeEventListener("snapshot", loadSoon);
    },
  };
}

function row(lead) {
  const address = `#/leads/${lead.id}`;
  const due = lead.nextFollowUpAt;
  const late = due && new Date(due) < Date.now();
  return h(
    "tr",
    { "data-lead": lead.id, onclick: (event) => event.target.closest("a") || (location.hash = address) },
    h("td", {}, h("a", { href: address, "data-id": lead.id, class: "row-link" }, lead.name ?? lead.number), h("small", {}, lead.phone)),
    h("td", {}, h("span", { class: "intent", "data-intent": lead.intentLevel, title: word("IntentLevel", lead.intentLevel) }, lead.intentLevel)),
    h("td", {}, lead.score !== null && h("span", { class: "score" }, h("i", { style: { width: `${lead.score * 0.46}px` } }), h("b", {}, lead.score))),
    h("td", {}, lead.trim?.name ?? lead.model?.name ?? "", h("small", {}, lead.city?.name)),
    h("td", {}, h("span", { class: "chip", "data-stage": lead.stage }, word("LeadStage", lead.stage))),
    h("td", {}, word("Channel", lead.channel), lead.touchpointCount > 1 && h("small", {}, `× ${lead.touchpointCount}`)),
    h("td", { class: lead.owner ? null : "quiet" }, lead.owner?.name ?? t("noOne")),
    h("td", { class: late ? "late" : "due" }, due ? [late && icon("clock"), h("span", { title: time(due) }, ago(due))] : ""),
    h("td", { class: "quiet" }, h("span", { title: time(lead.createdAt) }, ago(lead.createdAt))),
  );
}

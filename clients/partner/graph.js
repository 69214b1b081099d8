// Which milestone may come next. The gateway decides by its graph (README, "Orders") and refuses what does not fit; it
// does not say beforehand what does, so the edges are here once more, for the buttons alone.

const EDGES = [
  ["ORDER_PLACED", "CONFIG_LOCKED"],
  ["CONFIG_LOCKED", "CONTRACT_SIGNED"],
  ["CONFIG_LOCKED", "SCHEDULED"],
  ["CONFIG_LOCKED", "PARTS_PREPARING"],
  ["CONFIG_LOCKED", "ALLOCATED"],
  ["ORDER_PLACED", "FINANCE_APPROVED"],
  ["SCHEDULED", "BODY"],
  ["BODY", "PAINT"],
  ["PAINT", "ASSEMBLY"],
  ["SCHEDULED", "OFF_LINE"],
  ["OFF_LINE", "QUALITY_RELEASED"],
  ["QUALITY_RELEASED", "SHIPPED"],
  ["ALLOCATED", "SHIPPED"],
  ["SHIPPED", "IN_TRANSIT"],
  ["SHIPPED", "ARRIVED"],
  ["ARRIVED", "PDI_DONE"],
  ["ARRIVED", "APPOINTMENT_SET"],
  ["PDI_DONE", "READY"],
  ["CONTRACT_SIGNED", "BALANCE_PAID"],
  ["BALANCE_PAID", "INVOICED"],
  ["INVOICED", "INSURED"],
  ["INVOICED", "READY"],
  ["INSURED", "PLATE_READY"],
  ["PLATE_READY", "HANDED_OVER"],
  ["READY", "HANDED_OVER"],
  ["HANDED_OVER", "OWNERSHIP_TRANSFERRED"],
];

/** Those that an order can do without. */
const SKIPPABLE = new Set([
  ...["FINANCE_APPROVED", "PARTS_PREPARING", "SCHEDULED", "BODY", "PAINT", "ASSEMBLY", "OFF_LINE", "QUALITY_RELEASED"],
  ...["SHIPPED", "IN_TRANSIT", "ARRIVED", "INSURED", "PLATE_READY", "APPOINTMENT_SET"],
]);

/** Those that a store confirms by code, checklist and signatures (`deliveryHandoverConfirm`), and does not record. */
const CONFIRMED = new Set(["HANDED_OVER", "OWNERSHIP_TRANSFERRED"]);

const over = ({ state }) => state === "DONE" || state === "SKIPPED";

/** What may be recorded of each milestone: `code` to a list of reports. Those without a choice are left out. */
export function choices(milestones) {
  const byCode = new Map(milestones.map((milestone) => [milestone.code, milestone]));
  const known = new Set(EDGES.flat());
  const all = (code, from, to, fits) =>
    EDGES.filter((edge) => edge[from] === code).every((edge) => {
      const other = byCode.get(edge[to]);
      return (!other || fits(other)) && all(edge[to], from, to, fits);
    });
  const found = new Map();
  for (const milestone of milestones) {
    const { code, state } = milestone;
    if (state === "DONE") {
      if (known.has(code) && all(code, 0, 1, (after) => after.state !== "DONE")) found.set(code, ["ROLLED_BACK"]);
    } else if (state !== "SKIPPED" && !CONFIRMED.has(code) && all(code, 1, 0, over)) {
      found.set(code, ["DONE", "DELAYED", ...(SKIPPABLE.has(code) ? ["SKIPPED"] : [])]);
    }
  }
  return found;
}

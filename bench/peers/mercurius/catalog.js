// A model with its trims and options, and the incentives for one of its trims in a city; for nobody signed in.
import { many, one, rows } from "./database.js";
import { cityCode, province } from "./places.js";
import { money, toId, toUuid } from "./values.js";
import { stranger } from "./viewer.js";

const MODEL = `SELECT id, slug, code, name_zh, tagline_zh, body_type FROM vehicle_model WHERE slug = $1 AND on_sale`;
// A trim's price in the book in force.
const price = (now) => `LEFT JOIN price_entry e ON e.trim_id = t.id AND e.price_book_id = (
    SELECT id FROM price_book
    WHERE status = 'PUBLISHED' AND effective_from <= ${now} AND (effective_to IS NULL OR effective_to > ${now})
    ORDER BY effective_from DESC, price_version DESC, id DESC LIMIT 1
  )`;
const TRIMS = `SELECT t.id, t.model_id, t.code, t.name_zh, t.powertrain, t.battery_wh, t.cltc_km, t.acceleration_ms,
    t.seats, e.msrp_minor - e.discount_minor AS price_minor
  FROM trim t ${price("now()")} WHERE t.model_id = ANY($1) AND t.on_sale ORDER BY t.position, t.code`;
const GROUPS = `SELECT id, model_id, code, name_zh, selection, required
  FROM option_group WHERE model_id = ANY($1) ORDER BY position, code`;
const OPTIONS = `SELECT id, group_id, code, name_zh, price_minor, lead_time_days, is_default
  FROM car_option WHERE group_id = ANY($1) ORDER BY position, code`;
const BOUGHT = `SELECT t.powertrain, t.purchase_tax_catalog, e.msrp_minor - e.discount_minor AS invoice_minor
  FROM trim t JOIN vehicle_model m ON m.id = t.model_id ${price("$2")} WHERE t.id = $1 AND t.on_sale AND m.on_sale`;
const INCENTIVES = `SELECT id, code, kind, name_zh, payer, city_code, amount_kind, amount_minor, rate_bp, cap_minor,
    min_invoice_minor, powertrain, trim_id, requires_old_vehicle, paid_at_sale
  FROM incentive
  WHERE starts_on <= $1 AND (ends_on IS NULL OR ends_on >= $1) AND (city_code IS NULL OR city_code LIKE $2 || '%')
  ORDER BY code`;

// Rounded to the fen, half up.
const over = (fen, divisor) => Math.floor((2 * fen + divisor) / (2 * divisor));
// Purchase tax that the state lets go: all of it up to 2025, then half, up to a cap; none from 2028 on.
const relief = (invoice, on, inCatalog) => {
  const tax = over(over(invoice * 100, 113), 10);
  if (!inCatalog || on < "2024-01-01" || on > "2027-12-31") return 0;
  return on < "2026-01-01" ? Math.min(tax, 3000000) : Math.min(over(tax, 2), 1500000);
};
const covers = (jurisdiction, city) =>
  jurisdiction.endsWith("00") ? city.startsWith(jurisdiction.replace(/(0000|00)$/, "")) : jurisdiction === city;
const amount = (row, { invoice_minor: invoice, tax_relief: taxRelief }) => {
  const worth = { FIXED: row.amount_minor, PERCENT: over(invoice * row.rate_bp, 10000), TAX_RELIEF: taxRelief };
  return Math.max(0, Math.min(worth[row.amount_kind], row.cap_minor ?? Infinity));
};
// The day in Shanghai.
const day = (now) => new Date(now.getTime() + 8 * 3600000).toISOString().slice(0, 10);

export const resolvers = {
  Query: {
    vehicleModel: async (_, { slug }, { who }) => {
      stranger(who);
      return (await rows("model-page", MODEL, [slug]))[0] ?? null;
    },
    incentives: async (_, { cityCode: code, trimId }, { who }) => {
      stranger(who);
      const [now, city, trim] = [new Date(), cityCode(code), toUuid(trimId)];
      const on = day(now);
      const [[bought], offers] = await Promise.all([
        rows("bought", BOUGHT, [trim, now]),
        rows("incentives", INCENTIVES, [on, province(city)]),
      ]);
      if (!bought || bought.invoice_minor === null) throw new Error("trimId");
      bought.tax_relief = relief(bought.invoice_minor, on, bought.purchase_tax_catalog);
      // That an old car must be given up is no hindrance here.
      return offers
        .filter(
          (row) =>
            (row.city_code === null || covers(row.city_code, city)) &&
            bought.invoice_minor >= row.min_invoice_minor &&
            (row.powertrain === null || row.powertrain === bought.powertrain) &&
            (row.trim_id === null || row.trim_id === trim),
        )
        .map((row) => ({ ...row, amount: row.amount_kind === "NON_CASH" ? null : money(amount(row, bought)) }));
    },
  },
  Model: { name: (row) => row.name_zh },
  Trim: { name: (row) => row.name_zh },
  ModelPage: {
    id: (row) => toId("mdl", row.id),
    name: (row) => row.name_zh,
    tagline: (row) => row.tagline_zh,
    bodyType: (row) => row.body_type,
  },
  TrimOnSale: {
    id: (row) => toId("trm", row.id),
    name: (row) => row.name_zh,
    batteryKwh: (row) => String(row.battery_wh / 1000),
    cltcKm: (row) => row.cltc_km,
    accelerationSeconds: (row) => String(row.acceleration_ms / 1000),
    price: (row) => (row.price_minor === null ? null : money(row.price_minor)),
  },
  OptionGroup: { id: (row) => toId("ogr", row.id), name: (row) => row.name_zh },
  Option: {
    id: (row) => toId("opt", row.id),
    name: (row) => row.name_zh,
    price: (row) => money(row.price_minor),
    leadTimeDays: (row) => row.lead_time_days,
    isDefault: (row) => row.is_default,
  },
  Incentive: {
    id: (row) => toId("inc", row.id),
    name: (row) => row.name_zh,
    requiresOldVehicle: (row) => row.requires_old_vehicle,
    paidAtSale: (row) => row.paid_at_sale,
  },
};
export const loaders = {
  Trim: { model: one("model", "SELECT id, name_zh FROM vehicle_model WHERE id = ANY($1)", "model_id") },
  ModelPage: { trims: many("trims", TRIMS, "model_id"), optionGroups: many("groups", GROUPS, "model_id") },
  OptionGroup: { options: many("options", OPTIONS, "group_id") },
};

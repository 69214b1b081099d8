// Orders: a customer's own, and those that a store sells or hands over.
import { readFileSync } from "node:fs";
import { limited, many, one, page, rows } from "./database.js";
import { personal, toId, toUuid, vehicleStatus } from "./values.js";
import { customerOf, storeOf } from "./viewer.js";

const texts = readFileSync(new URL("../../../locales/zh-CN.ftl", import.meta.url), "utf8");
const titles = Object.fromEntries(
  [...texts.matchAll(/^milestone-([a-z-]+) = (.*)$/gm)].map(([, key, text]) => [
    key.toUpperCase().replaceAll("-", "_"),
    text,
  ]),
);

const ORDER = `SELECT id, number, status, payment_status, version, created_at, customer_id, vehicle_id, trim_id,
  store_id, eta_earliest, eta_likely, eta_latest, eta_confidence FROM customer_order`;
const NEWEST = "ORDER BY created_at DESC, id DESC LIMIT";
// Each half by its own index; one condition with OR would walk the orders of all stores.
const OF_STORE = `SELECT * FROM (
  (${ORDER} WHERE store_id = $1 ${NEWEST} {limit}) UNION (${ORDER} WHERE delivery_store_id = $1 ${NEWEST} {limit})
) either ${NEWEST} {limit}`;

export const resolvers = {
  Query: {
    order: async (_, { id }, { who }) =>
      (await rows("order", `${ORDER} WHERE id = $1 AND customer_id = $2`, [toUuid(id), customerOf(who)]))[0] ?? null,
    orders: async (_, { first }, { who }) => page(await limited("orders", OF_STORE, [storeOf(who)], first), first),
    me: async (_, __, { who }) =>
      (await rows("me", "SELECT id, display_name FROM customer WHERE id = $1", [customerOf(who)]))[0] ?? null,
  },
  Me: {
    displayName: (row) => row.display_name,
    orders: (row) => rows("my-orders", `${ORDER} WHERE customer_id = $1 ${NEWEST} 20`, [row.id]),
  },
  Order: {
    id: (row) => toId("ord", row.id),
    paymentStatus: (row) => row.payment_status,
    createdAt: (row) => row.created_at,
    eta: (row) => row,
  },
  Eta: {
    earliest: (row) => row.eta_earliest,
    likely: (row) => row.eta_likely,
    latest: (row) => row.eta_latest,
    confidence: (row) => row.eta_confidence,
  },
  Customer: {
    displayName: (row) => row.display_name,
    phone: (row, _, { who }) => personal("phone", row.phone, who.readsPersonal || who.customer === row.id),
  },
  Vehicle: { status: vehicleStatus },
  Store: { name: (row) => row.name_zh, address: (row) => row.address_zh },
  Milestone: {
    title: (row) => titles[row.code],
    plannedAt: (row) => row.planned_at,
    forecast: (row) => row.forecast_p50 && { p50: row.forecast_p50, p90: row.forecast_p90 },
    actualAt: (row) => row.actual_at,
  },
};

export const customer = one(
  "customer",
  "SELECT id, display_name, phone FROM customer WHERE id = ANY($1)",
  "customer_id",
);
export const store = one("store", "SELECT id, name_zh, address_zh FROM store WHERE id = ANY($1)", "store_id");
export const trim = one("trim", "SELECT id, name_zh, model_id FROM trim WHERE id = ANY($1)", "trim_id");
export const loaders = {
  Order: {
    customer,
    store,
    trim,
    vehicle: one(
      "vehicle",
      "SELECT id, vin, physical_status, commercial_status FROM vehicle_unit WHERE id = ANY($1)",
      "vehicle_id",
    ),
    milestones: many(
      "milestones",
      `SELECT order_id, code, state, planned_at, forecast_p50, forecast_p90, actual_at
       FROM milestone WHERE order_id = ANY($1) ORDER BY order_id, position`,
      "order_id",
    ),
  },
};

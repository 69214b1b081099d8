// The cars that the policies show to a store's staff, oldest stock first.
import { limited, one, page } from "./database.js";
import { store, trim } from "./orders.js";
import { distanceKm } from "./places.js";
import { condition, shownOf, sightOf } from "./sight.js";
import { money, toId, vehicleStatus } from "./values.js";
import { storeOf } from "./viewer.js";

// Statements differ with the policies that speak to the caller, so each text has a name of its own.
const names = new Map();
const nameOf = (text) => {
  if (!names.has(text)) names.set(text, `inventory${names.size}`);
  return names.get(text);
};

const UNPROMISED = ["DEMO", "QUALITY_HOLD", "TOTAL_LOSS", "DELIVERED", "RETURNED"];
const lastSix = (vin) => vin && vin.slice(-6).padStart(vin.length, "*");
const shown = (car, { vin, holder, mayReserve }, near) => {
  const byName = holder === "NAME";
  const exact = Math.round(distanceKm(near, car) * 1000);
  const actions = [];
  const free = car.commercial_status === "FREE" && !UNPROMISED.includes(car.physical_status);
  if (mayReserve && free) actions.push("RESERVE");
  if (car.held_here) actions.push("RELEASE");
  return {
    id: toId("veh", car.id),
    vin: vin === "FULL" ? car.vin : vin === "LAST_SIX" ? lastSix(car.vin) : null,
    status: vehicleStatus(car),
    stockType: car.stock_type,
    distanceMeters: byName ? exact : Math.trunc((exact + 500) / 1000) * 1000,
    version: car.version,
    price: money(car.price_minor),
    trim_id: car.trim_id,
    store_id: byName ? car.store_id : null,
    city_code: holder === "HIDDEN" ? null : car.city_code,
    allowedActions: actions,
  };
};

export const resolvers = {
  Query: {
    inventory: async (_, { first, near }, { who }) => {
      storeOf(who);
      const now = new Date();
      const sight = await sightOf(who, now);
      if (!sight) return page([], first);
      const values = [who.store, now];
      // An assignment does not run out, a hold does.
      const text = `
        SELECT v.id, v.vin, v.version, v.price_minor, v.trim_id, v.store_id, v.city_code, v.latitude, v.longitude,
          v.stock_type, v.physical_status, v.commercial_status, v.sales_model, v.stock_since,
          v.commercial_status = 'RESERVED' AND EXISTS (
            SELECT 1 FROM allocation a WHERE a.vehicle_id = v.id AND a.released_at IS NULL AND a.store_id = $1
              AND (a.kind = 'HARD' OR a.expires_at IS NULL OR a.expires_at > $2)
          ) AS held_here
        FROM vehicle_unit v
        WHERE ${condition(sight, (value) => `$${values.push(value)}`)}
          AND v.physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS')
        ORDER BY v.stock_since, v.id LIMIT {limit}`;
      const found = await limited(nameOf(text), text, values, first);
      const seen = found.map((car) => [car, shownOf(sight, car)]).filter(([, disclosure]) => disclosure);
      return page(seen.map(([car, disclosure]) => shown(car, disclosure, near)), first);
    },
  },
  City: { name: (row) => row.name_zh },
};
export const loaders = {
  VehicleUnit: {
    trim,
    store,
    city: one("city", "SELECT code, name_zh FROM city WHERE code = ANY($1)", "city_code", "code"),
  },
};

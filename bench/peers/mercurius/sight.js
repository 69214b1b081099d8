// What the published visibility policies show to a store's staff: as a condition of a statement, and of one car.
import { rows } from "./database.js";
import { chordSquared, distanceKm, province, regionOf, unitVector } from "./places.js";

const DAY = 86400000;

// The store's place, its group's stores, and the policies that speak to the caller.
const STANDPOINT = `
  WITH place AS (
    SELECT s.id, s.city_code, s.latitude, s.longitude,
      CASE WHEN g.kind = 'DEALER_GROUP' THEN g.id ELSE o.id END AS group_id
    FROM store s
    JOIN organization o ON o.id = s.organization_id
    LEFT JOIN organization g ON g.id = o.parent_id
  )
  SELECT own.city_code, own.latitude, own.longitude,
    ARRAY(SELECT id::text FROM place WHERE place.group_id = own.group_id) AS group_stores,
    p.effect, p.scope, p.radius_km, p.stock_types, p.statuses, p.sales_models, p.min_age_days, p.max_age_days,
    p.vin_disclosure, p.holder_disclosure, p.may_reserve
  FROM place own, inventory_visibility_policy p
  WHERE own.id = $1 AND p.status = 'PUBLISHED' AND p.effective_from <= $2
    AND (p.effective_to IS NULL OR p.effective_to > $2)
    AND (p.roles = '[]' OR p.roles ? $3) AND (p.store_ids = '[]' OR p.store_ids ? $4)`;

// None where no policy speaks to the caller.
export const sightOf = async (who, now) => {
  const policies = await rows("sight", STANDPOINT, [who.store, now, who.role, who.storeId]);
  return policies.length ? { now, store: who.store, own: policies[0], policies } : null;
};

const scopes = {
  NATIONWIDE: { sql: () => "true", holds: () => true },
  // A null store must make the comparison false, not unknown: a DENY is negated.
  OWN_STORE: {
    sql: (sight, bind) => `v.store_id IS NOT NULL AND v.store_id = ${bind(sight.store)}`,
    holds: (sight, car) => car.store_id === sight.store,
  },
  SAME_GROUP: {
    sql: (sight, bind) => `v.store_id IS NOT NULL AND v.store_id = ANY(${bind(sight.own.group_stores)}::uuid[])`,
    holds: (sight, car) => sight.own.group_stores.includes(car.store_id),
  },
  SAME_CITY: {
    sql: (sight, bind) => `v.city_code = ${bind(sight.own.city_code)}`,
    holds: (sight, car) => car.city_code === sight.own.city_code,
  },
  SAME_PROVINCE: {
    sql: (sight, bind) => `substr(v.city_code, 1, 2) = ${bind(province(sight.own.city_code))}`,
    holds: (sight, car) => province(car.city_code) === province(sight.own.city_code),
  },
  SAME_REGION: {
    sql: (sight, bind) => `substr(v.city_code, 1, 2) = ANY(${bind(regionOf(sight.own.city_code))})`,
    holds: (sight, car) => regionOf(sight.own.city_code).includes(province(car.city_code)),
  },
  RADIUS: {
    sql: (sight, bind, { radius_km: radius }) => {
      if (radius === null) return "false";
      const [x, y, z] = unitVector(sight.own).map(bind);
      return `(v.unit_x - ${x}) ^ 2 + (v.unit_y - ${y}) ^ 2 + (v.unit_z - ${z}) ^ 2 <= ${bind(chordSquared(radius))}`;
    },
    holds: (sight, car, { radius_km: radius }) => radius !== null && distanceKm(sight.own, car) <= radius,
  },
};
const filters = { stock_types: "stock_type", statuses: "physical_status", sales_models: "sales_model" };

const policySql = (sight, bind) => (policy) => {
  const parts = [scopes[policy.scope].sql(sight, bind, policy)];
  for (const [list, column] of Object.entries(filters)) {
    if (policy[list].length) parts.push(`v.${column} = ANY(${bind(policy[list])})`);
  }
  const before = (days) => bind(new Date(sight.now - days * DAY));
  if (policy.min_age_days !== null) parts.push(`v.stock_since <= ${before(policy.min_age_days)}`);
  if (policy.max_age_days !== null) parts.push(`v.stock_since > ${before(policy.max_age_days + 1)}`);
  return `(${parts.join(" AND ")})`;
};

// The condition on `vehicle_unit v`; `bind` takes a value and gives its place in the statement.
export const condition = (sight, bind) => {
  const any = (effect) =>
    sight.policies.filter((policy) => policy.effect === effect).map(policySql(sight, bind)).join(" OR ") || "false";
  return `(${any("ALLOW")}) AND NOT (${any("DENY")})
    AND (NOT (v.commercial_status IN ('ALLOCATED', 'SOLD') OR v.physical_status IN ('QUALITY_HOLD', 'DELIVERED'))
      OR (v.store_id IS NOT NULL AND v.store_id = ${bind(sight.store)}))`;
};

const VIN = ["HIDDEN", "LAST_SIX", "FULL"];
const HOLDER = ["HIDDEN", "CITY", "NAME"];
const holds = (sight, policy, car) => {
  const age = Math.max(0, Math.trunc((sight.now - Date.parse(car.stock_since)) / DAY));
  return (
    Object.entries(filters).every(([list, column]) => !policy[list].length || policy[list].includes(car[column])) &&
    (policy.min_age_days === null || policy.min_age_days <= age) &&
    (policy.max_age_days === null || age <= policy.max_age_days) &&
    scopes[policy.scope].holds(sight, car, policy)
  );
};

// What is shown of a car; null if the policies hide it.
export const shownOf = (sight, car) => {
  const found = sight.policies.filter((policy) => holds(sight, policy, car));
  const withheld =
    ["ALLOCATED", "SOLD"].includes(car.commercial_status) || ["QUALITY_HOLD", "DELIVERED"].includes(car.physical_status);
  if (!found.length || found.some(({ effect }) => effect === "DENY")) return null;
  if (withheld && car.store_id !== sight.store) return null;
  const most = (order, column) => Math.max(...found.map((policy) => order.indexOf(policy[column])));
  return {
    vin: VIN[most(VIN, "vin_disclosure")],
    holder: HOLDER[most(HOLDER, "holder_disclosure")],
    mayReserve: found.some((policy) => policy.may_reserve),
  };
};

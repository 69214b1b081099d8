// Mercurius with hand-written resolvers and its loaders, the documents compiled (`jit`). The token is checked and the
// rows are the caller's, as in the gateway; personal data is decrypted and masked by the same rule.
import { createDecipheriv, createPublicKey, createPrivateKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

pg.types.setTypeParser(1082, (text) => text); // a day stays text
pg.types.setTypeParser(1184, (text) => new Date(text).toISOString());
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 });
// A named statement is prepared once a connection.
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const toUuid = (id) => {
  let number = 0n;
  for (const c of id.slice(4)) number = number * 32n + BigInt(ALPHABET.indexOf(c));
  return number.toString(16).padStart(32, "0");
};
const toId = (prefix, uuid) => {
  let number = BigInt(`0x${uuid.replaceAll("-", "")}`);
  let text = "";
  for (let i = 0; i < 26; i++, number >>= 5n) text = ALPHABET[Number(number & 31n)] + text;
  return `${prefix}_${text}`;
};

// The development key and the development vault key of the settings' defaults.
const pkcs8 = Buffer.concat([
  Buffer.from("302e020100300506032b657004220420", "hex"),
  Buffer.from("milepost development signing key"),
]);
const key = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
const viewer = (authorization) => {
  const [head, claims, signature] = authorization.replace(/^Bearer /, "").split(".");
  if (!verify(null, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"))) throw new Error("token");
  const said = JSON.parse(Buffer.from(claims, "base64url"));
  if (said.iss !== "milepost-dev" || said.aud !== "milepost" || said.exp * 1000 < Date.now()) throw new Error("token");
  return said;
};
const vaultKey = Buffer.from("6d696c65706f73742d6465762d7661756c742d6b65792d6f6e6c792d2d2d2d2d", "hex");
const maskedPhone = (sealed) => {
  if (!sealed) return null;
  const rest = sealed.subarray(2 + sealed[1]);
  const decipher = createDecipheriv("aes-256-gcm", vaultKey, rest.subarray(0, 12));
  decipher.setAAD(Buffer.from("phone"));
  decipher.setAuthTag(rest.subarray(-16));
  const clear = decipher.update(rest.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
  return clear.replace(/^\+86/, "").replace(/^(\d{3})\d{4}(\d{4})$/, "$1****$2");
};

const texts = readFileSync(new URL("../../locales/zh-CN.ftl", import.meta.url), "utf8");
const titles = Object.fromEntries(
  [...texts.matchAll(/^milestone-([a-z-]+) = (.*)$/gm)].map(([, key, text]) => [
    key.toUpperCase().replaceAll("-", "_"),
    text,
  ]),
);
const schema = `
  type Query { order(id: ID!): Order  orders(first: Int!): Orders! }
  type Orders { nodes: [Order!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! }
  type Order {
    id: ID! number: String! status: String! paymentStatus: String! version: Int! createdAt: String!
    customer: Customer vehicle: Vehicle trim: Trim store: Store milestones: [Milestone!]! eta: Eta!
  }
  type Customer { displayName: String! phone: String }
  type Vehicle { vin: String status: String! }
  type Trim { name: String! model: Model }
  type Model { name: String! }
  type Store { name: String! address: String! }
  type Milestone {
    code: String! title: String! state: String! plannedAt: String forecast: Forecast actualAt: String
  }
  type Forecast { p50: String! p90: String }
  type Eta { earliest: String likely: String latest: String confidence: String! }
`;

const ORDER = `SELECT id, number, status, payment_status, version, created_at, customer_id, vehicle_id, trim_id,
  store_id, eta_earliest, eta_likely, eta_latest, eta_confidence FROM customer_order`;
const byId = async (name, text, queries, key) => {
  const ids = queries.map(({ obj }) => obj[key]);
  const found = new Map((await rows(name, text, [[...new Set(ids.filter(Boolean))]])).map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
};
const shown = ({ physical_status: physical, commercial_status: commercial }) =>
  physical !== "IN_STOCK" || commercial === "FREE" ? physical : commercial === "RESERVED" ? "RESERVED" : "ALLOCATED";

const resolvers = {
  Query: {
    order: async (_, { id }, { who }) =>
      (await rows("order", `${ORDER} WHERE id = $1 AND customer_id = $2`, [toUuid(id), toUuid(who.sub)]))[0] ?? null,
    orders: async (_, { first }, { who }) => {
      const found = await rows(
        "orders",
        `${ORDER} WHERE store_id = $1 OR delivery_store_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`,
        [toUuid(who.store), first + 1],
      );
      return { nodes: found.slice(0, first), pageInfo: { hasNextPage: found.length > first } };
    },
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
  Customer: { displayName: (row) => row.display_name, phone: (row) => maskedPhone(row.phone) },
  Vehicle: { status: shown },
  Trim: { name: (row) => row.name_zh },
  Model: { name: (row) => row.name_zh },
  Store: { name: (row) => row.name_zh, address: (row) => row.address_zh },
  Milestone: {
    title: (row) => titles[row.code],
    plannedAt: (row) => row.planned_at,
    forecast: (row) => row.forecast_p50 && { p50: row.forecast_p50, p90: row.forecast_p90 },
    actualAt: (row) => row.actual_at,
  },
};
const loaders = {
  Order: {
    customer: (queries) =>
      byId("customer", "SELECT id, display_name, phone FROM customer WHERE id = ANY($1)", queries, "customer_id"),
    vehicle: (queries) =>
      byId(
        "vehicle",
        "SELECT id, vin, physical_status, commercial_status FROM vehicle_unit WHERE id = ANY($1)",
        queries,
        "vehicle_id",
      ),
    trim: (queries) => byId("trim", "SELECT id, name_zh, model_id FROM trim WHERE id = ANY($1)", queries, "trim_id"),
    store: (queries) =>
      byId("store", "SELECT id, name_zh, address_zh FROM store WHERE id = ANY($1)", queries, "store_id"),
    milestones: async (queries) => {
      const text = `SELECT order_id, code, state, planned_at, forecast_p50, forecast_p90, actual_at
        FROM milestone WHERE order_id = ANY($1) ORDER BY order_id, position`;
      const found = new Map(queries.map(({ obj }) => [obj.id, []]));
      for (const row of await rows("milestones", text, [[...found.keys()]])) found.get(row.order_id).push(row);
      return queries.map(({ obj }) => found.get(obj.id));
    },
  },
  Trim: {
    model: (queries) => byId("model", "SELECT id, name_zh FROM vehicle_model WHERE id = ANY($1)", queries, "model_id"),
  },
};

const app = Fastify();
app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  context: (request) => ({ who: viewer(request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
console.log("listening");

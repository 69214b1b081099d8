// The newest leads of a store.
import { limited, one, page } from "./database.js";
import { customer } from "./orders.js";
import { opened, personal, toId } from "./values.js";
import { storeOf } from "./viewer.js";

const LEADS = `SELECT id, number, stage, intent_level, score, channel, name, phone, created_at, next_follow_up_at,
  customer_id, model_id, owner_id FROM lead WHERE store_id = $1 ORDER BY created_at DESC, id DESC LIMIT {limit}`;

export const resolvers = {
  Query: {
    leads: async (_, { first }, { who }) => page(await limited("leads", LEADS, [storeOf(who)], first), first),
  },
  Lead: {
    id: (row) => toId("led", row.id),
    intentLevel: (row) => row.intent_level,
    name: (row, _, { who }) => personal("name", row.name, who.readsPersonal),
    phone: (row, _, { who }) => personal("phone", row.phone, who.readsPersonal),
    createdAt: (row) => row.created_at,
    nextFollowUpAt: (row) => row.next_follow_up_at,
  },
  // A colleague's name is not masked for staff.
  Staff: { name: (row) => opened("name", row.name) },
};
export const loaders = {
  Lead: {
    customer,
    model: one("lead-model", "SELECT id, name_zh FROM vehicle_model WHERE id = ANY($1)", "model_id"),
    owner: one("owner", "SELECT id, name FROM staff WHERE id = ANY($1)", "owner_id"),
  },
};

// The pool, and how rows are read for resolvers and loaders.
import pg from "pg";

pg.types.setTypeParser(17, (text) => text); // sealed bytes stay hexadecimal text: loaders make a key of each whole row
pg.types.setTypeParser(20, Number); // amounts in fen are far below 2^53
pg.types.setTypeParser(1082, (text) => text); // a day stays text
// A moment as the gateway writes it: in UTC, with no, three or six digits of a second.
pg.types.setTypeParser(1184, (text) => {
  const [moment, zone] = text.replace(" ", "T").split("+");
  const dot = moment.indexOf(".");
  return (dot < 0 ? moment : moment.padEnd(dot + (moment.length - dot > 4 ? 7 : 4), "0")) + `+${zone}:00`;
});
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16, options: "-c TimeZone=UTC" });

// A named statement is prepared once a connection.
export const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

// Loaders: the row that `key` names, and the rows of a parent in their order.
export const one = (name, text, key, of = "id") => async (queries) => {
  const keys = queries.map(({ obj }) => obj[key]);
  const wanted = [...new Set(keys.filter(Boolean))];
  const found = new Map((wanted.length ? await rows(name, text, [wanted]) : []).map((row) => [row[of], row]));
  return keys.map((key) => found.get(key) ?? null);
};
export const many = (name, text, parent) => async (queries) => {
  const found = new Map(queries.map(({ obj }) => [obj.id, []]));
  for (const row of await rows(name, text, [[...found.keys()]])) found.get(row[parent]).push(row);
  return queries.map(({ obj }) => found.get(obj.id));
};

// A list whose statement has `LIMIT {limit}`, with one row more than shown. As a literal: for a parameter PostgreSQL
// would plan anew each time.
export const limited = (name, text, values, first) => {
  if (first < 1 || first > 100) throw new Error("first: 1 to 100");
  return rows(`${name}-${first}`, text.replaceAll("{limit}", first + 1), values);
};
export const page = (found, first) => ({
  nodes: found.slice(0, first),
  pageInfo: { hasNextPage: found.length > first },
});

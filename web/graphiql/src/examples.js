// Example operations come from the server at run time, which fills in demo
// tokens and ids: [{ name, query, variables, headers }].

const EXAMPLES_URL = "/graphiql/examples.json";
const TABS_KEY = "graphiql:tabState";
const SEEN_KEY = "milepost:examples";

const text = (value) =>
  value == null || typeof value === "string"
    ? (value ?? "")
    : JSON.stringify(value, null, 2);

export async function loadExamples() {
  const response = await fetch(EXAMPLES_URL, { cache: "no-store" });
  if (!response.ok) {
    return [];
  }
  return (await response.json()).map((example) => ({
    name: example.name,
    query: text(example.query),
    variables: text(example.variables),
    headers: text(example.headers),
  }));
}

export function parseHeaders(headers) {
  try {
    return JSON.parse(headers);
  } catch {
    return undefined;
  }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

// The tabs to open: every example afresh (its tokens and ids may have changed
// since the last visit), then the tabs that the user had opened or edited.
export function initialTabs(examples) {
  const queries = examples.map((example) => example.query);
  const seen = new Set(queries.concat(stored(SEEN_KEY).queries ?? []));
  const own = (stored(TABS_KEY).tabs ?? [])
    .filter(({ query }) => query && !seen.has(query))
    .map(({ query, variables, headers }) => ({
      query,
      variables,
      headers: headers ?? examples[0]?.headers,
    }));
  try {
    localStorage.setItem(SEEN_KEY, JSON.stringify({ queries }));
  } catch {
    // A full or forbidden storage only costs the comparison at the next visit.
  }
  return [...examples, ...own];
}

// GraphiQL's storage, without what initialTabs decides.
const decidedHere = new Set([
  TABS_KEY,
  "graphiql:query",
  "graphiql:variables",
  "graphiql:headers",
]);

export const storage = {
  getItem: (key) => (decidedHere.has(key) ? null : localStorage.getItem(key)),
  setItem: (key, value) => localStorage.setItem(key, value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};

// Mercurius with hand-written resolvers and its loaders, the documents compiled (`jit`). The token is checked and the
// rows are the caller's, as in the gateway; personal data is decrypted and masked by the same rule. Texts are Chinese,
// as for a caller who names no language.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import * as cars from "./mercurius/cars.js";
import * as catalog from "./mercurius/catalog.js";
import * as leads from "./mercurius/leads.js";
import * as orders from "./mercurius/orders.js";
import { viewer } from "./mercurius/viewer.js";

const rooms = [cars, catalog, leads, orders];
const app = Fastify();
app.register(mercurius, {
  schema: readFileSync(new URL("mercurius/schema.graphql", import.meta.url), "utf8"),
  resolvers: {
    ...Object.assign({}, ...rooms.map(({ resolvers }) => resolvers)),
    Query: Object.assign({}, ...rooms.map(({ resolvers }) => resolvers.Query)),
  },
  loaders: Object.assign({}, ...rooms.map(({ loaders }) => loaders)),
  jit: 1,
  context: (request) => ({ who: viewer(request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
console.log("listening");

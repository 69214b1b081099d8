// Who asks, by the token.
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { toUuid } from "./values.js";

// The development key of the settings' defaults.
const pkcs8 = Buffer.concat([
  Buffer.from("302e020100300506032b657004220420", "hex"),
  Buffer.from("milepost development signing key"),
]);
const key = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));

const read = (authorization) => {
  const [head, claims, signature] = authorization.replace(/^Bearer /, "").split(".");
  if (!verify(null, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"))) throw new Error("token");
  const said = JSON.parse(Buffer.from(claims, "base64url"));
  if (said.iss !== "milepost-dev" || said.aud !== "milepost") throw new Error("token");
  const scopes = (said.scope ?? "").split(" ");
  const staff = said.role === "CONSULTANT" || said.role === "STORE_MANAGER";
  return {
    role: said.role,
    exp: said.exp,
    customer: said.role === "CUSTOMER" ? toUuid(said.sub) : null,
    store: staff ? toUuid(said.store) : null,
    storeId: said.store,
    readsPersonal: scopes.includes("pii:read"),
  };
};

// A token's signature is checked once, as in the gateway; that it has not run out, each time.
const known = new Map();
export const viewer = (authorization) => {
  if (!authorization) return {};
  let who = known.get(authorization);
  if (!who) {
    who = read(authorization);
    if (known.size >= 10000) known.clear();
    known.set(authorization, who);
  }
  if (who.exp * 1000 < Date.now()) throw new Error("token");
  return who;
};

const refuse = () => {
  throw new Error("not for you");
};
export const customerOf = (who) => who.customer ?? refuse();
export const storeOf = (who) => who.store ?? refuse();
// Nobody signed in: sees what is on sale.
export const stranger = (who) => who.role && refuse();

// The audits of GraphQL over HTTP, those that a server MAY pass among them.

import assert from "node:assert/strict";
import { serverAudits } from "graphql-http";
import { url } from "./gateway.mjs";

export const tests = [["graphql-http: every audit", async () => {
  const audits = serverAudits({ url: `${url}/graphql`, fetchFn: fetch });
  const wrong = [];
  for (const audit of audits) {
    const { status, reason } = await audit.fn();
    if (status !== "ok") wrong.push(`${status} ${audit.id} ${audit.name}: ${reason}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(audits.length >= 61, `${audits.length} audits`);
  return `${audits.length} are ok`;
}]];

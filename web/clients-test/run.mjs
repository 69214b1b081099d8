// Usage: node run.mjs URL FOLDER; scripts/clients-test starts the gateway.

import { writeFileSync } from "node:fs";
import { folder } from "./gateway.mjs";
import { tests as audits } from "./audits.mjs";
import { tests as codegen } from "./codegen.mjs";
import { tests as federation } from "./federation.mjs";
import { tests as mcp } from "./mcp.mjs";
import { tests as openapi } from "./openapi.mjs";
import { tests as relay } from "./relay.mjs";
import { tests as resume } from "./resume.mjs";
import { tests as trusted } from "./trusted.mjs";
import { tests as wx } from "./wx.mjs";

let passed = 0, failed = 0;
for (const [name, test] of [...audits, ...trusted, ...openapi, ...codegen, ...relay, ...federation, ...mcp, ...wx, ...resume]) {
  try {
    const said = await test();
    passed++;
    console.log(`ok - ${name}${said ? `: ${said}` : ""}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${name}: ${error.stack}`);
  }
}
writeFileSync(`${folder}/summary`, `${passed} passed, ${failed} failed\n`);
process.exit(failed ? 1 : 0);

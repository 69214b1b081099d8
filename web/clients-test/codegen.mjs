// graphql-codegen makes types of each app's operations, and TypeScript finds nothing wrong with them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse, printSchema, validate } from "graphql";
import ts from "typescript";
import { folder } from "./gateway.mjs";

const root = new URL("../../", import.meta.url);
const schema = buildSchema(readFileSync(new URL("schema.graphql", root), "utf8"));

async function types(app) {
  const own = new URL(`operations/${app}/`, root);
  const documents = readdirSync(own).filter((name) => name.endsWith(".graphql")).map((name) => ({
    location: name,
    document: parse(readFileSync(new URL(name, own), "utf8")),
  }));
  for (const { location, document } of documents) {
    assert.deepEqual(validate(schema, document).map(String), [], location);
  }
  const filename = `${folder}/${app}.ts`;
  // Fragments of the same name stand in several files, each for itself.
  const config = { skipDocumentsValidation: true, dedupeFragments: true, enumsAsTypes: true };
  let text = await codegen({
    filename, config, documents: [],
    schema: parse(printSchema(schema)),
    plugins: [{ typescript: {} }], pluginMap: { typescript },
  });
  let made = 0;
  for (const one of documents) {
    const part = await codegen({
      filename, config: { ...config, namespacedImportName: "Types" }, documents: [one],
      schema: parse(printSchema(schema)),
      plugins: [{ operations: {} }], pluginMap: { operations },
    });
    writeFileSync(`${folder}/${app}-${one.location}.ts`, `import * as Types from './${app}.js';\n${part}`);
    made++;
  }
  writeFileSync(filename, text);
  return { files: documents.map((one) => `${folder}/${app}-${one.location}.ts`).concat(filename), made };
}

export const tests = ["mobile", "mini-program", "partner"].map((app) => [
  `graphql-codegen: types of the operations of ${app}`,
  async () => {
    const { files, made } = await types(app);
    const options = {
      noEmit: true, strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [],
    };
    const program = ts.createProgram(files, options);
    const wrong = ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"));
    assert.deepEqual(wrong.slice(0, 5), []);
    return `${made} operations`;
  },
]);

import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The gateway serves index.html at / and everything else below /graphiql/.
  base: "/graphiql/",
  plugins: [react()],
  resolve: {
    alias: [
      // Monaco with only the editor features that this page uses.
      {
        find: "monaco-editor/esm/vs/editor/edcore.main.js",
        replacement: local("src/monaco.js"),
      },
      // A small JSON formatter in place of Prettier's JavaScript parser.
      {
        find: /^prettier\/(parser-babel|plugins\/estree)$/,
        replacement: local("src/format-jsonc.js"),
      },
    ],
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    chunkSizeWarningLimit: 4000,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      checks: { moduleLevelDirective: false },
    },
  },
});

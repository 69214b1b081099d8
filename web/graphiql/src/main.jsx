import "graphiql/setup-workers/vite";
// Not graphiql/style.css: that also holds a copy of Monaco's styles, which
// come with Monaco itself, and the Roboto font.
import "@graphiql/react/font/fira-code.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";

import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { ExampleBar } from "./ExampleBar.jsx";
import { initialTabs, loadExamples, parseHeaders, storage } from "./examples.js";
import { createFetcher } from "./fetcher.js";

const examples = await loadExamples();
const tabs = initialTabs(examples);
const [first] = tabs;
const fetcher = createFetcher(parseHeaders(examples[0]?.headers));

createRoot(document.getElementById("root")).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={tabs.length ? tabs : undefined}
    defaultHeaders={examples[0]?.headers}
    initialQuery={first?.query}
    initialVariables={first?.variables}
    initialHeaders={first?.headers}
    showPersistHeadersSettings={false}
  >
    {examples.length > 0 && <ExampleBar examples={examples} />}
  </GraphiQL>,
);

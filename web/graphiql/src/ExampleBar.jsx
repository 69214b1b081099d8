import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";

const pickState = ({
  tabs,
  activeTabIndex,
  queryEditor,
  variableEditor,
  headerEditor,
}) => ({ tabs, activeTabIndex, queryEditor, variableEditor, headerEditor });

// One button for each example: goes to its tab, or opens it again when that
// tab was closed or edited.
export function ExampleBar({ examples }) {
  const { tabs, activeTabIndex, ...editors } = useGraphiQL(pickState);
  const { addTab, changeTab } = useGraphiQLActions();

  function open(example) {
    const index = tabs.findIndex(({ query }) => query === example.query);
    if (index === activeTabIndex) {
      return;
    }
    if (index >= 0) {
      changeTab(index);
      return;
    }
    addTab();
    editors.queryEditor?.setValue(example.query);
    editors.variableEditor?.setValue(example.variables);
    editors.headerEditor?.setValue(example.headers);
  }

  return (
    <nav className="example-bar" aria-label="Examples">
      <strong>milepost</strong>
      <span>Examples:</span>
      {examples.map((example) => (
        <button
          type="button"
          key={example.name}
          aria-current={tabs[activeTabIndex]?.query === example.query}
          onClick={() => open(example)}
        >
          {example.name}
        </button>
      ))}
    </nav>
  );
}

// Two languages. A text is a pair: Chinese, English.

const LANGUAGES = ["zh-CN", "en"];
const KEPT = "milepost-language";

let current = chosen();
const listeners = new Set();

/** The one chosen before, or else the browser's. Storage may be switched off. */
function chosen() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {}
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

/** `zh-CN` or `en`. */
export const language = () => current;

/** Chooses a language, and tells who listens. */
export function choose(next) {
  if (!LANGUAGES.includes(next) || next === current) return;
  current = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {}
  document.documentElement.lang = next;
  for (const listener of listeners) listener(next);
}

/** Calls `listener` when another language is chosen. */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** One of a pair. */
export const either = (pair) => pair[LANGUAGES.indexOf(current)];

/** A function from a key to its text; `{name}` in a text is a value. A key without a text is shown as it is. */
export function texts(table) {
  return (key, values = {}) => {
    const text = Object.hasOwn(table, key) ? either(table[key]) : key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}

document.documentElement.lang = current;

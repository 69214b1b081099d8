// The switch between the two languages.

import { fill, h } from "./dom.js";
import { choose, language, onLanguage } from "./texts.js";

const CHOICES = [
  ["zh-CN", "中", "中文"],
  ["en", "EN", "English"],
];

export function languageToggle() {
  const element = h("div", { class: "toggle", role: "group", "aria-label": "语言 Language" });
  const paint = () =>
    fill(
      element,
      CHOICES.map(([code, short, name]) =>
        h(
          "button",
          {
            type: "button",
            lang: code,
            title: name,
            "aria-label": name,
            "aria-pressed": String(code === language()),
            "data-language": code,
            onclick: () => {
              choose(code);
              element.querySelector(`[data-language="${code}"]`).focus();
            },
          },
          short,
        ),
      ),
    );
  paint();
  onLanguage(paint);
  return element;
}

// Elements without a framework. What came from the gateway is only ever text or an attribute, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Attributes that are null or false are left out; `on…` listens; `style` is an object of properties. */
export function h(tag, attributes, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function s(tag, attributes, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** Puts other children in. Null ones are left out, lists are laid flat. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Sets the text, if it is another: an unchanged node keeps a reader's selection. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  return element;
}

/** The first that fits. */
export const find = (selector, root = document) => root.querySelector(selector);

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

const nodes = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

// Line icons on a grid of 24.

import { s } from "./dom.js";

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  alert: "M12 7v6M12 16.6v.1",
  notice: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5v5M12 16.2v.1",
  dash: "M7 12h10",
  undo: "M8 7L4 11l4 4M4.5 11H14a5 5 0 0 1 0 10h-3",
  close: "M6 6l12 12M18 6L6 18",
  chevron: "M9 6l6 6-6 6",
  bell: "M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 2h-15zM10 21h4",
  leads: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18.5 14.5c1.8.9 2.8 2.7 3 5.5",
  orders: "M4 5h4.5v14H4zM10.8 5h4.5v9h-4.5zM17.5 5H21v6h-3.5z",
  inventory: "M3.5 8L12 3.5 20.5 8v8L12 20.5 3.5 16zM3.5 8l8.5 4.5L20.5 8M12 12.5v8",
  pin: "M12 21s-7-6.2-7-11.5a7 7 0 0 1 14 0C19 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  store: "M4 10v10h16V10M3 10l1.5-6h15L21 10a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0zM10 20v-5h4v5",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-4.4 3.5-6.5 7.5-6.5s6.9 2.1 7.5 6.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2",
  pause: "M9 6v12M15 6v12",
  refresh: "M20 6v5h-5M4 18v-5h5M19 11a7.5 7.5 0 0 0-13.5-3M5 13a7.5 7.5 0 0 0 13.5 3",
  phone: "M6 3.5h3.5l1.5 4.5-2.2 1.7a12 12 0 0 0 5.5 5.5L16 13l4.5 1.5V18a2.5 2.5 0 0 1-2.7 2.5C10.5 20 4 13.5 3.5 6.2A2.5 2.5 0 0 1 6 3.5z",
  car: "M3 15.5v-3l2-1 2-4.5h8l3.5 4.5 2.5.8v3.2h-2M9.5 15.5h5M3 15.5h1.5M7 17.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM16.8 17.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  empty: "M4 13l2.5-8h11L20 13v6H4zM4 13h5l1.5 2.5h3L15 13h5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9L12 16.9l-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z",
};

/** An icon that is only seen; what it means stands beside it or in a label. */
export const icon = (name) =>
  s("svg", { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: PATHS[name] ?? "" }));

/** The brand: a peak with the light behind it. */
export const brand = () =>
  s(
    "svg",
    { class: "brand-mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("path", { d: "M3 25L13.5 7.5 20 18.5", class: "brand-peak" }),
    s("path", { d: "M15.5 25L22 14l7 11", class: "brand-peak" }),
    s("circle", { cx: 22, cy: 7.5, r: 2.6, class: "brand-sun" }),
  );

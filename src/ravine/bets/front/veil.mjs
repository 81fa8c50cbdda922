// What answers a bet waits for it, behind a button, so that nobody has to bet: the next figure, and all tables up
// to the next bet or heading, with the sentences that say what they show.

import { node } from "./inputs.mjs";

const HIDDEN = "rv-veiled", WITHOUT_TABLE = "rv-veiled-tables";
// What goes with a table: the box in which it scrolls, the output that it is part of.
const BOX = ".cell_output, .pst-scrollable-table-container";

/** Part of the page -> how it is veiled. A live figure can be played with, but for its table; a setting needs even that. */
function answering(el, kind) {
  const parts = new Map();
  let open = true;
  for (let next = el.closest(".cell")?.nextElementSibling; next && !next.matches("section, h1, h2, h3, h4, h5, h6"); next = next.nextElementSibling) {
    const all = (selector) => [next, ...next.querySelectorAll("*")].filter((part) => part.matches(selector));
    if (all(".ravine-bet").length) break;
    for (const figure of all(".ravine-live")) {
      open = false;
      // Mounted after the bets: its data say whether there will be a table.
      if (kind !== "setting" && JSON.parse(figure.querySelector("script").textContent).spec.table) parts.set(figure, WITHOUT_TABLE);
    }
    const picture = open && (next.querySelector("figure")?.closest(".cell_output") ?? next.querySelector(".cell_output:has(img)"));
    if (picture) {
      open = false;
      parts.set(picture, HIDDEN);
    }
    for (const table of all("table:not(.ravine-live *, .highlighttable)")) parts.set(table.closest(BOX) ?? table, HIDDEN);
    if (next.matches("p") && [...parts.values()].includes(HIDDEN)) parts.set(next, HIDDEN);
  }
  return parts;
}

/** Hide what answers the bet; returns what shows it again. */
export function veil(el, kind) {
  const parts = answering(el, kind), [first] = parts.keys();
  if (!first) return () => {};
  const seen = parts.get(first) === HIDDEN && first.querySelector("figure, img");
  const button = node("button", { type: "button", class: "rv-unveil" }, `Show the ${seen ? "figure" : parts.get(first) === HIDDEN ? "results" : "table"} without a bet`);
  const show = () => {
    for (const [part, look] of parts) part.classList.remove(look);
    button.remove();
    removeEventListener("hashchange", sought);
  };
  // A link to what is hidden is a wish to see it.
  const sought = () => {
    const place = document.getElementById(location.hash.slice(1))?.closest(`.${HIDDEN}`);
    if (parts.has(place)) show();
  };
  for (const [part, look] of parts) part.classList.add(look);
  // Where the figure can be played with, what waits stands at its end.
  first[parts.get(first) === HIDDEN ? "before" : "after"](button);
  button.addEventListener("click", show);
  addEventListener("hashchange", sought);
  sought();
  return show;
}

// The figure that answers a bet waits for it: behind a button, so that nobody has to bet.

import { node } from "./inputs.mjs";

/** The output of the next cell that shows a picture, within the section of the bet and before any other bet; null for none. */
function answering(el) {
  for (let next = el.closest(".cell")?.nextElementSibling; next && !next.matches("section"); next = next.nextElementSibling) {
    if (next.querySelector(".ravine-bet, .ravine-live")) return null;
    const output = next.querySelector("figure")?.closest(".cell_output") ?? next.querySelector(".cell_output:has(img)");
    if (output) return output;
  }
  return null;
}

/** Hide what answers the bet; returns what shows it again. */
export function veil(el) {
  const output = answering(el);
  if (!output) return () => {};
  const button = node("button", { type: "button", class: "rv-unveil" }, "Show the figure without a bet");
  const show = () => {
    output.classList.remove("rv-veiled");
    button.remove();
    removeEventListener("hashchange", sought);
  };
  // A link to the figure is a wish to see it.
  const sought = () => { if (location.hash.length > 1 && output.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)) show(); };
  output.classList.add("rv-veiled");
  output.before(button);
  button.addEventListener("click", show);
  addEventListener("hashchange", sought);
  sought();
  return show;
}

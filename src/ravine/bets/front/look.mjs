// The look of bets, as a constructed style sheet: such a sheet is allowed where policies forbid inline styles.

import { THEMES } from "../../live/front/colours.mjs";

const names = (theme) => Object.entries(THEMES[theme]).filter(([, c]) => typeof c === "string").map(([name, c]) => `--rv-${name}: ${c};`).join("");
const LOOK = `
.ravine-bet { ${names("light")} }
html[data-theme=dark] .ravine-bet { ${names("dark")} }
.ravine-bet { color: var(--rv-ink); background: var(--rv-ground); }
.ravine-bet :focus-visible { outline: 2px solid var(--rv-blue); outline-offset: 2px; }
.ravine-bet form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin: 0 0 .5rem; }
.ravine-bet [hidden] { display: none !important; }
.ravine-bet fieldset { border: 0; margin: 0; padding: 0; min-width: 0; flex-basis: 100%; }
.ravine-bet fieldset label { display: flex; gap: .5rem; align-items: center; min-height: 30px; padding: .15rem 0; }
.ravine-bet fieldset input { flex: none; width: 18px; height: 18px; margin: 0; accent-color: var(--rv-blue); }
.ravine-bet :is(input[type=text], button) { font: inherit; color: inherit; background: transparent; border: 1px solid var(--rv-muted); border-radius: 6px;
  min-height: 34px; padding: 2px 12px; }
.ravine-bet input[type=text] { width: 8rem; background: var(--rv-ground); color: var(--rv-ink); }
.ravine-bet button:hover { background: var(--rv-line); cursor: pointer; }
.ravine-bet .rv-commit { font-weight: 600; border-color: var(--rv-blue); }
.ravine-bet .rv-field { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center; }
.ravine-bet .rv-stage { flex-basis: 100%; min-width: 0; user-select: none; }
.ravine-bet svg { display: block; max-width: 100%; font: 12px system-ui, sans-serif; }
.ravine-bet .rv-open { touch-action: none; }
.ravine-bet .rv-draw { cursor: crosshair; fill: transparent; }
.ravine-bet .rv-tick { fill: var(--rv-muted); }
.ravine-bet .rv-name { fill: var(--rv-ink); }
.ravine-bet .rv-axis { fill: none; stroke: var(--rv-muted); }
.ravine-bet .rv-grid-line { fill: none; stroke: var(--rv-line); }
.ravine-bet .rv-gap { fill: none; stroke: var(--rv-purple); stroke-width: 3; stroke-dasharray: 3 3; }
.ravine-bet .rv-mine { fill: var(--rv-purple); }
.ravine-bet .rv-mine-line { fill: none; stroke: var(--rv-purple); stroke-width: 2.5; stroke-dasharray: 7 4; }
.ravine-bet .rv-true { fill: var(--rv-black); }
.ravine-bet .rv-true-line { fill: none; stroke: var(--rv-black); stroke-width: 3; }
.ravine-bet :is(.rv-mine-text, .rv-true-text) { fill: var(--rv-ink); font-weight: 600; }
.ravine-bet .rv-prompt { fill: var(--rv-muted); font-size: 14px; }
.ravine-bet .rv-answer p { margin: 0 0 .4rem; }
.ravine-bet .rv-record { color: var(--rv-muted); font-size: .9em; }
.ravine-bet .rv-foot { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.ravine-bet .rv-option-mine { font-weight: 600; }
.ravine-bet .rv-keys { flex-basis: 100%; }
.ravine-bet .rv-keys label { display: grid; grid-template-columns: minmax(6rem, auto) 1fr 4rem; gap: .5rem; align-items: center; min-height: 28px; font-size: .9em; }
.ravine-bet .rv-keys input { min-height: 26px; width: 100%; margin: 0; accent-color: var(--rv-blue); }
.ravine-bet.ravine-mounted > .rv-bet-options { display: none; }
@media not print { .rv-veiled, .rv-veiled-tables :is(table, .rv-readout > .rv-spoken) { display: none !important; } }
.rv-unveil { font: inherit; color: inherit; background: transparent; border: 1px dashed currentcolor; border-radius: 6px; min-height: 34px; padding: 2px 12px; margin: .5rem 0 1rem; }
@media (prefers-reduced-motion: no-preference) {
  .ravine-bet .rv-true-line { stroke-dasharray: 1; animation: rv-draw 1.2s ease-out; }
  @keyframes rv-draw { from { stroke-dashoffset: 1; } to { stroke-dashoffset: 0; } }
}
@media print { .rv-unveil { display: none; } }
@media print { .ravine-bet :is(form, .rv-answer, .rv-foot) { display: none; } .ravine-bet.ravine-mounted > .rv-bet-options { display: block; } }
`;

/** Dress the page, once. */
export function dressBets() {
  if (document.ravineBets) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.ravineBets = true;
}

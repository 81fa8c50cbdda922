// The look of a figure, as a constructed style sheet.

import { THEMES } from "./colours.mjs";

const STYLE = `
.ravine { container-type: inline-size; color: var(--rv-ink); background: var(--rv-ground); border: 1px solid var(--rv-line);
  border-radius: 8px; padding: .75rem; margin: 1rem 0; font: 14px/1.45 system-ui, sans-serif; text-align: left; }
.ravine, .ravine * { box-sizing: border-box; }
.ravine :focus-visible { outline: 2px solid var(--rv-blue); outline-offset: 2px; }
.rv-grid { display: grid; gap: .6rem 1.25rem; grid-template-columns: minmax(0, 1fr); }
.rv-first, .rv-rest, .rv-side { min-width: 0; display: flex; flex-direction: column; gap: .6rem; }
@container (min-width: 600px) {
  .rv-beside { grid-template: auto 1fr / minmax(0, 1.3fr) minmax(0, 1fr); }
  .rv-beside > .rv-side { grid-area: 1 / 2 / 3 / 3; }
  .rv-below > .rv-rest { order: -1; }
  .rv-below > .rv-first { order: -2; }
  .rv-below > .rv-side { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem 1.5rem; align-items: start; }
  .rv-readout { grid-column: 1 / -1; }
}
.rv-row { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(150px, 45%), 1fr)); }
.rv-pair { grid-template-columns: repeat(auto-fit, minmax(min(270px, 100%), 1fr)); }
.rv-row .rv-legend { padding-left: 0; }
.rv-row:not(.rv-pair):has(> .rv-lines) { grid-template-columns: 1fr 1fr; }
.rv-row:not(.rv-pair) > .rv-lines { grid-column: 1 / -1; }
.rv-row > .rv-lines .rv-legend { padding-left: 50px; }
.rv-question { font-size: 17px; font-weight: 650; margin-bottom: .4rem; }
.rv-title { font-weight: 600; }
.rv-title a { color: var(--rv-blue); text-decoration: underline; text-underline-offset: .15em; }
.ravine :empty:is(.rv-title, .rv-legend, .rv-ticks, .rv-rest, .rv-buttons) { display: none; }
.rv-stage { position: relative; }
.rv-stage canvas { display: block; width: 100%; }
.rv-stage canvas:not(:last-child) { cursor: crosshair; }
.rv-legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding-left: 50px; font-size: 13px; }
.rv-key { display: inline-block; width: 18px; height: 0; border-top: 3px solid var(--rv-c); margin-right: 6px; vertical-align: middle; }
.rv-key.rv-dashed { border-top-style: dashed; border-top-width: 2px; }
.rv-key:is(.rv-points, .rv-bars) { width: 9px; height: 9px; border: 0; background: var(--rv-c); }
.rv-key.rv-points { border-radius: 50%; }
.rv-key.rv-pit { width: 11px; height: 11px; border: 0; color: var(--rv-ink); line-height: 11px; font: 700 14px/11px system-ui; }
.rv-key.rv-pit::before { content: "×"; }
.rv-key.rv-star { width: 13px; height: 13px; border: 0; color: var(--rv-c); font: 15px/13px system-ui; }
.rv-key.rv-star::before { content: "★"; }
.rv-key.rv-marker { position: relative; }
.rv-key.rv-marker::after { content: ""; position: absolute; left: 5px; top: -6px; width: 8px; height: 8px; background: var(--rv-c); }
.rv-marker.rv-circle::after { border-radius: 50%; }
.rv-marker.rv-triangle::after { clip-path: polygon(50% 0, 100% 100%, 0 100%); left: 4px; width: 10px; }
.rv-marker.rv-diamond::after { transform: rotate(45deg); }
.rv-scale { display: block; width: 100%; margin-top: 2px; }
.rv-handle { position: absolute; left: -16px; top: -16px; width: 32px; height: 32px; touch-action: none; cursor: grab; border-radius: 50%; }
.rv-handle::before { content: ""; position: absolute; inset: 7px; border-radius: 50%; background: var(--rv-ground);
  border: 4px solid var(--rv-c); box-shadow: 0 1px 4px rgb(0 0 0 / .45); }
.rv-handle.rv-handle:focus-visible { outline-offset: -5px; }
.rv-slider { display: grid; grid-template-columns: 1fr auto; column-gap: .75rem; }
.ravine input { margin: 0; accent-color: var(--rv-blue); }
.rv-slider input { grid-column: 1 / -1; width: 100%; min-height: 26px; }
.rv-ticks { grid-column: 1 / -1; position: relative; height: calc(1.2em + 4px); font-size: 12px; color: var(--rv-muted); }
.rv-ticks span { position: absolute; top: 4px; white-space: nowrap; transform: translateX(calc(-1 * var(--at))); }
.rv-ticks span::before { content: ""; position: absolute; top: -4px; left: var(--at); width: 1px; height: 5px; background: var(--rv-muted); }
.rv-stripped :is(input, .rv-ticks), .rv-strips canvas { margin-left: 60px; width: calc(100% - 60px); }
.rv-stripped .rv-ticks { margin-left: 60px; }
.rv-strips { display: grid; gap: 3px; }
.rv-strips div { position: relative; }
.rv-strips canvas { display: block; height: 12px; padding: 0 6px; background: var(--rv-line); image-rendering: pixelated; }
.rv-strips span { position: absolute; left: 0; font-size: 12px; line-height: 12px; color: var(--rv-muted); }
.rv-toggle, .rv-select { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; min-height: 28px; }
.ravine .rv-toggle { flex-wrap: nowrap; }
.rv-toggle input { flex: none; width: 18px; height: 18px; }
.rv-select { justify-content: space-between; }
.ravine :is(select, button) { font: inherit; color: inherit; background: transparent; border: 1px solid var(--rv-muted);
  border-radius: 6px; min-height: 32px; padding: 2px 12px; }
.ravine option { color: #222; background: #fff; }
.ravine button:hover { background: var(--rv-line); cursor: pointer; }
.rv-buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
.rv-noted { flex: 1 0 100%; display: flex; align-items: center; gap: .6rem; line-height: 1.25; }
.rv-noted button { flex: 0 0 8em; }
.ravine .rv-preset[aria-pressed=true] { color: var(--rv-ground); background: var(--rv-blue); border-color: var(--rv-blue); }
.rv-player { display: flex; align-items: center; gap: .4rem; }
.rv-player input { flex: 1; min-width: 60px; min-height: 26px; }
.ravine .rv-player button { min-width: 32px; padding: 2px 6px; line-height: 1; }
.ravine .rv-player :disabled { opacity: .5; }
.rv-step { font-variant-numeric: tabular-nums; min-width: 4.5em; text-align: right; white-space: nowrap; }
.rv-more > :not(summary) { margin-top: .5rem; }
.rv-more summary { min-height: 28px; line-height: 28px; cursor: pointer; color: var(--rv-muted); }
.rv-sketch { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .6rem; padding-left: 50px; min-height: 34px; }
.ravine [hidden] { display: none; }
.rv-open { touch-action: none; cursor: crosshair; }
.rv-pen { position: absolute; left: -12px; top: -12px; width: 24px; height: 24px; pointer-events: none; }
.rv-pen::before { content: ""; position: absolute; inset: 7px; border-radius: 50%; background: var(--rv-muted); }
.rv-goal { margin: 0; padding: .3rem .6rem; border-left: 3px solid var(--rv-muted); }
.rv-goal.rv-reached { border-color: var(--rv-green); font-weight: 600; }
.rv-readout p { margin: 0 0 .35rem; }
.ravine table { border-collapse: collapse; width: 100%; margin: 0; font: inherit; font-variant-numeric: tabular-nums; }
.ravine :is(th, td) { text-align: left; padding: 3px 8px 3px 0; border: 0; font-weight: 400; background: none; color: inherit; }
.ravine tbody tr { border-top: 1px solid var(--rv-line); background: none; }
.ravine tbody th { color: var(--rv-muted); font-size: 13px; }
.ravine thead th { font-weight: 600; vertical-align: bottom; }
.ravine thead .rv-key { display: block; margin-bottom: 5px; width: 26px; }
@container (max-width: 420px) { .ravine :is(th, td) { font-size: 12px; padding-right: 4px; } }
.rv-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.ravine-mounted > .ravine-static { display: none; }
@media print { .ravine-mounted > .ravine-static { display: block; } .ravine-mounted > .ravine { display: none; } }
`;

/** Dress the page (or shadow tree) of el: such a sheet is allowed where policies forbid inline styles. */
export function dress(el) {
  const place = el.getRootNode() instanceof ShadowRoot ? el.getRootNode() : document;
  if (place.ravine) return;
  const sheet = new CSSStyleSheet();
  const colours = Object.keys(THEMES.light).map((name) => `.ravine [data-colour=${name}] { --rv-c: var(--rv-${name}); }`);
  sheet.replaceSync(STYLE + colours.join(""));
  place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
  place.ravine = true;
}

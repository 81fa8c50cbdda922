// The live figure: what a figure shows is data (`spec`, written by explorer.py). Notebooks load this module,
// bundled with those it imports, through anywidget; the static page through host.js.

import { currentTheme, THEMES } from "./colours.mjs";
import { CONTROLS, element, Readout } from "./controls.mjs";
import { Field } from "./field.mjs";
import { Lines } from "./lines.mjs";
import { Plane } from "./plane.mjs";
import { compiler } from "./providers.mjs";
import { dress } from "./style.mjs";

const VIEWS = { field: Field, lines: Lines, plane: Plane };

class Figure {
  constructor(model, el, module) {
    const spec = model.get("spec");
    Object.assign(this, { model, spec, values: { ...model.get("values") }, cursor: null, pending: 0 });
    this.compute = compiler(spec, module, model);
    this.panels = spec.views.map((view) => new VIEWS[view.kind](view, this));
    this.controls = spec.controls.map((c) => CONTROLS[c.kind](c, this));
    this.readout = new Readout(spec);
    const reset = element("button", { type: "button" }, "Reset");
    reset.addEventListener("click", () => this.set(spec.defaults));
    const pick = (things, kind, yes) => things.filter(({ node }) => node.matches(kind) === yes).map(({ node }) => node);
    const [first, ...rest] = pick(this.panels, ".rv-plane", false);
    const side = element("div", { class: "rv-side" }, ...pick(this.panels, ".rv-plane", true), ...pick(this.controls, "button", false),
      element("div", { class: "rv-buttons" }, ...pick(this.controls, "button", true), reset), this.readout.node);
    this.root = element("div", { class: "ravine", role: "group", "aria-label": spec.label },
      element("div", { class: `rv-grid rv-${spec.layout}` }, element("div", { class: "rv-first" }, first), side,
        element("div", { class: "rv-rest" }, ...rest)));
    // A wide table needs the whole width.
    if (spec.table?.columns.length > 2) this.root.firstChild.append(this.readout.node);
    // JupyterLab would take the arrow keys for its own.
    for (const node of this.root.querySelectorAll("input, select, .rv-handle")) node.setAttribute("data-lm-suppress-shortcuts", "");
    el.append(this.root);
    this.link();
    this.watch(model);
  }

  /** Redraw on every change from outside: other views, Python, size, theme. */
  watch(model) {
    const schedule = () => this.schedule();
    const outside = () => { this.values = { ...model.get("values") }; schedule(); };
    model.on("change:values", outside);
    model.on("change:outputs", schedule);
    const size = new ResizeObserver(schedule), theme = new MutationObserver(schedule);
    size.observe(this.root);
    for (const node of [document.documentElement, document.body]) {
      theme.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
    }
    this.dispose = () => {
      model.off("change:values", outside);
      model.off("change:outputs", schedule);
      size.disconnect();
      theme.disconnect();
      cancelAnimationFrame(this.pending);
    };
  }

  /** Pointing at a step in one view marks it in all. */
  link() {
    for (const panel of this.panels.filter((p) => p.view.cursor)) {
      const point = (event) => {
        const x = panel.x?.at(event.clientX - panel.canvas.getBoundingClientRect().left);
        this.cursor = event.type === "pointerleave" ? null : Math.max(0, Math.round(x));
        this.schedule(false);
      };
      for (const type of ["pointermove", "pointerdown", "pointerleave"]) panel.canvas.addEventListener(type, point);
    }
  }

  set(change) {
    this.values = { ...this.values, ...change };
    this.model.set("values", this.values);
    this.model.save_changes();
    this.schedule();
  }

  schedule(stale = true) {
    this.stale ||= stale;
    this.pending ||= requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    if (!this.root.isConnected || !this.root.clientWidth) return;
    const began = performance.now(), theme = THEMES[currentTheme()];
    if (this.theme !== theme) {
      for (const name in theme) this.root.style.setProperty(`--rv-${name}`, theme[name]);
      Object.assign(this, { theme, font: getComputedStyle(this.root).fontFamily });
    }
    const isNew = this.stale || !this.outputs;
    if (isNew) this.outputs = this.compute(this.values);
    this.stale = false;
    for (const panel of this.panels) {
      panel.draw(this.outputs, theme);
      panel.handle?.draw(this.outputs);
    }
    for (const control of this.controls) control.update(this.values);
    this.readout.update(this.outputs);
    this.root.dataset.ms = (performance.now() - began).toFixed(1);
    // What stands elsewhere on the page, such as an exercise, may listen.
    if (isNew) this.root.dispatchEvent(new CustomEvent("ravine:values", { bubbles: true, detail: { values: this.values, outputs: this.outputs } }));
  }
}

/** Import the text of a module: policies that forbid to evaluate text allow this. */
async function load(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** As anywidget asks: draw the model into el, return what undoes it. `module` comes from host.js, if at all. */
async function render({ model, el, module }) {
  const text = model.get("spec").module;
  const figure = new Figure(model, el, module ?? (text ? await load(text) : null));
  dress(el);
  figure.draw();
  figure.schedule();
  return () => figure.dispose();
}

export default { render };

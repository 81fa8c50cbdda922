// The live figure: what a figure shows is data (`spec`, written by explorer.py). Notebooks load this module,
// bundled with those it imports, through anywidget; the static page through host.js.

import { linkAddress } from "./address.mjs";
import { currentTheme, THEMES } from "./colours.mjs";
import { CONTROLS, element, Readout } from "./controls.mjs";
import { Field } from "./field.mjs";
import { GoalLine } from "./goals.mjs";
import { Lines } from "./lines.mjs";
import { Plane } from "./plane.mjs";
import { Player } from "./player.mjs";
import { compiler } from "./providers.mjs";
import { dress } from "./style.mjs";

const VIEWS = { field: Field, lines: Lines, plane: Plane };
// What is held while an axis stays as it is.
const DRAGGED = "input[type=range], .rv-handle, canvas";

class Figure {
  constructor(model, el, module, id, onSite) {
    const spec = model.get("spec");
    Object.assign(this, { model, el, spec, id, onSite, waits: Object.keys(spec.later).length > 0, values: { ...model.get("values") }, pending: 0, hover: null, step: null });
    this.compute = compiler(spec, module, model);
    this.panels = spec.views.map((view) => new VIEWS[view.kind](view, this));
    this.controls = spec.controls.map((c) => ({ ...CONTROLS[c.kind](c, this), more: c.more }));
    this.readout = new Readout(spec);
    this.player = spec.views.some((view) => view.cursor) ? new Player(this) : null;
    this.goal = spec.goal && new GoalLine(spec.goal, this);
    this.presets = spec.presets.map((preset) => this.preset(preset));
    this.root = element("div", { class: "ravine", role: "group", "aria-label": spec.label }, this.arrange());
    if (spec.title) this.root.prepend(element("div", { class: "rv-question" }, spec.title));
    // A wide table needs the whole width.
    if (spec.table?.columns.length > 2) this.root.lastChild.append(this.readout.node);
    // JupyterLab would take the arrow keys for its own.
    for (const node of this.root.querySelectorAll("input, select, .rv-handle")) node.setAttribute("data-lm-suppress-shortcuts", "");
    el.append(this.root);
    this.point();
    this.watch(model);
  }

  /** The panels, the controls and the readout in their places. */
  arrange() {
    const { panels, controls, spec } = this, nodes = (things) => things.map(({ node }) => node);
    const pick = (more, buttons) => nodes(controls.filter((c) => c.more === more && c.node.matches("button") === buttons));
    const [planes, others] = [true, false].map((yes) => nodes(panels.filter(({ node }) => node.matches(".rv-plane") === yes)));
    const [first, ...rest] = others, reset = element("button", { type: "button" }, "Reset");
    reset.addEventListener("click", () => {
      this.player?.pause();
      this.step = null;
      for (const { sketch } of panels) sketch?.clear();
      this.set(spec.defaults);
    });
    const more = [...pick(true, false), ...pick(true, true)];
    this.more = element("details", { class: "rv-more" }, element("summary", {}, "More"), ...more);
    const presets = element("div", { class: "rv-buttons" }, ...nodes(this.presets)), player = this.player ? [this.player.node] : [];
    const buttons = element("div", { class: "rv-buttons" }, ...pick(false, true), reset);
    const last = [...(more.length ? [this.more] : []), buttons, ...(this.goal ? [this.goal.node] : [])];
    if (spec.layout === "row") {
      // Small maps, and at once below what turns them: a phone shows both. Of a pair, one view holds the knob.
      const turns = [...planes, ...pick(false, false)], pair = others.length === 2 && !spec.views.every(({ bare }) => bare), said = this.readout.node;
      // A first view with axes is what small maps are held against: all that is pressed stands right below it.
      if (others.length > 2 && !spec.views[0].bare) {
        return element("div", { class: "rv-side" }, first, ...turns, presets, ...player, said, buttons, element("div", { class: "rv-row" }, ...rest), ...last.filter((node) => node !== buttons));
      }
      return element("div", { class: "rv-side" }, element("div", { class: pair ? "rv-row rv-pair" : "rv-row" }, ...others),
        ...(pair ? [presets, said, ...turns, ...player] : [...turns, presets, ...player, said]), ...last);
    }
    const side = element("div", { class: "rv-side" }, presets, ...planes, ...pick(false, false), ...last, this.readout.node);
    return element("div", { class: `rv-grid rv-${spec.layout}` },
      element("div", { class: "rv-first" }, first, ...player), side, element("div", { class: "rv-rest" }, ...rest));
  }

  /** A named state: one button, pressed as long as the figure is in it. One that keeps the rest takes its own back when pressed again. */
  preset({ label, values, keep, note }) {
    const { defaults } = this.spec, node = element("button", { type: "button", class: "rv-preset" }, label), all = keep ? values : { ...defaults, ...values };
    const holds = (now) => Object.keys(all).every((name) => all[name] === now[name]);
    node.addEventListener("click", () => {
      const back = keep && holds(this.values);
      this.step = null;
      this.set(back ? Object.fromEntries(Object.keys(all).map((name) => [name, defaults[name]])) : all);
      this.player?.play(true);
    });
    if (note) node.setAttribute("aria-description", note);
    const row = note ? element("div", { class: "rv-noted" }, node, element("span", { "aria-hidden": "true" }, note)) : node;
    return { node: row, update: (now) => node.setAttribute("aria-pressed", holds(now)) };
  }

  /** Redraw on every change from outside: other views, Python, size, theme. */
  watch(model) {
    const schedule = () => this.schedule();
    const outside = () => { this.values = { ...model.get("values") }; schedule(); };
    model.on("change:values", outside);
    model.on("change:outputs", schedule);
    const redraw = () => this.schedule(false), size = new ResizeObserver(redraw), theme = new MutationObserver(redraw);
    size.observe(this.root);
    for (const node of [document.documentElement, document.body]) {
      theme.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
    }
    // Axes stay while something is dragged.
    const grab = (event) => { this.dragging = event.target.matches(DRAGGED); };
    const release = () => { if (this.dragging) { this.dragging = false; this.schedule(false); } };
    this.root.addEventListener("pointerdown", grab);
    for (const type of ["pointerup", "pointercancel"]) addEventListener(type, release, true);
    this.dispose = () => {
      model.off("change:values", outside);
      model.off("change:outputs", schedule);
      size.disconnect();
      theme.disconnect();
      for (const type of ["pointerup", "pointercancel"]) removeEventListener(type, release, true);
      cancelAnimationFrame(this.pending);
      this.player?.dispose();
      this.unlink?.();
    };
  }

  /** Pointing at a step in one view marks it in all; a click keeps it. */
  point() {
    if (!this.player) return;
    for (const panel of this.panels.filter((p) => p.stepAt)) {
      const at = (event) => {
        const box = panel.canvas.getBoundingClientRect();
        return panel.x ? panel.stepAt(event.clientX - box.left, event.clientY - box.top) : null;
      };
      const point = (event) => {
        const hover = event.type === "pointerleave" ? null : at(event);
        if (hover !== this.hover) { this.hover = hover; this.schedule(false); }
      };
      for (const type of ["pointermove", "pointerdown", "pointerleave"]) panel.canvas.addEventListener(type, point);
      // Where there is a knob, a click moves it.
      if (!panel.handle) panel.canvas.addEventListener("click", (event) => { const step = at(event); if (step !== null) this.player.go(step); });
    }
  }

  /** The step that all views mark: the one pointed at, or the one kept; null for none. */
  get cursor() {
    return this.hover ?? this.step;
  }

  /** Keep a step. A pointer that rests on a view, or a finger that was lifted there, does not hold another one. */
  seek(step) {
    Object.assign(this, { step, hover: null });
    this.changed?.();
    this.schedule(false);
  }

  set(change) {
    // Another run is not played from the middle, and what waits for its step would never be heard of a run
    // that is dragged.
    this.player?.pause();
    if (this.waits) this.step = null;
    this.values = { ...this.values, ...change };
    this.model.set("values", this.values);
    this.model.save_changes();
    this.changed?.();
    this.schedule();
  }

  /** Take up a state from the address. */
  restore({ values, step }) {
    this.player?.pause();
    this.set(values);
    this.step = this.player && step;
    this.more.open ||= this.spec.controls.some(({ name, more }) => more && values[name] !== this.spec.defaults[name]);
  }

  schedule(stale = true) {
    this.stale ||= stale;
    this.pending ||= requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    if (!this.root.isConnected || !this.root.clientWidth) return;
    const began = performance.now(), theme = THEMES[currentTheme()], fresh = this.stale || !this.outputs;
    if (this.theme !== theme) {
      for (const name in theme) this.root.style.setProperty(`--rv-${name}`, theme[name]);
      Object.assign(this, { theme, font: getComputedStyle(this.root).fontFamily });
    }
    if (fresh) this.outputs = this.compute(this.values);
    this.stale = false;
    this.player?.update();
    const told = this.soFar(fresh);
    for (const panel of this.panels) {
      panel.draw(this.said, theme);
      panel.handle?.draw(this.said);
    }
    for (const control of [...this.controls, ...this.presets]) control.update(this.values, fresh);
    if (told) this.readout.update(this.said);
    this.root.dataset.ms = (performance.now() - began).toFixed(1);
    if (!fresh) return;
    this.tell();
    this.goal?.update(this.outputs);
  }

  /** What may be said at the step that is kept: outputs that wait for a later one have their place taken. Whether that changed. */
  soFar(fresh) {
    const { outputs, step, spec: { later } } = this;
    const open = step === null ? [] : Object.keys(later).filter((name) => step < outputs[later[name][0]]), changed = fresh || String(open) !== this.open;
    this.open = String(open);
    // The rest is looked up in the outputs themselves.
    if (changed) this.said = open.length ? Object.assign(Object.create(outputs), Object.fromEntries(open.map((name) => [name, later[name][1]]))) : outputs;
    return changed;
  }

  /** Tell the page about the present state. */
  tell() {
    const outputs = Object.fromEntries(Object.entries(this.outputs).filter(([, x]) => x === null || typeof x !== "object" && typeof x !== "function"));
    this.send("values", { values: { ...this.values }, outputs });
  }

  /** A DOM event `ravine:<name>` that rises from the figure. */
  send(name, detail) {
    this.el.dispatchEvent(new CustomEvent(`ravine:${name}`, { bubbles: true, composed: true, detail: { id: this.id, ...detail } }));
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

/** As anywidget asks: draw the model into el, return what undoes it. `module` and `id` come from host.js, if at all. */
async function render({ model, el, module, id }) {
  const { module: text, name } = model.get("spec");
  const figure = new Figure(model, el, module ?? (text ? await load(text) : null), id ?? name, Boolean(id));
  dress(el);
  // In a notebook the address is not the figure's.
  if (id) figure.unlink = linkAddress(figure);
  figure.draw();
  figure.schedule();
  return () => figure.dispose();
}

export default { render };

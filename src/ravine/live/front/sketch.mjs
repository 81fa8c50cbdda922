// A curve that the reader draws before the figure draws it: by mouse, finger or keys.

import { element } from "./controls.mjs";
import { clamp, format, list } from "./numbers.mjs";

// Samples of a drawn curve, evenly over the axis; pixels that a key moves one.
const SAMPLES = 41, NUDGE = 4, PUSH = 24;

export class Sketch {
  constructor(panel) {
    Object.assign(this, { panel, figure: panel.figure, name: panel.view.sketch });
    const button = (text, act) => {
      const node = element("button", { type: "button" }, text);
      node.addEventListener("click", act);
      return node;
    };
    this.show = button("Show the curve", () => { this.shown = true; this.tell(); this.figure.schedule(false); });
    this.again = button("Draw again", () => { this.clear(); this.tell(); });
    this.text = element("span", { role: "status" });
    this.pen = element("div", { class: "rv-pen", role: "slider", tabindex: 0, "aria-label": "your curve", "data-lm-suppress-shortcuts": "" });
    this.pen.addEventListener("keydown", (event) => this.key(event));
    panel.stage.append(this.pen);
    panel.stage.after(element("div", { class: "rv-sketch" }, this.text, this.show, this.again));
    this.clear();
    const at = (event) => {
      const box = panel.canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    panel.canvas.addEventListener("pointerdown", (event) => {
      if (this.shown || event.button) return;
      panel.canvas.setPointerCapture(event.pointerId);
      this.before = null;
      this.stroke(...at(event));
    });
    panel.canvas.addEventListener("pointermove", (event) => {
      if (this.before) for (const part of event.getCoalescedEvents?.() ?? [event]) this.stroke(...at(part));
    });
    for (const type of ["pointerup", "pointercancel"]) panel.canvas.addEventListener(type, () => {
      if (this.before) this.tell();
      this.before = null;
    });
  }

  clear() {
    Object.assign(this, { shown: false, x: Array(SAMPLES).fill(null), y: Array(SAMPLES).fill(null), at: 0, before: null });
    this.figure.schedule(false);
  }

  get done() {
    return this.y.every((y) => y !== null);
  }

  /** The pixel of a sample. */
  px(i) {
    const { left, right } = this.panel;
    return left + (i / (SAMPLES - 1)) * (right - left);
  }

  put(i, py) {
    const { panel } = this;
    this.x[i] = panel.x.at(this.px(i));
    this.y[i] = panel.y.at(clamp(py, panel.top, panel.bottom));
    this.at = i;
  }

  /** On to a pixel: every sample passed on the way gets its height. */
  stroke(px, py) {
    const { left, right } = this.panel, place = (x) => ((x - left) / (right - left)) * (SAMPLES - 1);
    const [a, b] = [this.before ? place(this.before[0]) : place(px), place(px)];
    const from = clamp(Math.round(Math.min(a, b)), 0, SAMPLES - 1), to = clamp(Math.round(Math.max(a, b)), 0, SAMPLES - 1);
    for (let i = from; i <= to; i++) {
      const share = this.before && a !== b ? clamp((i - a) / (b - a), 0, 1) : 1;
      this.put(i, this.before ? this.before[1] + share * (py - this.before[1]) : py);
    }
    this.before = [px, py];
    this.figure.schedule(false);
  }

  key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (this.shown || (!dx && !dy)) return;
    event.preventDefault();
    const { panel, at } = this, here = this.y[at] === null ? (panel.top + panel.bottom) / 2 : panel.y.px(this.y[at]);
    if (this.y[at] === null) this.put(at, here);
    const next = clamp(at + dx, 0, SAMPLES - 1);
    // The line goes on as high as it is, or along what is drawn already.
    if (dx && this.y[next] === null) this.put(next, here);
    this.at = next;
    if (dy) this.put(at, here + dy * (event.shiftKey ? PUSH : NUDGE));
    this.tell();
    this.figure.schedule(false);
  }

  /** The true curve at the samples: straight between its points. */
  truth() {
    const { series } = this.panel.view, { x } = series.find((s) => s.y === this.name), { outputs } = this.figure;
    const xs = list(outputs[x]), ys = list(outputs[this.name]);
    return this.x.map((at) => {
      const i = xs.findIndex((right, k) => k > 0 && xs[k - 1] <= at && at <= right);
      if (at === null || i < 0) return null;
      const y = ys[i - 1] + ((at - xs[i - 1]) / (xs[i] - xs[i - 1] || 1)) * (ys[i] - ys[i - 1]);
      return Number.isFinite(y) ? y : null;
    });
  }

  tell() {
    const { x, y, done, shown, name } = this;
    this.figure.send("sketch", { view: this.panel.view.label, series: name, x: [...x], y: [...y], done, shown, truth: shown ? this.truth() : null });
  }

  draw(theme) {
    const { panel, shown, done, at } = this, { view } = panel, empty = this.y.every((y) => y === null);
    const text = shown ? (empty ? "" : "Thin and grey: your curve.") : done ? "Now look." : empty ? "Draw the curve that you expect." : "Go on to both ends.";
    if (this.text.textContent !== text) this.text.textContent = text;
    this.show.hidden = shown;
    this.again.hidden = empty && !shown;
    panel.canvas.classList.toggle("rv-open", !shown);
    this.pen.hidden = shown;
    const ys = this.y.map((y) => y ?? NaN), xs = this.x.map((x) => x ?? NaN);
    panel.inside(() => {
      panel.pen({ strokeStyle: theme.muted, lineWidth: shown ? 2 : 3.5, lineCap: "round" });
      const alone = panel.trace(xs, ys);
      panel.ctx.stroke();
      for (const spot of alone) panel.dot(...spot, 2.5, theme.muted, null);
    });
    const py = this.y[at] === null ? (panel.top + panel.bottom) / 2 : panel.y.px(this.y[at]);
    this.pen.style.transform = `translate(${this.px(at)}px, ${py}px)`;
    const x = panel.x.at(this.px(at)), y = this.y[at];
    const attributes = { "aria-valuemin": panel.y.low, "aria-valuemax": panel.y.high, "aria-valuenow": y ?? panel.y.at(py),
      "aria-valuetext": `${view.x.label} ${format(x)}, ${view.y.label} ${y === null ? "not drawn yet" : format(y)}` };
    for (const name in attributes) this.pen.setAttribute(name, attributes[name]);
  }
}

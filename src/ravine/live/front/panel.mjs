// A canvas with axes: what the three views share.

import { element, Handle } from "./controls.mjs";
import { clamp, fill, finite, format, resolve, superscript } from "./numbers.mjs";

/** A mapping from [low, high] to pixels [from, to], linear or logarithmic. */
export function scale(low, high, from, to, log) {
  const f = log ? Math.log10 : (x) => x, g = log ? (y) => 10 ** y : (y) => y;
  const a = f(low), b = f(high);
  return { low, high, log, from, to,
    px: (x) => clamp(from + ((f(x) - a) / (b - a)) * (to - from), -1e4, 1e4),
    at: (p) => g(clamp(a + ((p - from) / (to - from)) * (b - a), Math.min(a, b), Math.max(a, b))) };
}

/** Positions and labels of ticks, some `gap` pixels apart. */
export function ticks({ low, high, log, from, to }, gap) {
  const room = Math.max(2, Math.floor(Math.abs(to - from) / gap)), list = [];
  if (log && high / low >= 50) {
    const a = Math.ceil(Math.log10(low) - 1e-9), b = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((b - a) / room));
    for (let k = Math.ceil(a / step) * step; k <= b; k += step) {
      list.push([10 ** k, Math.abs(k) <= 2 ? String(10 ** k) : `10${superscript(k)}`]);
    }
    return list;
  }
  const rough = (high - low) / room, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough * 0.999);
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    list.push([k * step, format(Number((k * step).toPrecision(6)), ".6g")]);
  }
  return list;
}

/** Least and greatest of the finite entries (positive ones on a log axis). */
export function extent(arrays, log) {
  let low = Infinity, high = -Infinity;
  for (const array of arrays) {
    for (const x of array) {
      if (!finite(x) || (log && x <= 0)) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  return low <= high ? [low, high] : log ? [0.1, 10] : [0, 1];
}

/** Limits of an axis: as given, or those of the data with a margin. */
export function limits({ low, high, log, tight }, arrays, outputs) {
  let [least, most] = extent(arrays, log);
  const pad = tight ? 0 : 0.05 * (most - least);
  [least, most] = log ? [Math.max(least, most * 1e-18) / 1.3, most * 1.3] : [least - pad, most + pad];
  const [a, b] = [resolve(low, outputs) ?? least, resolve(high, outputs) ?? most];
  return b > a ? [a, b] : log ? [a / 2, a * 2] : [a - 0.5, a + 0.5];
}

// Shapes of as much area as the circle of radius 1, y downwards.
const CORNERS = { square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], triangle: [[0, -1.5], [1.3, 0.8], [-1.3, 0.8]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] };

/** A canvas of the figure: draws its frame, and hands out pixel scales. */
export class Panel {
  constructor(view, figure) {
    this.view = view;
    this.figure = figure;
    this.cache = {};
    this.canvas = element("canvas", { role: "img", "aria-label": view.label });
    this.stage = element("div", { class: "rv-stage" }, this.canvas);
    this.legend = element("div", { class: "rv-legend", "aria-hidden": "true" });
    // Only a page of the site has others beside it.
    const title = view.link && figure.onSite ? element("a", { href: view.link }, view.title) : view.title;
    this.node = element("section", { class: `rv-${view.kind}` },
      element("div", { class: "rv-title" }, title), this.stage, this.legend);
    this.handle = view.handle ? new Handle(this) : null;
  }

  /** Limits of an axis, kept while something is dragged. */
  steady(name, fresh) {
    this.kept ??= {};
    if (!this.figure.dragging || !this.kept[name]) this.kept[name] = fresh;
    return this.kept[name];
  }

  /** Open the canvas at the size of its box and draw axes for these limits. */
  frame([xLow, xHigh], [yLow, yHigh], theme, grid) {
    const { canvas, view, stage } = this, { x, y } = view, sharp = devicePixelRatio;
    const ctx = canvas.getContext("2d"), width = stage.clientWidth, bare = view.bare;
    const right = bare ? width - 1 : width - 10 - (this.margin?.(width, ctx) ?? 0), top = bare ? 1 : 8;
    const shape = view.equal ? clamp((yHigh - yLow) / (xHigh - xLow), 0.4, 1.2) : view.shape;
    // Room for the longest number beside the name of the axis.
    ctx.font = `12px ${this.figure.font}`;
    const numbers = ticks(scale(yLow, yHigh, shape * width, top, y.log), 28).map(([, text]) => ctx.measureText(text).width);
    const left = bare ? 1 : Math.max(50, 29 + Math.max(...numbers));
    const bottom = top + Math.round(((bare ? right : width - 10) - left) * shape), height = bottom + (bare ? 1 : 38), size = [width, height].map((n) => Math.round(n * sharp));
    if (canvas.width !== size[0] || canvas.height !== size[1]) {
      [canvas.width, canvas.height] = size;
      canvas.style.height = stage.style.height = `${height}px`;
    }
    ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
    ctx.clearRect(0, 0, width, height);
    Object.assign(this, { ctx, left, right, top, bottom, theme,
      x: scale(xLow, xHigh, left, right, x.log), y: scale(yLow, yHigh, bottom, top, y.log) });
    const xs = ticks(this.x, 52), ys = ticks(this.y, 28);
    if (grid) {
      this.pen({ strokeStyle: theme.line, globalAlpha: 0.6 });
      for (const [v] of xs) this.stroke([[this.x.px(v), top], [this.x.px(v), bottom]]);
      for (const [v] of ys) this.stroke([[left, this.y.px(v)], [right, this.y.px(v)]]);
    }
    if (bare) return;
    this.pen({ fillStyle: theme.muted, textAlign: "center" });
    // The last number of an axis may be wider than what is left of the canvas beside its tick.
    for (const [v, text] of xs) ctx.fillText(text, Math.min(this.x.px(v), width - ctx.measureText(text).width / 2), bottom + 16);
    this.pen({ fillStyle: theme.muted, textAlign: "right", textBaseline: "middle" });
    for (const [v, text] of ys) ctx.fillText(text, left - 7, this.y.px(v));
    this.pen({ fillStyle: theme.ink, textAlign: "center" });
    ctx.fillText(x.label, (left + right) / 2, bottom + 33);
    ctx.save();
    ctx.translate(12, (top + bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(y.label, 0, 0);
    ctx.restore();
  }

  /** Take up a pen: the usual one but for what is said. */
  pen(look) {
    Object.assign(this.ctx, { font: `12px ${this.figure.font}`, lineWidth: 1, lineJoin: "round", globalAlpha: 1,
      textBaseline: "alphabetic" }, look);
    return this.ctx;
  }

  /** Run draw() with everything outside the frame cut off. */
  inside(draw) {
    const { ctx } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.left, this.top, this.right - this.left, this.bottom - this.top);
    ctx.clip();
    draw(ctx);
    ctx.restore();
  }

  border() {
    this.pen({ strokeStyle: this.theme.line }).strokeRect(this.left, this.top, this.right - this.left, this.bottom - this.top);
  }

  /** Whether a pixel lies in the frame. */
  holds(px, py) {
    return px >= this.left && px <= this.right && py >= this.top && py <= this.bottom;
  }

  /** A straight line from one pixel to the other. */
  stroke([from, to]) {
    this.ctx.beginPath();
    this.ctx.moveTo(...from);
    this.ctx.lineTo(...to);
    this.ctx.stroke();
  }

  /** Begin a broken line through the data, with gaps where it is not finite; the points between two gaps. */
  trace(xs, ys) {
    const { ctx, x, y } = this, n = Math.min(xs.length, ys.length), alone = [];
    ctx.beginPath();
    let open = 0, at = null;
    for (let i = 0; i <= n; i++) {
      if (i === n || !finite(xs[i]) || !finite(ys[i]) || (x.log && xs[i] <= 0)) {
        if (open === 1) alone.push(at);
        open = 0;
        continue;
      }
      // What a logarithmic axis cannot show lies below it.
      at = [x.px(xs[i]), y.log && ys[i] <= 0 ? y.from + 20 : y.px(ys[i])];
      if (open) ctx.lineTo(...at); else ctx.moveTo(...at);
      open++;
    }
    return alone;
  }

  dot(px, py, radius, fillStyle, strokeStyle = this.theme.ground, shape = "circle") {
    const { ctx } = this, corners = CORNERS[shape];
    Object.assign(ctx, { fillStyle, strokeStyle, lineWidth: 1.5 });
    ctx.beginPath();
    if (corners) {
      for (const [x, y] of corners) ctx.lineTo(px + radius * x, py + radius * y);
      ctx.closePath();
    } else {
      ctx.arc(px, py, radius, 0, 7);
    }
    ctx.fill();
    if (strokeStyle) ctx.stroke();
  }

  /** Text with a rim of the ground's colour, kept inside the frame. */
  note(text, px, py, colour, weight = 600) {
    const ctx = this.pen({ font: `${weight} 12px ${this.figure.font}`, textAlign: "center", textBaseline: "middle",
      lineWidth: 4, strokeStyle: this.theme.ground, fillStyle: colour });
    const half = ctx.measureText(text).width / 2 + 4;
    const at = [clamp(px, this.left + half, this.right - half), clamp(py, this.top + 10, this.bottom - 10)];
    ctx.strokeText(text, ...at);
    ctx.fillText(text, ...at);
  }

  /** The marks, with their pixels. */
  spots(outputs) {
    const at = ({ x, y }) => ({ px: this.x.px(resolve(x, outputs)), py: this.y.px(resolve(y, outputs)) });
    return this.view.marks.map((mark) => ({ ...mark, ...at(mark), label: fill(mark.label, outputs) })).filter(({ px, py }) => finite(px) && finite(py));
  }

  /** Each mark as a star with its name, but where the next one would lie over it. */
  stars(outputs) {
    const spots = this.spots(outputs);
    for (const [i, { px, py, label, colour }] of spots.entries()) {
      this.star(px, py, this.theme[colour]);
      if (this.view.labels === "legend") continue;
      const hidden = spots.slice(i + 1).some((other) => Math.hypot(other.px - px, other.py - py) < 50);
      if (!hidden) this.note(label, px, py + (py < this.top + 30 ? 15 : -14), this.theme[colour]);
    }
  }

  star(px, py, colour) {
    const ctx = this.pen({ lineWidth: 2, strokeStyle: this.theme.ground, fillStyle: colour });
    ctx.beginPath();
    for (let i = 0; i < 10; i++) {
      const r = i % 2 ? 3 : 7, angle = (i * Math.PI) / 5;
      ctx.lineTo(px + r * Math.sin(angle), py - r * Math.cos(angle));
    }
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
  }

  /** The legend: one key for each thing drawn that has a label. */
  keys(things, outputs) {
    const keys = things.filter(({ label }) => label && fill(label, outputs)).map(({ label, colour, tone, ...look }) => ({ label: fill(label, outputs), colour: outputs[tone] ?? colour, ...look }));
    const text = JSON.stringify(keys);
    if (this.keyed === text) return;
    this.keyed = text;
    this.legend.replaceChildren(...keys.map(({ label, colour, style, marker }) => element("span", {},
      element("i", { class: `rv-key rv-${style} ${marker ? `rv-marker rv-${marker}` : ""}`, "data-colour": colour }), label)));
  }
}

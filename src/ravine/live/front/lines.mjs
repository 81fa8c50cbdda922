// Series over an axis.

import { clamp, fill, finite, list, resolve } from "./numbers.mjs";
import { limits, Panel, scale } from "./panel.mjs";
import { nearest } from "./player.mjs";
import { Sketch } from "./sketch.mjs";

// The styles that have an end to be named at, and the height of a line of text.
const ENDED = new Set(["line", "dashed"]), LINE = 14, KNOB = 13, BESIDE = 75, BOLD = "600 12px ";

/** Boxes {left, width, y} with y moved as little as need be, so that none lies over another, from top to bottom. */
export function spread(boxes, top, bottom) {
  const placed = boxes.map((box) => ({ ...box })).toSorted((a, b) => a.y - b.y);
  const meets = (a, b) => a.left < b.left + b.width + 4 && b.left < a.left + a.width + 4;
  const push = (list, down) => list.forEach((box, i) => {
    box.y = down ? Math.max(box.y, top) : Math.min(box.y, bottom);
    for (const other of list.slice(0, i).filter((other) => meets(box, other))) {
      box.y = down ? Math.max(box.y, other.y + LINE) : Math.min(box.y, other.y - LINE);
    }
  });
  // Downwards, and where the frame ends, up again.
  push(placed, true);
  push(placed.toReversed(), false);
  return placed;
}

/** Several series over one axis: lines, dashes (theory), bands, points, bars. */
export class Lines extends Panel {
  constructor(view, figure) {
    super(view, figure);
    if (view.sketch) this.sketch = new Sketch(this);
  }

  draw(outputs, theme) {
    const { view } = this, all = view.series.filter(({ show }) => show === null || outputs[show]);
    // What is still to be drawn by the reader has its place already.
    const shown = all.filter(({ y }) => y !== view.sketch || this.sketch.shown);
    const data = (name) => list(outputs[name]);
    const [xs, ys] = [all.map(({ x }) => data(x)), all.flatMap(({ y, band }) => [y, ...(band ?? [])].map(data))];
    // At their ends lines can be named, what else there is needs a key.
    const named = view.labels === "ends" ? shown.filter(({ label, style }) => label && ENDED.has(style)) : [];
    const xLimits = this.steady("x", limits(view.x, xs, outputs)), yLimits = this.steady("y", limits(view.y, ys, outputs));
    const lost = (s) => outputs[s.status] === "diverged", text = (s) => fill(s.label, outputs) + (lost(s) ? " diverges" : "");
    const ends = named.map((s) => this.end(data(s.x), data(s.y), xLimits, yLimits, { text: text(s), colour: theme[s.colour] })).filter(Boolean);
    // Room beside the frame for the names that do not fit into it.
    this.margin = (width, ctx) => this.steady("margin", Math.min(0.3 * width, Math.max(0, ...ends.map(({ x, text }) => {
      ctx.font = BOLD + this.figure.font;
      return scale(...xLimits, 50, width - 10, view.x.log).px(x) + ctx.measureText(text).width + 10 - width + 10;
    }))));
    this.frame(xLimits, yLimits, theme, true);
    this.sketch?.draw(theme);
    this.inside(() => {
      shown.forEach((s) => this.series(s, data(s.x), data(s.y), s.band?.map(data)));
      shown.filter((s) => lost(s) && !named.includes(s)).forEach((s, i) => this.lost(data(s.x), data(s.y), theme[s.colour], i));
      for (const mark of view.marks) this.mark(resolve(mark.x, outputs), resolve(mark.y, outputs), fill(mark.label, outputs), theme[mark.colour]);
      if (view.cursor && this.figure.cursor !== null) this.follow(shown, data);
    });
    this.border();
    this.ends(ends);
    this.keys(shown.filter((s) => !named.includes(s)), outputs);
  }

  /** Where a line is last seen inside the limits, beside what is to be written there; null where it never is. */
  end(xs, ys, [left, right], [bottom, top], label) {
    for (let i = Math.min(xs.length, ys.length) - 1; i >= 0; i--) {
      if (xs[i] >= left && xs[i] <= right && ys[i] >= bottom && ys[i] <= top) return { x: xs[i], y: ys[i], ...label };
    }
    return null;
  }

  /** Names beside the ends of lines, moved apart where they would lie over each other. */
  ends(labels) {
    const { ctx, canvas, theme } = this, wide = canvas.width / devicePixelRatio;
    ctx.font = BOLD + this.figure.font;
    const boxes = labels.map(({ x, y, text, colour }) => {
      const width = ctx.measureText(text).width, px = this.x.px(x), py = this.y.px(y);
      return { text, colour, width, px, py, left: Math.min(px + 7, wide - width - 3), y: py };
    });
    const free = spread(boxes, this.top + 7, this.bottom - 7).map((box) => this.besideKnob(box, wide));
    for (const { text, left, y, px, py, colour } of free) {
      if (Math.abs(y - py) > LINE) {
        this.pen({ strokeStyle: colour, globalAlpha: 0.6 });
        this.stroke([[px, py], [left - 1, y]]);
      }
      this.pen({ font: BOLD + this.figure.font, textAlign: "left", textBaseline: "middle", lineWidth: 4,
        strokeStyle: theme.ground, fillStyle: colour });
      ctx.strokeText(text, left, y);
      ctx.fillText(text, left, y);
    }
  }

  /** A name that the knob would cover, moved to its right, or else above or below it. */
  besideKnob(box, wide) {
    if (!this.handle) return box;
    const [x, y] = this.handle.place(this.figure.outputs), { left, width, y: at } = box;
    if (left > x + KNOB || left + width < x - KNOB || Math.abs(at - y) > KNOB + LINE / 2) return box;
    if (x + KNOB + width + 5 <= wide) return { ...box, left: x + KNOB + 2 };
    return { ...box, y: y + (y - KNOB - LINE < this.top ? 1 : -1) * (KNOB + LINE / 2 + 1) };
  }

  series({ style, colour: name, width }, xs, ys, band) {
    const { x, y, theme } = this, colour = theme[name], ctx = this.pen({ strokeStyle: colour, fillStyle: colour, globalAlpha: 0.18 });
    if (band) {
      this.trace([...xs, ...xs.toReversed()], [...band[0], ...band[1].toReversed()]);
      ctx.fill();
    }
    if (style === "points") {
      this.pen({});
      xs.forEach((xi, i) => finite(ys[i]) && this.dot(x.px(xi), y.px(ys[i]), 3.5, colour));
    } else if (style === "bars") {
      const width = Math.max(1, 0.92 * Math.abs(x.px(xs[1]) - x.px(xs[0]))), base = y.log ? this.bottom : y.px(0);
      this.pen({ globalAlpha: 0.45 });
      xs.forEach((xi, i) => finite(ys[i]) && ctx.fillRect(x.px(xi) - width / 2, y.px(ys[i]), width, base - y.px(ys[i])));
    } else {
      this.pen({ lineWidth: width ?? (style === "dashed" ? 1.6 : 2) });
      ctx.setLineDash(style === "dashed" ? [6, 5] : []);
      const alone = this.trace(xs, ys);
      ctx.stroke();
      ctx.setLineDash([]);
      // A line needs two points; one between gaps is a dot.
      for (const [px, py] of alone) this.dot(px, py, 3.5, colour, null);
    }
  }

  /** Name a run that diverges where it leaves. */
  lost(xs, ys, colour, nth) {
    const out = ys.findIndex((y) => y > this.y.high), at = out < 0 ? ys.length - 1 : out;
    this.note("diverges", this.x.px(xs[at]) + 36, this.y.px(ys[at]) + 12 + 18 * nth, colour);
  }

  /** A named point, or a named line across the frame. */
  mark(x, y, label, colour) {
    const px = this.x.px(x), py = this.y.px(y), ctx = this.pen({ strokeStyle: colour });
    // What stands outside the frame is named at its edge, with an arrow to where it would be.
    if (finite(x) && (px < this.left || px > this.right)) {
      return this.note(px < this.left ? `← ${label}` : `${label} →`, px, finite(y) ? py : this.top + 12, colour, 400);
    }
    if (finite(y) && (py < this.top || py > this.bottom)) {
      return this.note(`${label} ${py < this.top ? "↑" : "↓"}`, finite(x) ? px : this.right, py, colour, 400);
    }
    if (finite(x) && finite(y)) {
      this.dot(px, py, 5, colour);
      this.note(label, px, py - 15, colour);
    } else if (finite(x) || finite(y)) {
      ctx.setLineDash([2, 3]);
      this.stroke(finite(x) ? [[px, this.top], [px, this.bottom]] : [[this.left, py], [this.right, py]]);
      ctx.setLineDash([]);
      this.note(label, finite(x) ? px : this.right, finite(x) ? this.top + 12 : py - 10, colour, 400);
    }
  }

  /** The step at a pixel. */
  stepAt(px) {
    return this.view.cursor && this.figure.player.last ? clamp(Math.round(this.x.at(px)), 0, this.figure.player.last) : null;
  }

  /** The marked step on every line (and, linked, on every path). */
  follow(shown, data) {
    const { theme, figure: { cursor } } = this, px = this.x.px(cursor);
    this.pen({ strokeStyle: theme.muted });
    this.stroke([[px, this.top], [px, this.bottom]]);
    for (const { x, y, colour, style } of shown) {
      const xs = data(x), i = nearest(xs, cursor), at = data(y)[i];
      if (style !== "dashed" && finite(at) && !(this.y.log && at <= 0)) this.dot(this.x.px(xs[i]), this.y.px(at), 4.5, theme.ground, theme[colour]);
    }
    // Below the name of a line across the frame, if there is one close by.
    const beside = this.view.marks.some(({ x, y }) => y === null && Math.abs(this.x.px(resolve(x, this.figure.outputs)) - px) < BESIDE);
    this.note(`step ${cursor}`, px, this.top + (beside ? 30 : 12), theme.ink, 400);
  }
}

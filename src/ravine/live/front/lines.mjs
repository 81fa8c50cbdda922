// Series over an axis.

import { fill, finite, list, resolve } from "./numbers.mjs";
import { limits, Panel } from "./panel.mjs";

/** Several series over one axis: lines, dashes (theory), bands, points, bars. */
export class Lines extends Panel {
  draw(outputs, theme) {
    const { view } = this;
    const shown = view.series.filter(({ show }) => show === null || outputs[show]);
    const data = (name) => list(outputs[name]);
    const [xs, ys] = [shown.map(({ x }) => data(x)), shown.flatMap(({ y, band }) => [y, ...(band ?? [])].map(data))];
    this.frame(limits(view.x, xs, outputs), limits(view.y, ys, outputs), theme, true);
    this.inside(() => {
      shown.forEach((s) => this.series(s, data(s.x), data(s.y), s.band?.map(data)));
      shown.filter((s) => outputs[s.status] === "diverged").forEach((s, i) => this.lost(data(s.x), data(s.y), theme[s.colour], i));
      for (const mark of view.marks) this.mark(resolve(mark.x, outputs), resolve(mark.y, outputs), fill(mark.label, outputs), theme[mark.colour]);
      if (view.cursor && this.figure.cursor !== null) this.follow(shown, data);
    });
    this.border();
    this.keys(shown, outputs);
  }

  series({ style, colour: name }, xs, ys, band) {
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
      this.pen({ lineWidth: style === "dashed" ? 1.6 : 2 });
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

  /** The step under the pointer, marked on every line (and, linked, on every path). */
  follow(shown, data) {
    const { theme, figure: { cursor } } = this, px = this.x.px(cursor);
    this.pen({ strokeStyle: theme.muted });
    this.stroke([[px, this.top], [px, this.bottom]]);
    for (const { x, y, colour, style } of shown) {
      const xs = data(x), i = Math.min(cursor, xs.length - 1), at = data(y)[i];
      if (style !== "dashed" && finite(at) && !(this.y.log && at <= 0)) this.dot(this.x.px(xs[i]), this.y.px(at), 4.5, theme.ground, theme[colour]);
    }
    this.note(`step ${cursor}`, px, this.top + 12, theme.ink, 400);
  }
}

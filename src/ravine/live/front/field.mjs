// The plane from above.

import { mix, pixel, ramp, rgb } from "./colours.mjs";
import { element } from "./controls.mjs";
import { clamp, finite, list, space } from "./numbers.mjs";
import { extent, limits, Panel } from "./panel.mjs";
import { drawScale, minima } from "./relief.mjs";

// Steps of a path that are drawn in full.
const FULL = 80;
// How near to a step one must point, pixels.
const REACH = 20;
// The steps of the first path, the second, ...
export const MARKERS = ["circle", "square", "triangle", "diamond"];
const trailWidth = (nth, of) => (nth === null ? 1.8 : 1.8 + 2.8 * (of - 1 - nth));

/** Heat map, contour lines, paths, points, and a start to drag. */
export class Field extends Panel {
  constructor(view, figure) {
    super(view, figure);
    if (!view.scale) return;
    this.bar = element("canvas", { role: "img", class: "rv-scale" });
    this.stage.after(this.bar);
  }

  draw(outputs, theme) {
    const { view } = this, surface = outputs[view.surface];
    this.frame(this.steady("x", limits(view.x, [], outputs)), this.steady("y", limits(view.y, [], outputs)), theme, !surface);
    if (surface) this.inside(() => this.relief(surface, outputs));
    this.tracks = [];
    // Of paths that lie over each other the first is the widest, so that it shows at both sides of the next.
    const trails = view.paths.filter(({ arrow }) => !arrow), nth = (path) => trails.indexOf(path);
    const lost = view.paths.map((path) => this.path(path, outputs, path.arrow ? null : nth(path), trails.length)).filter(Boolean);
    for (const points of view.points) this.inside(() => this.cloud(points, outputs));
    this.inside(() => { for (const at of (surface && this.cache.minima) || []) this.pit(...at); });
    this.stars(outputs);
    lost.forEach(([px, py, colour], i) => {
      const at = clamp(py, this.top + 10, this.bottom - 10);
      this.note("diverges", px, at + (at < (this.top + this.bottom) / 2 ? 18 : -18) * i, colour);
    });
    this.border();
    this.keys([...view.paths.map((path) => (path.arrow || trails.length < 2 ? path : { ...path, marker: path.marker || MARKERS[nth(path) % 4] })), ...view.points, ...(view.minima ? [{ label: view.minima, colour: "ink", style: "pit" }] : []), ...(view.labels === "legend" ? view.marks.map((mark) => ({ ...mark, style: "star" })) : [])], outputs);
  }

  /** The step of a path nearest to a pixel, or null. */
  stepAt(px, py) {
    let step = null, best = REACH;
    for (const [xs, ys] of this.tracks ?? []) {
      for (let i = 0; i < xs.length; i++) {
        const away = Math.hypot(xs[i] - px, ys[i] - py);
        if (away < best) [best, step] = [away, i];
      }
    }
    return step;
  }

  /** Heat map and contour lines, made anew only when the surface, the frame or the theme changed. */
  relief(surface, outputs) {
    const { left, top, right, bottom, theme, view, cache, x, y } = this, formula = typeof surface === "function";
    const key = JSON.stringify([outputs[`${view.surface}_key`], left, right, bottom, x.low, x.high, y.low, y.high, theme.ground]);
    if (!formula || cache.key !== key) {
      const sampled = formula ? this.sample(surface, view.bare ? 150 : 300) : surface, [ny, nx] = sampled.shape;
      Object.assign(cache, { key }, this.paint(sampled));
      const [xs, ys] = [[x, nx], [y, ny]].map(([{ from, to, at }, n]) => space(from, to, n).map(at));
      if (view.minima) cache.minima = minima(sampled, xs, ys, formula ? surface : null);
      if (view.scale) drawScale(this, cache.tone, view.log, view.scale, theme);
    }
    // Samples stand on the frame, so the outer pixels reach over it by half.
    const { width: n, height: m } = cache.image, w = (right - left) / (n - 1), h = (bottom - top) / (m - 1);
    this.ctx.drawImage(cache.image, left - w / 2, top - h / 2, n * w, m * h);
    this.pen({ strokeStyle: theme.ink, globalAlpha: 0.28 }).stroke(cache.lines);
    if (cache.shore) this.pen({ strokeStyle: theme.green, lineWidth: 1.5 }).stroke(cache.shore);
  }

  /** The surface on n x n points, first row at the bottom. */
  sample(surface, n) {
    const [xs, ys] = [this.x, this.y].map(({ from, to, at }) => space(from, to, n).map(at));
    const data = new Float64Array(n * n), theta = [0, 0];
    for (let i = 0; i < n; i++) {
      theta[1] = ys[i];
      for (let j = 0; j < n; j++) { theta[0] = xs[j]; data[i * n + j] = surface(theta); }
    }
    return { shape: [n, n], data };
  }

  paint({ shape: [ny, nx], data }) {
    const { view, theme } = this, plain = view.log === "value", [low, high] = view.span ?? extent([data], plain);
    // Logarithms need positive heights: measure from just below the lowest point, unless asked for plain ones.
    const base = plain ? 0 : low - (1e-4 * (high - low) || 1), f = view.log ? (z) => Math.log(z - base) : (z) => z;
    const least = f(low), span = f(high) - least || 1, colours = ramp(theme);
    const level = new Float64Array(nx * ny), { below } = view, green = rgb(theme.green), tint = (word) => pixel(mix([word & 255, (word >> 8) & 255, (word >> 16) & 255], green, 0.6));
    const image = element("canvas", { width: nx, height: ny }), ctx = image.getContext("2d");
    const pixels = ctx.createImageData(nx, ny), words = new Uint32Array(pixels.data.buffer);
    for (let k = 0; k < nx * ny; k++) {
      const z = f(data[k]), s = finite(z) ? (z - least) / span : data[k] > low ? 1 : 0;
      level[k] = s;
      // Rows of pixels run downwards.
      const word = colours[Math.round(255 * clamp(s, 0, 1))];
      words[(ny - 1 - ((k / nx) | 0)) * nx + (k % nx)] = below !== null && data[k] < below ? tint(word) : word;
    }
    ctx.putImageData(pixels, 0, 0);
    const shore = below === null ? null : this.contours(Float64Array.from(data, (z) => z / (2 * below)), nx, ny, 2);
    return { image, lines: this.contours(level, nx, ny, view.contours), shore, tone: { low, high, base, f } };
  }

  /** A minimum: a small cross with a rim, under nothing. */
  pit(x, y) {
    const px = this.x.px(x), py = this.y.px(y);
    for (const [lineWidth, name] of [[4.5, "ground"], [2, "ink"]]) {
      this.pen({ lineWidth, strokeStyle: this.theme[name], lineCap: "round" });
      this.stroke([[px - 4, py - 4], [px + 4, py + 4]]);
      this.stroke([[px - 4, py + 4], [px + 4, py - 4]]);
    }
    this.ctx.lineCap = "butt";
  }

  /** Marching squares on every second sample or so. */
  contours(level, nx, ny, n) {
    const lines = new Path2D(), skip = Math.max(1, Math.round(nx / 150));
    const wide = (this.right - this.left) / (nx - 1), tall = (this.bottom - this.top) / (ny - 1);
    const z = new Float64Array(4);
    for (let i = 0; i + skip < ny; i += skip) {
      for (let j = 0; j + skip < nx; j += skip) {
        const k = i * nx + j;
        z[0] = level[k]; z[1] = level[k + skip]; z[2] = level[k + skip * nx + skip]; z[3] = level[k + skip * nx];
        const from = Math.max(1, Math.ceil(n * Math.min(z[0], z[1], z[2], z[3])));
        const to = Math.min(n - 1, Math.floor(n * Math.max(z[0], z[1], z[2], z[3])));
        if (from > to) continue;
        const at = [[j, i], [j + skip, i], [j + skip, i + skip], [j, i + skip]];
        for (let m = from; m <= to; m++) {
          let open = false;
          for (let e = 0; e < 4; e++) {
            const a = z[e] * n - m, b = z[(e + 1) % 4] * n - m;
            if (a < 0 === b < 0) continue;
            const s = a / (a - b), p = at[e], q = at[(e + 1) % 4];
            const px = this.left + wide * (p[0] + s * (q[0] - p[0])), py = this.bottom - tall * (p[1] + s * (q[1] - p[1]));
            if (open) lines.lineTo(px, py); else lines.moveTo(px, py);
            open = !open;
          }
        }
      }
    }
    return lines;
  }

  /** A trajectory: its line, its steps, where it ends. Returns where a diverging one leaves. */
  path({ x, y, colour: usual, tone, arrow, status, style, width, marker }, outputs, nth, of) {
    const { theme, figure: { cursor, step: kept } } = this, colour = theme[outputs[tone] ?? usual], diverged = outputs[status] === "diverged";
    const px = Array.from(outputs[x] ?? [], (v) => this.x.px(v)), py = Array.from(outputs[y] ?? [], (v) => this.y.px(v));
    if (!px.length) return null;
    const lineWidth = width ?? trailWidth(nth, of), shape = marker || MARKERS[nth % MARKERS.length];
    const exit = diverged ? px.findIndex((p, i) => !this.holds(p, py[i])) : -1, last = exit < 0 ? px.length - 1 : exit;
    if (!arrow) this.tracks.push([px.slice(0, last + 1), py]);
    // With a step kept, what comes after it is faint.
    const now = kept === null || arrow ? last : Math.min(kept, last), full = style === "solid" ? last : FULL;
    this.inside((ctx) => {
      // A path that has not settled after so many steps fills the frame: fainter from there, unless it is known not to.
      for (const [from, to, strength] of [[now, last, 0.2], [full, now, 0.25], [0, Math.min(full, now), 1]]) {
        ctx.beginPath();
        for (let i = from; i <= to; i++) ctx.lineTo(px[i], py[i]);
        // A rim for the first alone: another's would cover what shows of the first beside it.
        if (!nth) this.pen({ lineWidth: lineWidth + 2.2, strokeStyle: theme.ground, globalAlpha: 0.75 * strength }).stroke();
        this.pen({ lineWidth, strokeStyle: colour, globalAlpha: strength }).stroke();
      }
      if (arrow) return this.arrowhead(px.at(-2), py.at(-2), px[last], py[last], colour);
      for (let i = 1; i < Math.min(now, FULL); i++) this.dot(px[i], py[i], lineWidth / 2 + 1.1, colour, null, shape);
      // A ball that has left the map is told by an arrow at its edge.
      const at = cursor === null ? last : Math.min(cursor, last);
      if (this.view.bare && !this.holds(px[at], py[at])) return this.pointer(px[at], py[at], colour);
      if (!diverged && now === last) this.dot(px[last], py[last], 4.5, colour, theme.ground, shape);
      // A single path may be a scribble, on which the step has to stand out.
      if (cursor !== null) this.dot(px[Math.min(cursor, last)], py[Math.min(cursor, last)], 6, ...(of > 1 ? [theme.ground, colour] : [theme.ink, theme.ground]), shape);
    });
    return diverged ? [px[last], py[last], colour] : null;
  }

  /** An arrow at the edge of the map, towards what lies beyond it. */
  pointer(px, py, colour) {
    const [x, y] = [clamp(px, this.left + 12, this.right - 12), clamp(py, this.top + 12, this.bottom - 12)], angle = Math.atan2(py - y, px - x);
    const corners = [0, 2.4, Math.PI, -2.4].map((turn, i) => [x + [10, 10, 4, 10][i] * Math.cos(angle + turn), y + [10, 10, 4, 10][i] * Math.sin(angle + turn)]);
    const ctx = this.pen({ fillStyle: colour, strokeStyle: this.theme.ground, lineWidth: 3 });
    ctx.beginPath();
    for (const corner of corners) ctx.lineTo(...corner);
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
  }

  arrowhead(x0, y0, x1, y1, colour) {
    const angle = Math.atan2(y1 - y0, x1 - x0), ctx = this.pen({ fillStyle: colour });
    ctx.beginPath();
    for (const turn of [0, 2.6, -2.6]) ctx.lineTo(x1 + 9 * Math.cos(angle + turn), y1 + 9 * Math.sin(angle + turn));
    ctx.fill();
  }

  /** Points, or lines between the first and the second of them, the third and the fourth, ... */
  cloud({ x, y, colour, radius, style }, outputs) {
    const xs = list(outputs[x]), ys = list(outputs[y]), many = xs.length > 40;
    if (style === "segments") {
      const ctx = this.pen({ lineWidth: 2 * radius, strokeStyle: this.theme[colour], lineCap: "round" });
      ctx.beginPath();
      xs.forEach((xi, i) => (i % 2 ? ctx.lineTo(this.x.px(xi), this.y.px(ys[i])) : ctx.moveTo(this.x.px(xi), this.y.px(ys[i]))));
      ctx.stroke();
      ctx.lineCap = "butt";
      return;
    }
    this.pen({ globalAlpha: many ? 0.55 : 1 });
    xs.forEach((xi, i) => {
      if (finite(xi) && finite(ys[i])) this.dot(this.x.px(xi), this.y.px(ys[i]), radius, this.theme[colour], many ? null : undefined);
    });
  }
}

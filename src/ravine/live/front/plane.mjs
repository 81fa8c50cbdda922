// Two controls at once.

import { mix, pixel, rgb } from "./colours.mjs";
import { element } from "./controls.mjs";
import { clamp } from "./numbers.mjs";
import { Panel } from "./panel.mjs";

/** Two controls at once, over named regions: the control teaches. */
export class Plane extends Panel {
  draw(outputs, theme) {
    const { view, cache } = this;
    this.frame([view.x.low, view.x.high], [view.y.low, view.y.high], theme, false);
    const nx = Math.round((this.right - this.left) / 2), ny = Math.round((this.bottom - this.top) / 2);
    if (view.regions) {
      // The regions look the same wherever the knob stands.
      const rest = { ...this.figure.values, [view.handle.x]: 0, [view.handle.y]: 0 };
      const key = JSON.stringify([rest, nx, ny, theme.ground]);
      if (cache.key !== key) Object.assign(cache, { key }, this.chart(outputs, nx, ny));
      this.ctx.drawImage(cache.image, this.left, this.top, this.right - this.left, this.bottom - this.top);
      for (const { text, x, y } of cache.names) this.note(text, this.left + 2 * x, this.top + 2 * y, theme.ink, 500);
    }
    this.stars(outputs);
    this.border();
  }

  /** Keep the names of regions away from a mark and its label. */
  block(index, nx, ny, px, py) {
    const [j, i] = [(px - this.left) / 2, (py - this.top) / 2].map(Math.round);
    for (let k = Math.max(0, i - 14); k < Math.min(ny, i + 14); k++) {
      index.fill(255, k * nx + clamp(j - 26, 0, nx), k * nx + clamp(j + 26, 0, nx));
    }
  }

  /** The regions as an image of nx x ny, and where their names fit. */
  chart(outputs, nx, ny) {
    const { view, theme } = this, { expression, shade } = view.regions, index = new Uint8Array(nx * ny);
    const [x, y] = [view.handle.x, view.handle.y], before = { [x]: outputs[x], [y]: outputs[y] };
    const image = element("canvas", { width: nx, height: ny }), ctx = image.getContext("2d"), pixels = ctx.createImageData(nx, ny);
    const shades = view.regions.colours.map((name) => Array.from({ length: 33 }, (_, k) =>
      pixel(mix(rgb(theme.ground), rgb(theme[name]), 0.16 + (0.5 * k) / 32))));
    const words = new Uint32Array(pixels.data.buffer), at = {};
    for (let i = 0; i < ny; i++) {
      at[y] = this.y.at(this.top + 2 * i + 1);
      for (let j = 0; j < nx; j++) {
        at[x] = this.x.at(this.left + 2 * j + 1);
        const k = i * nx + j, depth = shade ? clamp(outputs.at(shade, at), 0, 1) || 0 : 0.5;
        index[k] = outputs.at(expression, at);
        words[k] = shades[index[k]][Math.round(32 * depth)];
      }
    }
    outputs.at(expression, before);
    ctx.putImageData(pixels, 0, 0);
    for (const { px, py } of this.spots(outputs)) this.block(index, nx, ny, px, py);
    const names = view.regions.labels.map((text, region) => this.place(text, region, index, nx, ny)).filter(Boolean);
    return { image, names };
  }

  /** The roomiest spot for a name in its region, or null where it has none. */
  place(text, region, index, nx, ny) {
    const wide = this.ctx.measureText(text).width / 4 + 1, tall = 4, is = (i, j) => index[i * nx + j] === region;
    let best = null;
    for (let i = tall; i < ny - tall; i += 2) {
      for (let from = 0, j = 0; j <= nx; j++) {
        if (j < nx && is(i, j)) continue;
        const x = (from + j) >> 1;
        let reach = 0;
        while (reach < 4 * tall && is(i - reach, x) && is(i + reach, x)) reach++;
        const room = Math.min((j - from) / 2 / wide, reach / tall);
        if (room > (best?.room ?? 1)) best = { room, text, x, y: i };
        from = j + 1;
      }
    }
    return best;
  }
}

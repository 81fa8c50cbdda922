// What a surface over the plane tells beside its picture: its minima, and the scale of its colours.

import { ramp } from "./colours.mjs";
import { clamp, finite, format } from "./numbers.mjs";
import { extent, scale, ticks } from "./panel.mjs";

// As in _relief.py, which is the twin.
const ROUNDS = 6, NEAR = 10, FLAT = 1e-9;
const AROUND = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [i, j]));

/** Where the parabola through nine heights, row by row, is lowest, in units of their spacing; null: nowhere. */
function vertex(z) {
  const gx = (z[5] - z[3]) / 2, gy = (z[7] - z[1]) / 2, a = z[5] - 2 * z[4] + z[3], d = z[7] - 2 * z[4] + z[1];
  const b = (z[8] - z[6] - z[2] + z[0]) / 4, det = a * d - b * b;
  return a > 0 && det > 0 ? [-(d * gx - b * gy) / det, -(a * gy - b * gx) / det] : null;
}

/** Points lower than all around them, lowest first; xs and ys are the grid, surface a function or null. */
export function minima({ shape: [ny, nx], data }, xs, ys, surface) {
  const [low, high] = extent([data], false), deep = FLAT * (high - low), unit = [xs[1] - xs[0], ys[1] - ys[0]], found = [];
  for (let i = 1; i < ny - 1; i++) {
    for (let j = 1; j < nx - 1; j++) {
      const k = i * nx + j, here = data[k];
      // Of equally low neighbours the first counts.
      if (!(here < data[k - 1] && here <= data[k + 1] && here < data[k - nx] && here <= data[k + nx])) continue;
      let nine = AROUND.map(([di, dj]) => data[k + di * nx + dj]);
      if (!nine.every((z, m) => (m < 4 ? here < z : here <= z)) || !nine.some((z) => here < z - deep)) continue;
      let at = [xs[j], ys[i]], size = unit, step = null;
      for (let round = 0; round < (surface ? ROUNDS : 1); round++) {
        if (round) nine = AROUND.map(([di, dj]) => surface([at[0] + dj * size[0], at[1] + di * size[1]]));
        step = vertex(nine);
        if (!step) break;
        at = at.map((x, m) => x + step[m] * size[m]);
        size = size.map((s) => s / 4);
        const far = surface ? NEAR : 1;
        if (Math.abs(at[0] - xs[j]) > far * unit[0] || Math.abs(at[1] - ys[i]) > far * unit[1]) { step = null; break; }
      }
      // It has not settled where its last move was longer than the nine points are apart.
      if (step && (!surface || Math.max(...step.map(Math.abs)) <= 1)) found.push([nine[4], at]);
    }
  }
  const points = [];
  for (const [, at] of found.toSorted(([a, p], [b, q]) => a - b || p[0] - q[0] || p[1] - q[1])) {
    if (points.every((other) => at.some((x, m) => Math.abs(x - other[m]) > unit[m] / 2))) points.push(at);
  }
  return points;
}

/** Ticks of the scale of colours: [share of its length, text], and its title. */
export function gauge({ low, high, base, f }, kind, title, width) {
  const share = (z) => (f(z) - f(low)) / (f(high) - f(low));
  if (!(high > low)) return { marks: [[0, format(low)]], title };
  const place = (a, b, log, shift) => ticks(scale(a, b, 0, width, log), 30).map(([h, text]) => [share(h + shift), text]);
  const logs = kind === "value" && low > 0;
  if (kind !== true) return { title, marks: place(low, high, logs, 0) };
  // Of logarithms of the height above the lowest point; where that is 0, the height is the value.
  const range = high - low, zero = Math.abs(low) <= 1e-6 * range;
  const marks = place((low - base) / 2, zero ? high : range, true, zero ? 0 : low);
  return { title: zero ? title : `${title} above its lowest, ${format(low)}`, marks };
}

/** Draw the scale between two pixels of a canvas. */
export function drawScale(panel, tone, kind, title, theme) {
  const { bar: canvas, left, right, figure } = panel, sharp = devicePixelRatio, [wide, high] = [right + 10, 46];
  const { marks, title: text } = gauge(tone, kind, title, right - left), ctx = canvas.getContext("2d"), colours = ramp(theme);
  [canvas.width, canvas.height] = [wide, high].map((n) => Math.round(n * sharp));
  canvas.style.height = `${high}px`;
  ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
  const n = right - left;
  for (let i = 0; i < n; i++) {
    const c = colours[Math.round((255 * i) / n)];
    ctx.fillStyle = `rgb(${c & 255} ${(c >> 8) & 255} ${(c >> 16) & 255})`;
    ctx.fillRect(left + i, 2, 1.5, 10);
  }
  Object.assign(ctx, { strokeStyle: theme.muted, fillStyle: theme.muted, font: `12px ${figure.font}`, textAlign: "center", lineWidth: 1 });
  ctx.strokeRect(left, 2, n, 10);
  let free = left - 20;
  for (const [s, label] of marks.filter(([s]) => finite(s) && s >= -1e-9 && s <= 1 + 1e-9)) {
    const x = left + s * n, half = ctx.measureText(label).width / 2;
    ctx.fillRect(x - 0.5, 10, 1, 5);
    if (clamp(x, half, wide - half) - half < free) continue;
    // The first and the last number are wider than what the canvas has beside their ticks.
    ctx.fillText(label, clamp(x, half, wide - half), 27);
    free = clamp(x, half, wide - half) + half + 8;
  }
  ctx.fillStyle = theme.ink;
  ctx.fillText(text, (left + right) / 2, 42);
  canvas.setAttribute("aria-label", `colours: ${text}, from ${format(tone.low)} to ${format(tone.high)}`);
}

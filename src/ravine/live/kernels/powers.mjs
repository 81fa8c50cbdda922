// Powers of a 2 by 2 matrix with chosen eigenvalues and right eigenvectors, or of a defective one.

const STEPS = 60, FLOOR = 1e-6;

/** 1, x, x^2, ... by repeated multiplication. */
function powers(x) {
  const list = [1];
  for (let t = 0; t < STEPS; t++) list.push(list[t] * x);
  return list;
}

/** Largest singular value of [[p, c], [0, q]] for p, q >= 0; the two square roots are sum and difference of both. */
const norm = (p, c, q) => (Math.hypot(p + q, c) + Math.hypot(p - q, c)) / 2;

/** What the powers do in the end, and before. */
function story(top, peak, peak_t, jordan) {
  if (top > 1 || (jordan && top === 1)) return "grow without limit";
  if (top === 1) return "neither vanish nor grow without limit";
  if (peak > 1.001 && peak_t === STEPS) return `are still growing at t = ${STEPS}, although every |λ| is below 1, and vanish in the end`;
  if (peak > 1.001) return `first stretch a vector up to ${peak.toPrecision(3)} times, at t = ${peak_t}, although every |λ| is below 1, and then vanish`;
  return "vanish, and never grow on the way";
}

export function compute({ lam1, lam2, angle, jordan, t, x, y }) {
  const a = (angle * Math.PI) / 180, cot = angle === 90 ? 0 : 1 / Math.tan(a), second = jordan ? lam1 : lam2;
  const p = powers(lam1), q = powers(second), top = Math.max(lam1, second);
  const c = p.map((_, k) => (jordan ? (k ? k * p[k - 1] : 0) : cot * (q[k] - p[k])));
  const norms = p.map((_, k) => norm(p[k], c[k], q[k]));
  const peak = Math.max(...norms), peak_t = norms.findIndex((size) => size >= peak * (1 - 1e-9));
  const k = Math.round(t), row = [x * p[k], x * c[k] + y * q[k]], size = Math.hypot(...row);
  const turned = size > 0 ? row.map((z) => z / size) : [0, 0];
  // Right eigenvectors are columns, left ones rows; a defective matrix has one of each.
  const v1 = [1, 0], v2 = jordan ? v1 : [Math.cos(a), Math.sin(a)];
  const u2 = [0, 1], u1 = jordan ? u2 : [Math.sin(a), angle === 90 ? 0 : -Math.cos(a)];
  const tie = !jordan && lam1 === lam2, [left, right] = lam1 >= second ? [u1, v1] : [u2, v2];
  const degrees = (u) => (Math.atan2(Math.abs(u[0] * turned[1] - u[1] * turned[0]), Math.abs(u[0] * turned[0] + u[1] * turned[1])) * 180) / Math.PI;
  const line = (v, s) => [0, s * v[0]], high = (v, s) => [0, s * v[1]];
  return { steps: p.map((_, i) => i), norms, eigen: powers(top), peak, k, now: norms[k], now_eigen: powers(top)[k], size,
    ride: Math.min(Math.max(norms[k], FLOOR), Math.max(10, 2 * peak)), top: Math.max(10, 2 * peak),
    v1_x: line(v1, 1.4), v1_y: high(v1, 1.4), v2_x: line(v2, 1.4), v2_y: high(v2, 1.4),
    u1_x: line(u1, 1), u1_y: high(u1, 1), u2_x: line(u2, 1), u2_y: high(u2, 1),
    row_x: line(turned, 1.2), row_y: high(turned, 1.2),
    from_left: tie || !size ? "none leads" : `${degrees(left).toFixed(1)}°`,
    from_right: tie || !size ? "none leads" : `${degrees(right).toFixed(1)}°`,
    story: story(top, peak, peak_t, jordan) };
}

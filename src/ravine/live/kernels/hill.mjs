// A noisy descent on one side of a hill; value and grad are printed from the surface of the zoo.

// The picture ends at -EDGE and EDGE.
const RATE = 0.1, N_STEPS = 2000, EDGE = 5;

/** Where the run has got to, in words. */
function side(theta, top, right, noise, B) {
  if (Math.abs(theta) > EDGE) return `out of sight, beyond the ${theta > 0 ? "right" : "left"} edge of the picture`;
  if (top !== null && Math.abs(theta - top) < 0.01) return "still at the top of the hill";
  if (B === 0) return `on the ${right ? "right" : "left"} plain, and both plains are equally low`;
  if (noise) return right ? "on the low side" : "on the high side";
  if (right) return "on the low side, where the cost falls towards 0";
  if (top === null) return "still on the left: there is no hill in its way, and hardly a slope to follow";
  return "on the high side, where the cost falls towards B and never below";
}

export function compute({ x0, A, B, noise, seed }, { random, space }) {
  const p = { A, B }, { normal } = random(seed), kept = new Set(space(1, N_STEPS, 90, true).map(Math.round));
  const t = [], x = [], J = [];
  let theta = x0;
  for (let k = 1; k <= N_STEPS; k++) {
    theta -= RATE * (grad([theta], p)[0] + noise * normal());
    if (kept.has(k)) { t.push(k); x.push(theta); J.push(value([theta], p)); }
  }
  const axis = space(-5, 5, 241), top = B < 4 * A ? Math.atanh(-B / (4 * A)) : null;
  const right = theta > (top ?? 0), plain = right ? 0 : B, slope = grad([theta], p)[0];
  // The law of a late descent without noise, where there is a hill to be on one side of.
  const law = t.map((k) => (noise || top === null || k < 10 ? NaN : plain + 1 / (4 * RATE * k)));
  const last = x.length - 1, dots = (list) => list.filter((_, i) => (last - i) % 5 === 0);
  return { axis, heights: axis.map((z) => value([z], p)), "run.t": t, "run.J": J, law, top,
    dots_x: dots(x), dots_J: dots(J), left_plain: B > 0 ? B : null, plains: B > 0 ? "right plain" : "both plains",
    ride: value([x0], p), high: 1.15 * Math.max(B, value([top ?? 0], p)), x_end: theta, J_end: Math.floor(1e6 * J.at(-1) + 0.5) / 1e6,
    slope: Math.abs(slope), side: side(theta, top, right, noise, B) };
}

// A noisy descent on one side of a hill; value and grad are printed from the surface of the zoo.

const RATE = 0.1, N_STEPS = 2000;

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
  let side = right ? "on the low side, where the cost falls towards 0" : "on the high side, where the cost falls towards B and never below";
  if (noise) side = right ? "on the low side" : "on the high side";
  else if (top === null && !right) side = "still on the left: there is no hill in its way, and hardly a slope to follow";
  if (top !== null && Math.abs(theta - top) < 0.01) side = "still at the top of the hill";
  return { axis, heights: axis.map((z) => value([z], p)), "run.t": t, "run.J": J, law, top,
    dots_x: x.filter((_, i) => i % 5 === 0), dots_J: J.filter((_, i) => i % 5 === 0),
    ride: value([x0], p), high: 1.15 * Math.max(B, value([top ?? 0], p)), x_end: theta, J_end: Math.floor(1e6 * J.at(-1) + 0.5) / 1e6,
    slope: Math.abs(slope), side };
}

// SGD at a minimum at which all gradients vanish: two examples a x^2 / 2, of mean curvature 2, one drawn a step.
// The figure gives MEAN (curvature), N_STEPS, N_RUNS, ENDS (of the axis of rates), GRID, DEPTH (of the axis of growth), LEAST and SAYS.

/** ln of a size, kept off minus infinity: one step may land on the minimum, and stays there. */
const ln = (x) => Math.log(Math.max(Math.abs(x), LEAST));

/** Growth a step: of nearly every run, of the root of the mean square, and of gradient descent. */
function growths(epsilon, [a, b]) {
  const p = 1 - epsilon * a, q = 1 - epsilon * b;
  return { sure: (ln(p) + ln(q)) / 2, square: ln(Math.sqrt((p * p + q * q) / 2)), descent: ln(1 - epsilon * MEAN) };
}

export function compute({ epsilon, spread, seed }, { random, space }) {
  const curvatures = [MEAN - spread, MEAN + spread], { uniform } = random(seed), t = space(0, N_STEPS, N_STEPS + 1);
  const growth = growths(epsilon, curvatures), outputs = {};
  let home = 0;
  for (let k = 0; k < N_RUNS; k++) {
    const run = new Float64Array(N_STEPS + 1);
    for (let i = 1; i <= N_STEPS; i++) run[i] = run[i - 1] + ln(1 - epsilon * curvatures[uniform() < 0.5 ? 0 : 1]);
    if (run[N_STEPS] < 0) home++;
    outputs[`run_${k}`] = run.map(Math.exp);
  }
  const line = (g) => t.map((i) => Math.exp(g * i)), x = space(ENDS[0], ENDS[1], GRID), curves = x.map((h) => growths(h, curvatures));
  const key = growth.square < 0 ? "stays" : growth.sure < 0 ? (growth.descent < 0 ? "rare" : "other") : growth.descent < 0 ? "leaves" : "both";
  return { ...outputs, t, home, mean_run: line(growth.descent), typical: line(growth.sure),
    growth: growth.sure, growth_square: growth.square, growth_descent: growth.descent, ride: Math.max(growth.sure, -DEPTH), step_sgd: Math.exp(growth.sure), step_descent: Math.exp(growth.descent),
    rates: x, curve_sure: curves.map((g) => g.sure), curve_square: curves.map((g) => g.square), curve_descent: curves.map((g) => g.descent),
    small: curvatures[0], large: curvatures[1], verdict: SAYS[key] };
}

// SGD at a minimum at which all gradients vanish: two examples a x^2 / 2, of mean curvature 2, one drawn a step.
// The figure gives MEAN (curvature), N_STEPS, N_RUNS, ENDS (of the axis of rates), GRID, DEPTH (of the axis of growth), LEAST, NONE (growth so near to 0 is none) and SAYS.

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
  const { sure, square, descent } = growth; // of the mean square, then of nearly every run: a limit itself is on neither side
  const sgd = square < NONE ? SAYS[square < -NONE ? "stays" : "square"] : SAYS[sure < -NONE ? "rare" : sure < NONE ? "sure" : "leaves"];
  const way = descent < -NONE ? "descent stays" : descent < NONE ? "descent hops" : "descent leaves";
  return { ...outputs, t, home, mean_run: line(growth.descent), typical: line(growth.sure),
    growth: growth.sure, growth_square: growth.square, growth_descent: growth.descent, ride: Math.max(growth.sure, -DEPTH), step_sgd: Math.exp(growth.sure), step_descent: Math.exp(growth.descent),
    rates: x, curve_sure: curves.map((g) => g.sure), curve_square: curves.map((g) => g.square), curve_descent: curves.map((g) => g.descent),
    small: curvatures[0], large: curvatures[1], verdict: SAYS[way].replace("{sgd}", sgd) };
}

// Minibatch means in a quadratic valley: many estimates of the gradient, and of Newton's direction.

const M = 100, DRAWS = 300;

/** M points with mean 0 and, over M, the identity as covariance. */
function examples(normal) {
  const z = Array.from({ length: M }, () => [normal(), normal()]);
  const mean = (f) => z.reduce((sum, p) => sum + f(p), 0) / M;
  const a = mean((p) => p[0]), b = mean((p) => p[1]);
  for (const p of z) { p[0] -= a; p[1] -= b; }
  const s = Math.sqrt(mean((p) => p[0] ** 2)), shear = mean((p) => p[0] * p[1]) / s;
  const rest = Math.sqrt(mean((p) => p[1] ** 2) - shear ** 2);
  for (const p of z) { p[0] /= s; p[1] = (p[1] - shear * p[0]) / rest; }
  return z;
}

/** Means of DRAWS minibatches of n. Smaller ones are beginnings of larger ones, so that clouds shrink smoothly. */
function means(z, n, replace, uniform) {
  return Array.from({ length: DRAWS }, () => {
    const order = z.map((_, i) => i), sum = [0, 0];
    for (let k = 0; k < M; k++) {
      const u = uniform(), at = replace ? Math.floor(u * M) : k + Math.floor(u * (M - k));
      const drawn = order[at];
      if (!replace) { order[at] = order[k]; order[k] = drawn; }
      if (k < n) { sum[0] += z[drawn][0]; sum[1] += z[drawn][1]; }
    }
    return !replace && n === M ? [0, 0] : [sum[0] / n, sum[1] / n]; // what is left of all is rounding
  });
}

/** Root mean square distance of a cloud from its target. */
const error = (xs, ys, [, x], [, y]) =>
  Math.sqrt(xs.reduce((sum, _, i) => sum + (xs[i] - x) ** 2 + (ys[i] - y) ** 2, 0) / xs.length);

export function compute({ n, kappa, replace, seed }, { random }) {
  const { uniform, normal } = random(seed), cloud = means(examples(normal), n, replace, uniform);
  // Each example has a minimum of its own, at z / sqrt(curvature); we stand at (1, 1).
  const length = Math.hypot(1, kappa), root = Math.sqrt(kappa), two = Math.SQRT2;
  const gx = cloud.map((p) => (1 - p[0]) / length), gy = cloud.map((p) => (kappa - root * p[1]) / length);
  const nx = cloud.map((p) => (1 - p[0]) / two), ny = cloud.map((p) => (1 - p[1] / root) / two);
  const g_x = [0, 1 / length], g_y = [0, kappa / length], n_x = [0, 1 / two], n_y = [0, 1 / two];
  const left = replace ? 1 : (M - n) / (M - 1), one = (1 + kappa) / length ** 2, newton = (1 + 1 / kappa) / 2;
  return { gx, gy, nx, ny, g_x, g_y, n_x, n_y,
    g_error: error(gx, gy, g_x, g_y), n_error: error(nx, ny, n_x, n_y),
    g_theory: Math.sqrt((one * left) / n), n_theory: Math.sqrt((newton * left) / n),
    g_needs: Math.ceil(100 * one - 1e-9), n_needs: Math.ceil(100 * newton - 1e-9), gain: newton / one,
    state: left ? "scatter" : "are single points: every minibatch holds all examples" };
}

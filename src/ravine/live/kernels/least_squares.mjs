// Least squares on m examples with d Gaussian features: expected costs over d, and one data set at each of some d.

const MOST = 400, DRAWN = [...new Set(Array.from({ length: 40 }, (_, i) => Math.round(MOST ** (i / 39))))];

/** Expected cost on the examples. */
const expectedJ = (m, d, noise) => noise * Math.max(1 - d / m, 0);

/** Expected cost on new examples, for true weights of length 1; infinite next to d = m. */
function expectedJStar(m, d, noise) {
  const lost = Math.max(1 - m / d, 0), gap = Math.abs(d - m) - 1;
  if (noise === 0) return lost;
  return gap > 0 ? lost + noise * (1 + Math.min(m, d) / gap) : Infinity;
}

/** Chi-squared with k degrees of freedom: each two are an exponential, a last one is a normal squared. */
function chi2(k, { uniform, normal }) {
  let sum = 0, product = 1;
  for (let i = k >> 1; i > 0; i--) {
    product *= 1 - uniform();
    if (product < 1e-200 || i === 1) {
      sum -= 2 * Math.log(product);
      product = 1;
    }
  }
  return k % 2 ? sum + normal() ** 2 : sum;
}

/** Both costs of a fit to fresh examples, drawn from their exact law. */
function draw(m, d, noise, random) {
  const [beside, within, fitted, thin] = [Math.abs(m - d), m, Math.min(m, d), Math.abs(m - d) + 1].map((k) => chi2(k, random));
  const lost = d > m ? beside / (beside + within) : 0;
  return { J: d < m ? (noise * beside) / m : 0, J_star: noise + lost + (noise * fitted) / thin };
}

export function compute({ m, d, sigma, seed }, { random }) {
  const noise = sigma ** 2, features = Math.round(d), top = 3 * (noise + 1);
  const ds = Array.from({ length: MOST }, (_, i) => i + 1);
  const stars = ds.map((k) => expectedJStar(m, k, noise));
  // A stream for each d: turning m or sigma changes the examples as little as it can.
  const fitted = (k) => draw(m, k, noise, random(seed * 1000 + k));
  const sets = DRAWN.map(fitted), here = fitted(features), J_star = stars[features - 1];
  return { d_axis: ds, expected_J: ds.map((k) => expectedJ(m, k, noise)), expected_J_star: stars,
    drawn_d: DRAWN, drawn_J: sets.map((s) => s.J), drawn_J_star: sets.map((s) => s.J_star),
    features, J: expectedJ(m, features, noise), J_star, here_J: here.J, here_J_star: here.J_star,
    ride: Math.min(J_star, top), top, nothing: noise + 1,
    fit: features < m && noise > 0 ? "leaves a residual" : "fits every example" };
}

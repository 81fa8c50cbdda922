// The update rules of ravine.rules and the loop of ravine.descent, for a plane.
// What is written as equations there is printed by the bundle: `written`, name -> {init, update, defaults, squared}.

import { clamp, finite, format } from "./numbers.mjs";
import { written } from "./written.mjs";

const add = (x, a, y) => x.map((xi, i) => xi + a * y[i]);

/** The Euclidean norm; its squares are added up in a unit where they overflow or underflow, as in _norm.py. */
export function norm(x) {
  const sum = (unit) => x.reduce((total, xi) => total + (xi * unit) * (xi * unit), 0), total = sum(1);
  if (total > 2 ** -900 && total < 2 ** 1000) return Math.sqrt(total);
  const peak = Math.max(...x.map(Math.abs)), unit = peak > 2 ** 500 ? 2 ** -600 : peak < 2 ** -500 ? 2 ** 600 : 1;
  return Math.sqrt(sum(unit)) / unit;
}

/** x / |x|; an entry that has overflowed is infinitely longer than one that has not, of two the ratio is lost. */
function direction(x) {
  const infinite = x.filter((xi) => Math.abs(xi) === Infinity).length;
  const seen = x.map((xi) => (infinite > 1 ? NaN : !infinite ? xi : Math.abs(xi) === Infinity ? Math.sign(xi) : xi / Infinity));
  const unit = Math.max(...seen.map(Math.abs)) > 2 ** 500 ? 2 ** -600 : 1, scaled = seen.map((xi) => xi * unit);
  const size = norm(scaled);
  return scaled.map((xi) => xi / size);
}

/** f(H)^-1 g for a symmetric 2 x 2 H, f acting on its eigenvalues; the zero vector where f(H) is singular. */
function solve(f, H, g) {
  // A Hessian that has overflowed has no answer, and is not singular.
  if (!H.every(finite)) return [[NaN, NaN], false];
  const peak = Math.max(...H.map(Math.abs)), unit = peak > 2 ** 500 ? 2 ** -600 : peak < 2 ** -500 ? 2 ** 600 : 1;
  const [a, b, , d] = H.map((x) => x * unit);
  const mean = (a + d) / 2, half = (a - d) / 2, longer = Math.max(Math.abs(half), Math.abs(b)) || 1;
  const radius = longer * Math.sqrt((half / longer) * (half / longer) + (b / longer) * (b / longer));
  // The smaller component of the eigenvector over the larger. Quotients and roots are rounded alike everywhere,
  // angles are not: the steps are those of `_symmetric.py`, bit by bit.
  const ratio = b / (Math.abs(half) + radius || 1), long = 1 / Math.sqrt(1 + ratio * ratio), short = ratio * long;
  const [cos, sin] = half >= 0 ? [long, short] : [short, long];
  // The smaller eigenvalue as determinant / larger: their difference would cancel.
  const large = mean >= 0 ? mean + radius : mean - radius, small = large ? (a * d - b * b) / large : 0;
  // Of a diagonal matrix they stand in it; a last bit lost here would cost Newton's method its exact steps.
  const ends = !b ? [Math.max(a, d), Math.min(a, d)] : mean >= 0 ? [large, small] : [small, large];
  const [first, second] = ends.map((lambda) => f(lambda / unit));
  const size = [first, second].map(Math.abs);
  const singular = Math.min(...size) <= 2 * Number.EPSILON * Math.max(...size);
  const along = (cos * g[0] + sin * g[1]) / first, across = (cos * g[1] - sin * g[0]) / second;
  return [singular ? [0, 0] : [cos * along - sin * across, sin * along + cos * across], singular];
}

const BIG = 2 ** 450, UNIT = 2 ** 600, FAR = 2 ** 300;

/** A rule whose state holds squares of gradients, each coordinate in a unit that fits it: see _written.py. */
const inUnits = ({ init, update, squared, defaults }) => {
  const step = (g, theta, state, t, hyper, scale) => {
    const eps = hyper.eps ?? defaults.eps, { unit: before, ...rest } = state;
    const small = g.reduce((total, gi) => total + gi * gi, 0) < BIG ** 2;
    if (!before && eps >= 1 / BIG && small) return update({ grad: () => g }, theta, rest, t, hyper, scale);
    const next = [], after = { unit: [] };
    theta.forEach((x, i) => {
      const r = rest[squared][i], size = Math.max(Math.abs(g[i]), Math.sqrt(r) * (before?.[i] ?? 1));
      const unit = size > BIG ? UNIT : size < 1 / BIG ? 1 / UNIT : 1, ratio = (before?.[i] ?? 1) / unit;
      const inside = Object.fromEntries(Object.keys(rest).map((k) => [k, [rest[k][i] / unit]]));
      inside[squared] = [r === 0 ? 0 : r * ratio * ratio];
      const [[y], found] = update({ grad: () => [g[i] / unit] }, [x], inside, t, { ...hyper, eps: eps / unit }, scale);
      next.push(y); after.unit.push(unit);
      for (const k in found) (after[k] ??= []).push(k === squared ? found[k][0] : found[k][0] * unit);
    });
    return [next, after];
  };
  return {
    init,
    update(problem, theta, state, t, hyper, scale = 1) {
      const g = problem.grad(theta), rate = scale * hyper.learning_rate;
      if (1 / FAR < rate && rate < FAR) return step(g, theta, state, t, hyper, scale);
      const unit = rate ? 2 ** Math.floor(Math.log2(rate)) : 1, origin = theta.map(() => 0);
      const [moved, after] = step(g, origin, state, t, { ...hyper, learning_rate: rate / unit }, 1);
      return [add(theta, unit, moved), after];
    },
  };
};

const secondOrder = (f) => ({
  init: () => ({ singular: false }),
  update({ grad, hess }, theta, state, t, { learning_rate = 1, damping = 0 }, scale = 1) {
    const [step, singular] = solve((lambda) => f(lambda) + damping, hess(theta), grad(theta));
    return [add(theta, -scale * learning_rate, step), { singular }];
  },
});

const firstOrder = (rule) => (rule.squared ? inUnits(rule) : rule);

/** name -> {init(theta) -> state, update(problem, theta, state, t, hyperparameters, scale = 1) -> [theta, state]}, pure. */
export const rules = {
  ...Object.fromEntries(Object.entries(written).map(([name, rule]) => [name, firstOrder(rule)])),
  newton: secondOrder((lambda) => lambda),
  saddle_free_newton: secondOrder(Math.abs),
};

/** How a problem looks through a clipped gradient: shortened by norm, or cut entry by entry by value. */
export const clip = {
  norm: (problem, threshold) => ({ ...problem, grad(theta) {
    const g = problem.grad(theta), ratio = threshold / Math.max(norm(g), threshold);
    return ratio > 2 ** -1000 ? g.map((gi) => gi * ratio) : direction(g).map((gi) => gi * threshold);
  } }),
  value: (problem, threshold) => ({ ...problem,
    grad: (theta) => problem.grad(theta).map((gi) => clamp(gi, -threshold, threshold)) }),
};

/** As descent.minimise: until the gradient is at most tol (at 0: and the rule at rest), the iterate lost, or all steps taken. */
export function descend(problem, rule, hyper, start, nSteps, tol, schedule = () => 1) {
  const run = { x: [], y: [], J: [], status: "max_steps" }, end = (status) => ({ ...run, status });
  let theta = start, state = rule.init(theta);
  const atRest = (t) => rule.update(problem, theta, state, t, hyper)[0].every((x, i) => x === theta[i]);
  for (let t = 0; ; t++) {
    const J = problem.value(theta), size = norm(problem.grad(theta));
    if (!(finite(J) && finite(size))) {
      if (t) return end("diverged");
      throw new RangeError(`start: got one with J = ${J} and |g| = ${size}; want finite ones`);
    }
    run.x.push(theta[0]); run.y.push(theta[1]); run.J.push(J);
    if (size <= tol && (tol || atRest(t))) return end("converged");
    if (t >= nSteps) return run;
    const [next, after] = rule.update(problem, theta, state, t, hyper, schedule(t));
    if (!next.every((x) => Math.abs(x) <= 1e20)) return end("diverged");
    if (after.singular) return end("singular");
    theta = next; state = after;
  }
}

const OUTCOMES = { converged: "converges", max_steps: "is not there yet", diverged: "diverges",
  singular: "stops: singular Hessian" };

/** One run as outputs; `live.trajectory` is its twin. */
export function trajectory(problem, rule, hyper, start, { n_steps, tol = 1e-9, J_star = 0, fall = 1e-6, rho = NaN }) {
  const { x, y, J, status } = descend(problem, rule, hyper, start, n_steps, tol);
  const t = J.map((_, t) => t), excess = J.map((Jt) => Jt - J_star), theory = t.map((t) => excess[0] * rho ** (2 * t));
  return { x, y, t, J, excess, theory, status, outcome: OUTCOMES[status], ...progress(excess, fall),
    last_step: J.length - 1, J_end: J.at(-1), x_end: x.at(-1), y_end: y.at(-1), ...folded(excess) };
}

/** By what the excess cost has been divided, as a number and in words. */
function folded(excess) {
  const first = excess[0], last = excess.at(-1);
  if (last === 0) return { fold: null, change: first ? "brought to 0" : "0 from the start" };
  const fold = first / last, size = fold >= 1 ? fold : fold > 0 ? 1 / fold : Infinity;
  return { fold, change: (fold >= 1 ? "divided by " : "multiplied by ") + format(size, size >= 10 && size < 1e6 ? "d" : ".2g") };
}

/** Steps until the excess cost has fallen by the factor `fall`, and the fitted rate a step of its square root. */
export function progress(excess, fall) {
  const steps = excess.findIndex((e) => e <= fall * excess[0]);
  // Where rounding ends the fall, the fit must end too; its first half is left out as a transient.
  const lost = excess.findIndex((e) => !(e > 1e-20 * excess[0]));
  const last = (lost < 0 ? excess.length : lost) - 1, first = last >> 1, n = last - first + 1;
  let sum = 0, moment = 0;
  for (let i = 0; i < n; i++) {
    const y = Math.log(excess[first + i]) / 2;
    sum += y; moment += (i - (n - 1) / 2) * y;
  }
  return { steps: steps < 0 ? null : steps, rate: n < 2 ? null : Math.exp(moment / ((n * (n * n - 1)) / 12)) };
}

// The update rules of ravine.rules and the loop of ravine.descent, for a plane.


import { clamp, finite } from "./numbers.mjs";

const zeros = (theta) => theta.map(() => 0);
const add = (x, a, y) => x.map((xi, i) => xi + a * y[i]);
const norm = (x) => Math.hypot(...x);

/** f(H)^-1 g for a symmetric 2 x 2 H, f acting on its eigenvalues; the zero vector where f(H) is singular. */
function solve(f, [a, b, , d], g) {
  const mean = (a + d) / 2, half = (a - d) / 2, radius = Math.hypot(half, b), angle = Math.atan2(b, half) / 2;
  // Axes that are eigenvectors stay so: the cosine of a rounded right angle would mix them.
  const [cos, sin] = b ? [Math.cos(angle), Math.sin(angle)] : [+(half >= 0), +(half < 0)];
  // The smaller eigenvalue as determinant / larger: their difference would cancel.
  const large = mean >= 0 ? mean + radius : mean - radius, small = large ? (a * d - b * b) / large : 0;
  const [first, second] = (mean >= 0 ? [large, small] : [small, large]).map(f);
  const size = [first, second].map(Math.abs);
  const singular = Math.min(...size) <= 2 * Number.EPSILON * Math.max(...size);
  const along = (cos * g[0] + sin * g[1]) / first, across = (cos * g[1] - sin * g[0]) / second;
  return [singular ? [0, 0] : [cos * along - sin * across, sin * along + cos * across], singular];
}

const secondOrder = (f) => ({
  init: () => ({ singular: false }),
  update({ grad, hess }, theta, state, t, { learning_rate = 1, damping = 0 }) {
    const [step, singular] = solve((lambda) => f(lambda) + damping, hess(theta), grad(theta));
    return [add(theta, -learning_rate, step), { singular }];
  },
});

/** name -> {init(theta) -> state, update(problem, theta, state, t, hyperparameters) -> [theta, state]}, pure. */
export const rules = {
  gradient_descent: {
    init: () => ({}),
    update: ({ grad }, theta, state, t, { learning_rate }) => [add(theta, -learning_rate, grad(theta)), state],
  },
  momentum: {
    init: (theta) => ({ velocity: zeros(theta) }),
    update({ grad }, theta, { velocity }, t, { learning_rate, momentum = 0.9 }) {
      const g = grad(theta), v = velocity.map((vi, i) => momentum * vi - learning_rate * g[i]);
      return [add(theta, 1, v), { velocity: v }];
    },
  },
  nesterov: {
    init: (theta) => ({ velocity: zeros(theta) }),
    update({ grad }, theta, { velocity }, t, { learning_rate, momentum = 0.9 }) {
      const ahead = velocity.map((vi) => momentum * vi);
      const v = add(ahead, -learning_rate, grad(add(theta, 1, ahead)));
      return [add(theta, 1, v), { velocity: v }];
    },
  },
  newton: secondOrder((lambda) => lambda),
  saddle_free_newton: secondOrder(Math.abs),
  adagrad: {
    init: (theta) => ({ sum_of_squares: zeros(theta) }),
    update({ grad }, theta, { sum_of_squares }, t, { learning_rate, eps = 1e-8 }) {
      const g = grad(theta), r = sum_of_squares.map((ri, i) => ri + g[i] * g[i]);
      return [theta.map((x, i) => x - (learning_rate * g[i]) / (Math.sqrt(r[i]) + eps)), { sum_of_squares: r }];
    },
  },
  rmsprop: {
    init: (theta) => ({ mean_square: zeros(theta) }),
    update({ grad }, theta, { mean_square }, t, { learning_rate, decay = 0.9, eps = 1e-8 }) {
      const g = grad(theta), r = mean_square.map((ri, i) => decay * ri + (1 - decay) * g[i] * g[i]);
      return [theta.map((x, i) => x - (learning_rate * g[i]) / (Math.sqrt(r[i]) + eps)), { mean_square: r }];
    },
  },
  adam: {
    init: (theta) => ({ mean: zeros(theta), mean_square: zeros(theta) }),
    update({ grad }, theta, state, t, { learning_rate, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }) {
      const g = grad(theta);
      const mean = state.mean.map((m, i) => beta1 * m + (1 - beta1) * g[i]);
      const mean_square = state.mean_square.map((r, i) => beta2 * r + (1 - beta2) * g[i] * g[i]);
      const a = 1 - beta1 ** (t + 1), b = 1 - beta2 ** (t + 1);
      const next = theta.map((x, i) => x - (learning_rate * (mean[i] / a)) / (Math.sqrt(mean_square[i] / b) + eps));
      return [next, { mean, mean_square }];
    },
  },
};

/** How a problem looks through a clipped gradient: shortened by norm, or cut entry by entry by value. */
export const clip = {
  norm: (problem, threshold) => ({ ...problem, grad(theta) {
    const g = problem.grad(theta), scale = threshold / Math.max(norm(g), threshold);
    return g.map((gi) => gi * scale);
  } }),
  value: (problem, threshold) => ({ ...problem,
    grad: (theta) => problem.grad(theta).map((gi) => clamp(gi, -threshold, threshold)) }),
};

/** As descent.minimise: run until the gradient is at most tol, the iterate is lost, or all steps are taken. */
export function descend(problem, rule, hyper, start, nSteps, tol) {
  const run = { x: [], y: [], J: [], status: "max_steps" }, end = (status) => ({ ...run, status });
  let theta = start, state = rule.init(theta);
  for (let t = 0; ; t++) {
    const J = problem.value(theta), size = norm(problem.grad(theta));
    if (t && !(finite(J) && finite(size))) return end("diverged");
    run.x.push(theta[0]); run.y.push(theta[1]); run.J.push(J);
    if (size <= tol) return end("converged");
    if (t === nSteps) return run;
    [theta, state] = rule.update(problem, theta, state, t, hyper);
    if (state.singular) return end("singular");
    if (!theta.every((x) => Math.abs(x) <= 1e20)) return end("diverged");
  }
}

const OUTCOMES = { converged: "converges", max_steps: "is not there yet", diverged: "diverges",
  singular: "stops: singular Hessian" };

/** One run as outputs; `live.trajectory` is its twin. */
export function trajectory(problem, rule, hyper, start, { n_steps, tol = 1e-9, J_star = 0, fall = 1e-6, rho = NaN }) {
  const { x, y, J, status } = descend(problem, rule, hyper, start, n_steps, tol);
  const t = J.map((_, t) => t), excess = J.map((Jt) => Jt - J_star), theory = t.map((t) => excess[0] * rho ** (2 * t));
  return { x, y, t, J, excess, theory, status, outcome: OUTCOMES[status], ...progress(excess, fall),
    last_step: J.length - 1, J_end: J.at(-1), x_end: x.at(-1), y_end: y.at(-1) };
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

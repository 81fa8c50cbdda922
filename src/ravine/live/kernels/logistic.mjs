// Logistic regression on two Gaussian classes: one feature tells them apart, twenty are noise.

const MU = 3, NOISES = 20, D = NOISES + 1, STEPS = 2000, PASSES = 200;
const KEPT = [...new Set(Array.from({ length: 100 }, (_, i) => Math.round(STEPS ** (i / 99))))];
const NODES = Array.from({ length: 201 }, (_, i) => -10 + i / 10);

const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const density = (z) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** The normal distribution; its argument never leaves [-3, 3], where the least risk lies. */
function Phi(x) {
  let sum = x;
  for (let term = x, k = 3; Math.abs(term) > 1e-17; k += 2) sum += term *= (x * x) / k;
  return 0.5 + sum * density(x);
}

/** Examples with their labels multiplied in: a stream an example, so that m and sd change them least. */
function draw(m, sd, seed, random) {
  const { uniform, normal } = random(seed), labels = [], signed = [];
  for (let i = 0; i < m; i++) {
    const y = uniform() < 0.5 ? -1 : 1;
    labels.push(y);
    signed.push(Array.from({ length: D }, (_, j) => (j ? y * sd * normal() : MU + y * normal())));
  }
  return { labels, signed };
}

/** 2 over the largest eigenvalue of the mean of x x', by the power method. */
function learningRate(signed) {
  let v = Array(D).fill(1), size = 1;
  for (let k = 0; k < 100; k++) {
    const next = Array(D).fill(0);
    for (const z of signed) {
      const along = dot(z, v) / size / signed.length;
      for (let j = 0; j < D; j++) next[j] += along * z[j];
    }
    v = next;
    size = Math.sqrt(dot(v, v));
  }
  return 2 / size;
}

/** The state at the kept steps of gradient descent from 0. */
function descend(signed, sd) {
  const rate = learningRate(signed), m = signed.length, states = [], rows = Float64Array.from(signed.flat());
  const w = new Float64Array(D), g = new Float64Array(D), margins = new Float64Array(m);
  let zero = NaN, k = 0;
  for (let t = 0; t <= STEPS; t++) {
    let wrong = 0;
    g.fill(0);
    for (let i = 0; i < m; i++) {
      let z = 0;
      for (let j = 0, at = i * D; j < D; j++) z += rows[at + j] * w[j];
      margins[i] = z;
      wrong += z <= 0;
      const weight = -1 / (1 + Math.exp(z)) / m;
      for (let j = 0, at = i * D; j < D; j++) g[j] += weight * rows[at + j];
    }
    if (t > 0 && !wrong && Number.isNaN(zero)) zero = t;
    if (t === KEPT[k]) {
      k++;
      const J = margins.reduce((sum, z) => sum + softplus(-z), 0) / m;
      states.push({ w: [...w], errors: wrong / m, J, norm: Math.hypot(...g), ...risks(w, sd) });
    }
    for (let j = 0; j < D; j++) w[j] -= rate * g[j];
  }
  return { states, zero };
}

/** The exact risks under the 0-1 loss and under the log loss. */
function risks(w, sd) {
  const mean = MU * w[0], spread = Math.hypot(...Array.from(w, (x, j) => (j ? sd * x : x)));
  const log_risk = NODES.reduce((sum, z) => sum + softplus(-mean - spread * z) * density(z), 0) / 10;
  return { J_star: Phi(-mean / spread), log_risk };
}

/** Add each example that is misread, until none is. */
function perceptron(signed) {
  const w = Array(D).fill(0);
  for (let pass = 0, wrong = true; pass < PASSES && wrong; pass++) {
    for (const z of signed) if (dot(z, w) <= 0) z.forEach((x, j) => { w[j] += x; });
    wrong = signed.some((z) => dot(z, w) <= 0);
  }
  return w;
}

/** What the step has reached, in words. */
function story(step, errors, zero) {
  if (errors > 0) return "some examples are still misread";
  return step > zero ? `every example has been fitted since step ${zero}` : "every example is fitted for the first time";
}

let last = { key: "" };

export function compute({ m, sd, seed, t }, { random }) {
  const key = [m, sd, seed].join();
  if (last.key !== key) {
    const { labels, signed } = draw(m, sd, seed, random);
    last = { key, labels, signed, ...descend(signed, sd), stopped: risks(perceptron(signed), sd).J_star };
  }
  const { labels, signed, states, zero, stopped } = last, column = (name) => states.map((s) => s[name]);
  const at = KEPT.reduce((best, step, i) => (Math.abs(Math.log(step / t)) < Math.abs(Math.log(KEPT[best] / t)) ? i : best), 0);
  const { w, ...now } = states[at], end = states.at(-1);
  // The plane of the telling feature and of the mixture of the others that w listens to: it decides every example.
  const noise = Math.hypot(...w.slice(1)), length = Math.hypot(...w);
  const across = signed.map((z) => dot(z.slice(1), w.slice(1)) / noise);
  const side = (sign, values) => values.map((x) => x * sign).filter((_, i) => labels[i] === sign);
  const J_star = column("J_star"), errors = column("errors");
  return { steps: KEPT, errors, J_star, stopped: KEPT.map(() => stopped), zero, step: KEPT[at],
    ride: now.J_star, top: 1.1 * Math.max(0.005, stopped, ...J_star, ...errors),
    plus_x: side(1, signed.map((z) => z[0])), plus_y: side(1, across),
    minus_x: side(-1, signed.map((z) => z[0])), minus_y: side(-1, across),
    line_x: [-99 * noise / length, 99 * noise / length], line_y: [99 * w[0] / length, -99 * w[0] / length],
    now_errors: now.errors, now_J_star: now.J_star, now_J: now.J, now_log_risk: now.log_risk, now_norm: now.norm,
    end_errors: end.errors, end_J_star: end.J_star, end_J: end.J, end_log_risk: end.log_risk, end_norm: end.norm,
    state: story(KEPT[at], now.errors, zero) };
}

// Descents of x^2 / 2 whose gradient x + bias + sigma xi is wrong, and may be clipped: their mean cost, step by step.

const START = -3, STEPS = 1000, WALKERS = 200, LOWEST = 1e-4, RAISED = 0.3;

// Noise of mean 0 and variance 1, drawn once for each seed and kind.
const DRAWN = { key: "", xi: null };

function draw(seed, noise, random) {
  const key = `${noise} ${seed}`;
  if (DRAWN.key !== key) {
    const { uniform, normal } = random(seed), root = Math.sqrt(3);
    const one = noise === "gaussian" ? normal : () => (uniform() < 0.25 ? -root : 1 / root);
    Object.assign(DRAWN, { key, xi: Float64Array.from({ length: STEPS * WALKERS }, one) });
  }
  return DRAWN.xi;
}

/** Mean costs at steps 1 to STEPS, and where the walkers stand at step k. */
function follow({ rate, power, sigma, threshold }, bias, xi, k) {
  const x = new Float64Array(WALKERS).fill(START), J = [];
  let at = null;
  for (let t = 1; t <= STEPS; t++) {
    const step = rate / t ** power;
    let sum = 0;
    for (let i = 0; i < WALKERS; i++) {
      const g = x[i] + bias + sigma * xi[(t - 1) * WALKERS + i];
      x[i] -= step * Math.min(threshold, Math.max(-threshold, g));
      sum += x[i] * x[i];
    }
    J.push(sum / (2 * WALKERS));
    if (t === k) at = Array.from(x);
  }
  // As printed: the sum turns a rounded -0 into 0.
  return { J, at, mean: Math.round((100 * x.reduce((a, b) => a + b)) / WALKERS) / 100 + 0 };
}

/** The expected cost without clipping. */
function expected({ rate, power, sigma }, bias) {
  let mean = START, variance = 0;
  return Array.from({ length: STEPS }, (_, i) => {
    const step = rate / (i + 1) ** power;
    mean -= step * (mean + bias);
    variance = (1 - step) ** 2 * variance + (step * sigma) ** 2;
    return (mean * mean + variance) / 2;
  });
}

/** Where the clipped gradients cancel on average. */
const balance = ({ noise, sigma, threshold }, bias) =>
  (noise === "gaussian" ? 0 : Math.min(0, threshold / 3 - sigma / Math.sqrt(3))) - bias;

function verdict({ rate, power, sigma }) {
  if (sigma === 0) return "is switched off";
  if (power > 0) {
    // What the noise alone would spread, at the end against its widest.
    let variance = 0, widest = 0;
    for (let t = 1; t <= STEPS; t++) {
      const step = rate / t ** power;
      variance = (1 - step) ** 2 * variance + step * step;
      widest = Math.max(widest, variance);
    }
    return variance < widest / 2 ? "fades as the rate decays" : "hardly fades within these steps";
  }
  return rate < 2 ? "stays for ever at a constant rate" : "never settles: at a rate of 2 each step overshoots by all that it corrects";
}

export function compute(values, { random }) {
  const { bias, noise, rate, sigma, t, seed } = values, k = Math.floor(t + 0.5), xi = draw(seed, noise, random);
  const outputs = { steps: Array.from({ length: STEPS }, (_, i) => i + 1), k, verdict: verdict(values),
    adds: rate < 2 ? (rate * sigma * sigma) / (2 * (2 - rate)) : Infinity };
  let top = 10;
  for (const [key, error] of [["fair", 0], ["biased", bias]]) {
    const { J, at, mean } = follow(values, error, xi, k), rest = balance(values, error), floor = (rest * rest) / 2;
    top = Math.max(top, 2 * Math.max(...J));
    Object.assign(outputs, { [`${key}_J`]: J, [`${key}_theory`]: expected(values, error), [`${key}_rest`]: rest,
      [`${key}_floor`]: floor, [`${key}_line`]: floor > 2 * LOWEST ? floor : null, [`${key}_mean`]: mean,
      [`${key}_now`]: J[k - 1], [`${key}_x`]: at, [`${key}_y`]: at.map((x) => (x * x) / 2 + (key === "fair" ? RAISED : 0)) });
  }
  const curve = Array.from({ length: 81 }, (_, i) => (i - 40) / 10);
  return { ...outputs, top, ride: Math.max(LOWEST, outputs.biased_now), curve, parabola: curve.map((x) => (x * x) / 2) };
}

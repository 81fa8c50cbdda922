// A single recurrent unit, x_t = w sigma(x_{t-1}) + b from x_0 = 1/2: its cost, and descents near its cliff.

const X0 = 0.5, TARGET = 0.7, N_STEPS = 300;
// A change of the cost that the picture can show, and how many last steps are looked at.
const VISIBLE = 1e-3, LATE = 100;
const P = Math.tanh(X0 / 2), START = (1 + P) / 2;

/** sigma(x0 + 2q) - sigma(x0): exactly 0 at q = 0, so that the wall costs no digits. */
function rise(q) {
  const tau = Math.tanh(q);
  return (((1 - P * P) / 2) * tau) / (1 + P * tau);
}

function slope(q) {
  const e = Math.exp(-Math.abs(X0 + 2 * q));
  return e / ((1 + e) * (1 + e));
}

/** sigma(x0 + 2q), without the cancellation where it nearly vanishes. */
function output(q) {
  const sum = START + rise(q);
  if (!(sum < 2 ** -7)) return sum;
  const e = Math.exp(X0 + 2 * q);
  return e / (1 + e);
}

const shift = ([w, b]) => (b - (X0 - w * START)) / 2;

export function value(theta, T) {
  const c = shift(theta);
  let q = 0;
  for (let t = 0; t < T; t++) q = (theta[0] * rise(q)) / 2 + c;
  return (output(q) - TARGET) ** 2;
}

export function grad(theta, T) {
  const c = shift(theta), w = theta[0];
  let q = 0, dw = 0, db = 0;
  for (let t = 0; t < T; t++) {
    const up = rise(q), gain = w * slope(q);
    dw = output(q) + gain * dw;
    db = 1 + gain * db;
    q = (w * up) / 2 + c;
  }
  const outer = 2 * (output(q) - TARGET) * slope(q);
  return [outer * dw, outer * db];
}

// A map of the cost on a lattice, for the eye: made once for each T, read off by interpolation.
const MAP = { low: [3.5, -5], step: [5 / 150, 4 / 120], n: [151, 121], T: 0, cells: null };

export function relief(T) {
  const { low, step, n } = MAP;
  if (MAP.T !== T) {
    const cells = new Float64Array(n[0] * n[1]);
    for (let j = 0; j < n[1]; j++) {
      for (let i = 0; i < n[0]; i++) {
        const w = low[0] + i * step[0], b = low[1] + j * step[1];
        let x = X0;
        for (let t = 0; t < T; t++) x = w / (1 + Math.exp(-x)) + b;
        cells[j * n[0] + i] = (1 / (1 + Math.exp(-x)) - TARGET) ** 2;
      }
    }
    Object.assign(MAP, { T, cells });
  }
  const { cells } = MAP;
  return ([w, b]) => {
    const u = Math.min(n[0] - 1, Math.max(0, (w - low[0]) / step[0])), v = Math.min(n[1] - 1, Math.max(0, (b - low[1]) / step[1]));
    const i = Math.min(n[0] - 2, Math.floor(u)), j = Math.min(n[1] - 2, Math.floor(v)), k = j * n[0] + i;
    const below = cells[k] + (u - i) * (cells[k + 1] - cells[k]);
    const above = cells[k + n[0]] + (u - i) * (cells[k + n[0] + 1] - cells[k + n[0]]);
    return below + (v - j) * (above - below);
  };
}

/** What became of a descent, in words: J below 0.001 counts as arrived, and so small a change as none. */
function fate(run, g) {
  const end = run.J.at(-1), late = run.J.slice(-LATE), low = Math.min(...late), high = Math.max(...late);
  if (run.status === "diverged") return "is thrown out of all bounds";
  if (end < VISIBLE) return "arrives";
  if (Math.hypot(...g) < 1e-6 || high - low < VISIBLE) return "lies on a plateau";
  return end < low + VISIBLE ? "is still on its way" : "jumps up and down";
}

export function compute({ w0, b0, on_wall, rate, threshold, kind, T }, { rules, clip, trajectory }) {
  const start = [w0, on_wall ? X0 - w0 * START : b0];
  const problem = { value: (theta) => value(theta, T), grad: (theta) => grad(theta, T) };
  const outputs = { surface: relief(T), surface_key: String(T), ride_w: start[0], ride_b: start[1],
    wall_w: [3, 9], wall_b: [X0 - 3 * START, X0 - 9 * START], first: Math.hypot(...problem.grad(start)) };
  const seen = { plain: problem, clipped: clip[kind](problem, threshold) };
  for (const key in seen) {
    const run = trajectory(seen[key], rules.gradient_descent, { learning_rate: rate }, start, { n_steps: N_STEPS, tol: 0 });
    let longest = 0;
    for (let t = 1; t < run.x.length; t++) {
      longest = Math.max(longest, Math.hypot(run.x[t] - run.x[t - 1], run.y[t] - run.y[t - 1]));
    }
    // A step that leaves all bounds is not recorded: it is the one that would come next.
    const g = seen[key].grad([run.x_end, run.y_end]);
    if (run.status === "diverged") longest = rate * Math.hypot(...g);
    for (const name of ["x", "y", "t", "J", "status", "J_end"]) outputs[`${key}.${name}`] = run[name];
    outputs[`${key}.longest`] = longest;
    outputs[`${key}.fate`] = fate(run, problem.grad([run.x_end, run.y_end]));
  }
  return outputs;
}

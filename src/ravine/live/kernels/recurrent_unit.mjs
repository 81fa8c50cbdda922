// A single recurrent unit, x_t = w sigma(x_{t-1}) + b from x_0 = 1/2: its cost, and descents near its cliff.

const X0 = 0.5, TARGET = 0.7, N_STEPS = 300;
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

const shift = ([w, b]) => (b - (X0 - w * START)) / 2;

export function value(theta, T) {
  const c = shift(theta);
  let q = 0;
  for (let t = 0; t < T; t++) q = (theta[0] * rise(q)) / 2 + c;
  return (START + rise(q) - TARGET) ** 2;
}

export function grad(theta, T) {
  const c = shift(theta), w = theta[0];
  let q = 0, dw = 0, db = 0;
  for (let t = 0; t < T; t++) {
    const up = rise(q), gain = w * slope(q);
    dw = START + up + gain * dw;
    db = 1 + gain * db;
    q = (w * up) / 2 + c;
  }
  const outer = 2 * (START + rise(q) - TARGET) * slope(q);
  return [outer * dw, outer * db];
}

/** What became of a descent, in words; J below 0.001 counts as arrived. */
function fate(run, g) {
  if (run.status === "diverged") return "is thrown out of all bounds";
  if (run.J.at(-1) < 1e-3) return "arrives";
  if (Math.hypot(...g) < 1e-6) return "lies on a plateau";
  return "is still on its way";
}

export function compute({ w0, b0, on_wall, rate, threshold, kind, T }, { rules, clip, trajectory }) {
  const start = [w0, on_wall ? X0 - w0 * START : b0];
  const problem = { value: (theta) => value(theta, T), grad: (theta) => grad(theta, T) };
  const outputs = { surface: problem.value, surface_key: String(T), ride_w: start[0], ride_b: start[1],
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

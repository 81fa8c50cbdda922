// A noisy descent along steep and flat directions, whose rate falls or whose batch grows at one step.
// The figure gives CURVATURES, EACH (directions of each), NOISE (variance over the curvature), N_STEPS, GOOD, LIKE, WIDE and SAYS.

let drawn = null; // the noise of the last seed: while something is dragged it stays

function noise(seed, random) {
  if (drawn?.seed !== seed) {
    const { normal } = random(seed);
    drawn = { seed, xi: Float64Array.from({ length: N_STEPS * EACH * CURVATURES.length }, normal) };
  }
  return drawn.xi;
}

/** What hovers in the end, of all directions of this curvature: half their curvature times their variance. */
const floor = (lambda, rate, batch) => (EACH * rate * NOISE * lambda) / (2 * batch * (2 - rate * lambda));

/** Way to go and unrest at each step: the cost of the mean path, and what noise adds to it in the mean. */
function parts(rates, batches) {
  const way = new Float64Array(N_STEPS + 1), unrest = new Float64Array(N_STEPS + 1);
  for (const lambda of CURVATURES) {
    let w = 0.5, u = 0;
    for (let t = 0; t <= N_STEPS; t++) {
      way[t] += w; unrest[t] += u;
      if (t === N_STEPS) break;
      const left = (1 - rates[t] * lambda) ** 2;
      w *= left;
      u = left * u + (EACH * lambda * rates[t] ** 2 * NOISE * lambda) / (2 * batches[t]);
    }
  }
  return { way, unrest };
}

/** One run: its cost at each step, and where it stands along the first steep direction and the first flat one. */
function sample(rates, batches, xi) {
  const [J, steep, flat] = [0, 1, 2].map(() => new Float64Array(N_STEPS + 1)), n = EACH * CURVATURES.length;
  const lambdas = Float64Array.from({ length: n }, (_, i) => CURVATURES[Math.floor(i / EACH)]);
  const theta = lambdas.map((lambda) => 1 / Math.sqrt(EACH * lambda));
  for (let t = 0; ; t++) {
    for (let i = 0; i < n; i++) J[t] += (lambdas[i] * theta[i] ** 2) / 2;
    steep[t] = theta[0]; flat[t] = theta[EACH];
    if (t === N_STEPS) return { J, steep, flat };
    for (let i = 0; i < n; i++) {
      theta[i] -= rates[t] * (lambdas[i] * theta[i] + Math.sqrt((NOISE * lambdas[i]) / batches[t]) * xi[t * n + i]);
    }
  }
}

/** The least mean cost at the end over all steps at which the change may come, and the step. */
function best(before, after) {
  let least = Infinity, at = 0;
  for (let T = 0; T <= N_STEPS; T++) {
    let J = 0;
    for (const lambda of CURVATURES) {
      const first = (1 - before.rate * lambda) ** (2 * T), second = (1 - after.rate * lambda) ** (2 * (N_STEPS - T));
      const rest = floor(lambda, after.rate, after.batch);
      J += 0.5 * first * second + rest + (floor(lambda, before.rate, before.batch) * (1 - first) - rest) * second;
    }
    if (J < least) [least, at] = [J, T];
  }
  return [least, at];
}

const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);

export function compute({ drop, change, epsilon, factor, seed }, { random, space }) {
  const T = Math.round(drop), by = (what) => (change === what ? factor : 1);
  const before = { rate: epsilon, batch: 1 }, after = { rate: epsilon / by("rate"), batch: by("batch") };
  const along = (name) => Float64Array.from({ length: N_STEPS }, (_, t) => (t < T ? before : after)[name]);
  const rates = along("rate"), batches = along("batch");
  const { way, unrest } = parts(rates, batches), mean = way.map((w, t) => w + unrest[t]);
  const { J: run, steep: up, flat: across } = sample(rates, batches, noise(seed, random)), [stiff, mild] = CURVATURES;
  const high_up = 1.1 * Math.max(WIDE, ...up.map(Math.abs));
  const still = parts(new Float64Array(N_STEPS).fill(epsilon), new Float64Array(N_STEPS).fill(1));
  const J_never = still.way[N_STEPS] + still.unrest[N_STEPS], [J_best, T_best] = change === "nothing" ? [J_never, N_STEPS] : best(before, after);
  const examples = T + (N_STEPS - T) * after.batch, share = way[T] / mean[T], acts = T < N_STEPS && change !== "nothing";
  const w = way[N_STEPS], u = unrest[N_STEPS], good = mean[N_STEPS] <= GOOD * J_best, [steep] = CURVATURES;
  // What has not died down at the end of the unrest of the steep directions.
  const rest = floor(steep, after.rate, after.batch), at = floor(steep, epsilon, 1) * (1 - (1 - epsilon * steep) ** (2 * T));
  const excess = (at - rest) * (1 - after.rate * steep) ** (2 * (N_STEPS - T));
  // How calm a smaller rate would make it in this time.
  const ratio = u / parts(rates.map((rate, t) => (t < T ? rate : epsilon / after.batch)), batches.map(() => 1)).unrest[N_STEPS];
  const key = !acts ? (unrest[T] >= way[T] ? "shaking" : "walking")
    : change === "batch" ? (w > u ? "batch_walking" : !good && excess > w ? "batch_late" : ratio < 1 / LIKE ? "batch_more" : ratio > LIKE ? "batch_less" : "batch")
    : good && share <= 0.1 && way[T] <= 0.1 * way[0] ? "done" : good && w <= 0.2 * (w + u) ? "in_time"
    : T >= T_best ? (good ? "about" : "late") : share > 0.1 ? "early" : "bit_early";
  const numbers = { factor, left: N_STEPS - T, times: (examples / N_STEPS).toFixed(1), never: Number(J_never.toPrecision(2)), T };
  // The axis shows all of both curves of costs, whole decades below a thousandth.
  const low = Math.min(...mean, ...run), high = Math.max(...mean, ...run);
  return { surface: ([x, y]) => (mild * x * x + stiff * y * y) / 2, surface_key: "bowl", wide: high_up, low: -high_up,
    left: Math.min(-WIDE, 1.1 * Math.min(...across)), right: 1.1 * Math.max(...across), run_x: across, run_y: up, late_x: across.slice(T), late_y: up.slice(T),
    steps: space(0, N_STEPS, N_STEPS + 1), run_J: run, mean_J: mean, way_J: way, unrest_J: unrest,
    T, ride: mean[T], J_drop: mean[T], way: way[T], share, unrest: unrest[T], unrest_share: 1 - share,
    J_end: mean[N_STEPS], J_never, J_best, T_best, examples,
    foot: low >= 1e-3 ? 1e-3 : low >= 1e-4 ? 1e-4 : 1e-5, head: Math.max(2, 1.3 * high),
    verdict: fill(SAYS[key], numbers), moment: fill(SAYS[T < N_STEPS ? "at" : "end"], numbers),
    instead: fill(SAYS[acts ? "instead" : "nothing"], numbers),
    sign: fill(SAYS[!acts ? "never" : change === "rate" ? "divided" : "multiplied"], numbers), cured: SAYS[acts ? "cured" : "nothing"] };
}

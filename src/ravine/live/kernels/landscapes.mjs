// One rule on four surfaces at once. `surfaces` and the constants are printed before this file: figures/terrain.py.

/** The way of the ball on one surface, and what becomes of it. */
function follow(name, { rate, momentum, clipping, noise }, xi, { rules, clip }) {
  const { value, grad, parameters } = surfaces[name], rule = rules.momentum, path = [STARTS[name]], J = [];
  const hyper = { learning_rate: rate, momentum: momentum ? MOMENTUM : 0 };
  let theta = path[0], state = rule.init(theta), low = 0, fate = "out", t = 0;
  // The noise comes first: what is clipped is the noisy gradient.
  const noisy = { grad: (x) => grad(x, parameters).map((g, i) => (noise ? g + NOISE * xi[2 * t + i] : g)) };
  const seen = clipping ? clip.norm(noisy, THRESHOLD) : noisy;
  for (; fate === "out"; t++) {
    J.push(value(theta, parameters));
    low = J[t] < LOW ? low + 1 : 0;
    if (low === RUNNING) fate = "arrived";
    if (fate === "arrived" || t === N_STEPS) break;
    [theta, state] = rule.update(seen, theta, state, t, hyper);
    path.push(theta);
    if (!(Math.sqrt(theta[0] * theta[0] + theta[1] * theta[1]) <= FAR)) fate = "thrown";
  }
  const [across, up] = AXES[name];
  return { fate, J, x: path.map((p) => p[across]), y: path.map((p) => p[up]), step: path.length - (fate === "arrived" ? RUNNING : 1) };
}

const listed = (words) => (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words.join(""));

export function compute(values, tools) {
  const names = Object.keys(surfaces), draws = names.map((_, i) => {
    const { normal } = tools.random(names.length * values.seed + i);
    // Logarithms and cosines may differ in their last bit between languages; a cliff would make that visible.
    return Array.from({ length: values.noise ? 2 * N_STEPS : 0 }, () => Math.floor(normal() * GRAIN + 0.5) / GRAIN);
  });
  const all = (helpers) => names.map((name, i) => follow(name, helpers, draws[i], tools));
  const arrived = (runs) => runs.filter(({ fate }) => fate === "arrived").length;
  const runs = all(values), count = arrived(runs), outputs = { count };
  runs.forEach(({ fate, J, x, y, step }, i) => {
    const name = names[i], { value, parameters } = surfaces[name], [across, up] = AXES[name];
    const found = { x, y, start_x: x[0], start_y: y[0], J, step, status: fate, arrived: Number(fate === "arrived"), tone: TONES[fate], verdict: VERDICTS[fate].replace("{step}", step),
      surface: (p) => value([p[across], p[up]], parameters), surface_key: name };
    for (const what in found) outputs[`${name}.${what}`] = found[what];
  });
  const score = `${count} of ${names.length}`;
  if (count < names.length) {
    const told = listed(runs.map(({ fate }, i) => PHRASES[names[i]][fate !== "out" || values.noise ? fate : `${fate} in silence`]));
    return { ...outputs, told: `${told[0].toUpperCase()}${told.slice(1)}: ${score}` };
  }
  // What each helper is worth: the same runs without it.
  const without = HELPERS.filter((helper) => values[helper]).map((helper) => `without ${helper} ${arrived(all({ ...values, [helper]: false }))}`);
  return { ...outputs, told: `${score}. Take one helper away and count again: ${listed(without)}. Why? That is this course` };
}

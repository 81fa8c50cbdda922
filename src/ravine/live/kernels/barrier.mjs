// A ball with momentum, and one without, on a curve with two hollows.
// The figure gives EDGES of the curve, the PASS and the bottoms of both hollows, MOST steps, LENGTHS of the axis, HOLLOWS and SAYS.

const height = (x) => (x * x * x * x) / 4 - (x * x) / 2 + x / 10, slope = (x) => x * x * x - x + 0.1;

/** Positions, and at each the height plus the energy of motion. */
function roll(x0, alpha, epsilon) {
  const xs = [], E = [];
  let x = x0, v = 0;
  for (let t = 0; t <= MOST; t++) {
    const kept = alpha * v;
    v = kept - epsilon * slope(x);
    // Steps conserve energy only nearly. The speed that is kept times the speed after the slope comes closest: without
    // friction it is exact in a parabola, at rest it is nothing, and so it is where no speed is kept.
    xs.push(x); E.push(height(x) + (kept * v) / (2 * epsilon));
    x += v;
  }
  const end = xs[MOST], home = end < PASS ? 0 : 1, crossings = xs.filter((z, t) => t && z < PASS !== xs[t - 1] < PASS).length;
  const away = (z) => !(Math.abs(z - BOTTOMS[home]) < 0.02), last = xs.findLastIndex(away) + 1;
  const still = xs.every((z) => Math.abs(z - x0) < 0.005);
  const fate = still ? SAYS.still : last > MOST ? SAYS.moving : !crossings ? SAYS.bottom
    : (crossings === 1 ? SAYS.once : SAYS.often.replace("{n}", crossings)) + HOLLOWS[home];
  const lock = E.findLastIndex((e) => !(e < height(PASS))) + 1;
  return { xs, E, crossings, steps: last > MOST ? null : still ? 0 : last, fate, lock: lock > MOST ? null : lock, x_end: end };
}

export function compute({ x0, alpha, epsilon }, { space }) {
  const runs = { plain: roll(x0, 0, epsilon), ball: roll(x0, alpha, epsilon) }, { ball } = runs, outputs = {};
  const needed = Math.max(...Object.values(runs).map(({ steps }) => steps ?? MOST)), n = LENGTHS.find((length) => length >= needed);
  for (const key in runs) {
    const { xs, E, crossings, steps, fate, lock, x_end } = runs[key], x = xs.slice(0, n + 1);
    for (const [name, y] of Object.entries({ x, y: x.map(height), t: space(0, n, n + 1), E: E.slice(0, n + 1), crossings, steps, fate, lock, x_end })) {
      outputs[`${key}.${name}`] = y;
    }
  }
  const above = height(x0) - height(PASS), by = Math.abs(above) < 1e-3 ? SAYS.hair : String(Number(Math.abs(above).toPrecision(2)));
  const why = Math.abs(x0 - PASS) < 0.005 ? "top" : above < 0 ? (ball.crossings ? "lifted" : "low") : ball.crossings ? "over" : "friction";
  // Closer together towards the ends, where the curve is steep.
  const [left, right] = EDGES, curve = space(0, Math.PI, 1001).map((s) => (left + right) / 2 - ((right - left) / 2) * Math.cos(s));
  return { ...outputs, curve_x: curve, curve_y: curve.map(height), ride: height(x0), above, horizon: n,
    other: runs.plain.fate === ball.fate ? SAYS.so_does : SAYS.other.replace("{fate}", runs.plain.fate),
    why: SAYS[why].replace("{by}", by).replace("{lock}", ball.lock ?? "") };
}

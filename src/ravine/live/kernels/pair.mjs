// The mean cost of a noisy descent without and with momentum, at the same effective learning rate.
// The figure gives CURVATURES, EACH (directions of each), NOISE (variance over the curvature), STEPS, FAR, TOP and ALIKE.

/** The cost at which all directions hover in the end: infinite from the limit on. */
function floor(eff, alpha) {
  const damped = (eff * (1 - alpha)) / (1 + alpha);
  if (2 - damped * CURVATURES[0] <= 1e-9) return Infinity;
  return CURVATURES.reduce((sum, lambda) => sum + (EACH * NOISE * lambda * eff) / (2 * (2 - damped * lambda)), 0);
}

/** Mean cost, and cost of the mean path, at each step until the cost is out of sight. */
function descend(eff, alpha) {
  const J = Array.from({ length: STEPS + 1 }, () => 0), way = J.slice(), rate = eff * (1 - alpha);
  for (const lambda of CURVATURES) {
    const pull = rate * lambda, kick = rate * rate * EACH * NOISE * lambda;
    // The second moments of theta and of the velocity v, and the mean of both.
    let xx = 1 / lambda, xv = 0, vv = 0, x = Math.sqrt(xx), v = 0;
    for (let t = 0; t <= STEPS; t++) {
      J[t] += (lambda / 2) * xx; way[t] += (lambda / 2) * x * x;
      [vv, xv] = [alpha * alpha * vv - 2 * alpha * pull * xv + pull * pull * xx + kick, alpha * xv - pull * xx];
      xx += 2 * xv + vv; xv += vv;
      v = alpha * v - pull * x; x += v;
    }
  }
  const out = J.findIndex((Jt) => !(Jt <= FAR));
  // The way is done from the step on after which the mean path costs no more than a hundredth of its start.
  const steps = way.findLastIndex((w) => !(w <= 0.01 * way[0])) + 1;
  return { J: out < 0 ? J : J.slice(0, out + 1), steps: steps > STEPS ? null : steps, left: way[STEPS] };
}

/** The floor over the effective rate, at rates at which it rises evenly: the curve reaches its wall. */
function wall(alpha, space) {
  const c = (EACH * NOISE) / 2, m = (1 - alpha) / (1 + alpha), low = (c * 0.02) / (2 - 0.02 * m);
  const x = space(low, TOP, 200, true).map((y) => (2 * y) / (c + m * y));
  return { x, y: x.map((eff) => floor(eff, alpha)) };
}

const alike = (a, b, within) => a <= within * b && b <= within * a;

/** How fast momentum is, by the way that is done, or by what is left of it. */
function pace(plain, ball) {
  const [a, b] = plain.steps === null && ball.steps === null ? [plain.left, ball.left] : [plain.steps ?? Infinity, ball.steps ?? Infinity];
  return alike(a, b, ALIKE) ? "same" : b < a ? "faster" : "slower";
}

function verdict(plain, ball, alpha) {
  if (alpha === 0) return SAYS.none;
  if (ball.floor === Infinity) return SAYS.both;
  if (plain.floor === Infinity) return SAYS.plain;
  if (plain.J.every((Jt, t) => t < 100 || alike(Jt, ball.J[t], 1.1)) && alike(plain.floor, ball.floor, 1.1)) return SAYS.alike;
  const times = plain.floor / ball.floor;
  return SAYS[pace(plain, ball)] + (times < 1.1 ? SAYS.level : SAYS.higher.replace("{times}", times < 10 ? String(Number(times.toPrecision(2))) : times.toFixed(0)));
}

export function compute({ eff, alpha }, { space }) {
  const outputs = { epsilon: eff * (1 - alpha), top: TOP }, runs = {};
  for (const [key, a] of [["plain", 0], ["ball", alpha]]) {
    const run = { ...descend(eff, a), floor: floor(eff, a) }, curve = wall(a, space), stays = run.floor < Infinity;
    runs[key] = run;
    Object.assign(outputs, { [`${key}.t`]: space(0, run.J.length - 1, run.J.length), [`${key}.J`]: run.J,
      [`${key}.steps`]: stays ? run.steps : null, [`${key}.floor`]: stays ? run.floor : null,
      [`${key}.label`]: SAYS[`${key}_name`] + SAYS[!stays ? "diverges" : run.floor > TOP ? "above" : "inside"],
      [`${key}.done`]: !stays ? "–" : run.steps === null ? `not in ${STEPS}` : String(run.steps),
      [`${key}.limit`]: (2 * (1 + a)) / (1 - a), [`${key}.outcome`]: stays ? "hovers" : "diverges",
      [`${key}_x`]: curve.x, [`${key}_y`]: curve.y });
  }
  const apart = outputs["ball.limit"] > 8;
  return { ...outputs, ride: Math.min(runs.ball.floor, TOP), wall_1: apart ? "limit" : "", wall_2: apart ? "limit" : "limits",
    verdict: verdict(runs.plain, runs.ball, alpha) };
}

// A walker in a double well whose noise is round left of the middle; right of it, a turned ellipse of equal trace.
// The figure gives N_STEPS, RATE, EVERY (steps between two points drawn), FAR, PIECES, RADIUS, EQUAL, SLIGHT, LEVEL, FEW and SAYS;
// for the heights REACH, PLACES, BIN (the width in which visits are counted), ENOUGH, FLOOR and CEILING.

let drawn = null; // the noise of the last seed: while something is dragged it stays

function noise(seed, random) {
  if (drawn?.seed !== seed) {
    const { normal } = random(seed);
    drawn = { seed, z: Float64Array.from({ length: 2 * N_STEPS }, normal) };
  }
  return drawn.z;
}

/** Positions at every EVERY-th step, shares so far on the left, changes of the well, and visits of a bin. */
function walk(eps, [a, b, c, d], tilt, z) {
  const n = N_STEPS / EVERY + 1, x = new Float64Array(n), y = new Float64Array(n), share = new Float64Array(n);
  const scale = Math.sqrt(eps * RATE), visits = new Float64Array(Math.round((2 * FAR) / BIN));
  let u = -1, v = 0, left = 0, well = -1, crossings = 0;
  for (let t = 0; ; t++) {
    if (u < 0) left++;
    visits[Math.floor((u + FAR) / BIN)]++;
    if (well * u < -0.5) { well = -well; crossings++; }
    if (t % EVERY === 0) { x[t / EVERY] = u; y[t / EVERY] = v; share[t / EVERY] = left / (t + 1); }
    if (t === N_STEPS) return { x, y, share, crossings, visits };
    const p = z[2 * t], q = z[2 * t + 1], round = u < 0;
    u -= RATE * (u * u * u - u + tilt) - scale * (round ? p : a * p + b * q);
    v -= RATE * v - scale * (round ? q : c * p + d * q);
  }
}

const cost = (x, tilt) => ((x * x - 1) * (x * x - 1)) / 4 + tilt * x;

/** The integral of 1/D exp(-phi / eps) over one side, by Simpson's rule. */
function mass(side, D, eps, tilt, lowest) {
  let sum = 0;
  for (let k = 0; k <= PIECES; k++) {
    const phi = potential((side * FAR * k) / PIECES, side, D, tilt);
    sum += (k === 0 || k === PIECES ? 1 : k % 2 ? 4 : 2) * Math.exp((lowest - phi) / eps);
  }
  return ((FAR / PIECES) * sum) / (3 * (side < 0 ? 1 : D));
}

/** The quasi-potential: 2 f on the left; on the right it goes on with the slope 2 f' / D. */
const potential = (x, side, D, tilt) =>
  side < 0 ? 2 * cost(x, tilt) : 2 * cost(0, tilt) + (2 * (cost(x, tilt) - cost(0, tilt))) / D;

function law(D, eps, tilt) {
  const lowest = Math.min(potential(-1, -1, D, tilt), potential(1, 1, D, tilt));
  const left = mass(-1, D, eps, tilt, lowest), right = mass(1, D, eps, tilt, lowest);
  return left / (left + right);
}

/** Cost (twice) and quasi-potential over x, both 0 at x = 0, and the latter as the visits of a run tell it. */
function heights(D, eps, tilt, visits, space) {
  const start = 2 * cost(0, tilt), side = (x) => (x < 0 ? -1 : 1), phi = (x) => potential(x, side(x), D, tilt) - start;
  const places = space(-REACH, REACH, PLACES), curve = places.map(phi);
  const all = mass(-1, D, eps, tilt, start) + mass(1, D, eps, tilt, start);
  const middles = Array.from(visits, (_, k) => (k + 0.5) * BIN - FAR);
  const seen = middles.map((x, k) => visits[k] < ENOUGH || Math.abs(x) >= REACH ? NaN
    : -eps * Math.log((visits[k] / ((N_STEPS + 1) * BIN)) * (x < 0 ? 1 : D) * all));
  const known = seen.filter(Number.isFinite);
  return { places, double: places.map((x) => 2 * cost(x, tilt) - start), phi: curve, middles, seen,
    floor: Math.min(FLOOR, Math.min(...curve) - 0.1, Math.min(...known) - 0.1),
    ceiling: Math.max(CEILING, Math.max(...known) + 0.1) };
}

const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);

/** A share, or words where its one digit behind the point would say none or all of what is not. */
const told = (share) => (share > 0 && share < SLIGHT ? SAYS.little : share > 1 - SLIGHT && share < 1 ? SAYS.nearly : share);

export function compute({ angle, eps, ratio, tilt, seed }, { random, space }) {
  const long = (2 * ratio) / (1 + ratio), short = 2 / (1 + ratio), turn = (angle * Math.PI) / 180;
  const cos = Math.cos(turn), sin = Math.sin(turn), D = long * cos * cos + short * sin * sin;
  const sigma = [Math.sqrt(long) * cos, -Math.sqrt(short) * sin, Math.sqrt(long) * sin, Math.sqrt(short) * cos];
  const run = walk(eps, sigma, tilt, noise(seed, random));
  const p_left = law(D, eps, tilt), measured = run.share[run.share.length - 1];
  const round = space(0, 2 * Math.PI, 181), [a, b, c, d] = sigma;
  const level = Math.abs(tilt) < LEVEL, side = Math.abs(D - 1) <= EQUAL ? (level ? "even" : "tilted") : D < 1 ? "along" : "across";
  return { ...heights(D, eps, tilt, run.visits, space), x: run.x, y: run.y, share: run.share, steps: space(0, N_STEPS, N_STEPS / EVERY + 1),
    left_x: round.map((w) => -1 + RADIUS * Math.cos(w)), left_y: round.map((w) => RADIUS * Math.sin(w)),
    right_x: round.map((w) => 1 + RADIUS * (a * Math.cos(w) + b * Math.sin(w))),
    right_y: round.map((w) => RADIUS * (c * Math.cos(w) + d * Math.sin(w))),
    law_x: [0, N_STEPS], law_y: [p_left, p_left], p_left, p_right: 1 - p_left, measured, D,
    told_left: told(p_left), told_measured: told(measured),
    crossings: run.crossings, barrier: 0.5 / (D * eps),
    lower: level ? SAYS.level : tilt > 0 ? SAYS.left : SAYS.right,
    verdict: fill(SAYS[run.crossings < FEW ? "cold" : side], { n: run.crossings, changes: run.crossings === 1 ? SAYS.once : SAYS.often }),
    surface: (p) => cost(p[0], tilt) + (p[1] * p[1]) / 2, surface_key: String(tilt) };
}

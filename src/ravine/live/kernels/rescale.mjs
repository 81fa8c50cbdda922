// A rectified network along one line through its weights, after its units have been rescaled by r.
// The figure gives N, UNITS, CLASSES, and row by row RECEIVED, CHANGED (N x UNITS), ANSWERS, TURNED (UNITS x CLASSES),
// BIASES, LABELS; then POINTS (of a line), RATES (low, high, how many), NEAR and SAME (factors), STILL
// (of ln r), COST, SAYS.

/** The factor of each unit: r, or r and 1/r in turn. */
const factors = (r, unitwise) => Array.from({ length: UNITS }, (_, i) => (unitwise && i % 2 ? 1 / r : r));

/** By how much the filters of the second layer grow, one a class. */
function growth(by) {
  return Array.from({ length: CLASSES }, (_, j) => {
    let before = 0, after = 0;
    for (let i = 0; i < UNITS; i++) {
      const w = ANSWERS[i * CLASSES + j];
      before += w * w; after += (w / by[i]) * (w / by[i]);
    }
    return Math.sqrt(after / before);
  });
}

/** The mean loss at the distance s, where the first direction is times `first`, the second times `second`. */
function cost(s, by, first, second) {
  const W = new Float64Array(UNITS * CLASSES), z = new Float64Array(CLASSES);
  for (let i = 0; i < UNITS; i++) {
    for (let j = 0; j < CLASSES; j++) W[i * CLASSES + j] = ANSWERS[i * CLASSES + j] / by[i] + s * second[j] * TURNED[i * CLASSES + j];
  }
  let total = 0;
  for (let k = 0; k < N; k++) {
    for (let j = 0; j < CLASSES; j++) z[j] = BIASES[j];
    for (let i = 0; i < UNITS; i++) {
      const h = by[i] * RECEIVED[k * UNITS + i] + s * first[i] * CHANGED[k * UNITS + i];
      if (h > 0) for (let j = 0; j < CLASSES; j++) z[j] += h * W[i * CLASSES + j];
    }
    let top = z[0], sum = 0;
    for (let j = 1; j < CLASSES; j++) if (z[j] > top) top = z[j];
    for (let j = 0; j < CLASSES; j++) sum += Math.exp(z[j] - top);
    total += top + Math.log(sum) - z[LABELS[k]];
  }
  return total / N;
}

/** What the curvature at s = 0 needs, of the even units and of the odd ones: [example][class]. */
function prepare() {
  const zeros = () => Array.from({ length: N * CLASSES }, () => 0);
  const p = zeros(), parts = [0, 1].map(() => ({ pushed: zeros(), turned: zeros(), both: zeros() }));
  for (let k = 0; k < N; k++) {
    const z = BIASES.slice();
    for (let i = 0; i < UNITS; i++) {
      const h = RECEIVED[k * UNITS + i];
      if (h <= 0) continue;
      const { pushed, turned, both } = parts[i % 2];
      for (let j = 0; j < CLASSES; j++) {
        const at = k * CLASSES + j, b = CHANGED[k * UNITS + i], w = ANSWERS[i * CLASSES + j], g = TURNED[i * CLASSES + j];
        z[j] += h * w; pushed[at] += b * w; turned[at] += h * g; both[at] += 2 * b * g;
      }
    }
    const top = Math.max(...z), powers = z.map((x) => Math.exp(x - top)), sum = powers.reduce((a, x) => a + x, 0);
    powers.forEach((x, j) => { p[k * CLASSES + j] = x / sum; });
  }
  return { p, parts };
}

const PARTS = prepare();

/** The curvature along the line at s = 0: of the softmax, and of the bend of its inputs. */
function curvature(even, odd, firsts, second) {
  const { p, parts: [a, b] } = PARTS;
  let total = 0;
  for (let k = 0; k < N; k++) {
    let mean = 0, square = 0, bend = 0;
    for (let j = 0; j < CLASSES; j++) {
      const at = k * CLASSES + j;
      const slope = (firsts[0] / even) * a.pushed[at] + (firsts[1] / odd) * b.pushed[at] + second[j] * (even * a.turned[at] + odd * b.turned[at]);
      const turn = second[j] * (firsts[0] * a.both[at] + firsts[1] * b.both[at]);
      mean += p[at] * slope; square += p[at] * slope * slope;
      bend += (p[at] - (LABELS[k] === j ? 1 : 0)) * turn;
    }
    total += square - mean * mean + bend;
  }
  return total / N;
}

function both(r, unitwise) {
  const by = factors(r, unitwise), grown = growth(by), ones = grown.map(() => 1), odd = unitwise ? 1 / r : r;
  return { by, grown, ones, raw: curvature(r, odd, [1, 1], ones), own: curvature(r, odd, [r, odd], grown) };
}

const within = (ratio, factor) => ratio < factor && ratio > 1 / factor;

/** Which of SAYS is true: that rescaled units mislead is said only where they do. */
function select(r, unitwise, times, own_times) {
  if (Math.abs(Math.log(r)) < STILL) return r === 1 ? "nothing" : "hardly";
  if (!unitwise || !within(own_times, NEAR)) return unitwise ? "units" : "layers";
  return within(times, NEAR) ? "both" : "layers";
}

/** "12 times as sharp", "3 times as flat", or neither. */
function compare(ratio, { fill }) {
  if (within(ratio, SAME)) return SAYS.same;
  if (within(ratio, NEAR)) return SAYS.alike;
  return ratio > 1 ? fill(SAYS.sharper, { times: ratio }) : fill(SAYS.flatter, { times: 1 / ratio });
}

export function compute({ r, which }, tools) {
  const unitwise = which === "units", { by, grown, ones, raw, own } = both(r, unitwise);
  const s = tools.space(-1, 1, POINTS), still = by.map(() => 1), axis = tools.space(...RATES, true);
  const curves = axis.map((x) => both(x, unitwise)), plain = both(1, unitwise);
  const times = raw / plain.raw, own_times = own / plain.own;
  return { s, raw_J: s.map((x) => cost(x, by, still, ones)), own_J: s.map((x) => cost(x, by, by, grown)),
    axis, raw_curve: curves.map((c) => c.raw), own_curve: curves.map((c) => c.own), curvature: raw, own: own,
    curvature_min: Math.min(raw, ...curves.map((c) => c.raw)), times, own_times, ride: raw, guess: Math.log(CLASSES), cost: COST,
    verdict: tools.fill(SAYS[select(r, unitwise, times, own_times)], { raw: compare(times, tools), own: compare(own_times, tools) }) };
}

// Four rules that go by the name of momentum, at one effective rate of 1, before and after their rate falls.
// The figure gives BEFORE and AFTER (steps drawn), SETTLE (steps until nothing changes any more), FLAT and STEEP, LEAST and SAYS.

/** One step from (x, memory), with the error xi of the gradient; lambda x + xi is the gradient at x. */
const RULES = {
  book(x, v, xi, lambda, rate, alpha) { const next = alpha * v - rate * (lambda * x + xi); return [x + next, next]; },
  torch(x, b, xi, lambda, rate, alpha) { const next = alpha * b + lambda * x + xi; return [x - rate * next, next]; },
  // Of each gradient a share is kept, so that it runs at a larger rate.
  damped(x, b, xi, lambda, rate, alpha) {
    const next = alpha * b + (1 - alpha) * (lambda * x + xi);
    return [x - (rate / (1 - alpha)) * next, next];
  },
  nesterov(x, v, xi, lambda, rate, alpha) { const next = alpha * v - rate * (lambda * (x + alpha * v) + xi); return [x + next, next]; },
};

/** A step is linear: its columns are what becomes of the units of x, of the memory and of the error. */
const columns = (step, lambda, rate, alpha) => [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map((unit) => step(...unit, lambda, rate, alpha));

/** The variance at each step, over that before the change. */
function shaking(step, rates, alpha) {
  const found = [];
  let xx = 0, xm = 0, mm = 0;
  for (const [rate, n, kept] of rates) {
    const [[a, c], [b, d], [e, f]] = columns(step, STEEP, rate, alpha);
    for (let t = 0; t < n; t++) {
      if (kept) found.push(xx);
      [xx, xm, mm] = [a * a * xx + 2 * a * b * xm + b * b * mm + e * e,
        a * c * xx + (a * d + b * c) * xm + b * d * mm + e * f, c * c * xx + 2 * c * d * xm + d * d * mm + f * f];
    }
  }
  return found.map((s) => s / found[0]);
}

/** The share of the way that the step to each place has walked, over that before the change. */
function pace(step, rates, alpha) {
  const found = [NaN];
  let x = 1, m = 0;
  for (const [rate, n, kept] of rates) {
    const [[a, c], [b, d]] = columns(step, FLAT, rate, alpha);
    for (let t = 0; t < n; t++) {
      const next = a * x + b * m;
      m = c * x + d * m;
      if (kept) found.push(1 - next / x);
      x = next;
    }
  }
  // The last step leads out of the picture; the one to its first place was as those that follow.
  found.pop();
  return found.map((p, t) => (t ? p / found[1] : 1));
}

const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);

export function compute({ alpha, factor }, { space }) {
  const rate = 1 - alpha, rates = [[rate, SETTLE, false], [rate, BEFORE, true], [rate / factor, AFTER + 1, true]];
  const outputs = { t: space(-BEFORE, AFTER, BEFORE + AFTER + 1), epsilon: rate, epsilon_after: rate / factor };
  for (const key in RULES) {
    const variance = shaking(RULES[key], rates, alpha), speed = pace(RULES[key], rates, alpha);
    const late = variance.slice(BEFORE), peak = Math.max(...late), last = speed.at(-1);
    const above = late.findLastIndex((s) => s > 1 + 1e-9) + 1;
    Object.assign(outputs, { [`${key}.variance`]: variance, [`${key}.pace`]: speed, [`${key}.peak`]: peak,
      [`${key}.when`]: peak > 1 + 1e-9 ? late.indexOf(peak) : 0, [`${key}.back`]: above > AFTER ? null : above,
      [`${key}.lag`]: speed.findIndex((p, t) => t > BEFORE && p <= last + (1 - last) / Math.E) - BEFORE });
  }
  const { "book.peak": peak, "book.back": back, "book.when": when, "nesterov.peak": ahead } = outputs;
  const key = alpha === 0 ? "none" : peak < LEAST ? "short" : back === null ? "long" : "worse";
  const numbers = { when: when === 1 ? SAYS.one : fill(SAYS.many, { n: when }), back, peak: Number(peak.toPrecision(3)), after: AFTER,
    nesterov: Number(ahead.toPrecision(3)), lag: outputs["book.lag"] };
  // The sign of the drop stands above the highest curve.
  return { ...outputs, ceiling: Math.max(5, 2 * Math.max(peak, ahead)), foot: 0.4 / factor, sign: fill(SAYS.sign, { factor }),
    verdict: fill(SAYS[key], numbers), others: fill(SAYS[alpha === 0 ? "nothing" : ahead < LEAST ? "others_short" : "others"], numbers), lasts: fill(SAYS[alpha ? "pace" : "alone"], numbers) };
}

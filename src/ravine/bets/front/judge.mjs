// Is a guess right, and if not, which typical mistake is it? The twin of _judge.py and _trees.py: conditions
// are data, so nothing is evaluated as text.

const fold = (f) => (...x) => x.reduce((a, b) => f(a, b));
const OPERATIONS = {
  add: fold((a, b) => a + b), mul: fold((a, b) => a * b), pow: (a, b) => a ** b, abs: Math.abs, log: Math.log, exp: Math.exp,
  max: Math.max, min: Math.min, lt: (a, b) => a < b, le: (a, b) => a <= b, gt: (a, b) => a > b, ge: (a, b) => a >= b,
  eq: (a, b) => a === b, and: (...x) => x.every(Boolean), or: (...x) => x.some(Boolean),
};

/** The value of a tree; what is missing or null counts as NaN, with which no comparison holds. */
export function evaluate(tree, scope) {
  if (typeof tree === "string") return scope[tree] ?? NaN;
  if (!Array.isArray(tree)) return tree;
  const [name, ...parts] = tree;
  if (name === "word") return parts[0];
  return (OPERATIONS[name] ?? scope[name])(...parts.map((part) => evaluate(part, scope)));
}

/** Value -> share of the axis, and back. */
export const height = ({ low, high, log }) => (v) => {
  const f = log ? Math.log : Number;
  return (f(v) - f(low)) / (f(high) - f(low));
};
export const value = ({ low, high, log }) => (s) => (log ? low * (high / low) ** s : low + s * (high - low));

/** Straight lines between the knots. */
export const between = (knots, values) => (x) => {
  const found = knots.findIndex((knot, i) => i > 0 && x <= knot), k = found < 0 ? knots.length - 1 : found;
  return values[k - 1] + ((x - knots[k - 1]) / (knots[k] - knots[k - 1])) * (values[k] - values[k - 1]);
};

/** Mean distance of a drawn curve from the true one, as a share of the axis' height. */
export function distance({ truth, y }, drawn) {
  const h = height(y);
  return drawn.reduce((sum, a, k) => sum + Math.abs(h(a) - h(truth[k])), 0) / drawn.length;
}

const RIGHT = {
  number: ({ answer, within, log }, x) => (log ? answer / within <= x && x <= answer * within : Math.abs(x - answer) <= within),
  choice: ({ answer }, x) => x === answer,
  curve: (spec, drawn) => distance(spec, drawn) <= spec.within,
  setting: ({ goal }, outputs) => evaluate(goal, outputs),
};

function scopeOf({ kind, knots, truth }, guess) {
  if (kind === "setting") return guess;
  if (kind !== "curve") return { guess };
  const low = guess.indexOf(Math.min(...guess)), high = guess.indexOf(Math.max(...guess));
  return { start: guess[0], end: guess.at(-1), lowest: guess[low], lowest_at: knots[low], highest: guess[high], highest_at: knots[high],
    y: between(knots, guess), truth: between(knots, truth) };
}

/** {right, mistake, hint} of a guess; mistake is the name of the first typical one, "" for none. */
export function judge(spec, guess) {
  const right = Boolean(RIGHT[spec.kind](spec, guess)), scope = scopeOf(spec, guess);
  const [mistake, , hint] = (right ? null : spec.typical.find(([, test]) => evaluate(test, scope))) ?? ["", null, ""];
  return { right, mistake, hint };
}

/** The number that a reader wrote: 0.5, 1e3, 1/3, −2, 1 000; null where it is none. */
export function parse(text) {
  const plain = text.trim().replace(/−/g, "-").replace(/(?<=\d)[\s\u202f](?=\d{3}(?!\d))/g, ""), number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
  const found = new RegExp(`^(${number})(?:\\s*/\\s*(${number}))?$`, "i").exec(plain);
  if (!found) return null;
  const x = Number(found[1]) / (found[2] === undefined ? 1 : Number(found[2]));
  return Number.isFinite(x) ? x : null;
}

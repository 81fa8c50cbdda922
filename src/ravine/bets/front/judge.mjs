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

/** Of a number: by which factor it is off the answer; infinite across zero. */
export const factor = ({ answer }, x) => (answer * x > 0 ? Math.max(x / answer, answer / x) : x === answer ? 1 : Infinity);
const CLOSE = 1.5;
/** Whether a number is close, though not right. */
export const close = (spec, guess) => spec.kind === "number" && factor(spec, guess) <= CLOSE && !RIGHT.number(spec, guess);

const WHOLE = String.raw`(?:[1-9]\d{0,2}(?:\s\d{3})+|\d+)`, NUMBER = String.raw`[-+]?(?:${WHOLE}(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d+)?`;
const WRITTEN = new RegExp(String.raw`^(${NUMBER})(?:\s*/\s*(${NUMBER}))?$`, "i");
// A comma before three digits, as in 1,000, but not in 0,125, 1234,567 or 1 234,567: nothing there can be a thousand.
const UNCLEAR = /(?<![\d.,]|\d\s)[1-9]\d{0,2},\d{3}(?!\d)/;
// Digits in threes with commas: 1,000,000 and 1,000.5.
const GROUPED = /^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/;
const plain = (text) => text.trim().replace(/−/g, "-");

/** The number that a reader wrote: 0.5, 0,5, 1e3, 1/3, −2, 1 000; null where it is none, or may be either of two. */
export function parse(text) {
  const found = WRITTEN.exec(plain(text));
  if (!found || UNCLEAR.test(plain(text))) return null;
  const [over, under] = found.slice(1).map((part) => (part === undefined ? 1 : Number(part.replace(/\s/g, "").replace(",", "."))));
  const x = over / under;
  return Number.isFinite(x) ? x : null;
}

/** What to ask a reader who wrote something else than a number. */
export function doubt(text) {
  const written = plain(text), whole = written.replaceAll(",", "");
  if (WRITTEN.test(written) && UNCLEAR.test(written)) return `${written} can be read in two ways: write ${whole} or ${written.replaceAll(",", ".")}.`;
  return GROUPED.test(written) ? `Write it without commas: ${whole}.` : "Write a number, such as 0.5, 1e3 or 1/3.";
}

// Numbers: ranges, chance, and their text.

/** x, or the nearer of the two ends. */
export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
export const finite = Number.isFinite;
/** Numbers as a plain array: one alone, an array, or what a recording holds. */
export const list = (x) => (x?.length === undefined ? [x] : Array.from(x));

/** Seeded generator (mulberry32) of uniform and standard normal numbers; `live.Random` is its twin. */
export function random(seed) {
  let a = seed >>> 0;
  const uniform = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** n numbers from low to high, evenly spaced, or evenly in their logarithm. */
export function space(low, high, n, log = false) {
  const at = log ? (s) => low * (high / low) ** s : (s) => low + s * (high - low);
  return Array.from({ length: n }, (_, i) => at(n > 1 ? i / (n - 1) : 0));
}

export const superscript = (n) => String(n).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
// With a typeset minus, and none before what is written as zero.
const minus = (text) => text.replace("-", /[1-9]/.test(text) ? "−" : "");
// Digits before the point in groups of three, from five on.
const grouped = (text) => text.replace(/^(-?)(\d{5,})/, (_, sign, whole) => sign + whole.replace(/\B(?=(?:\d{3})+$)/g, "\u202f"));
// From here on digits behind the point, and whole numbers, say nothing.
const HUGE = 1e15;

/** Text of x by a format as in Python: "d", ".3f", ".3g", ".0%". `_text.format_number` is its twin. */
export function format(x, spec = ".3g") {
  if (typeof x === "string") return x;
  if (x === null || typeof x === "object" || Number.isNaN(Number(x))) return "–";
  x = Number(x);
  if (!finite(x)) return x > 0 ? "∞" : "−∞";
  const kind = spec.at(-1), general = kind === "g" || Math.abs(x) >= HUGE, digits = Number(kind === "d" ? 0 : spec.slice(1, -1));
  if (!general) return kind === "%" ? `${minus(grouped((100 * x).toFixed(digits)))}\u00a0%` : minus(grouped(x.toFixed(digits)));
  const [mantissa, exponent] = x.toExponential(kind === "g" ? digits - 1 : 2).split("e").map(Number);
  if (exponent >= -3 && exponent < 5) return minus(grouped(String(Number(x.toPrecision(digits)))));
  return `${minus(String(mantissa))} × 10${superscript(exponent)}`;
}

/** Fill "{name:.3g}" from the outputs. */
export const fill = (template, outputs) =>
  template.replace(/\{([^{}:]+):?([^{}]*)\}/g, (_, name, spec) => format(outputs[name], spec || ".3g"));

/** A number, or the output of that name. */
export const resolve = (x, outputs) => (typeof x === "string" ? outputs[x] : x);

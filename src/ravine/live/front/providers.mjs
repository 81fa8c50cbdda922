// Where outputs come from: values of the controls in, named outputs (numbers, words, arrays) out.

import { fill, random, space } from "./numbers.mjs";
import { clip, rules, trajectory } from "./rules.mjs";

const PROVIDERS = {
  /** A surface in the plane, and on it one run a rule: `key.x key.y key.J ...`. */
  formula: (spec, module) => (values, numbers) => {
    const p = Object.fromEntries(spec.parameters.map((name) => [name, numbers[`parameter.${name}`]]));
    const bound = { value: (x) => module.value(x, p), grad: (x) => module.grad(x, p), hess: (x) => module.hess(x, p) };
    const outputs = { surface: bound.value, surface_key: JSON.stringify(p) };
    for (const { key, label, rule, hyper, clipping } of spec.runs) {
      const name = values[rule] ?? rule, how = values[clipping] ?? clipping;
      const problem = clip[how] ? clip[how](bound, numbers[`${key}.threshold`]) : bound;
      const settings = Object.fromEntries(hyper.map((h) => [h, numbers[`${key}.${h}`]]));
      const start = spec.start.map((s) => numbers[s]), rho = numbers[`${key}.rho`];
      const run = trajectory(problem, rules[name], settings, start, { ...spec, J_star: numbers.J_star, rho });
      // On a plateau, too, the gradient vanishes.
      if (run.status === "converged" && !run.last_step) run.outcome = "rests where it starts";
      run.label = label ?? name.replaceAll("_", " ");
      for (const what in run) outputs[`${key}.${what}`] = run[what];
    }
    return outputs;
  },

  /** Curves over an axis. */
  curve: ({ axis }, module) => (values, numbers) => {
    const x = space(numbers["axis.low"], numbers["axis.high"], axis.n, axis.log), outputs = { [axis.name]: x };
    for (const name in module.curves) outputs[name] = x.map((xi) => module.curves[name](xi, numbers));
    return outputs;
  },

  /** A function written by hand. */
  kernel: (spec, module) => (values) => module.compute(values, { rules, clip, trajectory, random, space, fill }),

  /** Several at once, each with its own expressions: `valley.surface saddle.surface ...`. */
  together: ({ parts }, module) => {
    const inner = Object.entries(parts).map(([name, [keys, spec]]) => [name, keys, PROVIDERS[spec.kind](spec, module.parts[name])]);
    return (values, numbers) => {
      const outputs = {};
      for (const [name, keys, provide] of inner) {
        const own = Object.fromEntries(keys.map((key) => [key, numbers[`${name}.${key}`]]));
        const found = provide(values, { ...numbers, ...own });
        for (const key in found) outputs[`${name}.${key}`] = found[key];
      }
      return outputs;
    };
  },

  /** Python: what it sent last, or what the book build recorded. */
  python: (spec, module, model) => {
    const recorded = model.get("recorded");
    return recorded ? replay(recorded) : () => mapValues(model.get("outputs"), unpack);
  },
};

const mapValues = (object, f) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, f(v)]));

/** A buffer of float64 from Python as an array, with its shape where it has two axes. */
function unpack(x) {
  if (!x?.shape) return x;
  const { buffer, byteOffset, byteLength } = x.data;
  const data = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
  return x.shape.length > 1 ? { shape: x.shape, data } : data;
}

/** Recorded outputs; states are numbered through the grid, the last value fastest (see _recorded.py). */
function replay({ grid, outputs }) {
  const decoded = mapValues(outputs, (o) => {
    if (o.words) return o;
    const bytes = Uint8Array.from(atob(o.data), (c) => c.charCodeAt(0));
    return { ...o, codes: new Uint16Array(bytes.buffer) };
  });
  return (values) => {
    const state = grid.reduce((i, [name, choices]) => i * choices.length + Math.max(0, choices.indexOf(values[name])), 0);
    return mapValues(decoded, ({ words, index, codes, shape, low, high, log }) => {
      if (words) return words[index[state]];
      const size = shape.reduce((a, b) => a * b, 1), step = (high[state] - low[state]) / 65534;
      const data = Float64Array.from(codes.subarray(state * size, (state + 1) * size), (code) => {
        const x = code === 65535 ? NaN : low[state] + code * step;
        return log ? 10 ** x : x;
      });
      return shape.length === 0 ? data[0] : shape.length === 1 ? data : { shape, data };
    });
  };
}

/** values -> outputs, whatever the provider: its own, the printed expressions', and the controls' values. */
export function compiler(spec, module, model) {
  const provide = PROVIDERS[spec.provider.kind](spec.provider, module, model);
  const options = Object.fromEntries(spec.controls.filter((c) => c.options).map((c) => [c.name, c.options]));
  const number = (x, name) => (options[name] ? options[name].findIndex(([o]) => o === x) : Number(x));
  return (values) => {
    const numbers = Object.fromEntries(Object.entries(values).map(([k, x]) => [k, number(x, k)]));
    const expressions = module?.expressions ?? {};
    for (const name in expressions) numbers[name] = expressions[name](numbers);
    const outputs = { ...numbers, ...values, ...provide(values, numbers) };
    for (const name in spec.words) outputs[name] = spec.words[name][numbers[name]];
    // Regions of a plane are asked for at other values of two controls.
    outputs.at = (name, change) => expressions[name](Object.assign(numbers, change));
    return outputs;
  };
}

// The live figures of Ravine: one module without dependencies. Notebooks load it through anywidget, the
// static page through host.js. What a figure shows is data (`spec`, written by explorer.py). Its numbers come
// from a provider: values of the controls in, named outputs (numbers, words, arrays) out.

// ------------------------------------------------------------------ update rules, as in ravine.rules

const zeros = (theta) => theta.map(() => 0);
const add = (x, a, y) => x.map((xi, i) => xi + a * y[i]);
const norm = (x) => Math.hypot(...x);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const finite = Number.isFinite;

/** f(H)^-1 g for a symmetric 2 x 2 H, f acting on its eigenvalues; the zero vector where f(H) is singular. */
function solve(f, [a, b, , d], g) {
  const mean = (a + d) / 2, radius = Math.hypot((a - d) / 2, b), angle = Math.atan2(2 * b, a - d) / 2;
  const cos = Math.cos(angle), sin = Math.sin(angle);
  // The smaller eigenvalue as determinant / larger: their difference would cancel.
  const large = mean >= 0 ? mean + radius : mean - radius, small = large === 0 ? 0 : (a * d - b * b) / large;
  const [first, second] = (mean >= 0 ? [large, small] : [small, large]).map(f);
  const size = [Math.abs(first), Math.abs(second)];
  const singular = Math.min(...size) <= 2 * Number.EPSILON * Math.max(...size);
  const along = (cos * g[0] + sin * g[1]) / first, across = (cos * g[1] - sin * g[0]) / second;
  return [singular ? [0, 0] : [cos * along - sin * across, sin * along + cos * across], singular];
}

const secondOrder = (f) => ({
  init: () => ({ singular: false }),
  update({ grad, hess }, theta, state, t, { learning_rate = 1, damping = 0 }) {
    const [step, singular] = solve((lambda) => f(lambda) + damping, hess(theta), grad(theta));
    return [add(theta, -learning_rate, step), { singular }];
  },
});

/** name -> {init(theta) -> state, update(problem, theta, state, t, hyperparameters) -> [theta, state]}, pure. */
export const rules = {
  gradient_descent: {
    init: () => ({}),
    update: ({ grad }, theta, state, t, { learning_rate }) => [add(theta, -learning_rate, grad(theta)), state],
  },
  momentum: {
    init: (theta) => ({ velocity: zeros(theta) }),
    update({ grad }, theta, { velocity }, t, { learning_rate, momentum = 0.9 }) {
      const g = grad(theta), v = velocity.map((vi, i) => momentum * vi - learning_rate * g[i]);
      return [add(theta, 1, v), { velocity: v }];
    },
  },
  nesterov: {
    init: (theta) => ({ velocity: zeros(theta) }),
    update({ grad }, theta, { velocity }, t, { learning_rate, momentum = 0.9 }) {
      const ahead = velocity.map((vi) => momentum * vi);
      const v = add(ahead, -learning_rate, grad(add(theta, 1, ahead)));
      return [add(theta, 1, v), { velocity: v }];
    },
  },
  newton: secondOrder((lambda) => lambda),
  saddle_free_newton: secondOrder(Math.abs),
  adagrad: {
    init: (theta) => ({ sum_of_squares: zeros(theta) }),
    update({ grad }, theta, { sum_of_squares }, t, { learning_rate, eps = 1e-8 }) {
      const g = grad(theta), r = sum_of_squares.map((ri, i) => ri + g[i] * g[i]);
      return [theta.map((x, i) => x - (learning_rate * g[i]) / (Math.sqrt(r[i]) + eps)), { sum_of_squares: r }];
    },
  },
  rmsprop: {
    init: (theta) => ({ mean_square: zeros(theta) }),
    update({ grad }, theta, { mean_square }, t, { learning_rate, decay = 0.9, eps = 1e-8 }) {
      const g = grad(theta), r = mean_square.map((ri, i) => decay * ri + (1 - decay) * g[i] * g[i]);
      return [theta.map((x, i) => x - (learning_rate * g[i]) / (Math.sqrt(r[i]) + eps)), { mean_square: r }];
    },
  },
  adam: {
    init: (theta) => ({ mean: zeros(theta), mean_square: zeros(theta) }),
    update({ grad }, theta, state, t, { learning_rate, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }) {
      const g = grad(theta);
      const mean = state.mean.map((m, i) => beta1 * m + (1 - beta1) * g[i]);
      const mean_square = state.mean_square.map((r, i) => beta2 * r + (1 - beta2) * g[i] * g[i]);
      const a = 1 - beta1 ** (t + 1), b = 1 - beta2 ** (t + 1);
      const next = theta.map((x, i) => x - (learning_rate * (mean[i] / a)) / (Math.sqrt(mean_square[i] / b) + eps));
      return [next, { mean, mean_square }];
    },
  },
};

/** How a problem looks through a clipped gradient: shortened by norm, or cut entry by entry by value. */
export const clip = {
  norm: (problem, threshold) => ({ ...problem, grad(theta) {
    const g = problem.grad(theta), scale = threshold / Math.max(norm(g), threshold);
    return g.map((gi) => gi * scale);
  } }),
  value: (problem, threshold) => ({ ...problem,
    grad: (theta) => problem.grad(theta).map((gi) => clamp(gi, -threshold, threshold)) }),
};

/** As descent.minimise: run until the gradient is at most tol, the iterate is lost, or all steps are taken. */
export function descend(problem, rule, hyper, start, nSteps, tol) {
  const run = { x: [], y: [], J: [], status: "max_steps" }, end = (status) => ({ ...run, status });
  let theta = start, state = rule.init(theta);
  for (let t = 0; ; t++) {
    const J = problem.value(theta), size = norm(problem.grad(theta));
    if (t && !(finite(J) && finite(size))) return end("diverged");
    run.x.push(theta[0]); run.y.push(theta[1]); run.J.push(J);
    if (size <= tol) return end("converged");
    if (t === nSteps) return run;
    [theta, state] = rule.update(problem, theta, state, t, hyper);
    if (state.singular) return end("singular");
    if (!theta.every((x) => Math.abs(x) <= 1e20)) return end("diverged");
  }
}

/** Steps until the excess cost has fallen by the factor `fall`, and the fitted rate a step of its square root. */
export function progress(excess, fall) {
  const steps = excess.findIndex((e) => e <= fall * excess[0]);
  // Where rounding ends the fall, the fit must end too; its first half is left out as a transient.
  const lost = excess.findIndex((e) => !(e > 1e-20 * excess[0]));
  const last = (lost < 0 ? excess.length : lost) - 1, first = last >> 1, n = last - first + 1;
  let sum = 0, moment = 0;
  for (let i = 0; i < n; i++) {
    const y = Math.log(excess[first + i]) / 2;
    sum += y; moment += (i - (n - 1) / 2) * y;
  }
  return { steps: steps < 0 ? null : steps, rate: n < 2 ? null : Math.exp(moment / ((n * (n * n - 1)) / 12)) };
}

// ------------------------------------------------------------------ providers: (values, numbers) -> outputs

const STATUS = { converged: "converges", max_steps: "is not there yet", diverged: "diverges",
  singular: "stops: singular Hessian" };

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
function space(low, high, n, log = false) {
  const at = log ? (s) => low * (high / low) ** s : (s) => low + s * (high - low);
  return Array.from({ length: n }, (_, i) => at(n > 1 ? i / (n - 1) : 0));
}

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
      const start = spec.start.map((s) => numbers[s]);
      const { x, y, J, status } = descend(problem, rules[name], settings, start, spec.n_steps, spec.tol);
      const floor = numbers.J_star, excess = J.map((Jt) => Jt - floor), { steps, rate } = progress(excess, spec.fall);
      const t = J.map((_, t) => t), theory = t.map((t) => excess[0] * numbers[`${key}.rho`] ** (2 * t));
      const found = { x, y, t, J, excess, theory, status, steps, rate, outcome: STATUS[status],
        last_step: J.length - 1, J_end: J.at(-1), x_end: x.at(-1), y_end: y.at(-1),
        label: label ?? name.replaceAll("_", " ") };
      for (const name in found) outputs[`${key}.${name}`] = found[name];
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
  kernel: (spec, module) => (values) => module.compute(values, { rules, clip, descend, progress, random, space }),

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

/** Outputs of the recorded state nearest to the values; see recorded.py for the format. */
function replay({ grid, outputs }) {
  const decoded = mapValues(outputs, (o) => {
    if (o.words) return o;
    const bytes = Uint8Array.from(atob(o.data), (c) => c.charCodeAt(0));
    return { ...o, codes: new Uint16Array(bytes.buffer) };
  });
  const nearest = (choices, x) => {
    const exact = choices.indexOf(x);
    if (exact >= 0 || typeof x === "string") return Math.max(exact, 0);
    return choices.reduce((best, c, i) => (Math.abs(c - x) < Math.abs(choices[best] - x) ? i : best), 0);
  };
  return (values) => {
    const state = grid.reduce((i, [name, choices]) => i * choices.length + nearest(choices, values[name]), 0);
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
    const outputs = { ...values, ...numbers, ...provide(values, numbers) };
    for (const name in spec.words) outputs[name] = spec.words[name][numbers[name]];
    // Regions of a plane are asked for at other values of two controls.
    outputs.at = (name, change) => expressions[name](Object.assign(numbers, change));
    return outputs;
  };
}

// ------------------------------------------------------------------ text

const minus = (text) => text.replace("-", "−");
const superscript = (n) => String(n).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);

/** Text of x by a format as in Python: "d", ".3f", ".3g", ".0%". */
export function format(x, spec = ".3g") {
  if (typeof x === "string") return x;
  if (x === null || x === undefined || Number.isNaN(Number(x))) return "–";
  if (!finite(Number(x))) return x > 0 ? "∞" : "−∞";
  const digits = Number((/\d+/.exec(spec) ?? [3])[0]), kind = spec.at(-1);
  if (kind === "d") return minus(String(Math.round(x)));
  if (kind === "%") return `${minus((100 * x).toFixed(digits))} %`;
  if (kind === "f") return minus(Number(x).toFixed(digits));
  const [mantissa, exponent] = Number(x).toExponential(digits - 1).split("e").map(Number);
  if (exponent >= -3 && exponent < 5) return minus(String(Number(Number(x).toPrecision(digits))));
  return `${minus(String(mantissa))} × 10${superscript(exponent)}`;
}

/** Fill "{name:.3g}" from the outputs. */
const fill = (template, outputs) =>
  String(template ?? "").replace(/\{([^{}:]+):?([^{}]*)\}/g, (_, name, spec) => format(outputs[name], spec || ".3g"));

/** A number, or the output of that name. */
const resolve = (x, outputs) => (typeof x === "string" ? outputs[x] : x);

// ------------------------------------------------------------------ colours

// The names of plotting.COLOURS: its own values on light pages, lighter relatives on dark ones.
const THEMES = {
  light: { blue: "#0072b2", orange: "#d55e00", green: "#009e73", purple: "#cc79a7", sky: "#56b4e9", amber: "#e69f00",
    black: "#222222", grey: "#767676", ink: "#24292f", muted: "#59636e", line: "#d1d9e0", ground: "#ffffff", tone: 0.42, top: 1 },
  dark: { blue: "#58b4f0", orange: "#ff8a4c", green: "#2cc99a", purple: "#e59ac4", sky: "#8fd0f7", amber: "#ffc23d",
    black: "#e6e6e6", grey: "#9a9a9a", ink: "#e6e8ea", muted: "#a3adb8", line: "#424a53", ground: "#14181e", tone: 0.38, top: 0.72 },
};
const VIRIDIS = ("440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b " +
  "addc30 d8e219 fde725").split(" ").map((hex) => rgb(`#${hex}`));

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}
const pixel = ([r, g, b]) => 0xff000000 + (Math.round(b) << 16) + (Math.round(g) << 8) + Math.round(r);
const mix = (a, b, s) => a.map((ai, i) => ai + s * (b[i] - ai));

/** viridis, toned towards the ground so that paths stand out: 256 pixels. */
function ramp({ ground, tone, top }) {
  return Array.from({ length: 256 }, (_, i) => {
    const s = (i / 255) * 16 * top, k = Math.min(15, Math.floor(s));
    return pixel(mix(mix(VIRIDIS[k], VIRIDIS[k + 1], s - k), rgb(ground), tone));
  });
}

function currentTheme() {
  const html = document.documentElement.dataset.theme, lab = document.body.dataset.jpThemeLight;
  if (html) return html === "dark" ? "dark" : "light";
  if (lab) return lab === "false" ? "dark" : "light";
  if (/vscode-dark/.test(document.body.className)) return "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches && !/vscode/.test(document.body.className) ? "dark" : "light";
}

// ------------------------------------------------------------------ axes

/** A mapping from [low, high] to pixels [from, to], linear or logarithmic. */
function scale(low, high, from, to, log) {
  const f = log ? Math.log10 : (x) => x, g = log ? (y) => 10 ** y : (y) => y;
  const a = f(low), b = f(high);
  return { low, high, log, from, to,
    px: (x) => clamp(from + ((f(x) - a) / (b - a)) * (to - from), -1e4, 1e4),
    at: (p) => g(clamp(a + ((p - from) / (to - from)) * (b - a), Math.min(a, b), Math.max(a, b))) };
}

/** Positions and labels of ticks, some `gap` pixels apart. */
function ticks({ low, high, log, from, to }, gap) {
  const room = Math.max(2, Math.floor(Math.abs(to - from) / gap)), list = [];
  if (log && high / low >= 50) {
    const a = Math.ceil(Math.log10(low) - 1e-9), b = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((b - a) / room));
    for (let k = Math.ceil(a / step) * step; k <= b; k += step) {
      list.push([10 ** k, Math.abs(k) <= 2 ? String(10 ** k) : `10${superscript(k)}`]);
    }
    return list;
  }
  const rough = (high - low) / room, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough * 0.999);
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    list.push([k * step, format(Number((k * step).toPrecision(6)), ".6g")]);
  }
  return list;
}

/** Least and greatest of the finite entries (positive ones on a log axis). */
function extent(arrays, log) {
  let low = Infinity, high = -Infinity;
  for (const array of arrays) {
    for (const x of array) {
      if (!finite(x) || (log && x <= 0)) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  return low <= high ? [low, high] : log ? [0.1, 10] : [0, 1];
}

/** Limits of an axis: as given, or those of the data with a margin. */
function limits(axis, arrays, outputs) {
  let [low, high] = [resolve(axis.low, outputs), resolve(axis.high, outputs)];
  if (!finite(low) || !finite(high)) {
    let [least, most] = extent(arrays(), axis.log);
    if (axis.log) { least = Math.max(least, most * 1e-18); [least, most] = [least / 1.3, most * 1.3]; }
    else { const pad = axis.tight ? 0 : 0.05 * (most - least); [least, most] = [least - pad, most + pad]; }
    low = finite(low) ? low : least;
    high = finite(high) ? high : most;
  }
  return high > low ? [low, high] : axis.log ? [low / 2, low * 2] : [low - 0.5, low + 0.5];
}

/** A canvas of the figure: draws its frame, and hands out pixel scales. */
class Panel {
  constructor(view, figure) {
    this.view = view;
    this.figure = figure;
    this.cache = {};
    this.canvas = element("canvas", { role: "img", "aria-label": view.label });
    this.stage = element("div", { class: "rv-stage" }, this.canvas);
    this.legend = element("div", { class: "rv-legend", "aria-hidden": "true" });
    this.node = element("section", { class: `rv-view rv-${view.kind}` },
      element("div", { class: "rv-title" }, view.title ?? ""), this.stage, this.legend);
    this.handle = view.handle ? new Handle(this) : null;
  }

  /** Open the canvas at the size of its box and draw axes for these limits. */
  frame([xLow, xHigh], [yLow, yHigh], theme, { grid = true } = {}) {
    const { canvas, view, stage } = this, { x, y } = view;
    const width = Math.max(160, stage.clientWidth), sharp = Math.max(1, window.devicePixelRatio || 1);
    const left = 50, right = width - 10, top = 8, room = right - left;
    const shape = view.equal ? clamp((yHigh - yLow) / (xHigh - xLow), 0.4, 1.2) : view.shape;
    const bottom = top + Math.round(room * shape), height = bottom + 38;
    if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
      canvas.width = Math.round(width * sharp);
      canvas.height = Math.round(height * sharp);
      canvas.style.height = stage.style.height = `${height}px`;
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
    ctx.clearRect(0, 0, width, height);
    Object.assign(this, { ctx, left, right, top, bottom, width, height, theme,
      x: scale(xLow, xHigh, left, right, x.log), y: scale(yLow, yHigh, bottom, top, y.log) });
    ctx.font = `12px ${this.figure.font}`;
    ctx.lineWidth = 1;
    const xs = ticks(this.x, 52), ys = ticks(this.y, 28);
    if (grid) {
      ctx.strokeStyle = theme.line;
      ctx.globalAlpha = 0.6;
      for (const [v] of xs) this.stroke([[this.x.px(v), top], [this.x.px(v), bottom]]);
      for (const [v] of ys) this.stroke([[left, this.y.px(v)], [right, this.y.px(v)]]);
      ctx.globalAlpha = 1;
    }
    ctx.fillStyle = theme.muted;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    for (const [v, text] of xs) ctx.fillText(text, clamp(this.x.px(v), left, right - ctx.measureText(text).width / 2 + 8), bottom + 16);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const [v, text] of ys) ctx.fillText(text, left - 7, this.y.px(v));
    ctx.fillStyle = theme.ink;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.fillText(x.label, (left + right) / 2, bottom + 33);
    ctx.save();
    ctx.translate(12, (top + bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(y.label, 0, 0);
    ctx.restore();
  }

  /** Run draw() with everything outside the frame cut off. */
  inside(draw) {
    const { ctx } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.left, this.top, this.right - this.left, this.bottom - this.top);
    ctx.clip();
    draw(ctx);
    ctx.restore();
  }

  border() {
    Object.assign(this.ctx, { strokeStyle: this.theme.line, lineWidth: 1 });
    this.ctx.strokeRect(this.left, this.top, this.right - this.left, this.bottom - this.top);
  }

  stroke(points) {
    const { ctx } = this;
    ctx.beginPath();
    points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.stroke();
  }

  /** A broken line through the data; gaps where it is not finite. */
  trace(xs, ys) {
    const { ctx } = this, n = Math.min(xs.length, ys.length);
    ctx.beginPath();
    for (let i = 0, open = false; i < n; i++) {
      if (!finite(xs[i]) || Number.isNaN(ys[i]) || (this.x.log && xs[i] <= 0)) { open = false; continue; }
      const y = this.y.log && ys[i] <= 0 ? this.y.from + 20 : this.y.px(ys[i]);
      if (open) ctx.lineTo(this.x.px(xs[i]), y);
      else ctx.moveTo(this.x.px(xs[i]), y);
      open = true;
    }
  }

  dot(x, y, radius, colour, edge = this.theme.ground) {
    const { ctx } = this;
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 7);
    ctx.fillStyle = colour;
    ctx.fill();
    if (!edge) return;
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = edge;
    ctx.stroke();
  }

  /** Text with a rim of the ground's colour, kept inside the frame. */
  note(text, x, y, colour, weight = 600) {
    const { ctx, theme } = this;
    ctx.font = `${weight} 12px ${this.figure.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    const half = ctx.measureText(text).width / 2 + 4;
    const at = [clamp(x, this.left + half, this.right - half), clamp(y, this.top + 10, this.bottom - 10)];
    ctx.lineJoin = "round";
    ctx.lineWidth = 4;
    ctx.strokeStyle = theme.ground;
    ctx.strokeText(text, ...at);
    ctx.fillStyle = colour;
    ctx.fillText(text, ...at);
  }

  keys(items) {
    const text = JSON.stringify(items);
    if (this.keyed === text) return;
    this.keyed = text;
    this.legend.replaceChildren(...items.map(({ label, colour, style }) =>
      element("span", {}, element("i", { class: `rv-key rv-${style}`, "data-colour": colour }), label)));
  }
}

// ------------------------------------------------------------------ the three views

/** Heat map, contour lines, paths, points, and a start to drag. */
class Field extends Panel {
  draw(outputs, theme) {
    const { view } = this, surface = view.surface && outputs[view.surface];
    const xr = limits(view.x, () => [], outputs), yr = limits(view.y, () => [], outputs);
    this.frame(xr, yr, theme, { grid: !surface });
    if (surface) this.inside((ctx) => this.relief(ctx, surface, outputs));
    const lost = view.paths.map((path) => this.path(path, outputs)).filter(Boolean);
    for (const p of view.points) this.inside(() => this.cloud(p, outputs));
    lost.forEach(({ x, y, colour }, i) => {
      const at = clamp(y, this.top + 10, this.bottom - 10);
      this.note("diverges", x, at + (at < (this.top + this.bottom) / 2 ? 18 : -18) * i, colour);
    });
    this.border();
    this.keys([...view.paths, ...view.points].filter((p) => p.label)
      .map((p) => ({ label: fill(p.label, outputs), colour: p.colour, style: p.style ?? "line" })));
  }

  /** Heat map and contour lines, made anew only when the surface, the frame or the theme changed. */
  relief(ctx, surface, outputs) {
    const { left, top, right, bottom, theme, view, cache } = this;
    const key = [outputs[`${view.surface}_key`], left, right, bottom, this.x.low, this.x.high, this.y.low, this.y.high, theme.ground].join();
    if (typeof surface !== "function" || cache.key !== key) {
      const n = typeof surface === "function" ? 300 : 0;
      const sampled = n ? this.sample(surface, n) : surface;
      Object.assign(cache, { key, ...this.paint(sampled) });
    }
    ctx.imageSmoothingEnabled = true;
    ctx.drawImage(cache.image, left, top, right - left, bottom - top);
    ctx.lineWidth = 1;
    ctx.strokeStyle = theme.ink;
    ctx.globalAlpha = 0.28;
    ctx.stroke(cache.lines);
    ctx.globalAlpha = 1;
  }

  /** The surface on n x n points, first row at the bottom. */
  sample(surface, n) {
    const data = new Float64Array(n * n), xs = space(0, 1, n).map((s) => this.x.at(this.left + s * (this.right - this.left)));
    const ys = space(0, 1, n).map((s) => this.y.at(this.bottom + s * (this.top - this.bottom))), theta = [0, 0];
    for (let i = 0; i < n; i++) {
      theta[1] = ys[i];
      for (let j = 0; j < n; j++) { theta[0] = xs[j]; data[i * n + j] = surface(theta); }
    }
    return { shape: [n, n], data };
  }

  paint({ shape: [ny, nx], data }) {
    const { view, theme } = this, [low, high] = extent([data]);
    // Logarithms need positive heights: measure from just below the lowest point.
    const floor = 1e-4 * (high - low) || 1, f = view.log ? (z) => Math.log(z - low + floor) : (z) => z;
    const least = f(low), span = f(high) - least || 1, colours = ramp(theme);
    const level = new Float64Array(nx * ny);
    const image = element("canvas", { width: nx, height: ny }), ctx = image.getContext("2d");
    const pixels = ctx.createImageData(nx, ny), words = new Uint32Array(pixels.data.buffer);
    for (let k = 0; k < nx * ny; k++) {
      const z = data[k], s = finite(z) ? (f(z) - least) / span : z < low ? 0 : 1;
      level[k] = s;
      // Rows of pixels run downwards.
      words[(ny - 1 - ((k / nx) | 0)) * nx + (k % nx)] = colours[Math.round(255 * s)];
    }
    ctx.putImageData(pixels, 0, 0);
    return { image, lines: this.contours(level, nx, ny) };
  }

  /** Marching squares on every second sample or so. */
  contours(level, nx, ny) {
    const lines = new Path2D(), skip = Math.max(1, Math.round(nx / 150));
    const wide = (this.right - this.left) / (nx - 1), tall = (this.bottom - this.top) / (ny - 1);
    const n = this.view.contours, z = new Float64Array(4);
    for (let i = 0; i + skip < ny; i += skip) {
      for (let j = 0; j + skip < nx; j += skip) {
        const k = i * nx + j;
        z[0] = level[k]; z[1] = level[k + skip]; z[2] = level[k + skip * nx + skip]; z[3] = level[k + skip * nx];
        const from = Math.max(1, Math.ceil(n * Math.min(z[0], z[1], z[2], z[3])));
        const to = Math.min(n - 1, Math.floor(n * Math.max(z[0], z[1], z[2], z[3])));
        if (from > to) continue;
        const at = [[j, i], [j + skip, i], [j + skip, i + skip], [j, i + skip]];
        for (let m = from; m <= to; m++) {
          let open = false;
          for (let e = 0; e < 4; e++) {
            const a = z[e] * n - m, b = z[(e + 1) % 4] * n - m;
            if (a < 0 === b < 0) continue;
            const s = a / (a - b), p = at[e], q = at[(e + 1) % 4];
            const px = this.left + wide * (p[0] + s * (q[0] - p[0])), py = this.bottom - tall * (p[1] + s * (q[1] - p[1]));
            if (open) lines.lineTo(px, py); else lines.moveTo(px, py);
            open = !open;
          }
        }
      }
    }
    return lines;
  }

  /** A trajectory: its line, its steps, where it ends. A diverging one is drawn until it leaves. */
  path({ x, y, colour, arrow, status }, outputs) {
    let xs = outputs[x], ys = outputs[y];
    const { theme } = this, inside = (px, py) => px >= this.left && px <= this.right && py >= this.top && py <= this.bottom;
    if (!xs?.length) return null;
    const lost = outputs[status] === "diverged", exit = lost ? xs.findIndex((_, i) => !inside(this.x.px(xs[i]), this.y.px(ys[i]))) : -1;
    if (exit >= 0) [xs, ys] = [xs.slice(0, exit + 1), ys.slice(0, exit + 1)];
    const px = Array.from(xs, (v) => this.x.px(v)), py = Array.from(ys, (v) => this.y.px(v)), last = px.length - 1;
    this.inside((ctx) => {
      ctx.lineJoin = "round";
      // After so many steps a path that has not settled fills the frame: fainter from there.
      for (const [from, to, strength] of [[160, last + 1, 0.25], [0, 161, 1]]) {
        this.trace(xs.slice(from, to), ys.slice(from, to));
        for (const [lineWidth, strokeStyle, alpha] of [[4, theme.ground, 0.75], [1.8, theme[colour], 1]]) {
          Object.assign(ctx, { lineWidth, strokeStyle, globalAlpha: alpha * strength });
          ctx.stroke();
        }
      }
      ctx.globalAlpha = 1;
      if (arrow) return this.arrowhead(px.at(-2), py.at(-2), px[last], py[last], theme[colour]);
      for (let i = 1; i < Math.min(last, 160); i++) this.dot(px[i], py[i], 2, theme[colour], null);
      if (inside(px[last], py[last])) this.dot(px[last], py[last], 4.5, theme[colour]);
      const step = this.figure.cursor;
      if (step !== null) this.dot(px[Math.min(step, last)], py[Math.min(step, last)], 6, theme.ground, theme[colour]);
    });
    return lost ? { colour: theme[colour], x: px[last], y: py[last] } : null;
  }

  arrowhead(x0, y0, x1, y1, colour) {
    const { ctx } = this, angle = Math.atan2(y1 - y0, x1 - x0);
    ctx.fillStyle = colour;
    ctx.beginPath();
    for (const turn of [0, 2.6, -2.6]) ctx.lineTo(x1 + 9 * Math.cos(angle + turn), y1 + 9 * Math.sin(angle + turn));
    ctx.fill();
  }

  cloud({ x, y, colour, radius }, outputs) {
    const xs = [outputs[x]].flat(), ys = [outputs[y]].flat();
    this.ctx.globalAlpha = xs.length > 40 ? 0.55 : 1;
    for (let i = 0; i < xs.length; i++) {
      if (finite(xs[i]) && finite(ys[i])) this.dot(this.x.px(xs[i]), this.y.px(ys[i]), radius, this.theme[colour], xs.length > 40 ? null : undefined);
    }
    this.ctx.globalAlpha = 1;
  }
}

/** Several series over one axis: lines, dashes (theory), bands, points, bars. */
class Lines extends Panel {
  draw(outputs, theme) {
    const { view } = this, shown = view.series.filter((s) => outputs[s.y] !== undefined && outputs[s.show ?? s.y] !== false);
    const all = (names) => () => shown.flatMap(names).filter((n) => n in outputs).map((n) => [outputs[n]].flat());
    const flat = (names) => () => all(names)().map((a) => (a.length === 1 && a[0]?.length !== undefined ? a[0] : a));
    this.frame(limits(view.x, flat((s) => [s.x]), outputs), limits(view.y, flat((s) => [s.y, ...(s.band ?? [])]), outputs), theme);
    this.inside((ctx) => {
      shown.forEach((s, i) => this.series(ctx, s, outputs, i));
      for (const m of view.marks) this.mark(ctx, m, outputs);
      this.follow(ctx, shown, outputs);
    });
    this.ctx.globalAlpha = 1;
    this.border();
    this.keys(shown.filter((s) => s.label).map((s) => ({ label: fill(s.label, outputs), colour: s.colour, style: s.style })));
  }

  series(ctx, { x, y, colour, style, band, status }, outputs, nth) {
    const xs = list(outputs[x]), ys = list(outputs[y]), { theme } = this;
    ctx.strokeStyle = ctx.fillStyle = theme[colour];
    if (band) {
      const [low, high] = band.map((b) => list(outputs[b]));
      this.trace([...xs, ...[...xs].reverse()], [...low, ...[...high].reverse()]);
      ctx.globalAlpha = 0.18;
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    if (style === "points") {
      for (let i = 0; i < xs.length; i++) if (finite(ys[i])) this.dot(this.x.px(xs[i]), this.y.px(ys[i]), 3.5, theme[colour]);
    } else if (style === "bars") {
      const width = Math.max(1, Math.abs(this.x.px(xs[1]) - this.x.px(xs[0])) * 0.92), base = this.y.log ? this.bottom : this.y.px(0);
      ctx.globalAlpha = 0.45;
      for (let i = 0; i < xs.length; i++) if (finite(ys[i])) ctx.fillRect(this.x.px(xs[i]) - width / 2, this.y.px(ys[i]), width, base - this.y.px(ys[i]));
      ctx.globalAlpha = 1;
    } else {
      ctx.setLineDash(style === "dashed" ? [6, 5] : []);
      ctx.lineWidth = style === "dashed" ? 1.6 : 2;
      ctx.lineJoin = "round";
      this.trace(xs, ys);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    if (outputs[status] !== "diverged") return;
    const out = ys.findIndex((y) => y > this.y.high), at = out < 0 ? ys.length - 1 : out;
    this.note("diverges", this.x.px(xs[at]) + 36, this.y.px(ys[at]) + 12 + 18 * nth, theme[colour]);
  }

  /** A reference line across the frame, or a point, with its name. */
  mark(ctx, { x, y, label, colour }, outputs) {
    const at = [resolve(x, outputs), resolve(y, outputs)], { theme } = this;
    const px = this.x.px(at[0]), py = this.y.px(at[1]);
    if (finite(at[0]) && finite(at[1])) return void (this.dot(px, py, 5, theme[colour]), this.note(fill(label, outputs), px, py - 15, theme[colour]));
    ctx.strokeStyle = theme[colour];
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 3]);
    if (finite(at[0])) this.stroke([[px, this.top], [px, this.bottom]]);
    if (finite(at[1])) this.stroke([[this.left, py], [this.right, py]]);
    ctx.setLineDash([]);
    if (finite(at[0])) this.note(fill(label, outputs), px, this.top + 12, theme[colour], 400);
    else if (finite(at[1])) this.note(fill(label, outputs), this.right, py - 10, theme[colour], 400);
  }

  /** The step under the pointer, marked on every line (and, linked, on every path). */
  follow(ctx, shown, outputs) {
    const step = this.figure.cursor;
    if (!this.view.cursor || step === null) return;
    ctx.strokeStyle = this.theme.muted;
    ctx.lineWidth = 1;
    this.stroke([[this.x.px(step), this.top], [this.x.px(step), this.bottom]]);
    for (const { x, y, colour, style } of shown) {
      const xs = list(outputs[x]), ys = list(outputs[y]), i = Math.min(step, xs.length - 1);
      if (style !== "dashed" && ys[i] > (this.y.log ? 0 : -Infinity)) this.dot(this.x.px(xs[i]), this.y.px(ys[i]), 4.5, this.theme.ground, this.theme[colour]);
    }
    this.note(`step ${step}`, this.x.px(step), this.top + 12, this.theme.ink, 400);
  }
}

const list = (x) => (x?.length === undefined ? [x] : x);

/** Two controls at once, over named regions: the control teaches. */
class Plane extends Panel {
  draw(outputs, theme) {
    const { view, cache } = this;
    this.frame([view.x.low, view.x.high], [view.y.low, view.y.high], theme, { grid: false });
    const nx = Math.round((this.right - this.left) / 2), ny = Math.round((this.bottom - this.top) / 2);
    if (view.regions) {
      const { [view.handle.x]: x, [view.handle.y]: y, ...rest } = this.figure.values;
      const key = JSON.stringify([rest, nx, ny, theme.ground]);
      if (cache.key !== key) Object.assign(cache, { key }, this.chart(outputs, nx, ny));
      this.inside((ctx) => ctx.drawImage(cache.image, this.left, this.top, this.right - this.left, this.bottom - this.top));
      for (const { text, x, y } of cache.names) this.note(text, this.left + 2 * x, this.top + 2 * y, theme.ink, 500);
    }
    const spots = this.spots(outputs);
    for (const [i, { px, py, label, colour }] of spots.entries()) {
      this.star(px, py, theme[colour]);
      const hidden = spots.slice(i + 1).some((other) => Math.hypot(other.px - px, other.py - py) < 50);
      if (!hidden) this.note(label, px, py + (py < this.top + 30 ? 15 : -14), theme[colour]);
    }
    this.border();
  }

  /** The marks, with their pixels. */
  spots(outputs) {
    const at = ({ x, y }) => ({ px: this.x.px(resolve(x, outputs)), py: this.y.px(resolve(y, outputs)) });
    return this.view.marks.map((mark) => ({ ...mark, ...at(mark) })).filter(({ px, py }) => finite(px) && finite(py));
  }

  /** Keep the names of regions away from a mark and its label. */
  block(index, nx, ny, px, py) {
    const [j, i] = [(px - this.left) / 2, (py - this.top) / 2].map(Math.round);
    for (let k = Math.max(0, i - 14); k < Math.min(ny, i + 14); k++) {
      index.fill(255, k * nx + clamp(j - 26, 0, nx), k * nx + clamp(j + 26, 0, nx));
    }
  }

  star(x, y, colour) {
    const { ctx } = this;
    ctx.beginPath();
    for (let i = 0; i < 10; i++) {
      const r = i % 2 ? 3 : 7;
      ctx.lineTo(x + r * Math.sin((i * Math.PI) / 5), y - r * Math.cos((i * Math.PI) / 5));
    }
    ctx.closePath();
    ctx.lineWidth = 2;
    ctx.strokeStyle = this.theme.ground;
    ctx.stroke();
    ctx.fillStyle = colour;
    ctx.fill();
  }

  /** The regions as an image of nx x ny, and where their names fit. */
  chart(outputs, nx, ny) {
    const { view, theme } = this, { expression, shade } = view.regions, index = new Uint8Array(nx * ny);
    const [x, y] = [view.handle.x, view.handle.y], before = { [x]: outputs[x], [y]: outputs[y] };
    const image = element("canvas", { width: nx, height: ny }), ctx = image.getContext("2d"), pixels = ctx.createImageData(nx, ny);
    const shades = view.regions.colours.map((name) => Array.from({ length: 33 }, (_, k) =>
      pixel(mix(rgb(theme.ground), rgb(theme[name]), 0.16 + (0.5 * k) / 32))));
    const words = new Uint32Array(pixels.data.buffer), at = {};
    for (let i = 0; i < ny; i++) {
      at[y] = this.y.at(this.top + 2 * i + 1);
      for (let j = 0; j < nx; j++) {
        at[x] = this.x.at(this.left + 2 * j + 1);
        const k = i * nx + j, depth = shade ? clamp(outputs.at(shade, at), 0, 1) || 0 : 0.5;
        index[k] = outputs.at(expression, at);
        words[k] = shades[index[k]][Math.round(32 * depth)];
      }
    }
    outputs.at(expression, before);
    ctx.putImageData(pixels, 0, 0);
    for (const { px, py } of this.spots(outputs)) this.block(index, nx, ny, px, py);
    const names = view.regions.labels.map((text, region) => this.place(text, region, index, nx, ny)).filter(Boolean);
    return { image, names };
  }

  /** The roomiest spot for a name in its region, or null where it has none. */
  place(text, region, index, nx, ny) {
    const wide = this.ctx.measureText(text).width / 4 + 1, tall = 4, up = new Uint16Array(nx * ny), down = up.slice();
    let best = { room: 1 };
    const is = (i, j) => i >= 0 && i < ny && index[i * nx + j] === region;
    for (let i = 0; i < ny; i++) for (let j = 0; j < nx; j++) if (is(i, j)) up[i * nx + j] = i ? up[(i - 1) * nx + j] + 1 : 1;
    for (let i = ny - 1; i >= 0; i--) for (let j = 0; j < nx; j++) if (is(i, j)) down[i * nx + j] = i < ny - 1 ? down[(i + 1) * nx + j] + 1 : 1;
    for (let i = 0; i < ny; i += 2) {
      for (let from = 0, j = 0; j <= nx; j++) {
        if (j < nx && is(i, j)) continue;
        const middle = (from + j) >> 1, k = i * nx + middle;
        const room = Math.min((j - from) / 2 / wide, Math.min(up[k], down[k]) / tall, 4);
        if (room > best.room) best = { room, text, x: middle, y: i };
        from = j + 1;
      }
    }
    return best.text ? best : null;
  }
}

const VIEWS = { field: Field, lines: Lines, plane: Plane };

// ------------------------------------------------------------------ controls

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A round knob on a panel, moved by mouse, finger or arrow keys. */
class Handle {
  constructor(panel) {
    const { handle } = panel.view, { stage, figure } = panel;
    Object.assign(this, { panel, figure, ...handle });
    this.node = element("div", { class: "rv-handle", role: "slider", tabindex: 0, "aria-label": handle.label,
      "aria-roledescription": this.free ? "point" : null, "data-colour": handle.colour });
    stage.append(this.node);
    const drag = (event) => {
      const box = stage.getBoundingClientRect();
      this.move(event.clientX - box.left, event.clientY - box.top);
    };
    const grab = (event) => {
      if (event.button) return;
      event.preventDefault();
      this.node.focus({ preventScroll: true });
      this.node.setPointerCapture(event.pointerId);
      drag(event);
    };
    this.node.addEventListener("pointerdown", grab);
    this.node.addEventListener("pointermove", (event) => this.node.hasPointerCapture(event.pointerId) && drag(event));
    this.node.addEventListener("keydown", (event) => this.key(event));
    // A finger may be scrolling the page: it moves the point by a tap, or by the knob itself.
    panel.canvas.addEventListener("pointerdown", (event) => event.pointerType === "mouse" && grab(event));
    panel.canvas.addEventListener("click", drag);
  }

  get free() {
    return this.y in this.figure.values;
  }

  move(px, py) {
    const { panel, figure } = this, tidy = (s, x) => {
      const unit = s.log ? 10 ** (Math.floor(Math.log10(x)) - 2) : 10 ** Math.floor(Math.log10((s.high - s.low) / 200));
      return clamp(Number((Math.round(x / unit) * unit).toPrecision(6)), s.low, s.high);
    };
    const change = { [this.x]: tidy(panel.x, panel.x.at(px)) };
    if (this.free) change[this.y] = tidy(panel.y, panel.y.at(py));
    figure.set(change);
  }

  key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const size = event.shiftKey ? 20 : 3, [px, py] = this.at;
    this.move(px + size * (dx || (this.free ? 0 : -dy)), py + size * dy);
  }

  draw(outputs) {
    const { panel } = this, x = outputs[this.x], y = resolve(this.y, outputs);
    this.at = [clamp(panel.x.px(x), panel.left, panel.right), clamp(panel.y.px(y), panel.top, panel.bottom)];
    this.node.style.transform = `translate(${this.at[0]}px, ${this.at[1]}px)`;
    const attributes = { "aria-valuenow": x, "aria-valuemin": panel.x.low, "aria-valuemax": panel.x.high,
      "aria-valuetext": `${panel.view.x.label} ${format(x)}, ${panel.view.y.label} ${format(y)}` };
    for (const name in attributes) this.node.setAttribute(name, attributes[name]);
  }
}

const CONTROLS = {
  slider(control, figure) {
    const { name, label, low, high, log, n, choices } = control;
    const positions = choices ?? space(low, high, n, log).map((x) => Number(x.toPrecision(log ? 3 : 6)));
    const place = (x) => positions.reduce((best, p, i) => {
      const f = log ? Math.log : Number;
      return Math.abs(f(p) - f(x)) < Math.abs(f(positions[best]) - f(x)) ? i : best;
    }, 0);
    const input = element("input", { type: "range", min: 0, max: positions.length - 1, step: 1, "aria-label": label });
    const output = element("output", {});
    input.addEventListener("input", () => figure.set({ [name]: positions[input.value] }));
    const marks = control.ticks.map(([x, text]) => {
      const tick = element("span", {}, text), at = `${(100 * place(x)) / (positions.length - 1)}%`;
      Object.assign(tick.style, { left: at, transform: `translateX(-${at})` });
      return tick;
    });
    const node = element("label", { class: "rv-slider" }, element("span", { class: "rv-name" }, label), output, input,
      element("span", { class: "rv-ticks", "aria-hidden": "true" }, ...marks));
    return { node, update(values) {
      input.value = place(values[name]);
      output.textContent = format(values[name], control.format);
      input.setAttribute("aria-valuetext", output.textContent);
    } };
  },
  toggle({ name, label }, figure) {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => figure.set({ [name]: input.checked }));
    return { node: element("label", { class: "rv-toggle" }, input, label), update: (values) => { input.checked = values[name]; } };
  },
  select({ name, label, options }, figure) {
    const select = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => figure.set({ [name]: select.value }));
    return { node: element("label", { class: "rv-select" }, element("span", { class: "rv-name" }, label), select),
      update: (values) => { select.value = values[name]; } };
  },
  button({ name, label }, figure) {
    const node = element("button", { type: "button" }, label);
    node.addEventListener("click", () => figure.set({ [name]: figure.values[name] + 1 }));
    return { node, update() {} };
  },
};

// ------------------------------------------------------------------ words and numbers

class Readout {
  constructor({ table, sentences }) {
    this.entries = [];
    const spot = (node, template) => { this.entries.push([node, template]); return node; };
    const paragraphs = sentences.map((text) => spot(element("p"), text));
    this.spoken = element("div", { class: "rv-spoken", "aria-live": "polite" });
    this.node = element("div", { class: "rv-readout" }, ...paragraphs);
    if (table) {
      const head = table.columns.map(({ heading, colour }) => element("th", { scope: "col" },
        element("i", { class: "rv-key rv-line", "data-colour": colour }), spot(element("span"), heading)));
      const body = table.rows.map((name, i) => element("tr", {}, element("th", { scope: "row" }, name),
        ...table.columns.map(({ cells }) => spot(element("td"), cells[i]))));
      this.node.append(element("table", {}, element("thead", {}, element("tr", {}, element("td"), ...head)),
        element("tbody", {}, ...body)));
    }
    this.node.append(this.spoken);
    this.table = table;
    this.sentences = sentences;
  }

  update(outputs) {
    for (const [node, template] of this.entries) write(node, fill(template, outputs));
    // Spoken once the reader pauses, not at every pixel of a drag.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const columns = (this.table?.columns ?? []).map(({ heading, cells }) =>
        `${heading}: ${cells.map((cell, i) => `${this.table.rows[i]} ${cell}`).join(", ")}`);
      write(this.spoken, fill([...this.sentences, ...columns].join(" "), outputs));
    }, 400);
  }
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ------------------------------------------------------------------ the figure

class Figure {
  constructor(model, el, module) {
    const spec = model.get("spec");
    Object.assign(this, { model, spec, values: { ...model.get("values") }, cursor: null, pending: 0 });
    this.compute = compiler(spec, module, model);
    this.panels = spec.views.map((view) => new VIEWS[view.kind](view, this));
    this.controls = spec.controls.map((c) => CONTROLS[c.kind]?.(c, this)).filter(Boolean);
    this.readout = new Readout(spec);
    const reset = element("button", { type: "button" }, "Reset"), buttons = element("div", { class: "rv-buttons" });
    reset.addEventListener("click", () => this.set({ ...spec.defaults }));
    const isPlane = (panel) => panel instanceof Plane, nodes = (panels) => panels.map(({ node }) => node);
    const [first, ...rest] = nodes(this.panels.filter((p) => !isPlane(p)));
    const [pressed, turned] = [true, false].map((b) => nodes(this.controls).filter((node) => (node.tagName === "BUTTON") === b));
    buttons.append(...pressed, reset);
    const side = element("div", { class: "rv-side" }, ...nodes(this.panels.filter(isPlane)), ...turned, buttons, this.readout.node);
    this.root = element("div", { class: "ravine", role: "group", "aria-label": spec.label },
      element("div", { class: `rv-grid rv-${spec.layout}` }, element("div", { class: "rv-first" }, first), side,
        element("div", { class: "rv-rest" }, ...rest)));
    el.append(this.root);
    this.link();
    this.watch(model);
  }

  /** Redraw on every change from outside: other views, Python, size, theme. */
  watch(model) {
    const schedule = () => this.schedule();
    const outside = () => { this.values = { ...model.get("values") }; schedule(); };
    model.on("change:values", outside);
    model.on("change:outputs", schedule);
    const size = new ResizeObserver(schedule), theme = new MutationObserver(schedule), dark = matchMedia("(prefers-color-scheme: dark)");
    size.observe(this.root);
    for (const node of [document.documentElement, document.body]) {
      theme.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
    }
    dark.addEventListener("change", schedule);
    this.dispose = () => {
      model.off("change:values", outside);
      model.off("change:outputs", schedule);
      size.disconnect();
      theme.disconnect();
      dark.removeEventListener("change", schedule);
      cancelAnimationFrame(this.pending);
    };
  }

  /** Pointing at a step in one view marks it in all. */
  link() {
    for (const panel of this.panels.filter((p) => p.view.cursor)) {
      const point = (event) => {
        const x = panel.x?.at(event.clientX - panel.canvas.getBoundingClientRect().left);
        this.cursor = event.type === "pointerleave" ? null : Math.max(0, Math.round(x));
        this.schedule(false);
      };
      for (const type of ["pointermove", "pointerdown", "pointerleave"]) panel.canvas.addEventListener(type, point);
    }
  }

  set(change) {
    this.values = { ...this.values, ...change };
    this.model.set("values", this.values);
    this.model.save_changes();
    this.schedule();
  }

  schedule(stale = true) {
    this.stale ||= stale;
    this.pending ||= requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    if (!this.root.isConnected || !this.root.clientWidth) return;
    const began = performance.now(), theme = THEMES[currentTheme()];
    if (this.theme !== theme) {
      for (const name in theme) this.root.style.setProperty(`--rv-${name}`, theme[name]);
      Object.assign(this, { theme, font: getComputedStyle(this.root).fontFamily });
    }
    if (this.stale || !this.outputs) this.outputs = this.compute(this.values);
    this.stale = false;
    for (const panel of this.panels) {
      panel.draw(this.outputs, theme);
      panel.handle?.draw(this.outputs);
    }
    for (const control of this.controls) control.update(this.values);
    this.readout.update(this.outputs);
    this.root.dataset.ms = (performance.now() - began).toFixed(1);
  }
}

const STYLE = `
.ravine { container-type: inline-size; color: var(--rv-ink); background: var(--rv-ground); border: 1px solid var(--rv-line);
  border-radius: 8px; padding: .75rem; margin: 1rem 0; font: 14px/1.45 system-ui, sans-serif; text-align: left; }
.ravine, .ravine * { box-sizing: border-box; }
.ravine :focus-visible { outline: 2px solid var(--rv-blue); outline-offset: 2px; }
.rv-grid { display: grid; gap: .6rem 1.25rem; grid-template-columns: minmax(0, 1fr); }
.rv-first, .rv-rest, .rv-side { min-width: 0; display: flex; flex-direction: column; gap: .6rem; }
.rv-rest:empty { display: none; }
@container (min-width: 600px) {
  .rv-beside { grid-template: auto 1fr / minmax(0, 1.3fr) minmax(0, 1fr); }
  .rv-beside > .rv-side { grid-area: 1 / 2 / 3 / 3; }
  .rv-below > .rv-rest { order: -1; }
  .rv-below > .rv-first { order: -2; }
  .rv-below > .rv-side { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem 1.5rem; align-items: start; }
  .rv-below .rv-readout { grid-column: 1 / -1; }
}
.rv-title { font-weight: 600; }
.rv-title:empty, .rv-legend:empty { display: none; }
.rv-stage { position: relative; }
.rv-stage canvas { display: block; width: 100%; }
.rv-plane canvas, .rv-field canvas { cursor: crosshair; }
.rv-legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding-left: 50px; font-size: 13px; }
.rv-key { display: inline-block; width: 18px; height: 0; border-top: 3px solid var(--rv-c); margin-right: 6px; vertical-align: middle; }
.rv-key.rv-dashed { border-top-style: dashed; border-top-width: 2px; }
.rv-key.rv-points { width: 8px; height: 8px; border: 0; border-radius: 50%; background: var(--rv-c); }
.rv-key.rv-bars { width: 12px; height: 10px; border: 0; background: var(--rv-c); opacity: .5; }
${Object.keys(THEMES.light).slice(0, 8).map((c) => `.ravine [data-colour=${c}] { --rv-c: var(--rv-${c}); }`).join("\n")}
.rv-handle { position: absolute; left: -16px; top: -16px; width: 32px; height: 32px; touch-action: none; cursor: grab; border-radius: 50%; }
.rv-handle::before { content: ""; position: absolute; inset: 7px; border-radius: 50%; background: var(--rv-ground);
  border: 4px solid var(--rv-c); box-shadow: 0 1px 4px rgb(0 0 0 / .45); }
.rv-handle.rv-handle:focus-visible { outline-offset: -5px; }
.rv-handle:active { cursor: grabbing; }
.rv-slider { display: grid; grid-template-columns: 1fr auto; column-gap: .75rem; }
.rv-slider output { font-variant-numeric: tabular-nums; font-weight: 600; }
.rv-slider input { grid-column: 1 / -1; width: 100%; min-height: 26px; margin: 0; accent-color: var(--rv-blue); }
.rv-ticks { grid-column: 1 / -1; position: relative; height: 1.2em; margin: 0 4px; font-size: 12px; color: var(--rv-muted); }
.rv-ticks:empty { display: none; }
.rv-ticks span { position: absolute; white-space: nowrap; }
.rv-toggle { display: flex; align-items: center; gap: .5rem; min-height: 28px; }
.rv-toggle input { width: 18px; height: 18px; margin: 0; accent-color: var(--rv-blue); }
.rv-select { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem .75rem; }
.ravine select, .ravine button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--rv-muted);
  border-radius: 6px; min-height: 32px; padding: 2px 12px; }
.ravine option { color: #222; background: #fff; }
.ravine button { cursor: pointer; }
.ravine button:hover { background: var(--rv-line); }
.rv-buttons { display: flex; gap: .5rem; }
.rv-readout p { margin: 0 0 .35rem; }
.ravine table { border-collapse: collapse; width: 100%; margin: 0; font: inherit; font-variant-numeric: tabular-nums; }
.ravine :is(th, td) { text-align: left; padding: 3px 8px 3px 0; border: 0; font-weight: 400; background: none; color: inherit; }
.ravine tbody tr { border-top: 1px solid var(--rv-line); background: none; }
.ravine tbody th { color: var(--rv-muted); font-size: 13px; }
.ravine thead th { font-weight: 600; vertical-align: bottom; }
.ravine thead .rv-key { display: block; margin-bottom: 5px; width: 26px; }
.rv-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.ravine-mounted > .ravine-static { display: none; }
@media print { .ravine-mounted > .ravine-static { display: block; } .ravine-mounted > .ravine { display: none; } }
`;

/** A constructed sheet: allowed by content security policies that forbid inline styles. */
function dress(el) {
  const place = el.getRootNode?.() instanceof ShadowRoot ? el.getRootNode() : document;
  if (place.ravine) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
  place.ravine = true;
}

/** Import the text of a module: it never passes through eval or new Function. */
async function load(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** As anywidget asks: draw the model into el, return what undoes it. `module` comes from host.js, if at all. */
async function render({ model, el, module }) {
  const text = model.get("spec").module;
  const figure = new Figure(model, el, module ?? (text ? await load(text) : null));
  dress(el);
  figure.draw();
  figure.schedule();
  return () => figure.dispose();
}

export default { render };

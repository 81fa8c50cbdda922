// One rule on four surfaces at once. `surfaces` and the constants are printed before this file: figures/terrain.py.

/** The way of the ball on one surface, and what becomes of it. */
function follow(name, { rate, momentum, clipping, noise }, xi, { rules, clip }) {
  const { value, grad, parameters } = surfaces[name], rule = rules.momentum, path = [STARTS[name]], J = [];
  const hyper = { learning_rate: rate, momentum: momentum ? MOMENTUM : 0 };
  let theta = path[0], state = rule.init(theta), low = 0, fate = "out", t = 0;
  // The noise comes first: what is clipped is the noisy gradient.
  const noisy = { grad: (x) => grad(x, parameters).map((g, i) => (noise ? g + NOISE * xi[2 * t + i] : g)) };
  const seen = clipping ? clip.norm(noisy, THRESHOLD) : noisy;
  for (; fate === "out"; t++) {
    J.push(value(theta, parameters));
    low = J[t] < LOW ? low + 1 : 0;
    if (low === RUNNING) fate = "arrived";
    if (fate === "arrived" || t === N_STEPS) break;
    [theta, state] = rule.update(seen, theta, state, t, hyper);
    path.push(theta);
    if (!(size(theta) <= FAR)) fate = "thrown";
  }
  return { fate, J, path, step: path.length - (fate === "arrived" ? RUNNING : 1) };
}

const size = ([a, b]) => Math.sqrt(a * a + b * b);
const minus = ([a, b], [c, d]) => [a - c, b - d];
const firstOf = (kinds, lost, otherwise) => kinds[Object.keys(kinds).find((helper) => lost.includes(helper))] ?? otherwise;

/** Why a run went as it did, and numbers to say so; the others are those without one helper. Twin: figures/_terrain_causes.py. */
function cause(name, run, others, { rate, momentum, noise }) {
  const { fate, path, J, step: at } = run, lost = Object.keys(others).filter((helper) => others[helper].fate !== "arrived");
  const grad = (x) => surfaces[name].grad(x, surfaces[name].parameters), plain = others.momentum ?? run;
  const moves = path.slice(1).map((p, t) => minus(p, path[t])), sizes = moves.map(size), slower = plain.path[Math.min(at, plain.path.length - 1)];
  const leapt = sizes.findIndex((s) => s > WIDE), leap = Math.max(0, leapt), unlike = lost.length ? others[lost[0]].path : path;
  const most = (list) => Math.max(...list), across = (list, k) => Math.abs(list.at(-k)[1]), xs = path.map(([x]) => x), distances = xs.map(Math.abs);
  const numbers = { at, more: at - plain.step, came: size(minus(path[at], path[0])), other: size(minus(slower, path[0])),
    first: sizes[0], last: sizes.at(-1), longest: most(sizes), slope: size(grad(path[0])),
    // Of the ravine.
    along: most(moves.map(([x]) => Math.abs(x))), widest: most(moves.map(([, y]) => Math.abs(y))), across: across(moves, 1),
    across_without: Math.abs(unlike.at(-1)[1] - unlike.at(-2)[1]), swing: most(path.slice(-10).map(([, y]) => Math.abs(y))), home: HOME_WIDE, ratio: across(moves, 1) / Math.max(across(moves, Math.min(2, moves.length)), 1e-300), over: most(xs), left: distances.at(-1),
    // Of the saddle.
    push: distances[1], off: distances[at], off_without: Math.abs(slower[0]),
    // Of the cliff.
    unclipped: rate * size(grad(path[0])), leap: sizes[leap], leap_at: leap + 1, leap_slope: size(grad(path[leap])), end_slope: fate === "thrown" ? 0 : size(grad(path.at(-1))),
    // Of the plateau.
    way: size(minus(path[0], [STAR, 0])) };
  const home = fate === "arrived", uneasy = J.at(-1) > 1.5 * Math.min(...J) ? "wide" : "slow";
  const why = () => {
    if (fate === "thrown") return name === "cliff" && momentum && leap ? "flung" : fate;
    if (name === "ravine") return ravine(run, lost, others, numbers.more);
    if (name === "saddle") return home ? firstOf({ momentum: "carried", clipping: "clipped" }, lost, "pushed") : !noise ? "never" : most(distances) > LEFT ? "wide" : "slow";
    if (name === "cliff" && home) return firstOf({ clipping: "clipped", momentum: numbers.other < numbers.came ? "carried" : "steadied", noise: "lucky" }, lost, leapt < 0 ? "short" : "leapt");
    const stranded = name === "cliff" && numbers.end_slope < 1 && most(J.slice(-10)) < 1.5 * J.at(-1);
    if (stranded && (leapt >= 0 || uneasy === "wide")) return leapt >= 0 ? "flat" : "past";
    if (!home) return uneasy;
    if (String(lost) === "noise") return "lucky";
    return numbers.more < 0 ? "carried" : numbers.more > 0 && most(xs) > STAR ? "late" : "quick";
  };
  return [why(), numbers];
}

/** On the floor the first coordinate counts, across it the second. */
function ravine({ fate, path, step: at }, lost, others, more) {
  if (fate === "out") return restless(path) ? "wide" : 40 * path.at(-1)[1] * path.at(-1)[1] > path.at(-1)[0] * path.at(-1)[0] ? "wall" : "slow";
  if (lost.includes("momentum")) return restless(others.momentum.path) ? "braked" : "carried";
  if (lost.length) return { clipping: "clipped", noise: "lucky" }[lost[0]];
  // What kept the cost up to the last.
  if (more > 0) return 40 * path[at - 1][1] * path[at - 1][1] > path[at - 1][0] * path[at - 1][0] ? "late" : "beyond";
  if (more < 0 && !restless(others.momentum.path.slice(0, at + 1))) return "carried";
  return path.some(([, y]) => y < BOUNCE) ? "bounces" : "smooth";
}

/** Whether it has been on both walls, and what is left of the cost is that of the way across. */
function restless(path) {
  const [x, y] = path.at(-1);
  return path.some((p) => p[1] < BOUNCE) && 40 * y * y > x * x;
}

/** The four ends of a map: the usual ones, moved out where a ball comes home beyond them. */
function frame(name, xs, ys, fate) {
  const ends = [...FRAMES[name]];
  if (fate === "arrived") {
    [xs, ys].forEach((list, k) => {
      const [low, high] = ends.slice(2 * k, 2 * k + 2), room = MARGIN * (high - low), [least, most] = [Math.min(...list), Math.max(...list)];
      if (least < low) ends[2 * k] = least - room;
      if (most > high) ends[2 * k + 1] = most + room;
    });
  }
  const [left, right, bottom, top] = ends;
  return { left, right, bottom, top };
}

export function compute(values, tools) {
  const names = Object.keys(surfaces), outputs = {};
  names.forEach((name, i) => {
    const { normal } = tools.random(names.length * values.seed + i), { value, parameters } = surfaces[name], [across, up] = AXES[name];
    // Logarithms and cosines may differ in their last bit between languages; a cliff would make that visible.
    const xi = Array.from({ length: values.noise ? 2 * N_STEPS : 0 }, () => Math.floor(normal() * GRAIN + 0.5) / GRAIN);
    const run = follow(name, values, xi, tools), { fate, J, path, step } = run;
    const without = HELPERS.filter((helper) => values[helper] && fate === "arrived");
    const others = Object.fromEntries(without.map((helper) => [helper, follow(name, { ...values, [helper]: false }, xi, tools)]));
    const [why, numbers] = cause(name, run, others, values), lost = without.filter((helper) => others[helper].fate !== "arrived");
    const words = tools.fill(WHY[name][why], numbers);
    // Certain, as no step leaves a line on which the slope sideways is 0 to the last bit.
    const known = why === "never" ? why : fate, [x, y] = [across, up].map((k) => path.map((p) => p[k]));
    const found = { x, y, start_x: x[0], start_y: y[0], J, step, status: fate, arrived: Number(fate === "arrived"), tone: TONES[known],
      verdict: VERDICTS[known].replace("{step}", step), why: lost.length ? words.replace(": home", `: saved by ${lost.join(" and ")}`) : words, ...frame(name, x.slice(step), y.slice(step), fate), surface: (p) => value([p[across], p[up]], parameters), surface_key: name };
    for (const what in found) outputs[`${name}.${what}`] = found[what];
  });
  const count = names.filter((name) => outputs[`${name}.arrived`]).length, decided = Math.max(...names.map((name) => outputs[`${name}.step`]));
  const more = count === names.length ? ". Now turn the rate, and see whom you lose first" : "";
  return { ...outputs, count, decided, told: `${count} of ${names.length} home${more}` };
}

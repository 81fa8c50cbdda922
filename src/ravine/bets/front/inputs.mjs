// How a reader answers: a number in a box, one of several statements, a curve on empty axes, a figure's setting.
// Each input is {nodes, read() -> {guess} or {problem}, valid(guess), show(guess), clear()}.

import { clamp, format } from "../../live/front/numbers.mjs";
import { between, doubt, parse, value } from "./judge.mjs";
import { line, plane, shape, through } from "./plot.mjs";

const N_KEYS = 7;

/** An element with attributes and children. */
export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  made.append(...children);
  return made;
}

/** Draw into a stage now, and again whenever its width changes. */
function drawn(stage, draw) {
  let width = 0;
  const size = new ResizeObserver(() => {
    if (stage.clientWidth === width) return;
    width = stage.clientWidth;
    if (width) draw(width);
  });
  size.observe(stage);
  return () => stage.clientWidth && draw(stage.clientWidth);
}

function numberInput(spec) {
  const box = node("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const stage = node("div", { class: "rv-stage" }), ends = [spec.low, spec.high].map((x) => format(x, ".6g"));
  let mine = null;
  const draw = drawn(stage, (width) => stage.replaceChildren(...(mine === null ? [] : [line(spec, width, mine)])));
  return {
    nodes: [node("label", { class: "rv-field" }, "Your number", box, spec.unit)], pictures: [stage], box,
    read() {
      const x = parse(box.value);
      if (x === null) return { problem: doubt(box.value) };
      return x < spec.low || x > spec.high ? { problem: `Write a number from ${ends[0]} to ${ends[1]}.` } : { guess: x };
    },
    valid: (x) => Number.isFinite(x) && x >= spec.low && x <= spec.high,
    show(x) { mine = x; box.value = String(x); draw(); },
    clear() { mine = null; box.value = ""; stage.replaceChildren(); },
  };
}

function choiceInput(spec) {
  const radios = spec.options.map(([key]) => node("input", { type: "radio", name: spec.id, value: key }));
  const labels = spec.options.map(([, words], i) => node("label", {}, radios[i], node("span", {}, words)));
  const group = node("fieldset", { "aria-label": spec.question }, ...labels);
  return {
    nodes: [group], pictures: [], box: radios[0],
    read() {
      const found = radios.find((radio) => radio.checked);
      return found ? { guess: found.value } : { problem: "Choose one first." };
    },
    valid: (key) => spec.options.some(([name]) => name === key),
    show(key) { for (const radio of radios) radio.checked = radio.value === key; },
    clear() { for (const radio of radios) radio.checked = false; },
  };
}

function curveInput(spec) {
  const { knots, truth, x, y, anchored } = spec, n = knots.length, back = value(y), stage = node("div", { class: "rv-stage" });
  let heights = [], open = true, at = null, last = null;
  const places = Array.from({ length: N_KEYS }, (_, i) => Math.round((i * (n - 1)) / (N_KEYS - 1)));
  const first = anchored ? 1 : 0;
  const inputs = places.map((k) => node("input", { type: "range", min: 0, max: 100, step: 1, ...(k < first && { disabled: "" }) }));
  const shown = places.map(() => node("output", { "aria-hidden": "true" }));
  const keys = node("details", { class: "rv-keys" }, node("summary", {}, "Draw with the keyboard"),
    ...places.map((k, i) => node("label", {}, `${x.label}: ${format(knots[k])}`, inputs[i], shown[i])));

  function draw(width) {
    const axes = plane(spec, width), { svg, px, py, hx, hy, box } = axes;
    at = axes;
    const points = heights.map((s, k) => (s === null ? null : [px(hx(knots[k])), py(s)]));
    // A finger on the axes draws, and does not scroll: the stage says so, as parts of a drawing cannot.
    stage.classList.toggle("rv-open", open);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${y.label} over ${x.label}: ${open ? "empty axes to draw on" : "your curve, dashed, and the result"}`);
    if (open && heights.every((s, k) => s === null || k < first)) {
      svg.append(shape("text", { x: box[0] + box[2] / 2, y: box[1] + box[3] / 2, "text-anchor": "middle", class: "rv-prompt" }, "draw your curve here"));
    }
    if (anchored) svg.append(shape("circle", { cx: px(hx(knots[0])), cy: py(hy(truth[0])), r: 5, class: "rv-true" }));
    svg.append(shape("path", { d: through(points), class: "rv-mine-line" }));
    if (open) {
      const area = shape("rect", { x: box[0] - 10, y: box[1] - 10, width: box[2] + 20, height: box[3] + 20, class: "rv-draw" });
      svg.append(area);
    } else {
      const [xs, ys] = spec.line, path = through(xs.map((v, i) => [px(hx(v)), py(hy(ys[i]))])), far = Math.floor(0.88 * n);
      svg.append(shape("path", { d: path, class: "rv-true-line", pathLength: 1 }));
      const above = heights[far] > hy(truth[far]) ? 1 : -1;
      const note = (s, words, side, look) => shape("text", { x: px(hx(knots[far])), y: clamp(py(s) - 14 * side + 4, box[1] + 12, box[1] + box[3] - 6), "text-anchor": "middle", class: look }, words);
      svg.append(note(heights[far], "yours", above, "rv-mine-text"), note(hy(truth[far]), "result", -above, "rv-true-text"));
    }
    stage.replaceChildren(svg);
    places.forEach((k, i) => {
      const s = heights[k] ?? 0.5, words = format(back(s), ".2g");
      inputs[i].value = Math.round(100 * s);
      inputs[i].setAttribute("aria-valuetext", heights[k] === null ? `${words}, not drawn yet` : words);
      shown[i].textContent = heights[k] === null ? "–" : words;
    });
  }
  const redraw = drawn(stage, draw);

  /** Take the heights along a stroke from one point to the next, both in shares of the axes. */
  function stroke([xa, sa], [xb, sb]) {
    for (let k = first; k < n; k++) {
      const xk = at.hx(knots[k]), reach = 0.5 / (n - 1);
      if (xk < Math.min(xa, xb) - reach || xk > Math.max(xa, xb) + reach) continue;
      const share = xa === xb ? 1 : clamp((xk - xa) / (xb - xa), 0, 1);
      heights[k] = sa + share * (sb - sa);
    }
    redraw();
  }
  function point(event) {
    const frame = stage.getBoundingClientRect(), [left, top, wide, tall] = at.box;
    return [clamp((event.clientX - frame.left - left) / wide, 0, 1), clamp(1 - (event.clientY - frame.top - top) / tall, 0, 1)];
  }
  stage.addEventListener("pointerdown", (event) => {
    if (!open || event.button || !event.target.matches(".rv-draw")) return;
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    last = point(event);
    stroke(last, last);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!last || !stage.hasPointerCapture(event.pointerId)) return;
    const next = point(event);
    stroke(last, next);
    last = next;
  });
  for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, () => { last = null; });
  inputs.forEach((input, i) => input.addEventListener("input", () => {
    const set = inputs.map((other) => other.value / 100), spots = places.map((k) => knots[k]);
    // The first touch lays the whole curve through the sliders; later ones move it beside theirs alone.
    const near = heights.includes(null) ? [first, n - 1] : [places[Math.max(0, i - 1)], places[Math.min(N_KEYS - 1, i + 1)]];
    const laid = between(spots, set);
    for (let k = Math.max(first, near[0]); k <= near[1]; k++) heights[k] = laid(knots[k]);
    redraw();
  }));

  function clear() {
    open = true;
    heights = Array.from({ length: n }, () => null);
    if (anchored) heights[0] = (y.log ? Math.log(truth[0] / y.low) / Math.log(y.high / y.low) : (truth[0] - y.low) / (y.high - y.low));
    redraw();
  }
  clear();
  return {
    nodes: [stage, keys], pictures: [], box: inputs[first], keepsStage: true,
    read() {
      // A stroke that nearly reaches an edge goes on to it.
      const near = Math.ceil(n / 16), filled = heights.map((s, k) => s ?? (k < near ? heights.find((h, j) => j > k && h !== null) : k >= n - near ? heights.findLast((h, j) => j < k && h !== null) : null) ?? null);
      if (filled.includes(null)) return { problem: "Draw from the left edge to the right edge first." };
      heights = filled;
      return { guess: heights.map((s) => clamp(back(s), y.low, y.high)) };
    },
    valid: (guess) => Array.isArray(guess) && guess.length === n && guess.every((v) => v >= y.low && v <= y.high),
    show(guess) {
      const f = y.log ? Math.log : Number;
      heights = guess.map((v) => (f(v) - f(y.low)) / (f(y.high) - f(y.low)));
      open = false;
      redraw();
    },
    clear,
  };
}

// What each live figure shows.
const figures = new WeakMap();
export function listen() {
  document.addEventListener("ravine:values", ({ target, detail }) => {
    figures.set(target.matches("[aria-label]") ? target : target.querySelector("[aria-label]"), detail);
  });
}

function settingInput(spec, el) {
  return {
    nodes: [], pictures: [], box: null,
    read() {
      const copies = [...document.querySelectorAll("[aria-label]")].filter((at) => figures.has(at) && at.ariaLabel === spec.figure);
      // Of copies the last one above counts.
      const found = figures.get(copies.findLast((at) => at.compareDocumentPosition(el) & 4) ?? copies[0]);
      return found ? { guess: { ...found.outputs, ...found.values } } : { problem: "The figure is not there: reload the page." };
    },
    valid: () => false, show() {}, clear() {},
  };
}

export const INPUTS = { number: numberInput, choice: choiceInput, curve: curveInput, setting: settingInput };

// Axes in SVG: the line of numbers, and the plane on which a curve is drawn.

import { format, superscript } from "../../live/front/numbers.mjs";
import { height } from "./judge.mjs";

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children. */
export function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

/** Positions and labels of at most `room` ticks. */
export function ticks({ low, high, log }, room) {
  if (log && high / low >= 50) {
    const a = Math.ceil(Math.log10(low) - 1e-9), b = Math.floor(Math.log10(high) + 1e-9), step = Math.max(1, Math.ceil((b - a) / room));
    return Array.from({ length: Math.floor((b - a) / step) + 1 }, (_, i) => a + i * step)
      .map((k) => [10 ** k, Math.abs(k) <= 3 ? String(10 ** k) : `10${superscript(k)}`]);
  }
  const rough = (high - low) / room, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6))).map((v) => [v, format(v, ".6g")]);
}

const text = (words, x, y, anchor = "middle", look = "rv-tick") => shape("text", { x, y, "text-anchor": anchor, class: look }, words);

/** The bet and the answer on a line of numbers. */
export function line(spec, width, guess) {
  const at = height(spec), left = 12, right = width - 12, px = (v) => left + at(v) * (right - left), y = 44;
  const svg = shape("svg", { width, height: 86, viewBox: `0 0 ${width} 86`, "aria-hidden": "true" });
  svg.append(shape("path", { d: `M${left} ${y}H${right}`, class: "rv-axis" }));
  for (const [v, words] of ticks(spec, Math.max(2, Math.floor(width / 80)))) {
    const edge = px(v) < 30 ? "start" : px(v) > width - 30 ? "end" : "middle";
    svg.append(shape("path", { d: `M${px(v)} ${y}v6`, class: "rv-axis" }), text(words, edge === "middle" ? px(v) : px(v) < 30 ? 4 : width - 4, y + 20, edge));
  }
  const named = (v, words, y, look) => {
    const edge = px(v) < 70 ? "start" : px(v) > width - 70 ? "end" : "middle";
    return text(words, px(v), y, edge, look);
  };
  svg.append(shape("path", { d: `M${px(guess)} ${y}H${px(spec.answer)}`, class: "rv-gap" }),
    shape("path", { d: `M${px(guess)} ${y - 8}l8 8l-8 8l-8 -8z`, class: "rv-mine" }), named(guess, "yours", y - 14, "rv-mine-text"),
    shape("circle", { cx: px(spec.answer), cy: y, r: 7, class: "rv-true" }), named(spec.answer, "result", y + 38, "rv-true-text"));
  return svg;
}

/** Empty axes of some width: the drawing, and how shares of the axes become pixels. */
export function plane({ x, y }, width) {
  const left = 52, right = width - 12, top = 10, bottom = Math.round(Math.min(320, 0.6 * width)) + top, tall = bottom + 44;
  const svg = shape("svg", { width, height: tall, viewBox: `0 0 ${width} ${tall}` });
  const px = (s) => left + s * (right - left), py = (s) => bottom - s * (bottom - top), hx = height(x), hy = height(y);
  for (const [v, words] of ticks(x, Math.floor(width / 80))) {
    svg.append(shape("path", { d: `M${px(hx(v))} ${top}V${bottom}`, class: "rv-grid-line" }), text(words, Math.min(px(hx(v)), width - 4 * words.length), bottom + 17));
  }
  for (const [v, words] of ticks(y, 5)) {
    svg.append(shape("path", { d: `M${left} ${py(hy(v))}H${right}`, class: "rv-grid-line" }), text(words, left - 7, py(hy(v)) + 4, "end"));
  }
  const name = text(y.label, 0, 0, "middle", "rv-name");
  name.setAttribute("transform", `translate(13 ${(top + bottom) / 2}) rotate(-90)`);
  svg.append(text(x.label, (left + right) / 2, bottom + 36, "middle", "rv-name"), name,
    shape("path", { d: `M${left} ${top}V${bottom}H${right}V${top}Z`, class: "rv-axis" }));
  return { svg, px, py, hx, hy, box: [left, top, right - left, bottom - top] };
}

/** A path through points; a point that is null leaves a gap. */
export function through(points) {
  let pen = "M";
  return points.map((p) => {
    if (!p) { pen = "M"; return ""; }
    const step = `${pen}${p[0].toFixed(1)} ${p[1].toFixed(1)}`;
    pen = "L";
    return step;
  }).join("");
}

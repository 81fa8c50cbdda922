// A run step by step: play, pause, scrub. The step is the figure's, so that all views mark the same.

import { element } from "./controls.mjs";
import { clamp, fill, format, list, resolve } from "./numbers.mjs";

// How long a run takes to play, milliseconds; without motion it stands still at so many places.
const LEAST = 3000, MOST = 12000, EACH = 100, STOPS = 10, PAUSE = 800;
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The series of a view that a step belongs to: not what theory says. */
const followed = (view, outputs) =>
  view.series.filter(({ style, show }) => style !== "dashed" && (show === null || outputs[show]));

/** The last step that can be seen in some view. */
export function lastStep(views, outputs) {
  const ends = views.filter((view) => view.cursor).map((view) => {
    if (view.kind === "field") return Math.max(0, ...view.paths.filter((p) => !p.arrow).map(({ x }) => outputs[x].length - 1));
    const seen = followed(view, outputs).map(({ x }) => list(outputs[x]).at(-1) ?? 0);
    return Math.min(Math.max(0, ...seen), resolve(view.x.high, outputs) ?? Infinity);
  });
  return Math.floor(Math.max(0, ...ends));
}

export class Player {
  constructor(figure) {
    this.figure = figure;
    const button = (label, text, act) => {
      const node = element("button", { type: "button", "aria-label": label, title: label }, text);
      node.addEventListener("click", act);
      return node;
    };
    this.toggle = button("Play", "", () => (this.playing ? this.pause() : this.play()));
    this.back = button("One step back", "‹", () => this.go((figure.step ?? 0) - 1));
    this.next = button("One step on", "›", () => this.go((figure.step ?? -1) + 1));
    this.range = element("input", { type: "range", min: 0, step: 1, "aria-label": "step" });
    this.range.addEventListener("input", () => this.go(Number(this.range.value)));
    this.text = element("span", { class: "rv-step", "aria-hidden": "true" });
    this.spoken = element("div", { class: "rv-spoken", "aria-live": "polite" });
    this.node = element("div", { class: "rv-player", role: "group", "aria-label": "steps" },
      this.toggle, this.back, this.range, this.next, this.text, this.spoken);
  }

  go(step) {
    this.pause();
    this.figure.seek(clamp(step, 0, this.last));
    this.say();
  }

  play(again = false) {
    this.pause();
    const { figure } = this, end = () => figure.step >= this.last;
    if (again || figure.step === null || end()) figure.seek(0);
    this.playing = true;
    if (still()) {
      this.timer = setInterval(() => {
        figure.seek(Math.min(this.last, figure.step + Math.ceil(this.last / STOPS)));
        if (end()) this.stop();
      }, PAUSE);
    } else {
      let before = performance.now(), at = figure.step;
      const frame = (now) => {
        // A notebook may change the run while it is played.
        at = Math.min(this.last, at + (Math.max(0, now - before) / this.duration) * this.last);
        before = now;
        figure.seek(Math.floor(at));
        if (end()) this.stop(); else this.frame = requestAnimationFrame(frame);
      };
      this.frame = requestAnimationFrame(frame);
    }
    this.update();
  }

  /** How long the run takes to play, milliseconds. */
  get duration() {
    const { seconds } = this.figure.spec;
    return seconds ? 1000 * seconds : clamp(EACH * this.last, LEAST, MOST);
  }

  pause() {
    if (this.playing) this.stop();
  }

  stop() {
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.update();
    this.say();
  }

  /** Say the step once the reader pauses there. */
  say() {
    clearTimeout(this.speech);
    this.speech = setTimeout(() => {
      const { figure: { step, spec, outputs } } = this;
      if (step !== null && !this.playing) this.spoken.textContent = `Step ${step} of ${this.last}. ${describe(spec, outputs, step)}`;
    }, 400);
  }

  update() {
    const { figure, figure: { outputs, spec }, range } = this;
    if (outputs) this.last = lastStep(spec.views, outputs);
    // A run may have become shorter than the step that was kept.
    if (figure.step !== null) figure.step = Math.min(figure.step, this.last);
    const { step } = figure;
    Object.assign(range, { max: this.last, value: step ?? 0 });
    range.setAttribute("aria-valuetext", `step ${step ?? 0} of ${this.last}`);
    this.text.textContent = `${step ?? "–"} / ${this.last}`;
    this.toggle.textContent = this.playing ? "❚❚" : "▶\uFE0E";
    this.toggle.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.toggle.title = this.toggle.ariaLabel;
    for (const node of [this.toggle, this.back, this.next, range]) node.disabled = !this.last;
  }

  dispose() {
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.speech);
  }
}

/** The heights of all followed series at a step, in words. */
function describe(spec, outputs, step) {
  const columns = Object.fromEntries((spec.table?.columns ?? []).map(({ colour, heading }) => [colour, fill(heading, outputs)]));
  return spec.views.filter((view) => view.cursor && view.kind === "lines").map((view) => {
    const heights = followed(view, outputs).map(({ x, y, label, colour }) =>
      `${fill(label, outputs) || columns[colour] || ""} ${format(list(outputs[y])[nearest(list(outputs[x]), step)] ?? null)}`.trim());
    return `${view.y.label}: ${heights.join(", ")}.`;
  }).join(" ");
}

/** The place of the last entry of ascending xs that is at most x, or 0. */
export function nearest(xs, x) {
  let low = 0, high = xs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle; else high = middle;
  }
  return low;
}

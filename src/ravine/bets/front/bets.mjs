// Bets and exercises on a static page: the reader commits, then the result shows with the bet drawn into it.

import { format } from "../../live/front/numbers.mjs";
import { INPUTS, listen, node } from "./inputs.mjs";
import { close, distance, doubt, factor, judge, parse } from "./judge.mjs";
import { dressBets } from "./look.mjs";
import { veil } from "./veil.mjs";

const all = [];

/** A reader's own record, in this browser alone; pages without storage forget. */
const record = {
  get(id) {
    try { return JSON.parse(localStorage.getItem(`ravine:${id}`)); } catch { return null; }
  },
  set(id, entry) {
    try { localStorage.setItem(`ravine:${id}`, JSON.stringify(entry)); } catch { /* private windows have none */ }
  },
  drop(id) {
    try { localStorage.removeItem(`ravine:${id}`); } catch { /* likewise */ }
  },
};

const label = ({ options }, key) => options.find(([name]) => name === key)[1];
// Below this factor a distance is said in per cent of the answer.
const SMALL = 1.2;
/** How close a number had to come, in words: near 1 a factor is said in per cent. */
const reach = (factor) => (factor < SMALL ? `${format(100 * (factor - 1), ".2g")}\u00a0%` : `a factor ${format(factor)}`);
const off = (spec, x, unit) => {
  const { answer, log } = spec, side = x < answer ? "low" : "high", times = factor(spec, x), gap = Math.abs(x - answer);
  if (!log) return `too ${side} by ${format(gap, ".2g")}${unit}`;
  return times < SMALL ? `${format((100 * gap) / answer, ".2g")}\u00a0% too ${side}` : `${format(times, ".2g")} times too ${side}`;
};

/** kind -> (spec, guess, right) -> what the result is, and how far off the bet was. */
const SAY = {
  number(spec, x, right) {
    const unit = spec.unit && ` ${spec.unit}`, answer = format(spec.answer, spec.format), result = `${close(spec, x) ? "Close: the" : "The"} result is ${answer}${unit}; you said ${format(x, ".6g")}`;
    if (format(x, spec.format) === answer) return `The result is ${answer}${unit}, exactly what you said. Well done.`;
    if (!right) return `${result}, ${off(spec, x, unit)}.`;
    return spec.log ? `${result}, within ${reach(spec.within)}. Well done.` : `${result}, close enough. Well done.`;
  },
  choice: (spec, key, right) => (right ? `Right: ${label(spec, key)}` : [`You chose: ${label(spec, key)}`, `The result is: ${label(spec, spec.answer)}`]),
  curve(spec, drawn, right) {
    const far = `on average ${format(distance(spec, drawn), ".0%")} of the axis away from the result`;
    return right ? `Close: your curve is ${far}.` : `Your curve is ${far}.`;
  },
  setting: () => "Done: the figure shows it.",
};

/** What a wrong answer to an exercise hears where no typical mistake explains it. */
const NOT_YET = {
  number: (spec, x) => `${close(spec, x) ? "Close, but not yet" : "Not yet"}: ${format(x, ".6g")} is too ${x < spec.answer ? "small" : "large"}.`,
  choice: () => "Not yet.", curve: () => "Not yet.", setting: () => "Not yet: the figure does not show it.",
};

class Form {
  constructor(el) {
    const spec = JSON.parse(el.querySelector("script").textContent);
    Object.assign(this, { el, spec, isBet: spec.id.startsWith("bet-"), right: null, close: false });
    this.input = INPUTS[spec.kind](spec, el);
    this.fold = el.querySelector("details");
    this.commit = node("button", { type: "submit", class: "rv-commit" }, this.isBet ? "Bet" : "Check");
    this.form = node("form", { novalidate: "" }, ...this.input.nodes, this.commit);
    this.answer = node("div", { class: "rv-answer", "aria-live": "polite" });
    this.again = node("button", { type: "button", hidden: "" }, this.isBet ? "Bet again" : "Try again");
    this.record = node("span", { class: "rv-record" });
    this.fold.before(this.form, ...this.input.pictures, this.answer, node("div", { class: "rv-foot" }, this.again, this.record));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.again.addEventListener("click", () => this.reset());
    all.push(this);
    this.unveil = this.isBet ? veil(el, spec.kind) : () => {};
    this.fold.addEventListener("toggle", () => this.fold.open && this.unveil());
    const kept = record.get(spec.id);
    if (kept?.right && spec.kind === "setting") this.settle(null, { right: true, hint: "" });
    // Judged anew: the result may have changed since.
    else if (kept && this.input.valid(kept.guess)) this.settle(kept.guess, judge(spec, kept.guess));
    else this.name();
  }

  submit() {
    const { guess, problem } = this.input.read();
    if (problem) {
      this.say(problem);
      this.input.box?.focus();
      return;
    }
    const verdict = judge(this.spec, guess);
    if (!verdict.right && !this.isBet) {
      this.say(...(verdict.hint ? [this.about(guess, verdict.hint)] : [NOT_YET[this.spec.kind](this.spec, guess)]));
      return;
    }
    record.set(this.spec.id, this.spec.kind === "setting" ? { right: true } : { guess });
    this.settle(guess, verdict);
    this.again.focus({ preventScroll: true });
  }

  /** A hint says "that" of the number that was bet, not of the result. */
  about(guess, hint) {
    return hint && this.spec.kind === "number" ? `${format(guess, ".6g")}? ${hint}` : hint;
  }

  /** Show the result, with the bet in it. */
  settle(guess, { right, hint }) {
    const { spec, input } = this;
    Object.assign(this, { right, close: close(spec, guess) });
    this.unveil();
    input.show(guess);
    // A drawing stays where it was made; other forms have done their duty.
    for (const part of this.form.children) part.hidden = !(input.keepsStage && part.matches(".rv-stage"));
    if (!input.keepsStage) this.form.hidden = true;
    this.say(SAY[spec.kind](spec, guess, right), this.about(guess, hint), spec.because);
    this.again.hidden = false;
    this.fold.hidden = spec.kind !== "curve" && spec.kind !== "setting";
    // Beside a drawn result the fold holds its numbers, beside a figure one way to set it.
    this.fold.firstElementChild.textContent = { curve: "The result in numbers", setting: "One such setting" }[spec.kind] ?? "The result";
    this.el.classList.add("rv-settled");
    for (const other of all) other.name();
  }

  reset() {
    record.drop(this.spec.id);
    this.right = null;
    this.input.clear();
    this.form.hidden = false;
    for (const part of this.form.children) part.hidden = false;
    this.say();
    this.again.hidden = true;
    this.fold.hidden = false;
    this.fold.open = false;
    this.fold.firstElementChild.textContent = "The result";
    this.el.classList.remove("rv-settled");
    for (const other of all) other.name();
    (this.input.box ?? this.commit).focus({ preventScroll: true });
  }

  say(...sentences) {
    this.answer.replaceChildren(...sentences.flat().filter(Boolean).map((words) => node("p", {}, words)));
  }

  /** The record of this page so far, beside what is settled. */
  name() {
    const settled = all.filter(({ isBet, right }) => isBet === this.isBet && right !== null), hits = settled.filter(({ right }) => right).length;
    const words = this.isBet ? tally(settled.length, hits, settled.filter((form) => form.close).length) : `Exercises answered on this page: ${hits}.`;
    this.record.textContent = this.right === null ? "" : words;
  }
}

/** How the bets of a page went: what went well is counted, and nobody is told of none. */
export function tally(made, hits, nearly) {
  if (hits) return `Your bets on this page: ${hits} of ${made} right${nearly ? `, ${nearly} close` : ""}.`;
  return nearly ? `Your bets on this page: ${nearly} of ${made} close.` : `Your bets on this page: ${made}. What surprises is what stays.`;
}

/** Bring one bet to life. */
export function mount(el) {
  if (!all.length) listen();
  dressBets();
  el.classList.add("ravine-mounted");
  return new Form(el);
}

// For tests, which ask the page's own script.
export { close, doubt, factor, judge, parse };

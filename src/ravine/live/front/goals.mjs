// Goals of exercises: a condition on the outputs as a tree, see _goals.py, which is the twin.

import { element } from "./controls.mjs";

const ORDERS = { "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b };
const NUMBERS = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => (b ? a / b : NaN), abs: Math.abs };
const missing = (x) => x === null || x === undefined || Number.isNaN(x);

/** The value of a tree; what is missing meets no comparison. */
export function reached(tree, outputs) {
  if (!Array.isArray(tree)) return tree.word ?? (tree.name ? outputs[tree.name] : tree);
  const [operation, ...rest] = tree, parts = rest.map((part) => reached(part, outputs));
  if (operation === "and") return parts.every(Boolean);
  if (operation === "or") return parts.some(Boolean);
  if (operation === "not") return !parts[0];
  const words = parts.filter((x) => typeof x === "string").length, compares = operation in ORDERS || operation in EQUAL;
  if (parts.some(missing)) return compares ? false : NaN;
  if (operation in EQUAL) return (words !== 1 && (words ? parts[0] === parts[1] : Number(parts[0]) === Number(parts[1]))) === EQUAL[operation];
  if (words) return compares ? false : NaN;
  return (ORDERS[operation] ?? NUMBERS[operation])(...parts.map(Number));
}
const EQUAL = { "==": true, "!=": false };

/** The line that says whether the goal is reached; the page is told of each change. */
export class GoalLine {
  constructor({ label, tree }, figure) {
    Object.assign(this, { label, tree, figure, done: false });
    this.node = element("p", { class: "rv-goal", role: "status" }, `Goal: ${label}.`);
  }

  update(outputs) {
    const done = Boolean(reached(this.tree, outputs));
    if (done === this.done) return;
    this.done = done;
    this.node.textContent = done ? `✓ Reached: ${this.label}.` : `Goal: ${this.label}.`;
    this.node.classList.toggle("rv-reached", done);
    this.figure.send("goal", { goal: this.label, reached: done });
  }
}

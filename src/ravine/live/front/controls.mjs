// What a reader turns, and the words and numbers that answer.

import { clamp, fill, format, space } from "./numbers.mjs";

/** An element with attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

/** A round knob on a panel, moved by mouse, finger or arrow keys. */
export class Handle {
  constructor(panel) {
    const { handle } = panel.view, { stage, figure } = panel;
    Object.assign(this, { panel, figure, ...handle });
    this.node = element("div", { class: "rv-handle", role: "slider", tabindex: 0, "aria-label": handle.label,
      "data-colour": handle.colour });
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

  /** Where it stands, in pixels of a panel that has its frame. */
  place(outputs) {
    const { panel } = this, [x, y] = (this.stands ?? [this.x, this.y]).map((name) => outputs[name]);
    return [clamp(panel.x.px(x), panel.left, panel.right), clamp(panel.y.px(y), panel.top, panel.bottom)];
  }

  draw(outputs) {
    const { panel } = this, [x, y] = (this.stands ?? [this.x, this.y]).map((name) => outputs[name]);
    this.at = this.place(outputs);
    this.node.style.transform = `translate(${this.at[0]}px, ${this.at[1]}px)`;
    const attributes = { "aria-valuenow": x, "aria-valuemin": panel.x.low, "aria-valuemax": panel.x.high,
      "aria-valuetext": `${panel.view.x.label} ${format(x)}, ${panel.view.y.label} ${format(y)}` };
    for (const name in attributes) this.node.setAttribute(name, attributes[name]);
  }
}

/** What became of each position of a slider that was tried: a strip for each output, green where it is not 0. */
class Strips {
  constructor({ name, strips }, positions, figure) {
    Object.assign(this, { name, strips, positions, figure, memory: {}, last: null });
    this.rows = strips.map(([, label]) => {
      const canvas = element("canvas", { role: "img", width: 2 * positions.length, height: 8 });
      return { label, canvas, node: element("div", {}, element("span", { "aria-hidden": "true" }, label), canvas) };
    });
    this.node = element("div", { class: "rv-strips" }, ...this.rows.map(({ node }) => node));
  }

  /** What has been tried at the present other values. */
  get tried() {
    const others = JSON.stringify({ ...this.figure.values, [this.name]: 0 });
    return (this.memory[others] ??= new Map());
  }

  note(position, outputs) {
    this.tried.set(position, this.strips.map(([output]) => Boolean(outputs[output])));
  }

  update(position, fresh) {
    const { tried, figure, last, theme } = this, began = performance.now();
    if (fresh) this.note(position, figure.outputs);
    // A quick hand skips positions between two frames; it has tried them all the same.
    if (fresh && figure.dragging && last?.tried === tried) {
      for (let i = Math.min(last.position, position) + 1; i < Math.max(last.position, position) && performance.now() - began < 8; i++) {
        if (!tried.has(i)) this.note(i, figure.compute({ ...figure.values, [this.name]: this.positions[i] }));
      }
    }
    if (fresh) this.last = { tried, position };
    if (fresh || theme !== figure.theme || this.open !== figure.open) this.paint(tried, position);
  }

  paint(tried, position) {
    const { theme, open, said } = this.figure;
    Object.assign(this, { theme, open });
    this.rows.forEach(({ label, canvas }, row) => {
      const ctx = canvas.getContext("2d"), good = [];
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      for (const [i, found] of tried) {
        // A run that is still played has not told.
        if (i === position && said[this.strips[row][0]] === null) continue;
        ctx.fillStyle = found[row] ? theme.green : theme.muted;
        if (found[row]) { good.push(i); ctx.fillRect(2 * i, 0, 2, 8); } else ctx.fillRect(2 * i, 3, 2, 2);
      }
      const ends = good.length ? `, from ${format(this.positions[Math.min(...good)])} to ${format(this.positions[Math.max(...good)])}` : "";
      canvas.setAttribute("aria-label", `${label}: ${good.length} of ${tried.size} tried${ends}`);
    });
  }
}

/** kind -> (specification, figure) -> {node, update(values, fresh)}. */
export const CONTROLS = {
  slider(control, figure) {
    const { name, label, low, high, log, n, choices } = control;
    const positions = choices ?? space(low, high, n, log).map((x) => clamp(Number(x.toPrecision(log ? 3 : 6)), low, high));
    const place = (x) => positions.reduce((best, p, i) => {
      const f = log ? Math.log : Number;
      return Math.abs(f(p) - f(x)) < Math.abs(f(positions[best]) - f(x)) ? i : best;
    }, 0);
    const input = element("input", { type: "range", min: 0, max: positions.length - 1, step: 1 });
    const output = element("b", { "aria-hidden": "true" });
    input.addEventListener("input", () => figure.set({ [name]: positions[input.value] }));
    const marks = control.ticks.map(([x, text]) => {
      const tick = element("span", {}, text), at = place(x) / (positions.length - 1), inside = at > 0.1 && at < 0.9;
      // Where the middle of the knob stands; the text keeps inside.
      tick.style.left = `calc(8px + ${at} * (100% - 16px))`;
      tick.style.setProperty("--at", inside ? "50%" : at < 0.5 ? "min(50%, 8px)" : "max(50%, 100% - 8px)");
      return tick;
    });
    const node = element("label", { class: "rv-slider" }, element("span", {}, label), output, input,
      element("span", { class: "rv-ticks", "aria-hidden": "true" }, ...marks));
    const strips = control.strips.length ? new Strips(control, positions, figure) : null;
    // Beside the slider's own name, not in it.
    return { node: strips ? element("div", { class: "rv-stripped" }, node, strips.node) : node, update(values, fresh) {
      input.value = place(values[name]);
      output.textContent = format(values[name], control.format);
      input.setAttribute("aria-valuetext", output.textContent);
      strips?.update(place(values[name]), fresh);
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
    return { node: element("label", { class: "rv-select" }, label, select),
      update: (values) => { select.value = values[name]; } };
  },
  button({ name, label, fresh }, figure) {
    const node = element("button", { type: "button" }, label);
    node.addEventListener("click", () => figure.set({ ...(fresh ? figure.spec.defaults : {}), [name]: figure.values[name] + 1 }));
    return { node, update() {} };
  },
};

export class Readout {
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
        [heading, ...cells.map((cell, i) => `${this.table.rows[i]} ${cell}`)].join(", ") + ".");
      write(this.spoken, fill([...this.sentences, ...columns].join(" "), outputs));
    }, 400);
  }
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// The state of figures in the address of their page: #valley=kappa:5,h:1.9,@:17&wells=ratio:20 (@: the step).

const STEP = "@";

/** The parts of an address behind its #: [name, text of the state, or null where it is no figure's]. */
const parts = (hash) => hash.slice(1).split("&").filter(Boolean).map((part) => {
  const cut = part.indexOf("=");
  return cut < 0 ? [part, null] : [part.slice(0, cut), part.slice(cut + 1)];
});

/** A part of an address as text; undefined where it is none. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const within = (low, high) => (text) => (text.trim() && Number(text) >= low && Number(text) <= high ? Number(text) : undefined);

/** kind of control -> (control) -> (text) -> the value; undefined for what the control could not be set to. */
const READ = {
  slider: ({ low, high, choices }) => (text) => {
    const x = within(low, high)(text);
    return choices && !choices.includes(x) ? undefined : x;
  },
  toggle: () => (text) => ({ 0: false, 1: true })[text],
  select: ({ options }) => (text) => options.find(([option]) => option === text)?.[0],
  button: () => (text) => {
    const x = within(0, 2 ** 32 - 1)(text);
    return Number.isInteger(x) ? x : undefined;
  },
};

/** What a figure reads from an address: {values, step}, without what no reader could have set; null: nothing of its own. */
export function readAddress(hash, id, { controls, views, defaults }) {
  const own = parts(hash).find(([name, text]) => name === id && text !== null);
  if (!own) return null;
  const readers = Object.fromEntries(controls.map((c) => [c.name, READ[c.kind](c)]));
  for (const { handle, x, y } of views.filter((view) => view.handle)) {
    readers[handle.x] = within(x.low, x.high);
    if (handle.start.length > 1) readers[handle.y] = within(y.low, y.high);
  }
  readers[STEP] = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
  const found = own[1].split(",").map((pair) => pair.split(":").map(decoded))
    .filter(([name, text]) => Object.hasOwn(readers, name) && text !== undefined).map(([name, text]) => [name, readers[name](text)]);
  const { [STEP]: step = null, ...values } = Object.fromEntries(found.filter(([, x]) => x !== undefined));
  return { values: { ...defaults, ...values }, step };
}

/** The address with the state of one figure in it, and all else as it was; values at their defaults are left out. */
export function writeAddress(hash, id, values, step, defaults) {
  const pairs = Object.keys(defaults).filter((name) => values[name] !== defaults[name])
    .map((name) => [name, typeof values[name] === "boolean" ? Number(values[name]) : values[name]]);
  if (step !== null) pairs.push([STEP, step]);
  const state = pairs.map(([name, x]) => `${name}:${encodeURIComponent(x)}`).join(",");
  // What is no figure's state is a place on the page: it would not be one any more beside a state.
  const others = parts(hash).filter(([name, text]) => name !== id && text !== null).map((part) => part.join("="));
  return (state ? [...others, `${id}=${state}`] : others).join("&");
}

/** Keep a figure and the address of its page in step. Returns what undoes it. */
export function linkAddress(figure) {
  const { id, spec } = figure;
  let timer = 0;
  const take = () => {
    const state = readAddress(location.hash, id, spec);
    if (state) figure.restore(state);
    // The address is right as it is: what was to be written is past.
    clearTimeout(timer);
    return state;
  };
  // A browser that is told too often refuses.
  figure.changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const text = writeAddress(location.hash, id, figure.values, figure.step, spec.defaults);
      // An address that names a place, and no state, stays until there is a state.
      if (!text && parts(location.hash).every(([, state]) => state === null)) return;
      history.replaceState(history.state, "", text ? `#${text}` : location.pathname + location.search);
    }, 250);
  };
  addEventListener("hashchange", take);
  const [opened] = performance.getEntriesByType("navigation");
  if (take() && opened?.type === "navigate") figure.root.scrollIntoView({ block: "nearest" });
  return () => { clearTimeout(timer); removeEventListener("hashchange", take); };
}

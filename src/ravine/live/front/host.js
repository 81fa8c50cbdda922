// Live figures and bets on a static page: mount the module that notebooks get through anywidget, without a kernel.
// A classic script, as its companions are, so that a copy of the site works from disk as well.
(() => {
  const here = document.currentScript.src;

  /** Run a script once. */
  const scripts = {};
  const load = (url) => (scripts[url] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: url, onload: resolve, onerror: () => reject(new Error(`no ${url}`)) });
    document.head.append(script);
  }));

  /** What anywidget calls a model, holding the state alone. */
  class Model {
    listeners = {};
    constructor(state) { this.state = state; }
    get(name) { return this.state[name]; }
    set(name, value) {
      this.state[name] = value;
      for (const listener of this.listeners[`change:${name}`] ?? []) listener();
    }
    save_changes() {}
    on(event, listener) { (this.listeners[event] ??= []).push(listener); }
    off(event, listener) { this.listeners[event] = this.listeners[event]?.filter((other) => other !== listener); }
  }

  async function mount(el) {
    const { module_url, ...state } = JSON.parse(el.querySelector("script").textContent);
    const url = module_url && new URL(module_url, document.baseURI).href;
    await Promise.all([load(new URL("explorer.js", here).href), url && load(url)]);
    const module = url ? window.ravine[/(\w+)\.js$/.exec(url)[1]] : null;
    el.classList.add("ravine-mounted");
    await window.ravine.explorer.render({ model: new Model(state), el, module, id: el.dataset.figure });
  }

  // Bets first: they listen to what the figures show, and must miss nothing.
  async function start() {
    const bets = document.querySelectorAll(".ravine-bet");
    try {
      if (bets.length) await load(new URL("bets.js", here).href);
      for (const el of bets) window.ravine.bets.mount(el);
    } finally {
      // Each figure has a name of its own on the page.
      const taken = new Set();
      for (const [i, el] of document.querySelectorAll(".ravine-live").entries()) {
        const name = el.dataset.figure || `figure-${i + 1}`;
        let id = name;
        for (let k = 2; taken.has(id); k++) id = `${name}-${k}`;
        taken.add(id);
        el.dataset.figure = id;
        mount(el);
      }
    }
  }

  start();
})();

// What every page does for narrow windows, for the keyboard and for paper.
(() => {
  // Boxes that are wider than the page scroll by themselves. A shadow at the cut edge shows it (ravine.css), and
  // while they do, the keyboard reaches them and they have a name.
  const KINDS = {
    "mjx-container[display=true]": "Equation",
    ".math:not(div)": "Formula",
    "div.highlight > pre": "Code",
    ".cell_output pre": "Output",
    ".pst-scrollable-table-container, .cell_output .text_html:not(:has(.ravine-live))": "Table",
  };
  const LEAST = 2; // pixels: less is rounding

  function name(box, kind, i) {
    const number = box.parentElement.querySelector(":scope > .eqno")?.firstChild?.textContent;
    return `${kind} ${number ?? i + 1}, wider than the page`;
  }
  function edges(box) {
    const left = box.scrollLeft > LEAST, right = box.scrollLeft + box.clientWidth < box.scrollWidth - LEAST;
    box.dataset.cut = left && right ? "both" : left ? "left" : right ? "right" : "none";
  }
  function check(box, label) {
    // The hidden MathML beside a formula in the text is wider than what is seen of it.
    const width = box.matches("span.math") ? box.querySelector("mjx-math")?.offsetWidth ?? 0 : box.scrollWidth;
    const overflows = width > box.clientWidth + LEAST && getComputedStyle(box).overflowX === "auto";
    if (overflows) {
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", label);
      box.tabIndex = 0;
      edges(box);
    } else if ("cut" in box.dataset) {
      for (const attribute of ["role", "aria-label", "data-cut"]) box.removeAttribute(attribute);
      if (!box.matches("mjx-container")) box.removeAttribute("tabindex"); // MathJax's menu needs its own
    }
  }
  function watch() {
    const labels = new Map();
    for (const [selector, kind] of Object.entries(KINDS))
      document.querySelectorAll(`.bd-article :is(${selector})`).forEach((box, i) => labels.has(box) || labels.set(box, name(box, kind, i)));
    const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => check(target, labels.get(target))));
    labels.forEach((_, box) => {
      observer.observe(box);
      box.addEventListener("scroll", () => "cut" in box.dataset && edges(box), { passive: true });
    });
  }

  // Paper is white: a dark page is printed in light colours.
  const root = document.documentElement;
  let screenTheme = null;
  function print(starts) {
    if (starts && screenTheme === null && root.dataset.theme === "dark") {
      screenTheme = "dark";
      root.dataset.theme = "light";
    } else if (!starts && screenTheme !== null) {
      root.dataset.theme = screenTheme;
      screenTheme = null;
    }
  }
  const paper = matchMedia("print");
  paper.addEventListener("change", () => print(paper.matches));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));

  // MathJax 3 loses all formulae when its menu turns the explorer on before the files for it have come; it has
  // kept the wish by then, so that a page loaded anew has both.
  for (const type of ["pointerdown", "keydown"]) {
    addEventListener(type, (event) => {
      if (!event.target.closest?.(".CtxtMenu_MenuItem")) return;
      setTimeout(() => { if (!document.querySelector("mjx-container")) location.reload(); }, 2500);
    }, true);
  }

  const start = async () => {
    await window.MathJax?.startup?.promise;
    watch();
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
})();

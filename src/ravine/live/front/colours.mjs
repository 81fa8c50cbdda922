// Colours: those of ravine.plotting, for light pages and dark ones.

// The names of plotting.COLOURS: its own values on light pages, lighter relatives on dark ones.
export const THEMES = {
  light: { blue: "#0072b2", orange: "#d55e00", green: "#009e73", purple: "#cc79a7", sky: "#56b4e9", amber: "#e69f00",
    black: "#222222", grey: "#767676", ink: "#24292f", muted: "#59636e", line: "#d1d9e0", ground: "#ffffff", tone: 0.42, top: 1 },
  dark: { blue: "#58b4f0", orange: "#ff8a4c", green: "#2cc99a", purple: "#e59ac4", sky: "#8fd0f7", amber: "#ffc23d",
    black: "#e6e6e6", grey: "#9a9a9a", ink: "#e6e8ea", muted: "#a3adb8", line: "#424a53", ground: "#14181e", tone: 0.38, top: 0.72 },
};
const VIRIDIS = "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725".split(" ").map((hex) => rgb(`#${hex}`));

export function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}
export const pixel = ([r, g, b]) => 0xff000000 + (Math.round(b) << 16) + (Math.round(g) << 8) + Math.round(r);
export const mix = (a, b, s) => a.map((ai, i) => ai + s * (b[i] - ai));

/** viridis, toned towards the ground so that paths stand out: 256 pixels. */
export function ramp({ ground, tone, top }) {
  return Array.from({ length: 256 }, (_, i) => {
    const s = (i / 255) * 8 * top, k = Math.min(7, Math.floor(s));
    return pixel(mix(mix(VIRIDIS[k], VIRIDIS[k + 1], s - k), rgb(ground), tone));
  });
}

export function currentTheme() {
  const html = document.documentElement.dataset.theme, lab = document.body.dataset.jpThemeLight;
  if (html in THEMES) return html;
  if (lab) return lab === "false" ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

// Maps of a plain and a residual network about their trained weights, and what can be read off them.
// The figure gives SIDE (points along each side of a map), GUESS (that of
// guessing), DEPTHS, PLANES, RINGS (points of a ring), MOST (a share), SAYS, and NETS: kind -> one a depth: { cost, ring, share, n, path:
// [x, y], maps (base64, a byte a point, row by row from below), tops (the cost of their highest code) and minima (numbers of
// points), one a plane }.

/** The costs of a map, row by row; codes are finer where costs are low. */
function costs(text, top) {
  const bytes = atob(text);
  return Float64Array.from({ length: SIDE * SIDE }, (_, k) => top * (bytes.charCodeAt(k) / 255) ** 2);
}

/** Points along the line on which the cost is that of guessing: marching squares. */
function outline(J, place) {
  const x = [], y = [];
  for (let i = 0; i + 1 < SIDE; i++) {
    for (let j = 0; j + 1 < SIDE; j++) {
      const corners = [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]], cut = [];
      for (let e = 0; e < 4; e++) {
        const p = corners[e], q = corners[(e + 1) % 4];
        const a = J[p[1] * SIDE + p[0]] - GUESS, b = J[q[1] * SIDE + q[0]] - GUESS;
        if (a < 0 === b < 0) continue;
        const s = a / (a - b);
        cut.push([p[0] + s * (q[0] - p[0]), p[1] + s * (q[1] - p[1])]);
      }
      for (let c = 0; c + 1 < cut.length; c += 2) {
        for (const k of [0, 1 / 3, 2 / 3]) {
          x.push(place(cut[c][0] + k * (cut[c + 1][0] - cut[c][0]))); y.push(place(cut[c][1] + k * (cut[c + 1][1] - cut[c][1])));
        }
      }
    }
  }
  return [x, y];
}

/** The cost between points of the map, from the four around. */
function between(J, u, v) {
  const j = Math.min(SIDE - 2, Math.floor(u)), i = Math.min(SIDE - 2, Math.floor(v)), s = u - j, t = v - i, k = i * SIDE + j;
  return (1 - t) * ((1 - s) * J[k] + s * J[k + 1]) + t * ((1 - s) * J[k + SIDE] + s * J[k + SIDE + 1]);
}

function map(net, plane, isPath) {
  const J = costs(net.maps[plane], net.tops[plane]), step = 2 / (SIDE - 1), place = (u) => -1 + u * step;
  const [guess_x, guess_y] = outline(J, place), lowest = net.minima[plane];
  const turns = Array.from({ length: RINGS }, (_, k) => (2 * Math.PI * k) / RINGS);
  const ring_x = turns.map((a) => net.ring * Math.cos(a)), ring_y = turns.map((a) => net.ring * Math.sin(a));
  const along = ring_x.map((x, k) => between(J, (x + 1) / step, (ring_y[k] + 1) / step));
  return { J: { shape: [SIDE, SIDE], data: J }, guess_x, guess_y, ring_x, ring_y,
    minima_x: lowest.map((k) => place(k % SIDE)), minima_y: lowest.map((k) => place(Math.floor(k / SIDE))),
    path_x: isPath ? net.path[0] : [], path_y: isPath ? net.path[1] : [], better: J.filter((x) => x < GUESS).length / J.length,
    minima: lowest.length, cost: net.cost, ring: net.ring, share: net.share, ring_max: Math.max(...along) };
}

/** Which of SAYS is true of a plain map in random directions, and of its ring. */
function read(plain) {
  const key = plain.better > MOST ? "alike" : plain.minima <= 1 ? "basin" : "chaos";
  if (plain.ring_max > GUESS) return [key, "high"];
  const within = plain.minima_x.filter((x, k) => Math.hypot(x, plain.minima_y[k]) <= plain.ring).length;
  return [key, key === "chaos" && within <= 1 ? "beyond" : "ring"];
}

export function compute({ depth, plane }, { fill }) {
  const at = DEPTHS.indexOf(depth), which = PLANES.indexOf(plane), isPath = plane === "path", outputs = { n: NETS.plain[at].n };
  const maps = { plain: map(NETS.plain[at], which, isPath), residual: map(NETS.residual[at], which, isPath) };
  for (const [kind, found] of Object.entries(maps)) for (const [name, x] of Object.entries(found)) outputs[`${kind}.${name}`] = x;
  const [key, aside] = isPath ? ["path", "no_ring"] : read(maps.plain);
  return { ...outputs, verdict: fill(SAYS[key], outputs), aside: fill(SAYS[aside], outputs) };
}

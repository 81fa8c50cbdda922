// Maps of a plain and a residual network about their trained weights, and what can be read off them.
// The figure gives SIDE (points along each side of a map), GUESS (that of
// guessing), DEPTHS, PLANES, RINGS (points of a ring), MOST (a share), SAYS, and NETS: kind -> one a depth: { cost, start, ring, n,
// maps (base64, a byte a point, row by row from below), tops (the cost of their highest code) and minima (numbers of
// points), one a plane }.

/** The costs of a map, row by row; codes are finer where costs are low. */
function costs(text, top) {
  const bytes = atob(text);
  return Float64Array.from({ length: SIDE * SIDE }, (_, k) => top * (bytes.charCodeAt(k) / 255) ** 2);
}

/** The line on which the cost is that of guessing, in pieces, two ends each: marching squares. */
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
      for (const [u, v] of cut) { x.push(place(u)); y.push(place(v)); }
    }
  }
  return [x, y];
}

/** The cost between points of the map, from the four around. */
function between(J, u, v) {
  const j = Math.min(SIDE - 2, Math.floor(u)), i = Math.min(SIDE - 2, Math.floor(v)), s = u - j, t = v - i, k = i * SIDE + j;
  return (1 - t) * ((1 - s) * J[k] + s * J[k + 1]) + t * ((1 - s) * J[k + SIDE] + s * J[k + SIDE + 1]);
}

function map(net, plane) {
  const J = costs(net.maps[plane], net.tops[plane]), step = 2 / (SIDE - 1), place = (u) => -1 + u * step;
  const [guess_x, guess_y] = outline(J, place), lowest = net.minima[plane];
  // Of each piece of the ring both ends.
  const turns = Array.from({ length: 2 * RINGS }, (_, k) => (2 * Math.PI * ((k + 1) >> 1)) / RINGS);
  const ring_x = turns.map((a) => net.ring * Math.cos(a)), ring_y = turns.map((a) => net.ring * Math.sin(a));
  const along = ring_x.map((x, k) => between(J, (x + 1) / step, (ring_y[k] + 1) / step));
  return { J: { shape: [SIDE, SIDE], data: J }, guess_x, guess_y, ring_x, ring_y,
    minima_x: lowest.map((k) => place(k % SIDE)), minima_y: lowest.map((k) => place(Math.floor(k / SIDE))),
    better: J.filter((x) => x < GUESS).length / J.length,
    minima: lowest.length, cost: net.cost, ring: net.ring, start: net.start, ring_max: Math.max(...along) };
}

/** Which of SAYS is true of a plain map in random directions, and of its ring. */
function read(plain) {
  const key = plain.better > MOST ? "alike" : plain.minima <= 1 ? "basin" : "chaos";
  return [key, plain.ring_max > GUESS ? "high" : "ring"];
}

export function compute({ depth, plane }, { fill }) {
  const at = DEPTHS.indexOf(depth), which = PLANES.indexOf(plane), outputs = { n: NETS.plain[at].n };
  const maps = { plain: map(NETS.plain[at], which), residual: map(NETS.residual[at], which) };
  for (const [kind, found] of Object.entries(maps)) for (const [name, x] of Object.entries(found)) outputs[`${kind}.${name}`] = x;
  const [key, aside] = read(maps.plain);
  return { ...outputs, verdict: fill(SAYS[key], outputs), aside: fill(SAYS[aside], outputs) };
}

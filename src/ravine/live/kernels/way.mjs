// The way that training took, on its own plane, and a random walk of as many steps.
// The figure gives ROWS and COLUMNS of a map, RINGS (pieces of the ring), DEPTHS, GUESS (the cost of guessing), SAYS,
// and NETS: kind -> one a depth: { map (base64, a byte a point, row by row from below), top (the cost of its highest code),
// box and frame (left, right, lower and upper end), path and walk ([x, y]), costs, share, began, elsewhere }.

const SIDES = ["left", "right", "low", "high"];

export function compute({ kind, depth }, { fill }) {
  const { map, top, box, frame, path, walk, costs, share, began, elsewhere } = NETS[kind][DEPTHS.indexOf(depth)], bytes = atob(map);
  const data = Float64Array.from({ length: ROWS * COLUMNS }, (_, k) => top * (bytes.charCodeAt(k) / 255) ** 2);
  // Of each piece of the ring both ends.
  const turns = Array.from({ length: 2 * RINGS }, (_, k) => (2 * Math.PI * ((k + 1) >> 1)) / RINGS);
  const outputs = { J: { shape: [ROWS, COLUMNS], data }, path_x: path[0], path_y: path[1], walk_x: walk[0], walk_y: walk[1],
    ring_x: turns.map((a) => began * Math.cos(a)), ring_y: turns.map((a) => began * Math.sin(a)),
    start_x: path[0][0], start_y: path[1][0], set_out_x: walk[0][0], set_out_y: walk[1][0],
    epoch: costs.map((_, k) => k), cost: costs, start: costs[0], end: costs.at(-1), epochs: costs.length - 1,
    rises: costs.filter((x, k) => k && x > costs[k - 1]).length, share, elsewhere, guess: GUESS };
  SIDES.forEach((side, k) => { outputs[side] = box[k]; outputs[`walk_${side}`] = frame[k]; });
  return { ...outputs, manner: fill(SAYS[["falls", "once"][outputs.rises] ?? "rises"], outputs) };
}

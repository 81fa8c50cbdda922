// A hidden run, what has been asked of it, and which of ten troubles are still open.

const NUMBERS = QUESTIONS.map((_, i) => i + 1);

/** Whether a run with that trouble could have answered so: 1 always says yes, 0 never, 2 either. */
const could = (trouble, question, yes) => CAN[trouble - 1][question - 1] === 2 || CAN[trouble - 1][question - 1] === Number(yes);

/** The question, not yet asked, that leaves the fewest open whatever its answer; 0 if none closes any. */
function best(open, asked) {
  let found = 0, least = open.length;
  for (const q of [...open, ...NUMBERS]) { // of equals an open one: a yes may settle it
    if (asked.includes(q)) continue;
    const left = Math.max(...[true, false].map((yes) => open.filter((k) => could(k, q, yes)).length));
    if (left < least) [found, least] = [q, left];
  }
  return found;
}

const fill = (words, blanks) => words.replace(/\{(\w+)\}/g, (_, name) => blanks[name]);

/** Which of the words say how things stand, and which say what to do next. */
function words(values, open, asked, next, trouble) {
  if (open.length > 1) return ["open", values.seen === NOTHING && !asked.length ? "look" : next ? "next" : "stuck"];
  if (!open.length) return ["none", "done"];
  if (!asked.includes(open[0])) return ["last", "sure"];
  return open[0] === trouble ? ["found", asked.length === 1 ? "lucky" : "again"] : ["misled", "done"];
}

export function compute(values) {
  const { trouble, answers, curves } = DEALS[values.deal % DEALS.length];
  const asked = NUMBERS.filter((q) => values[`ask_${q}`]);
  const seen = NUMBERS.filter((k) => values.seen === NOTHING || SEEN[values.seen].includes(k));
  const open = seen.filter((k) => asked.every((q) => could(k, q, answers[q - 1])));
  const next = best(open, asked), [told, hint] = words(values, open, asked, next, trouble);
  const blanks = { open: open.join(", "), n: asked.length, times: asked.length === 1 ? "measurement" : "measurements",
    cure: CURES[open[0] - 1], next, most: MOST };
  const outputs = { n_open: open.length, n_asked: asked.length, next, sure: Number(told === "found"), t: T,
    tested: Number(curves[0].some((cost, i) => cost !== curves[1][i])), told: fill(WORDS[told], blanks), hint: fill(WORDS[hint], blanks) };
  ["J", "test", "other"].forEach((name, i) => { outputs[`hidden_${name}`] = curves[i]; });
  NUMBERS.forEach((k) => {
    const said = !asked.includes(k) ? 0 : answers[k - 1] ? 1 : 2;
    outputs[`J_${k}`] = SAMPLES[k - 1];
    outputs[`tone_${k}`] = open.includes(k) ? "orange" : "grey";
    outputs[`answer_${k}`] = ["not asked", "yes", "no"][said];
    outputs[`mark_${k}`] = MARKS[open.includes(k) ? said : [2, 4, 3][said]];
  });
  return outputs;
}

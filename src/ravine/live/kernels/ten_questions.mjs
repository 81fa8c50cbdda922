// A hidden run, what has been asked of it, and which of ten troubles are still open.

const NUMBERS = QUESTIONS.map((_, i) => i + 1);

/** Whether a run with that trouble could have answered so: 1 always says yes, 0 never, 2 either. */
const could = (trouble, question, yes) => CAN[trouble - 1][question - 1] === 2 || CAN[trouble - 1][question - 1] === Number(yes);

/** The question, not yet asked, that leaves the fewest open whatever its answer; 0 if none closes any. */
function best(open, asked) {
  let found = 0, least = open.length;
  for (const q of NUMBERS) {
    if (asked.includes(q)) continue;
    const left = Math.max(...[true, false].map((yes) => open.filter((k) => could(k, q, yes)).length));
    if (left < least) [found, least] = [q, left];
  }
  return found;
}

export function compute(values) {
  const { trouble, answers, curves } = DEALS[values.deal % DEALS.length];
  const asked = NUMBERS.filter((q) => values[`ask_${q}`]);
  const seen = NUMBERS.filter((k) => values.seen === NOTHING || SEEN[values.seen].includes(k));
  const open = seen.filter((k) => asked.every((q) => could(k, q, answers[q - 1])));
  const next = best(open, asked), single = open.length === 1 && asked.includes(open[0]), sure = single && open[0] === trouble;
  const ending = sure ? WORDS.found : single ? WORDS.misled : WORDS.last;
  const told = open.length === 1 ? ending : open.length ? WORDS.open : WORDS.none;
  const outputs = { n_open: open.length, n_asked: asked.length, next, sure: Number(sure), t: T,
    told: told.replace("{open}", open.join(", ")).replace("{n}", asked.length).replace("{times}", asked.length === 1 ? "measurement" : "measurements")
      .replace("{cure}", open.length ? CURES[open[0] - 1] : ""),
    hint: sure ? WORDS.again : next ? WORDS.next.replace("{next}", next) : open.length > 1 ? WORDS.stuck : WORDS.rest };
  ["J", "test", "other"].forEach((name, i) => { outputs[`hidden_${name}`] = curves[i]; });
  NUMBERS.forEach((k) => {
    outputs[`J_${k}`] = SAMPLES[k - 1];
    outputs[`tone_${k}`] = open.includes(k) ? "orange" : "grey";
    outputs[`state_${k}`] = open.includes(k) ? "open" : "out";
    outputs[`answer_${k}`] = !asked.includes(k) ? "–" : answers[k - 1] ? "yes" : "no";
  });
  return outputs;
}
